#include "support/testmain.h"

#include <widgets/panegeometry.h>

#include <QSignalSpy>

using namespace widgets;

namespace {

PaneGeometry pane(QSizeF size, QSize image, View view = {}) {
    return {size, image, view};
}

bool near(QPointF a, QPointF b, double tolerance) {
    return std::abs(a.x() - b.x()) <= tolerance && std::abs(a.y() - b.y()) <= tolerance;
}

} // namespace

class PaneGeometryTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theLineOfASplitLiesOnAWholePixel() {
        QCOMPARE(partBefore({301, 200}, Qt::Vertical, 0.5), QRectF(0, 0, 151, 200));
        QCOMPARE(partBefore({301, 200}, Qt::Horizontal, 0.25), QRectF(0, 0, 301, 50));
        QCOMPARE(partBefore({301, 200}, Qt::Vertical, 0), QRectF(0, 0, 0, 200));
        QCOMPARE(partBefore({301, 200}, Qt::Horizontal, 1), QRectF(0, 0, 301, 200));
    }

    void fittedImagesAreWholeAndCentred() {
        QCOMPARE(pane({400, 200}, {64, 64}).imageRect(), QRectF(100, 0, 200, 200));
        QCOMPARE(pane({200, 400}, {64, 32}).imageRect(), QRectF(0, 150, 200, 100));
        QCOMPARE(pane({64, 64}, {64, 64}).zoom(), 1.0);
    }

    void placesAndPositionsAreInverse() {
        const PaneGeometry g = pane({301, 207}, {64, 48}, {{0.3, 0.8}, 777});
        for (const QPointF place : {QPointF(0, 0), QPointF(0.25, 0.9), QPointF(1, 1)}) {
            QVERIFY(near(g.placeAt(g.positionOf(place)), place, 1e-9));
        }
    }

    void zoomKeepsThePointUnderTheCursor_data() {
        QTest::addColumn<QPointF>("cursor");
        QTest::addColumn<double>("factor");
        QTest::newRow("in the middle") << QPointF(150, 150) << 3.0;
        QTest::newRow("near a corner") << QPointF(20, 270) << 1.25;
        QTest::newRow("far in") << QPointF(222, 41) << 11.0;
    }
    void zoomKeepsThePointUnderTheCursor() {
        QFETCH(QPointF, cursor);
        QFETCH(double, factor);
        PaneGeometry g = pane({300, 300}, {64, 64});
        const QPointF place = g.placeAt(cursor);
        g.view = g.zoomedAt(cursor, factor);
        QVERIFY(near(g.positionOf(place), cursor, 0.51)); // the corner lies on a whole pixel
    }

    void zoomIsLimited() {
        PaneGeometry g = pane({300, 300}, {64, 64});
        g.view = g.zoomedAt({150, 150}, 1e9);
        QCOMPARE(g.zoom(), kMaxZoom);
        g.view = g.zoomedAt({150, 150}, 1e-9);
        QCOMPARE(g.zoom(), kMinZoom);
    }

    void panFollowsTheMouseAndStopsAtTheImage() {
        PaneGeometry g = pane({300, 300}, {64, 64}, {{0.5, 0.5}, 640});
        g.view = g.panned({32, -64});
        QCOMPARE(g.view.centre, QPointF(0.45, 0.6));
        g.view = g.panned({1e6, -1e6});
        QCOMPARE(g.view.centre, QPointF(0, 1));
    }

    void panesAndImagesOfAllSizesShowTheSamePlace() {
        const View view{{0.3, 0.7}, 900};
        const PaneGeometry one = pane({300, 200}, {64, 64}, view);
        const PaneGeometry other = pane({500, 420}, {512, 512}, view);
        QVERIFY(near(one.placeAt({150, 100}), other.placeAt({250, 210}), 0.001));
        QVERIFY(near(one.placeAt({250, 150}), other.placeAt({350, 260}), 0.002));
        QCOMPARE(one.imageRect().size(), other.imageRect().size());
    }

    void withoutAnImageNothingMoves() {
        const PaneGeometry g = pane({300, 200}, {}, {{0.3, 0.7}, 900});
        QVERIFY(!g.isValid());
        QCOMPARE(g.zoom(), 0.0);
        QVERIFY(g.zoomedAt({1, 1}, 2) == g.view && g.panned({5, 5}) == g.view);
    }

    void anEchoEndsAtTheLink() {
        ViewLink link;
        QSignalSpy changed(&link, &ViewLink::changed);
        connect(&link, &ViewLink::changed, this, [&link] { link.set(link.view()); });
        link.set({{0.2, 0.2}, 100});
        link.set({{0.2, 0.2}, 100});
        QCOMPARE(changed.size(), 1);
    }

    void resetFitsAndSaysSo() {
        ViewLink link;
        link.set({{0.2, 0.2}, 100});
        QSignalSpy reset(&link, &ViewLink::wasReset);
        link.reset();
        QCOMPARE(reset.size(), 1);
        QVERIFY(link.view() == View{});
    }
};

NOISEFLOOR_TEST(PaneGeometryTest)
#include "tst_panegeometry.moc"
