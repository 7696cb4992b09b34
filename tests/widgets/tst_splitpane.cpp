#include "support/testmain.h"
#include "widgets/events.h"
#include "widgets/samples.h"

#include <widgets/splitpane.h>

#include <QAbstractSlider>
#include <QAccessible>
#include <QSignalSpy>

#include <cmath>

using namespace widgets;

namespace {

QImage flat(const QColor& colour) {
    QImage image(64, 64, QImage::Format_RGB32);
    image.fill(colour);
    return image;
}

/// A pane with a red picture before the line and a blue one beyond it.
struct Shown {
    ViewLink link;
    SplitPane pane{&link};

    explicit Shown(Qt::Orientation line = Qt::Vertical) {
        pane.resize(400, 300);
        pane.setImage(flat(Qt::red));
        pane.setOther(flat(Qt::blue));
        pane.setLine(line);
        pane.show();
        QCoreApplication::processEvents();
    }
    /// Positions in the pane; those of the events are relative to the handle, which moves meanwhile.
    void dragLine(QPoint from, QPoint to) {
        QWidget* handle = pane.handle();
        QTest::mousePress(handle, Qt::LeftButton, Qt::NoModifier, handle->mapFromParent(from));
        for (const QPoint position : {(from + to) / 2, to})
            events::move(handle, handle->mapFromParent(position), Qt::LeftButton);
        QTest::mouseRelease(handle, Qt::LeftButton, Qt::NoModifier, handle->mapFromParent(to));
    }
    QColor at(QPoint position) { return pane.grab().toImage().pixelColor(position * pane.devicePixelRatioF()); }
};

} // namespace

class SplitPaneTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void bothPicturesAreSeenOnTheirSideOfTheLine() {
        Shown upright;
        QCOMPARE(upright.at({150, 100}), QColor(Qt::red));
        QCOMPARE(upright.at({250, 100}), QColor(Qt::blue));
        Shown level(Qt::Horizontal);
        QCOMPARE(level.at({150, 100}), QColor(Qt::red));
        QCOMPARE(level.at({150, 250}), QColor(Qt::blue));
        level.pane.setLine(std::nullopt);
        QCOMPARE(level.at({150, 250}), QColor(Qt::red));
        QVERIFY(!level.pane.handle()->isVisible());
    }

    void theLineMovesWithTheMouseAndThePictureStays() {
        Shown shown;
        const View before = shown.link.view();
        QSignalSpy moved(&shown.pane, &SplitPane::splitChanged);
        shown.dragLine({200, 100}, {300, 130});
        QVERIFY2(std::abs(shown.pane.split() - 0.75) < 0.01, qPrintable(QString::number(shown.pane.split())));
        QVERIFY(!moved.isEmpty());
        QVERIFY(shown.link.view() == before);
        QCOMPARE(shown.at({250, 100}), QColor(Qt::red));
    }

    void grabbingBesideTheMiddleMovesNothing() {
        Shown shown;
        for (const int at : {1, 8, 15}) {
            QTest::mousePress(shown.pane.handle(), Qt::LeftButton, Qt::NoModifier, {at, 90});
            events::move(shown.pane.handle(), {double(at), 91}, Qt::LeftButton);
            QTest::mouseRelease(shown.pane.handle(), Qt::LeftButton, Qt::NoModifier, {at, 91});
            QCOMPARE(shown.pane.split(), 0.5);
        }
    }

    void arrowKeysMoveTheLineTowardsTheirSide() {
        Shown upright;
        QTest::keyClick(upright.pane.handle(), Qt::Key_Right);
        QCOMPARE(upright.pane.split(), 0.51);
        QTest::keyClick(upright.pane.handle(), Qt::Key_Left);
        QTest::keyClick(upright.pane.handle(), Qt::Key_Left);
        QCOMPARE(upright.pane.split(), 0.49);
        Shown level(Qt::Horizontal);
        QTest::keyClick(level.pane.handle(), Qt::Key_Down);
        QCOMPARE(level.pane.split(), 0.51);
        QTest::keyClick(level.pane.handle(), Qt::Key_Up);
        QCOMPARE(level.pane.split(), 0.5);
        QTest::keyClick(level.pane.handle(), Qt::Key_End);
        QCOMPARE(level.pane.split(), 1.0);
        QTest::keyClick(level.pane.handle(), Qt::Key_Home);
        QCOMPARE(level.pane.split(), 0.0);
    }

    void theWheelOnTheLineZoomsThePictures() {
        Shown shown;
        const double before = shown.pane.zoom();
        events::wheel(shown.pane.handle(), {8, 100}, 240);
        QCOMPARE(shown.pane.split(), 0.5);
        QVERIFY(shown.pane.zoom() >= before); // the event goes on to the pane on a real platform
    }

    void theLineIsASliderForScreenReaders() {
        Shown shown;
        QAccessibleInterface* handle = QAccessible::queryAccessibleInterface(shown.pane.handle());
        QVERIFY(handle);
        QVERIFY(!handle->text(QAccessible::Name).isEmpty());
        QVERIFY(handle->valueInterface());
        QCOMPARE(handle->valueInterface()->currentValue().toInt(), 500);
        QVERIFY(shown.pane.handle()->focusPolicy() & Qt::TabFocus);
    }

    void theLineKeepsItsShareWhenThePaneGrows() {
        Shown shown;
        shown.pane.setSplit(0.25);
        shown.pane.resize(800, 300);
        QVERIFY(std::abs(shown.pane.handle()->geometry().center().x() - 200) <= 1);
    }

    void theCompositeIsWhatIsSeenInThePicturesPixels() {
        Shown shown; // fitted: 300 pixels high, so from 50 to 350 across
        const QImage composite = shown.pane.composite();
        QCOMPARE(composite.size(), QSize(64, 64));
        QCOMPARE(composite.pixelColor(10, 10), QColor(Qt::red));
        QCOMPARE(composite.pixelColor(50, 10), QColor(Qt::blue));
        shown.pane.setSplit(1);
        QCOMPARE(shown.pane.composite().pixelColor(63, 10), QColor(Qt::red));
    }
};

NOISEFLOOR_TEST(SplitPaneTest)
#include "tst_splitpane.moc"
