#include "support/testmain.h"

#include <widgets/budgetbar.h>

#include <QSignalSpy>

using namespace widgets;

namespace {

BudgetValues half() {
    return {
        .bytes = 2 << 20, .fullBytes = 4 << 20, .bops = 1, .fullBops = 16, .predictedDb = 23.44, .predictionBasis = {}};
}

int highlighted(BudgetBar& bar) {
    const QImage image = bar.grab().toImage();
    int count = 0;
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
            if (image.pixelColor(x, y) == bar.palette().color(QPalette::Highlight)) ++count;
        }
    }
    return count;
}

} // namespace

class BudgetBarTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sizesAreWrittenInTheirUnit() {
        QCOMPARE(sizeText(0), "0 bytes");
        QCOMPARE(sizeText(1023), "1023 bytes");
        QCOMPARE(sizeText(812 * 1024), "812 KiB");
        QCOMPARE(sizeText(3 << 19), "1.5 MiB");
        QCOMPARE(sizeText(qint64(5) << 29), "2.50 GiB");
    }

    void linesSayValueAndShare() {
        BudgetBar bar;
        bar.setValues(half());
        QCOMPARE(bar.sizeLine(), "2.0 MiB, 50 % of fp32");
        QCOMPARE(bar.bopsLine(), "6.3 % of fp32");
        QCOMPARE(bar.predictionLine(), "23.4 dB predicted");
    }

    void timeIsShownOnceItWasMeasured() {
        BudgetBar bar;
        bar.setValues(half());
        const int height = bar.sizeHint().height();
        const int plain = highlighted(bar);
        BudgetValues values = half();
        values.seconds = 0.0123;
        values.fullSeconds = 0.0246;
        bar.setValues(values);
        QCOMPARE(bar.speedLine(), "12.3 ms, 50 % of fp32");
        QVERIFY(bar.sizeHint().height() > height);
        bar.resize(bar.sizeHint());
        QVERIFY(highlighted(bar) > plain);
        QVERIFY(bar.accessibleDescription().contains("UNet step 12.3 ms"));
        values.target = {BudgetTarget::Kind::Seconds, 0.01};
        bar.setValues(values);
        QVERIFY(!bar.verdict()->holds);
        QCOMPARE(bar.verdict()->text, "2.30 ms over the target of 10.0 ms");
        values.seconds = std::numeric_limits<double>::quiet_NaN();
        bar.setValues(values);
        QCOMPARE(bar.speedLine(), "not measured for these formats");
        QVERIFY(!bar.verdict());
        QCOMPARE(durationText(1.254), "1.25 s");
    }

    void whatIsNotKnownIsSaid() {
        BudgetBar bar;
        QCOMPARE(bar.sizeLine(), "no model");
        QCOMPARE(bar.bopsLine(), "not known");
        QCOMPARE(bar.predictionLine(), "not predicted yet");
        BudgetValues values = half();
        values.predictedDb = std::numeric_limits<double>::infinity();
        values.predictionBasis = "nothing is quantized";
        bar.setValues(values);
        QCOMPARE(bar.predictionLine(), "exact, nothing is quantized");
    }

    void whatWasMeasuredStandsBesideThePrediction() {
        BudgetBar bar;
        BudgetValues values = half();
        values.measuredDb = 22.1;
        values.predictionBasis = "end to end";
        bar.setValues(values);
        QCOMPARE(bar.predictionLine(), "22.1 dB measured, 23.4 dB predicted, end to end");
        values.predictedDb = std::numeric_limits<double>::quiet_NaN();
        bar.setValues(values);
        QCOMPARE(bar.predictionLine(), "22.1 dB measured, not predicted yet");
    }

    void theTargetIsToldInWords_data() {
        using Kind = BudgetTarget::Kind;
        QTest::addColumn<int>("kind");
        QTest::addColumn<double>("limit");
        QTest::addColumn<bool>("holds");
        QTest::addColumn<QString>("words");
        const double mebi = 1 << 20;
        QTest::newRow("size over") << int(Kind::Bytes) << 1.5 * mebi << false << "512 KiB over the target of 1.5 MiB";
        QTest::newRow("size under") << int(Kind::Bytes) << 3 * mebi << true << "1.0 MiB under the target of 3.0 MiB";
        QTest::newRow("size met") << int(Kind::Bytes) << 2 * mebi << true << "0 bytes under the target of 2.0 MiB";
        QTest::newRow("BOPs") << int(Kind::Bops) << 0.5e9 << false << "0.50 GBOPs over the target of 0.50 GBOPs";
        QTest::newRow("bits") << int(Kind::MeanBits) << 8.5 << true
                              << "0.50 bits per weight under the target of 8.50 bits per weight";
        QTest::newRow("SQNR") << int(Kind::Sqnr) << 20.0 << true << "predicted 3.4 dB above the target of 20.0 dB";
        QTest::newRow("SQNR missed") << int(Kind::Sqnr) << 25.0 << false
                                     << "predicted 1.6 dB below the target of 25.0 dB";
    }
    void theTargetIsToldInWords() {
        QFETCH(int, kind);
        QFETCH(double, limit);
        QFETCH(bool, holds);
        QFETCH(QString, words);
        BudgetBar bar;
        BudgetValues values = half();
        values.bops = 1e9;
        values.fullBops = 16e9;
        values.meanBits = 8;
        values.target = {BudgetTarget::Kind(kind), limit};
        bar.setValues(values);
        QVERIFY(bar.verdict());
        QCOMPARE(bar.verdict()->text, words);
        QCOMPARE(bar.verdict()->holds, holds);
        QVERIFY(bar.accessibleDescription().contains(words));
    }

    void whatWasMeasuredDecidesOverTheTarget() {
        BudgetBar bar;
        BudgetValues values = half();
        values.target = {BudgetTarget::Kind::Sqnr, 23};
        values.measuredDb = 22;
        bar.setValues(values);
        QVERIFY(!bar.verdict()->holds);
        QCOMPARE(bar.verdict()->text, "measured 1.0 dB below the target of 23.0 dB");
        values.target = {};
        bar.setValues(values);
        QVERIFY(!bar.verdict());
        values = {};
        values.target = {BudgetTarget::Kind::Bytes, 1};
        bar.setValues(values);
        QVERIFY(!bar.verdict()); // no model, no verdict
    }

    void aTargetThatHoldsLooksOtherThanOneThatDoesNotEvenWithoutColour() {
        const auto grey = [](double limit) {
            BudgetBar bar;
            bar.resize(1000, bar.sizeHint().height());
            BudgetValues values = half();
            values.target = {BudgetTarget::Kind::Sqnr, limit};
            bar.setValues(values);
            return bar.grab().toImage().convertToFormat(QImage::Format_Grayscale8);
        };
        QVERIFY(grey(23.3) != grey(23.5));
    }

    void aClickAsksForTheTarget() {
        BudgetBar bar;
        bar.resize(600, bar.sizeHint().height());
        const QSignalSpy clicked(&bar, &BudgetBar::targetClicked);
        QTest::mouseClick(&bar, Qt::LeftButton, {}, QPoint(20, 20));
        QCOMPARE(clicked.size(), 1);
    }

    void assistiveToolsReadAllLines() {
        BudgetBar bar;
        bar.setValues(half());
        for (const QString& line : {bar.sizeLine(), bar.bopsLine(), bar.predictionLine()}) {
            QVERIFY(bar.accessibleDescription().contains(line));
        }
    }

    void barsGrowWithTheValuesAndNeverBeyond() {
        BudgetBar bar;
        bar.resize(600, bar.sizeHint().height());
        QCOMPARE(highlighted(bar), 0);
        bar.setValues(half());
        const int few = highlighted(bar);
        BudgetValues more = half();
        more.bytes = more.fullBytes;
        more.bops = more.fullBops;
        bar.setValues(more);
        const int full = highlighted(bar);
        QVERIFY(few > 0 && full > few);
        more.bytes *= 3;
        bar.setValues(more);
        QCOMPARE(highlighted(bar), full);
    }
};

NOISEFLOOR_TEST(BudgetBarTest)
#include "tst_budgetbar.moc"
