#include "support/testmain.h"

#include <widgets/heatmapgeometry.h>

#include <set>

using namespace widgets;

namespace {

HeatmapGeometry geometry(QRectF view = {0, 0, 7, 5}) {
    return {{7, 5}, view, {40, 10, 333, 201}};
}

void addViews() {
    QTest::addColumn<QRectF>("view");
    QTest::newRow("whole") << QRectF(0, 0, 7, 5);
    QTest::newRow("first corner") << QRectF(0, 0, 2, 2);
    QTest::newRow("last corner") << QRectF(5, 3, 2, 2);
    QTest::newRow("between cells") << QRectF(1.37, 0.81, 3.3, 2.9);
    QTest::newRow("half edges") << QRectF(0.5, 0.5, 6, 4);
}

} // namespace

class HeatmapGeometryTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyDrawnPixelHitsItsCell_data() { addViews(); }
    void everyDrawnPixelHitsItsCell() {
        QFETCH(QRectF, view);
        const HeatmapGeometry g = geometry(view);
        const QRect seen = g.visibleCells();
        for (int row = seen.top(); row <= seen.bottom(); ++row) {
            for (int column = seen.left(); column <= seen.right(); ++column) {
                const QRect rect = g.rectOf({row, column});
                QVERIFY(!rect.isEmpty());
                for (const QPoint corner : {rect.topLeft(), rect.topRight(), rect.bottomLeft(), rect.bottomRight()}) {
                    QVERIFY(g.cellAt(corner) == (Cell{row, column}));
                }
            }
        }
    }

    void cellsCoverTheAreaWithoutGapOrOverlap_data() { addViews(); }
    void cellsCoverTheAreaWithoutGapOrOverlap() {
        QFETCH(QRectF, view);
        const HeatmapGeometry g = geometry(view);
        const QRect seen = g.visibleCells();
        qint64 pixels = 0;
        for (int row = seen.top(); row <= seen.bottom(); ++row) {
            for (int column = seen.left(); column <= seen.right(); ++column) {
                const QRect rect = g.rectOf({row, column});
                pixels += qint64(rect.width()) * rect.height();
            }
        }
        QCOMPARE(pixels, qint64(333 * 201));
    }

    void nothingIsHitOutside() {
        const HeatmapGeometry g = geometry();
        for (const QPoint pixel : {QPoint(39, 50), QPoint(373, 50), QPoint(100, 9), QPoint(100, 211)}) {
            QVERIFY(!g.cellAt(pixel));
        }
        QVERIFY(g.cellAt({40, 10}) == (Cell{0, 0}));
        QVERIFY(g.cellAt({372, 210}) == (Cell{4, 6}));
        QVERIFY(!HeatmapGeometry{}.cellAt({0, 0}));
        QVERIFY(g.rectOf({5, 0}).isEmpty());
    }

    void firstRowIsOnTop() { QVERIFY(geometry().rectOf({0, 0}).top() < geometry().rectOf({1, 0}).top()); }

    void zoomKeepsThePlaceUnderTheCursor() {
        HeatmapGeometry g = geometry();
        const QPointF cursor(200.5, 77.5);
        const QPointF before = g.mapAt(cursor);
        for (int turn = 0; turn < 3; ++turn) g.view = g.zoomedAt(cursor, 1.25);
        QVERIFY(g.view.width() < 4);
        QVERIFY(qFuzzyCompare(g.mapAt(cursor).x(), before.x()) && qFuzzyCompare(g.mapAt(cursor).y(), before.y()));
    }

    void zoomAndPanStayOnTheMap() {
        HeatmapGeometry g = geometry();
        QCOMPARE(g.zoomedAt({40, 10}, 0.1), QRectF(0, 0, 7, 5));
        g.view = g.zoomedAt({40, 10}, 1000);
        QCOMPARE(g.view, QRectF(0, 0, kMinCells, kMinCells));
        g.view = g.panned({-100000, -100000});
        QCOMPARE(g.view, QRectF(5, 3, 2, 2));
        g.view = g.panned({100000, 100000});
        QCOMPARE(g.view, QRectF(0, 0, 2, 2));
    }

    void panMovesTheMapWithTheMouse() {
        HeatmapGeometry g = geometry({2, 1, 3, 3});
        const QPointF under = g.mapAt({200, 100});
        g.view = g.panned({37, -20});
        const QPointF moved = g.mapAt({237, 80});
        QVERIFY(qFuzzyCompare(under.x(), moved.x()) && qFuzzyCompare(under.y(), moved.y()));
    }

    void showingMovesJustFarEnough() {
        const HeatmapGeometry g = geometry({1, 1, 3, 2});
        QCOMPARE(g.showing({1, 2}), g.view);
        QCOMPARE(g.showing({4, 6}), QRectF(4, 3, 3, 2));
        QCOMPARE(g.showing({0, 0}), QRectF(0, 0, 3, 2));
    }

    void severalCellsAreOutlinedTogetherAndNeverVanish() {
        HeatmapGeometry g = geometry();
        QCOMPARE(g.rectOf(QRect(1, 2, 2, 2)), g.rectOf({2, 1}) | g.rectOf({3, 2}));
        g = {{10, 4000}, {0, 0, 10, 4000}, {0, 0, 100, 200}};
        QCOMPARE(g.rectOf(QRect(0, 1999, 10, 1)).size(), QSize(100, 1));
        g.view = {0, 0, 10, 100};
        QVERIFY(g.rectOf(QRect(0, 1999, 10, 1)).isEmpty());
    }

    void sidesZoomOnTheirOwnAndToCells() {
        HeatmapGeometry g = geometry();
        QCOMPARE(g.zoomedAt({40, 10}, QSizeF(1, 2)), QRectF(0, 0, 7, 2.5));
        QCOMPARE(g.zoomedTo({2, 1, 3, 2}), QRectF(2, 1, 3, 2));
        QCOMPARE(g.zoomedTo({6, 4, 1, 1}), QRectF(5, 3, 2, 2));
        QCOMPARE(g.zoomedTo({90, 90, 1, 1}), g.view);
    }

    void sharesComeBackAsTheyWere() {
        const HeatmapGeometry g = geometry({1.5, 1, 3.5, 2.5});
        QCOMPARE(g.fromShares(g.shares()), g.view);
        QCOMPARE(g.fromShares({0.9, 0.9, 0.9, 0.9}), QRectF(0.7, 0.5, 6.3, 4.5));
        QCOMPARE(g.fromShares({0, 0, 0, 0}), QRectF(0, 0, 2, 2));
    }

    void aMapOfOneCellWorks() {
        const HeatmapGeometry g{{1, 1}, {0, 0, 1, 1}, {0, 0, 50, 50}};
        QCOMPARE(g.zoomedAt({25, 25}, 5), QRectF(0, 0, 1, 1));
        QVERIFY(g.cellAt({49, 49}) == (Cell{0, 0}));
    }
};

NOISEFLOOR_TEST(HeatmapGeometryTest)
#include "tst_heatmapgeometry.moc"
