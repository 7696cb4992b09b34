#include "support/testmain.h"
#include "widgets/events.h"
#include "widgets/samples.h"
#include "widgets/shownheatmap.h"

#include <widgets/colourmap.h>
#include <widgets/heatmap.h>

#include <QApplication>
#include <QClipboard>
#include <QSignalSpy>
#include <QTableView>

#include <limits>

using namespace widgets;
using support::ShownHeatmap;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

} // namespace

class HeatmapTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyCellCanBeHitAtEveryZoom() {
        ShownHeatmap shown(samples::map(4, 6));
        QCOMPARE(shown.cells().size(), 24U);
        const QPoint last = shown.cells().at({3, 5});
        for (int notch = 0; notch < 20; ++notch) events::wheel(shown.plot, last, 120);
        shown.draw();
        QVERIFY(shown.cells().size() <= 9U); // two by two, begun cells included
        QVERIFY(shown.cells().contains({3, 5}));
        events::drag(shown.plot, {100, 100}, {3000, 3000});
        shown.draw();
        QVERIFY(shown.cells().contains({0, 0}));
        QTest::mouseDClick(shown.plot, Qt::LeftButton, {}, {200, 100});
        shown.draw();
        QCOMPARE(shown.cells().size(), 24U);
    }

    void theFirstRowIsOnTopAndTheFirstStepOnTheLeft() {
        ShownHeatmap shown(samples::map(3, 3));
        const auto cells = shown.cells();
        QVERIFY(cells.at({0, 0}).y() < cells.at({1, 0}).y() && cells.at({1, 0}).y() < cells.at({2, 0}).y());
        QVERIFY(cells.at({0, 0}).x() < cells.at({0, 1}).x());
    }

    void hoverReadsOutEveryKindOfCell() {
        HeatmapData data = samples::map(1, 4);
        data.db = {23.44, kNaN, kInfinity, 92};
        data.floorDb = {95, 95, 95, 95};
        ShownHeatmap shown(data);
        const QStringList said{"unet.block.0, t 951: 23.4 dB", "unet.block.0, t 901: not measured",
                               "unet.block.0, t 851: exact", "unet.block.0, t 801: 92.0 dB, at the noise floor"};
        const auto cells = shown.cells();
        for (int column = 0; column < 4; ++column) {
            events::move(shown.plot, cells.at({0, column}));
            QCOMPARE(shown.widget.readOut(), said[column]);
        }
        QSignalSpy hovered(&shown.widget, &HeatmapWidget::cellHovered);
        QEvent leave(QEvent::Leave);
        QApplication::sendEvent(shown.plot, &leave);
        QCOMPARE(hovered.last().at(0).toInt(), -1);
        QVERIFY(shown.widget.readOut().isEmpty());
    }

    void cellsAreDrawnByKind() {
        HeatmapData data = samples::map(1, 4);
        data.db = {25, kNaN, kInfinity, 92};
        data.floorDb = {95, 95, 95, 95};
        ShownHeatmap shown(data);
        shown.widget.setColourRange(25, 45);
        const auto cells = shown.cells();
        QEvent leave(QEvent::Leave);
        QApplication::sendEvent(shown.plot, &leave);
        const QImage image = shown.draw();
        const auto fill = [&](int column) {
            std::map<QRgb, int> counts;
            const QPoint corner = cells.at({0, column}) + QPoint(4, 4);
            for (int y = 0; y < 40; ++y) {
                for (int x = 0; x < 40; ++x) ++counts[image.pixel(corner + QPoint(x, y))];
            }
            return QColor(std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
                              return a.second < b.second;
                          })->first);
        };
        QCOMPARE(fill(0), mapColour(0));
        QCOMPARE(fill(1), shown.plot->palette().color(QPalette::Base));
        QCOMPARE(fill(2), QColor(Qt::white));
        QCOMPARE(fill(3).saturation(), 0);
        QVERIFY(fill(3) != fill(2));
    }

    void clickSelectsAndDragDoesNot() {
        ShownHeatmap shown(samples::map(4, 4));
        QSignalSpy selected(&shown.widget, &HeatmapWidget::rowSelected);
        const auto cells = shown.cells();
        QTest::mouseClick(shown.plot, Qt::LeftButton, {}, cells.at({2, 1}));
        QCOMPARE(selected.size(), 1);
        QCOMPARE(selected.first().first().toInt(), 2);
        QCOMPARE(shown.widget.selectedRow(), 2);
        QCOMPARE(shown.widget.selectedColumn(), 1);
        events::drag(shown.plot, cells.at({0, 0}), cells.at({3, 3}));
        QCOMPARE(selected.size(), 1);
    }

    void arrowKeysMoveTheCurrentCellAndStopAtTheEdges() {
        ShownHeatmap shown(samples::map(3, 3));
        QSignalSpy selected(&shown.widget, &HeatmapWidget::rowSelected);
        QTest::keyClick(shown.plot, Qt::Key_Down);
        QTest::keyClick(shown.plot, Qt::Key_Down);
        QTest::keyClick(shown.plot, Qt::Key_Right);
        QCOMPARE(shown.widget.readOut(), "unet.block.1, t 901: 11.0 dB");
        QCOMPARE(selected.size(), 3);
        for (int press = 0; press < 9; ++press) QTest::keyClick(shown.plot, Qt::Key_Down);
        QTest::keyClick(shown.plot, Qt::Key_End);
        QCOMPARE(shown.widget.readOut(), "unet.block.2, t 851: 22.0 dB");
        for (int press = 0; press < 9; ++press) QTest::keyClick(shown.plot, Qt::Key_Up);
        QTest::keyClick(shown.plot, Qt::Key_Home);
        QCOMPARE(shown.widget.readOut(), "unet.block.0, t 951: 0.0 dB");
    }

    void theCurrentCellIsScrolledIntoView() {
        ShownHeatmap shown(samples::map(8, 8));
        const QPoint first = shown.cells().at({0, 0});
        for (int notch = 0; notch < 20; ++notch) events::wheel(shown.plot, first, 120);
        shown.draw();
        QVERIFY(!shown.cells().contains({7, 0}));
        shown.widget.setSelectedRow(7);
        shown.draw();
        QVERIFY(shown.cells().contains({7, 0}));
    }

    void selectingByProgramEmitsNothing() {
        ShownHeatmap shown(samples::map(4, 4));
        QSignalSpy selected(&shown.widget, &HeatmapWidget::rowSelected);
        shown.widget.setSelectedRows({3, 1, 9});
        QCOMPARE(shown.widget.selectedRows(), (QList<int>{3, 1}));
        QCOMPARE(shown.widget.selectedRow(), 3);
        shown.widget.setSelectedRow(-1);
        QCOMPARE(shown.widget.selectedRow(), -1);
        QVERIFY(shown.widget.selectedRows().isEmpty());
        QCOMPARE(selected.size(), 0);
    }

    void rowsStreamInAndTheScaleFollows() {
        HeatmapData data = samples::map(3, 2);
        data.db.fill(kNaN);
        ShownHeatmap shown(data);
        const QImage before = shown.draw();
        shown.widget.setSelectedRow(1);
        shown.widget.setRow(1, {12, 31});
        QCOMPARE(shown.widget.readOut(), "unet.block.1, t 951: 12.0 dB");
        QCOMPARE(shown.widget.colourRange(), (DbRange{10, 35}));
        QCOMPARE(shown.widget.selectedRow(), 1);
        QVERIFY(shown.draw() != before);
        shown.widget.setColourRange(0, 60);
        QCOMPARE(shown.widget.colourRange(), (DbRange{0, 60}));
        shown.widget.setAutoColourRange();
        QCOMPARE(shown.widget.colourRange(), (DbRange{10, 35}));
    }

    void theFloorGreysWhatWasShown() {
        ShownHeatmap shown(samples::map(1, 2));
        shown.widget.setSelectedRow(0);
        shown.widget.setFloor({2, 90});
        QCOMPARE(shown.widget.readOut(), "unet.block.0, t 951: 0.0 dB, at the noise floor");
    }

    void anotherMetricKeepsTheSelectionAndAnotherModelDoesNot() {
        ShownHeatmap shown(samples::map(3, 3));
        shown.widget.setSelectedRow(2);
        HeatmapData other = samples::map(3, 3);
        other.db.fill(7);
        shown.widget.setData(other);
        QCOMPARE(shown.widget.selectedRow(), 2);
        QCOMPARE(shown.widget.readOut(), "unet.block.2, t 951: 7.0 dB");
        shown.widget.setData(samples::map(2, 3));
        QCOMPARE(shown.widget.selectedRow(), -1);
        shown.widget.setData({});
        QTest::keyClick(shown.plot, Qt::Key_Down);
        QCOMPARE(shown.widget.selectedRow(), -1);
    }

    void theTableShowsTheSameCurrentCell() {
        ShownHeatmap shown(samples::map(3, 3));
        shown.widget.setTableShown(true);
        auto* table = shown.widget.findChild<QTableView*>();
        QVERIFY(table->isVisible() && !shown.plot->isVisible());
        QSignalSpy selected(&shown.widget, &HeatmapWidget::rowSelected);
        table->setCurrentIndex(table->model()->index(1, 2));
        QCOMPARE(selected.size(), 1);
        QCOMPARE(shown.widget.readOut(), "unet.block.1, t 851: 12.0 dB");
        shown.widget.setSelectedRow(0);
        QCOMPARE(table->currentIndex(), table->model()->index(0, 2));
        QCOMPARE(selected.size(), 1);
    }

    void copyPutsTheTableOnTheClipboard() {
        ShownHeatmap shown(samples::map(1, 2));
        shown.widget.activateWindow();
        shown.plot->setFocus();
        QVERIFY(QTest::qWaitForWindowActive(&shown.widget));
        QTest::keySequence(shown.plot, QKeySequence::Copy);
        QCOMPARE(QApplication::clipboard()->text(), "block\t951\t901\nunet.block.0\t0.0\t1.0\n");
    }

    void aDarkPaletteChangesTheBackground() {
        ShownHeatmap shown(samples::map(2, 2));
        QPalette dark;
        dark.setColor(QPalette::Window, Qt::black);
        dark.setColor(QPalette::WindowText, Qt::white);
        shown.widget.setPalette(dark);
        QCOMPARE(shown.draw().pixelColor(1, 1), QColor(Qt::black));
    }
};

NOISEFLOOR_TEST(HeatmapTest)
#include "tst_heatmap.moc"
