#include "support/testmain.h"
#include "widgets/samples.h"

#include <widgets/heatmapcells.h>
#include <widgets/heatmaplayout.h>

#include <limits>
#include <set>

using namespace widgets;

namespace {

using Part = HeatmapHit::Part;

constexpr HeatmapTextSizes kTexts{16, 120, 40};

HeatmapGeometry mapIn(const HeatmapLayout& layout, QSize cells) {
    return {cells, HeatmapGeometry::wholeMap(cells), QRectF(layout.map)};
}

} // namespace

class HeatmapLayoutTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void partsDoNotOverlapAndStayInside_data() {
        QTest::addColumn<QSize>("size");
        QTest::newRow("small") << QSize(320, 200);
        QTest::newRow("wide") << QSize(1600, 400);
        QTest::newRow("high") << QSize(500, 2000);
    }
    void partsDoNotOverlapAndStayInside() {
        QFETCH(QSize, size);
        const HeatmapLayout layout = heatmapLayout(size, kTexts);
        const QList<QRect> parts{layout.map,          layout.rowStrip,  layout.columnStrip, layout.rowLabels,
                                 layout.columnLabels, layout.axisTitle, layout.scale};
        for (const QRect& part : parts) {
            QVERIFY(!part.isEmpty());
            QVERIFY(QRect(QPoint(), size).contains(part));
            for (const QRect& other : parts) QVERIFY(&part == &other || !part.intersects(other));
        }
    }

    void longLabelsLeaveRoomForTheMap() {
        const HeatmapLayout layout = heatmapLayout({800, 400}, {16, 5000, 40});
        QVERIFY(layout.map.left() < 800 * 35 / 100);
    }

    void namesOfRowsNeverLieOverEachOther() {
        const HeatmapLayout layout = heatmapLayout({700, 300}, kTexts);
        for (const int rows : {1, 5, 13, 17, 25, 40, 800}) {
            HeatmapGeometry map = mapIn(layout, {20, rows});
            for (const double zoom : {1.0, 1.3, 2.0, 7.7}) {
                for (const double pan : {0.0, 3.0, 11.0}) {
                    const HeatmapGeometry seen = {map.cells, map.zoomedAt(map.area.center(), zoom), map.area};
                    const QList<HeatmapRowLabel> labels =
                        rowLabels(layout, {map.cells, seen.panned({0, pan}), map.area}, kTexts.line);
                    QVERIFY(!labels.isEmpty());
                    QVERIFY(labels.first().place.top() > layout.columnStrip.bottom());
                    for (int i = 1; i < labels.size(); ++i)
                        QVERIFY2(labels[i].place.top() >= labels[i - 1].place.bottom(), qPrintable(QString::number(i)));
                }
            }
        }
    }

    void everyPartIsHitWithItsRowAndColumn() {
        const HeatmapLayout layout = heatmapLayout({800, 400}, kTexts);
        const HeatmapGeometry map = mapIn(layout, {4, 3});
        const QPoint cell = map.rectOf({1, 2}).center();
        QCOMPARE(hitAt(layout, map, cell), (HeatmapHit{Part::Cell, 1, 2}));
        QCOMPARE(hitAt(layout, map, {layout.rowStrip.right(), cell.y()}), (HeatmapHit{Part::RowStrip, 1, 1}));
        QCOMPARE(hitAt(layout, map, {cell.x(), layout.columnStrip.top()}), (HeatmapHit{Part::ColumnStrip, 0, 2}));
        QCOMPARE(hitAt(layout, map, {5, cell.y()}), (HeatmapHit{Part::RowLabel, 1, -1}));
        QCOMPARE(hitAt(layout, map, {cell.x(), layout.columnLabels.center().y()}),
                 (HeatmapHit{Part::ColumnLabel, -1, 2}));
        QCOMPARE(hitAt(layout, map, layout.stripTitles.topLeft()), (HeatmapHit{Part::StripTitle, -1, 0}));
        QCOMPARE(hitAt(layout, map, layout.scale.center()), HeatmapHit{});
        QCOMPARE(hitAt(layout, {}, cell), HeatmapHit{});
    }

    void stripsFollowTheZoomOfTheMap() {
        const HeatmapLayout layout = heatmapLayout({800, 400}, kTexts);
        HeatmapGeometry map = mapIn(layout, {9, 9});
        map.view = {3, 4, 3, 2};
        QCOMPARE(rowStripGeometry(layout, map).rectOf({4, 0}).top(), map.rectOf({4, 3}).top());
        QCOMPARE(rowStripGeometry(layout, map).rectOf({5, 0}).bottom(), map.rectOf({5, 3}).bottom());
        QCOMPARE(columnStripGeometry(layout, map).rectOf({0, 4}).left(), map.rectOf({4, 4}).left());
    }

    void cellsSmallerThanPixelsShowTheWorstOfThem() {
        HeatmapData data = samples::map(90, 2);
        data.db.fill(40);
        data.db[2 * 31] = -20; // one cell of the left column
        const HeatmapGeometry map{{2, 90}, {0, 0, 2, 90}, {0, 0, 10, 30}};
        const QImage image = cellImage(data, map, {HeatmapScale::Sqnr, {-20, 40}, {}}, 1);
        const QRgb dark = image.pixel(0, 10);
        std::set<QRgb> others;
        for (int y = 0; y < 30; ++y)
            if (y != 10) others.insert(image.pixel(0, y));
        QCOMPARE(others.size(), std::size_t(1));
        QVERIFY(!others.contains(dark));
        QCOMPARE(mostTelling(data, map.cellsAt({0, 10})), (Cell{31, 0}));
    }

    void everyCellBelongsToOnePixelHoweverSmall() {
        const HeatmapGeometry map{{170, 800}, {0, 0, 170, 800}, {7, 3, 100, 211}};
        QList<int> times(170 * 800, 0);
        for (int y = 3; y < 214; ++y) {
            for (int x = 7; x < 107; ++x) {
                const QRect cells = map.cellsAt({x, y});
                for (int row = cells.top(); row <= cells.bottom(); ++row)
                    for (int column = cells.left(); column <= cells.right(); ++column) ++times[row * 170 + column];
            }
        }
        QCOMPARE(times, QList<int>(170 * 800, 1));
        QVERIFY(map.cellsAt({6, 3}).isEmpty());
    }

    void theImageShowsInEachPixelTheCellThatIsHitThere() {
        HeatmapData data = samples::map(3, 4);
        const HeatmapGeometry map{{4, 3}, {0.4, 0.2, 3, 2}, {5, 6, 101, 67}};
        const HeatmapColours colours(HeatmapScale::Sqnr, {0, 30}, {});
        const QImage image = cellImage(data, map, colours, 1);
        for (int y = 0; y < 67; y += 3) {
            for (int x = 0; x < 101; x += 3) {
                const auto cell = map.cellAt({x + 5, y + 6});
                QCOMPARE(image.pixel(x, y), colours.look(CellKind::Measured, data.at(cell->row, cell->column)).fill);
            }
        }
    }

    void lossesAreDottedSoThatTheSignIsNotInTheHueAlone() {
        const HeatmapColours colours(HeatmapScale::Difference, {-5, 5}, {});
        QVERIFY(colours.look(CellKind::Measured, -3).pattern != CellLook::Pattern::None);
        QVERIFY(colours.look(CellKind::Measured, 3).pattern == CellLook::Pattern::None);
        QVERIFY(colours.look(CellKind::Exact, -std::numeric_limits<double>::infinity()).fill !=
                colours.look(CellKind::Exact, std::numeric_limits<double>::infinity()).fill);
    }
};

NOISEFLOOR_TEST(HeatmapLayoutTest)
#include "tst_heatmaplayout.moc"
