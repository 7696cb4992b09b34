#include "support/testmain.h"
#include "widgets/events.h"
#include "widgets/samples.h"

#include <widgets/imagepane.h>

#include <QCoreApplication>
#include <QProcess>
#include <QSignalSpy>

#include <cmath>

using namespace widgets;

namespace {

/// A window with two panes that follow one link, at odd places so that fractional pixel ratios split pixels.
struct Window {
    ViewLink link;
    QWidget frame;
    ImagePane left{&link, &frame};
    ImagePane right{&link, &frame};

    Window() {
        frame.resize(640, 320);
        left.setGeometry(5, 3, 301, 303);
        right.setGeometry(317, 7, 251, 199);
        left.setImage(samples::picture(64, 64));
        right.setImage(samples::picture(64, 64));
        frame.show();
        QCoreApplication::processEvents();
    }
};

/// The place in the middle of a pane.
QPointF middle(const ImagePane& pane) {
    const PaneGeometry now = pane.geometryNow();
    return now.placeAt({now.pane.width() / 2, now.pane.height() / 2});
}

bool near(QPointF a, QPointF b) {
    return std::abs(a.x() - b.x()) < 0.01 && std::abs(a.y() - b.y()) < 0.01;
}

QPoint cornerOf(const ImagePane& pane) {
    const qreal ratio = pane.devicePixelRatioF();
    const QPointF corner = QPointF(pane.pos()) * ratio;
    return QPoint(int(std::round(corner.x())), int(std::round(corner.y()))) +
           pane.geometryNow().imageRect().topLeft().toPoint();
}

} // namespace

class ImagePaneTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aHundredPercentIsOneScreenPixelPerImagePixel() {
        const double expected = qEnvironmentVariable("QT_SCALE_FACTOR", QStringLiteral("1")).toDouble();
        Window window;
        QCOMPARE(window.left.devicePixelRatioF(), expected);
        QTest::keyClick(&window.left, Qt::Key_0);
        QCOMPARE(window.left.zoom(), 1.0);
        const QImage screen = window.frame.grab().toImage().convertToFormat(QImage::Format_RGB32);
        for (const ImagePane* pane : {&window.left, &window.right}) {
            const QImage shown = screen.copy(QRect(cornerOf(*pane), QSize(64, 64)));
            QCOMPARE(QImage(shown.constBits(), 64, 64, shown.bytesPerLine(), QImage::Format_RGB32), pane->image());
        }
    }

    void itIsSoAtEveryPixelRatio_data() {
        QTest::addColumn<QString>("ratio");
        for (const char* ratio : {"1", "1.25", "1.5", "2"}) QTest::newRow(ratio) << QString::fromLatin1(ratio);
    }
    /// The pixel ratio is fixed when a program starts, so each takes its own.
    void itIsSoAtEveryPixelRatio() {
        QFETCH(QString, ratio);
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("QT_SCALE_FACTOR"), ratio);
        environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
        QProcess process;
        process.setProcessEnvironment(environment);
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.start(
            QCoreApplication::applicationFilePath(),
            {QStringLiteral("tst_imagepane"), QStringLiteral("aHundredPercentIsOneScreenPixelPerImagePixel")});
        QVERIFY(process.waitForFinished(-1));
        QVERIFY2(process.exitCode() == 0, process.readAll().constData());
    }

    void enlargedPixelsStaySharp() {
        Window window;
        window.left.setZoom(4);
        const QImage screen = window.left.grab().toImage();
        const QPoint corner = window.left.geometryNow().imageRect().topLeft().toPoint();
        for (const QPoint pixel : {QPoint(0, 0), QPoint(13, 40), QPoint(63, 63)}) {
            for (const QPoint inside : {QPoint(0, 0), QPoint(3, 0), QPoint(0, 3), QPoint(3, 3)}) {
                QCOMPARE(screen.pixelColor(corner + pixel * 4 + inside), window.left.image().pixelColor(pixel));
            }
        }
    }

    void reducedPixelsAreAveraged() {
        Window window;
        QImage stripes(64, 64, QImage::Format_RGB32);
        for (int x = 0; x < 64; ++x) {
            for (int y = 0; y < 64; ++y) stripes.setPixel(x, y, x % 2 ? qRgb(255, 255, 255) : qRgb(0, 0, 0));
        }
        window.left.setImage(stripes);
        window.left.setZoom(0.5);
        const QRect rect = window.left.geometryNow().imageRect().toRect();
        const int grey = window.left.grab().toImage().pixelColor(rect.center()).red();
        QVERIFY2(grey > 100 && grey < 155, qPrintable(QString::number(grey)));
    }

    void bothPanesShowTheSamePlace() {
        Window window;
        window.right.setImage(samples::picture(512, 512));
        events::wheel(&window.left, {80, 200}, 480);
        events::drag(&window.right, {100, 100}, {130, 70});
        QTest::keyClick(&window.left, Qt::Key_Right);
        QVERIFY(near(middle(window.left), middle(window.right)));
        QVERIFY(!near(middle(window.left), {0.5, 0.5}));
        QCOMPARE(window.left.geometryNow().scale(), window.right.geometryNow().scale());
    }

    void wheelKeepsThePointUnderTheCursor() {
        Window window;
        const QPointF cursor(80, 200);
        const qreal ratio = window.left.devicePixelRatioF();
        const QPointF before = window.left.geometryNow().placeAt(cursor * ratio);
        events::wheel(&window.left, cursor, 360);
        QVERIFY(window.left.zoom() > 8);
        QVERIFY(near(window.left.geometryNow().placeAt(cursor * ratio), before));
    }

    void dragMovesTheImageWithTheMouse() {
        Window window;
        window.left.setZoom(16);
        const QPointF before = window.left.geometryNow().placeAt({100, 100});
        events::drag(&window.left, {100, 100}, {140, 60});
        QVERIFY(near(window.left.geometryNow().placeAt({140, 60}), before));
    }

    void keysZoomPanAndFit() {
        Window window;
        const double fitted = window.left.zoom();
        QTest::keyClick(&window.left, Qt::Key_Plus);
        QVERIFY(window.left.zoom() > fitted);
        QTest::keyClick(&window.left, Qt::Key_Minus);
        QVERIFY(std::abs(window.left.zoom() - fitted) < 1e-9);
        const struct {
            Qt::Key key;
            QPointF towards;
        } moves[] = {{Qt::Key_Left, {-1, 0}}, {Qt::Key_Right, {1, 0}}, {Qt::Key_Up, {0, -1}}, {Qt::Key_Down, {0, 1}}};
        for (const auto& [key, towards] : moves) {
            const QPointF before = window.link.view().centre;
            QTest::keyClick(&window.left, key);
            const QPointF moved = window.link.view().centre - before;
            QVERIFY(QPointF::dotProduct(moved, towards) > 0.01);
        }
        QTest::keyClick(&window.left, Qt::Key_0);
        QCOMPARE(window.left.zoom(), 1.0);
        QTest::keyClick(&window.left, Qt::Key_F);
        QCOMPARE(window.left.zoom(), fitted);
        QVERIFY(window.link.view() == View{});
    }

    void aFittedPaneFitsAfterResizing() {
        Window window;
        window.left.resize(128, 200);
        QCOMPARE(window.left.zoom(), 2 * window.left.devicePixelRatioF());
    }

    void relinkingKeepsTheOffset() {
        Window window;
        window.left.setZoom(8);
        window.right.setFollowing(false);
        events::drag(&window.right, {100, 100}, {140, 100});
        const QPointF offset = middle(window.right) - middle(window.left);
        QVERIFY(offset.x() < -0.05);
        window.right.setFollowing(true);
        events::drag(&window.left, {100, 100}, {90, 120});
        QVERIFY(near(middle(window.right) - middle(window.left), offset));
        events::drag(&window.right, {100, 100}, {110, 80});
        QVERIFY(near(middle(window.right) - middle(window.left), offset));
        QTest::keyClick(&window.left, Qt::Key_F);
        QVERIFY(near(middle(window.right), {0.5, 0.5}));
    }

    void altMovesOnePaneOnly() {
        Window window;
        window.left.setZoom(8);
        const View before = window.link.view();
        events::drag(&window.left, {100, 100}, {60, 100}, Qt::AltModifier);
        events::wheel(&window.left, {60, 60}, 120, Qt::AltModifier);
        QVERIFY(window.link.view() == before);
        QVERIFY(near(middle(window.right), {0.5, 0.5}));
        QVERIFY(!near(middle(window.left), {0.5, 0.5}));
        QVERIFY(window.left.zoom() > window.right.zoom());
    }

    void hoverTellsThePlaceAndTheEnd() {
        Window window;
        QSignalSpy hovered(&window.left, &ImagePane::hovered);
        const PaneGeometry now = window.left.geometryNow();
        events::move(&window.left, now.positionOf({0.25, 0.75}) / window.left.devicePixelRatioF());
        QVERIFY(near(hovered.last().first().toPointF(), {0.25, 0.75}));
        window.left.setZoom(1);
        events::move(&window.left, {1, 1});
        QCOMPARE(hovered.last().first().toPointF(), QPointF(-1, -1));
    }

    void withoutAnImageNothingBreaks() {
        Window window;
        window.left.setImage({});
        window.left.setPlaceholder("Open a model");
        const QImage before = window.left.grab().toImage();
        window.left.setPlaceholder({});
        QVERIFY(window.left.grab().toImage() != before);
        events::wheel(&window.left, {50, 50}, 120);
        events::drag(&window.left, {100, 100}, {140, 100});
        QTest::keyClick(&window.left, Qt::Key_Plus);
        QCOMPARE(window.left.zoom(), 0.0);
        QVERIFY(window.link.view() == View{});
    }

    void aBusyPaneLooksBusy() {
        Window window;
        const QImage idle = window.left.grab().toImage();
        window.left.setBusy(true, "Working");
        QVERIFY(window.left.grab().toImage() != idle);
        window.left.setBusy(false);
        QCOMPARE(window.left.grab().toImage(), idle);
    }
};

NOISEFLOOR_TEST(ImagePaneTest)
#include "tst_imagepane.moc"
