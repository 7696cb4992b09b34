#include "support/testmain.h"
#include "widgets/events.h"
#include "widgets/samples.h"
#include "widgets/shownheatmap.h"

#include <widgets/colourmap.h>

#include <QApplication>
#include <QHeaderView>
#include <QSignalSpy>
#include <QTableView>

#include <set>

using namespace widgets;
using support::ShownHeatmap;

/// Sorting, folding, brushing and zooming by mouse and keys, and what is read out and drawn then.
class HeatmapGesturesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void summariesAreReadOutBesideAndAboveTheMap() {
        ShownHeatmap shown(samples::map(2, 2));
        const auto says = [&shown](const QString& sentence) { return shown.placeThatSays(sentence) != QPoint(-1, -1); };
        QVERIFY(says("unet.block.1: mean 10.5 dB, worst 10.0 dB (at t 951)"));
        QVERIFY(says("t 901: mean 3.6 dB, worst 1.0 dB (in unet.block.0)"));
        QVERIFY(says("Mean of each row; click to sort by it"));
    }

    void aClickOnATimestepSortsAndAnotherTurnsTheOrderRound() {
        HeatmapData data = samples::map(3, 2);
        data.db = {5, 1, 4, 9, 6, 3};
        ShownHeatmap shown(data);
        const QSignalSpy ordered(&shown.widget, &HeatmapWidget::orderChanged);
        const QPoint label = shown.placeThatSays("t 901: mean 3.2 dB, worst 1.0 dB (in unet.block.0)");
        QVERIFY(label.x() >= 0);
        QTest::mouseClick(shown.plot, Qt::LeftButton, {}, label);
        QCOMPARE(shown.widget.shown().rows, QStringList({"unet.block.0", "unet.block.2", "unet.block.1"}));
        QTest::mouseClick(shown.plot, Qt::LeftButton, {}, label);
        QCOMPARE(shown.widget.shown().rows, QStringList({"unet.block.1", "unet.block.2", "unet.block.0"}));
        QCOMPARE(ordered.size(), 2);
    }

    void theSelectionFollowsItsRowsThroughTheOrder() {
        ShownHeatmap shown(samples::map(3, 2));
        shown.widget.setSelectedRows({0, 2});
        HeatmapOrder order;
        order.by = HeatmapSort::Mean;
        order.descending = true;
        shown.widget.setOrder(order);
        QCOMPARE(shown.widget.shown().rows.first(), "unet.block.2");
        QCOMPARE(shown.widget.selectedRow(), 0);
        QCOMPARE(shown.widget.selectedRows(), (QList<int>{0, 2}));
        QCOMPARE(shown.widget.readOut(), "unet.block.0, t 951: 0.0 dB");
        shown.widget.setRow(0, {90, 90}); // values that stream in move their row
        QTRY_COMPARE(shown.widget.shown().rows.first(), "unet.block.0");
        QCOMPARE(shown.widget.selectedRow(), 0);
    }

    void blocksUnfoldByMouseAndKeyboard() {
        ShownHeatmap shown(samples::folded());
        QSignalSpy ordered(&shown.widget, &HeatmapWidget::orderChanged);
        QTest::mouseClick(shown.plot, Qt::LeftButton, {}, {3, shown.cells().at({0, 0}).y()});
        QCOMPARE(shown.widget.shown().rows, QStringList({"a", "a.x", "a.y", "b"}));
        shown.draw();
        shown.widget.setSelectedRow(2);
        QTest::keyClick(shown.plot, Qt::Key_Return); // a layer has nothing to unfold
        QCOMPARE(ordered.size(), 1);
        shown.widget.toggleCurrentRow(); // folds the block it is in, which is selected now
        QCOMPARE(shown.widget.shown().rows, QStringList({"a", "b"}));
        QCOMPARE(shown.widget.selectedRow(), 0);
        QTest::keyClick(shown.plot, Qt::Key_Return);
        QCOMPARE(shown.widget.shown().rows.size(), 4);
    }

    void detailsThatAreNotThereAreAskedFor() {
        HeatmapData data = samples::map(2, 2);
        data.hasDetails = {false, true};
        ShownHeatmap shown(data);
        QSignalSpy asked(&shown.widget, &HeatmapWidget::detailsRequested);
        shown.widget.setSelectedRow(1);
        QTest::keyClick(shown.plot, Qt::Key_Return);
        QCOMPARE(asked.size(), 1);
        QCOMPARE(asked.first().first().toInt(), 1);
    }

    void shiftDragBrushesCellsWhereverTheyAreShown() {
        ShownHeatmap shown(samples::map(4, 4));
        HeatmapOrder order;
        order.by = HeatmapSort::Mean;
        order.descending = true;
        shown.widget.setOrder(order);
        QSignalSpy brushed(&shown.widget, &HeatmapWidget::brushChanged);
        QSignalSpy selected(&shown.widget, &HeatmapWidget::rowSelected);
        const auto cells = shown.cells();
        events::drag(shown.plot, cells.at({2, 1}), cells.at({1, 3}), Qt::ShiftModifier); // rows of the data
        QVERIFY(!brushed.isEmpty());
        QCOMPARE(shown.widget.brush(), (HeatmapBrush{{2, 1}, 1, 3}));
        QCOMPARE(selected.size(), 0);
        QTest::keyClick(shown.plot, Qt::Key_Escape);
        QVERIFY(shown.widget.brush().isEmpty());
        QTest::mouseClick(shown.plot, Qt::LeftButton, Qt::ShiftModifier, cells.at({0, 0}));
        QCOMPARE(shown.widget.brush(), (HeatmapBrush{{0}, 0, 0}));
    }

    void shiftWithArrowsBrushesFromTheCellWhereItBegan() {
        ShownHeatmap shown(samples::map(4, 4));
        for (const Qt::Key key : {Qt::Key_Down, Qt::Key_Down, Qt::Key_Right}) QTest::keyClick(shown.plot, key);
        QVERIFY(shown.widget.brush().isEmpty());
        QTest::keyClick(shown.plot, Qt::Key_Down, Qt::ShiftModifier);
        QTest::keyClick(shown.plot, Qt::Key_Right, Qt::ShiftModifier);
        QCOMPARE(shown.widget.brush(), (HeatmapBrush{{1, 2}, 1, 2}));
        for (int press = 0; press < 2; ++press) QTest::keyClick(shown.plot, Qt::Key_Up, Qt::ShiftModifier);
        QCOMPARE(shown.widget.brush(), (HeatmapBrush{{0, 1}, 1, 2}));
        QTest::keyClick(shown.plot, Qt::Key_Z);
        shown.draw();
        QCOMPARE(shown.cells().size(), 4U); // the brush as large as it can be
    }

    void aBoxZoomsAndModifiersOfTheWheelZoomOneSide() {
        ShownHeatmap shown(samples::map(8, 8));
        const auto cells = shown.cells();
        events::drag(shown.plot, cells.at({2, 1}), cells.at({4, 3}), Qt::ControlModifier);
        shown.draw();
        QCOMPARE(shown.cells().size(), 9U);
        QVERIFY(shown.cells().contains({2, 1}) && shown.cells().contains({4, 3}));
        QTest::keyClick(shown.plot, Qt::Key_F);
        shown.draw();
        for (int notch = 0; notch < 20; ++notch) events::wheel(shown.plot, cells.at({7, 0}), 120, Qt::ControlModifier);
        QCOMPARE(shown.widget.shownShares().size(), QSizeF(1, 0.25));
        QVERIFY(shown.widget.shownShares().contains(QPointF(0.5, 0.876)));
        QTest::keyClick(shown.plot, Qt::Key_F);
        for (int notch = 0; notch < 20; ++notch) events::wheel(shown.plot, cells.at({0, 7}), 120, Qt::ShiftModifier);
        QCOMPARE(shown.widget.shownShares().size(), QSizeF(0.25, 1));
        QVERIFY(shown.widget.shownShares().contains(QPointF(0.876, 0.5)));
        shown.widget.setShownShares({0.5, 0.5, 0.5, 0.25});
        QCOMPARE(shown.widget.shownShares(), QRectF(0.5, 0.5, 0.5, 0.25));
    }

    void aPressOnTheTableHeaderSorts() {
        ShownHeatmap shown(samples::map(3, 2));
        shown.widget.setTableShown(true);
        auto* header = shown.widget.findChild<QTableView*>()->horizontalHeader();
        const QPoint worst(header->sectionViewportPosition(3) + 5, header->height() / 2);
        QTest::mouseClick(header->viewport(), Qt::LeftButton, {}, worst);
        QTest::mouseClick(header->viewport(), Qt::LeftButton, {}, worst);
        QCOMPARE(shown.widget.order().by, HeatmapSort::Worst);
        QCOMPARE(shown.widget.shown().rows.first(), "unet.block.2");
    }

    void differencesAreDrawnOnTheirOwnScale() {
        HeatmapData data = samples::map(1, 2);
        data.scale = HeatmapScale::Difference;
        data.db = {-5, 5};
        ShownHeatmap shown(data);
        QCOMPARE(shown.widget.colourRange(), (DbRange{-5, 5}));
        const auto cells = shown.cells();
        QEvent leave(QEvent::Leave);
        QApplication::sendEvent(shown.plot, &leave);
        const QImage image = shown.draw();
        QCOMPARE(image.pixelColor(cells.at({0, 1}) + QPoint(2, 2)), divergingColour(1));
    }

    void onADenseScreenEveryPixelOfTheDeviceIsDrawn() {
        ShownHeatmap shown(samples::map(3, 7));
        const QImage twice = shown.widget.picture(2);
        const QImage once = shown.widget.picture(1);
        QCOMPARE(twice.size(), 2 * once.size());
        QCOMPARE(twice.devicePixelRatio(), 2.0);
        std::set<int> edges; // where a row of pixels through the cells changes its colour
        const int y = twice.height() / 2;
        for (int x = 1; x < twice.width(); ++x)
            if (twice.pixel(x, y) != twice.pixel(x - 1, y)) edges.insert(x % 2);
        QCOMPARE(edges.size(), std::size_t(2)); // not on pixels of the window alone
    }
};

NOISEFLOOR_TEST(HeatmapGesturesTest)
#include "tst_heatmapgestures.moc"
