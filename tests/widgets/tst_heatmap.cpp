#include "support/testmain.h"
#include "widgets/events.h"
#include "widgets/samples.h"

#include <widgets/colourmap.h>
#include <widgets/heatmap.h>

#include <QApplication>
#include <QClipboard>
#include <QHeaderView>
#include <QSignalSpy>
#include <QTableView>

#include <limits>
#include <set>

using namespace widgets;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

using Place = std::pair<int, int>;

/// A shown heatmap, and what its mouse and keys report.
struct Shown {
    HeatmapWidget widget;
    QWidget* plot = nullptr;

    explicit Shown(HeatmapData data) {
        widget.resize(500, 360);
        widget.setData(std::move(data));
        widget.show();
        plot = events::childNamed(widget, QStringLiteral("SQNR heatmap, blocks by timesteps"));
        draw();
    }

    /// What is drawn after all queued repaints.
    QImage draw() {
        QCoreApplication::processEvents();
        return plot->grab().toImage();
    }

    /// The first pixel found of each cell that the mouse can hit now.
    std::map<Place, QPoint> cells() {
        std::map<Place, QPoint> found;
        const auto collect = connectHover(found);
        for (int y = 0; y < plot->height(); y += 3) {
            for (int x = 0; x < plot->width(); x += 3) {
                m_mouse = {x, y};
                events::move(plot, m_mouse);
            }
        }
        QObject::disconnect(collect);
        return found;
    }

    /// The first place, from the left and from below, whose read-out is this sentence.
    QPoint placeThatSays(const QString& sentence) {
        for (int x = 1; x < plot->width(); x += 4) {
            for (int y = plot->height() - 2; y > 0; y -= 4) {
                events::move(plot, {double(x), double(y)});
                if (widget.readOut() == sentence) return {x, y};
            }
        }
        return {-1, -1};
    }

private:
    QMetaObject::Connection connectHover(std::map<Place, QPoint>& found) {
        return QObject::connect(&widget, &HeatmapWidget::cellHovered, &widget, [&found, this](int row, int column) {
            if (row >= 0) found.emplace(Place{row, column}, m_mouse);
        });
    }

    QPoint m_mouse;
};

} // namespace

class HeatmapTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyCellCanBeHitAtEveryZoom() {
        Shown shown(samples::map(4, 6));
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
        Shown shown(samples::map(3, 3));
        const auto cells = shown.cells();
        QVERIFY(cells.at({0, 0}).y() < cells.at({1, 0}).y() && cells.at({1, 0}).y() < cells.at({2, 0}).y());
        QVERIFY(cells.at({0, 0}).x() < cells.at({0, 1}).x());
    }

    void hoverReadsOutEveryKindOfCell() {
        HeatmapData data = samples::map(1, 4);
        data.db = {23.44, kNaN, kInfinity, 92};
        data.floorDb = {95, 95, 95, 95};
        Shown shown(data);
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
        Shown shown(data);
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
        Shown shown(samples::map(4, 4));
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
        Shown shown(samples::map(3, 3));
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
        Shown shown(samples::map(8, 8));
        const QPoint first = shown.cells().at({0, 0});
        for (int notch = 0; notch < 20; ++notch) events::wheel(shown.plot, first, 120);
        shown.draw();
        QVERIFY(!shown.cells().contains({7, 0}));
        shown.widget.setSelectedRow(7);
        shown.draw();
        QVERIFY(shown.cells().contains({7, 0}));
    }

    void selectingByProgramEmitsNothing() {
        Shown shown(samples::map(4, 4));
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
        Shown shown(data);
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
        Shown shown(samples::map(1, 2));
        shown.widget.setSelectedRow(0);
        shown.widget.setFloor({2, 90});
        QCOMPARE(shown.widget.readOut(), "unet.block.0, t 951: 0.0 dB, at the noise floor");
    }

    void anotherMetricKeepsTheSelectionAndAnotherModelDoesNot() {
        Shown shown(samples::map(3, 3));
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
        Shown shown(samples::map(3, 3));
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
        Shown shown(samples::map(1, 2));
        shown.widget.activateWindow();
        shown.plot->setFocus();
        QVERIFY(QTest::qWaitForWindowActive(&shown.widget));
        QTest::keySequence(shown.plot, QKeySequence::Copy);
        QCOMPARE(QApplication::clipboard()->text(), "block\t951\t901\nunet.block.0\t0.0\t1.0\n");
    }

    void summariesAreReadOutBesideAndAboveTheMap() {
        Shown shown(samples::map(2, 2));
        const auto says = [&shown](const QString& sentence) { return shown.placeThatSays(sentence) != QPoint(-1, -1); };
        QVERIFY(says("unet.block.1: mean 10.5 dB, worst 10.0 dB (at t 951)"));
        QVERIFY(says("t 901: mean 3.6 dB, worst 1.0 dB (in unet.block.0)"));
        QVERIFY(says("Mean of each row; click to sort by it"));
    }

    void aClickOnATimestepSortsAndAnotherTurnsTheOrderRound() {
        HeatmapData data = samples::map(3, 2);
        data.db = {5, 1, 4, 9, 6, 3};
        Shown shown(data);
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
        Shown shown(samples::map(3, 2));
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
        Shown shown(samples::folded());
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
        data.hasDetails = true;
        Shown shown(data);
        QSignalSpy asked(&shown.widget, &HeatmapWidget::detailsRequested);
        shown.widget.setSelectedRow(1);
        QTest::keyClick(shown.plot, Qt::Key_Return);
        QCOMPARE(asked.size(), 1);
        QCOMPARE(asked.first().first().toInt(), 1);
    }

    void shiftDragBrushesCellsWhereverTheyAreShown() {
        Shown shown(samples::map(4, 4));
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
        Shown shown(samples::map(4, 4));
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
        Shown shown(samples::map(8, 8));
        const auto cells = shown.cells();
        events::drag(shown.plot, cells.at({2, 1}), cells.at({4, 3}), Qt::ControlModifier);
        shown.draw();
        QCOMPARE(shown.cells().size(), 9U);
        QVERIFY(shown.cells().contains({2, 1}) && shown.cells().contains({4, 3}));
        QTest::keyClick(shown.plot, Qt::Key_F);
        shown.draw();
        for (int notch = 0; notch < 20; ++notch) events::wheel(shown.plot, cells.at({7, 0}), 120, Qt::ControlModifier);
        QCOMPARE(shown.widget.shownShares().size(), QSizeF(1, 0.25));
        QVERIFY(shown.widget.shownShares().contains(QRectF(0, 7 / 8.0, 1, 1 / 16.0)));
        QTest::keyClick(shown.plot, Qt::Key_F);
        for (int notch = 0; notch < 20; ++notch) events::wheel(shown.plot, cells.at({0, 7}), 120, Qt::ShiftModifier);
        QCOMPARE(shown.widget.shownShares().size(), QSizeF(0.25, 1));
        QVERIFY(shown.widget.shownShares().contains(QRectF(7 / 8.0, 0, 1 / 16.0, 1)));
        shown.widget.setShownShares({0.5, 0.5, 0.5, 0.25});
        QCOMPARE(shown.widget.shownShares(), QRectF(0.5, 0.5, 0.5, 0.25));
    }

    void aPressOnTheTableHeaderSorts() {
        Shown shown(samples::map(3, 2));
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
        Shown shown(data);
        QCOMPARE(shown.widget.colourRange(), (DbRange{-5, 5}));
        const auto cells = shown.cells();
        QEvent leave(QEvent::Leave);
        QApplication::sendEvent(shown.plot, &leave);
        const QImage image = shown.draw();
        QCOMPARE(image.pixelColor(cells.at({0, 1}) + QPoint(2, 2)), divergingColour(1));
    }

    void onADenseScreenEveryPixelOfTheDeviceIsDrawn() {
        Shown shown(samples::map(3, 7));
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

    void aDarkPaletteChangesTheBackground() {
        Shown shown(samples::map(2, 2));
        QPalette dark;
        dark.setColor(QPalette::Window, Qt::black);
        dark.setColor(QPalette::WindowText, Qt::white);
        shown.widget.setPalette(dark);
        QCOMPARE(shown.draw().pixelColor(1, 1), QColor(Qt::black));
    }
};

NOISEFLOOR_TEST(HeatmapTest)
#include "tst_heatmap.moc"
