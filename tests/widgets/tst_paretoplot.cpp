#include "support/testmain.h"
#include "widgets/events.h"

#include <widgets/paretoplot.h>
#include <widgets/paretotable.h>

#include <QAbstractItemModelTester>
#include <QAccessible>
#include <QSignalSpy>
#include <QTableView>
#include <QToolButton>

#include <algorithm>
#include <limits>
#include <map>

using namespace widgets;

namespace {

constexpr double kMebi = 1024 * 1024;

/// Three best recipes, two uniform ones below them, the present one and the found one, which lies on the curve.
ParetoData sample() {
    ParetoData data;
    data.best = {{"a", 1 * kMebi, 10}, {"b", 2 * kMebi, 20}, {"c", 4 * kMebi, 30}};
    data.uniform = {{"w4a8", 1.2 * kMebi, 6}, {"w8a8", 3.5 * kMebi, 24}};
    data.present = ParetoPoint{"mine", 3 * kMebi, 18};
    data.found = ParetoPoint{"found", 2 * kMebi, 20};
    return data;
}

/// A shown plot, and what its mouse and keys report.
struct Shown {
    ParetoPlot widget;
    QWidget* canvas = nullptr;

    explicit Shown(const ParetoData& data) {
        widget.resize(460, 340);
        widget.setData(data);
        widget.show();
        canvas = events::childNamed(widget, QStringLiteral("Cost against SQNR"));
        draw();
    }

    QImage draw() {
        QCoreApplication::processEvents();
        return canvas->grab().toImage();
    }

    /// The first pixel found of each point that the mouse can hit.
    std::map<QString, QPoint> points() {
        std::map<QString, QPoint> found;
        for (int y = 0; y < canvas->height(); y += 3) {
            for (int x = 0; x < canvas->width(); x += 3) {
                events::move(canvas, {double(x), double(y)});
                if (!widget.readOut().isEmpty()) found.emplace(widget.readOut(), QPoint(x, y));
            }
        }
        return found;
    }
};

/// Left and right end of what differs between two pictures; empty where nothing does.
QRect difference(const QImage& a, const QImage& b) {
    QRect changed;
    for (int y = 0; y < a.height(); ++y)
        for (int x = 0; x < a.width(); ++x)
            if (a.pixel(x, y) != b.pixel(x, y)) changed |= QRect(x, y, 1, 1);
    return changed;
}

} // namespace

class ParetoPlotTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyPointIsReadOutUnderTheMouse() {
        Shown shown(sample());
        const auto points = shown.points();
        const QStringList said{"best recipe, 1.0 MiB: 10.0 dB",  "uniform w4a8, 1.2 MiB: 6.0 dB",
                               "found recipe, 2.0 MiB: 20.0 dB", "present recipe, 3.0 MiB: 18.0 dB",
                               "uniform w8a8, 3.5 MiB: 24.0 dB", "best recipe, 4.0 MiB: 30.0 dB"};
        QCOMPARE(points.size(), std::size_t(said.size())); // the found recipe hides the best one in its place
        for (const QString& text : said) QVERIFY2(points.contains(text), qPrintable(text));
        QEvent leave(QEvent::Leave);
        QCoreApplication::sendEvent(shown.canvas, &leave);
        QVERIFY(shown.widget.readOut().isEmpty());
    }

    void costGrowsToTheRightAndQualityUpwards() {
        Shown shown(sample());
        const auto points = shown.points();
        const QPoint low = points.at("best recipe, 1.0 MiB: 10.0 dB");
        const QPoint high = points.at("best recipe, 4.0 MiB: 30.0 dB");
        QVERIFY(low.x() < high.x() && low.y() > high.y());
    }

    void aClickPicksThePointAndBesideAllPointsNone() {
        Shown shown(sample());
        const QSignalSpy picked(&shown.widget, &ParetoPlot::picked);
        const auto points = shown.points();
        QTest::mouseClick(shown.canvas, Qt::LeftButton, {}, points.at("best recipe, 4.0 MiB: 30.0 dB"));
        QCOMPARE(picked.size(), 1);
        QCOMPARE(picked[0][0].value<ParetoPoint>(), sample().best[2]);
        QTest::mouseClick(shown.canvas, Qt::LeftButton, {}, QPoint(shown.canvas->width() - 2, 2));
        QCOMPARE(picked.size(), 1);
    }

    void arrowKeysGoFromPointToPointAndEnterPicks() {
        Shown shown(sample());
        const QSignalSpy picked(&shown.widget, &ParetoPlot::picked);
        QTest::keyClick(shown.canvas, Qt::Key_Return);
        QCOMPARE(picked.size(), 0); // no point is current yet
        QTest::keyClick(shown.canvas, Qt::Key_Right);
        QCOMPARE(shown.widget.readOut(), "best recipe, 1.0 MiB: 10.0 dB");
        QTest::keyClick(shown.canvas, Qt::Key_Right);
        QCOMPARE(shown.widget.readOut(), "uniform w4a8, 1.2 MiB: 6.0 dB");
        QTest::keyClick(shown.canvas, Qt::Key_End);
        for (int press = 0; press < 9; ++press) QTest::keyClick(shown.canvas, Qt::Key_Right);
        QCOMPARE(shown.widget.readOut(), "best recipe, 4.0 MiB: 30.0 dB");
        QTest::keyClick(shown.canvas, Qt::Key_Return);
        QCOMPARE(picked.size(), 1);
        QCOMPARE(picked[0][0].value<ParetoPoint>(), sample().best[2]);
        QTest::keyClick(shown.canvas, Qt::Key_Home);
        QTest::keyClick(shown.canvas, Qt::Key_Left);
        QCOMPARE(shown.widget.readOut(), "best recipe, 1.0 MiB: 10.0 dB");
    }

    void theCurrentPointIsDescribedToAssistiveTools() {
        Shown shown(sample());
        QTest::keyClick(shown.canvas, Qt::Key_Home);
        QAccessibleInterface* canvas = QAccessible::queryAccessibleInterface(shown.canvas);
        QVERIFY(canvas);
        QCOMPARE(canvas->text(QAccessible::Description), "best recipe, 1.0 MiB: 10.0 dB");
    }

    void theFoundRecipeStaysCurrentWhileItMoves() {
        ParetoData data = sample();
        Shown shown(data);
        QTest::keyClick(shown.canvas, Qt::Key_Home);
        while (!shown.widget.readOut().startsWith("found")) QTest::keyClick(shown.canvas, Qt::Key_Right);
        data.found = ParetoPoint{"found", 4 * kMebi, 30};
        shown.widget.setData(data);
        QCOMPARE(shown.widget.readOut(), "found recipe, 4.0 MiB: 30.0 dB");
        data.found.reset();
        shown.widget.setData(data);
        QVERIFY(shown.widget.readOut().isEmpty());
    }

    void theTargetIsALineAcrossThePicture() {
        ParetoData data = sample();
        Shown shown(data);
        const QImage without = shown.draw();
        data.target = ParetoTarget{true, 2.5 * kMebi};
        shown.widget.setData(data);
        const QRect vertical = difference(without, shown.draw());
        QVERIFY(!vertical.isEmpty() && vertical.width() <= 3 && vertical.height() > 100);
        data.target = ParetoTarget{false, 15};
        shown.widget.setData(data);
        const QRect horizontal = difference(without, shown.draw());
        QVERIFY(!horizontal.isEmpty() && horizontal.height() <= 3 && horizontal.width() > 100);
    }

    void theTableHoldsTheSamePointsAndPicksThem() {
        Shown shown(sample());
        shown.widget.setTableShown(true);
        auto* table = shown.widget.findChild<QTableView*>();
        QVERIFY(table->isVisible() && !shown.canvas->isVisible());
        QCOMPARE(table->model()->rowCount(), 7);
        QCOMPARE(table->model()->index(1, ParetoTable::Kind).data().toString(), "uniform");
        QCOMPARE(table->model()->index(1, ParetoTable::Name).data().toString(), "w4a8");
        QCOMPARE(table->model()->index(1, ParetoTable::CostColumn).data().toString(), "1.2 MiB");
        QCOMPARE(table->model()->index(1, ParetoTable::Sqnr).data().toString(), "6.0");
        const QSignalSpy picked(&shown.widget, &ParetoPlot::picked);
        table->setCurrentIndex(table->model()->index(1, 0));
        QCOMPARE(shown.widget.readOut(), "uniform w4a8, 1.2 MiB: 6.0 dB");
        QCOMPARE(picked.size(), 0);
        Q_EMIT table->activated(table->currentIndex());
        QCOMPARE(picked.size(), 1);
        QCOMPARE(picked[0][0].value<ParetoPoint>(), sample().uniform[0]);
    }

    void whatCannotBeDrawnIsStillInTheTable() {
        ParetoData data = sample();
        data.best << ParetoPoint{"exact", 8 * kMebi, std::numeric_limits<double>::infinity()};
        data.uniform << ParetoPoint{"broken", 3 * kMebi, -std::numeric_limits<double>::infinity()};
        Shown shown(data);
        QCOMPARE(shown.points().size(), 6U);
        shown.widget.setTableShown(true);
        const auto* table = shown.widget.findChild<QTableView*>();
        QCOMPARE(table->model()->rowCount(), 9);
        QTest::keyClick(shown.canvas, Qt::Key_End);
        QCOMPARE(shown.widget.readOut(), "best recipe, 8.0 MiB: exact");
    }

    void theModelOfTheTableIsSound() {
        ParetoTable table;
        const QAbstractItemModelTester tester(&table, QAbstractItemModelTester::FailureReportingMode::QtTest);
        table.show(sample());
        QCOMPARE(table.columnCount(), int(ParetoTable::ColumnCount));
        QVERIFY(!table.index(7, 0).isValid());
        table.show({});
        QCOMPARE(table.rowCount(), 0);
    }

    void withoutPointsThereIsNothingToPick() {
        Shown shown({});
        QVERIFY(!shown.canvas->isVisible());
        QVERIFY(!shown.widget.findChild<QToolButton*>()->isEnabled());
        const QSignalSpy picked(&shown.widget, &ParetoPlot::picked);
        QTest::keyClick(shown.canvas, Qt::Key_Right);
        QTest::keyClick(shown.canvas, Qt::Key_Return);
        QCOMPARE(picked.size(), 0);
    }

    void costsAreToldInTheUnitOfTheirAxis() {
        QCOMPARE(costText(CostAxis::Bytes, 1.5 * kMebi), "1.5 MiB");
        QCOMPARE(costText(CostAxis::Bops, 3.214e9), "3.21 GBOPs");
        QCOMPARE(costText(CostAxis::MeanBits, 4.125), "4.13 bits");
    }

    void aDarkPaletteChangesTheBackground() {
        Shown shown(sample());
        QPalette dark;
        dark.setColor(QPalette::Window, Qt::black);
        dark.setColor(QPalette::WindowText, Qt::white);
        shown.widget.setPalette(dark);
        QCOMPARE(shown.draw().pixelColor(1, 1), QColor(Qt::black));
    }
};

NOISEFLOOR_TEST(ParetoPlotTest)
#include "tst_paretoplot.moc"
