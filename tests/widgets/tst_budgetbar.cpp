#include "support/testmain.h"

#include <widgets/budgetbar.h>

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
