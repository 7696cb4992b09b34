#include "support/testmain.h"
#include "widgets/events.h"
#include "widgets/samples.h"

#include <widgets/comparison.h>
#include <widgets/salienceoverlay.h>

#include <QComboBox>
#include <QLabel>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTimer>

using namespace widgets;

namespace {

struct Shown {
    ComparisonView view;

    Shown() {
        view.resize(600, 400);
        view.setReference(samples::picture(64, 64));
        view.setCandidate(samples::picture(32, 32));
        view.show();
        QCoreApplication::processEvents();
    }

    QString text(const QString& accessibleName) const {
        const auto* label = qobject_cast<QLabel*>(events::childNamed(view, accessibleName));
        return label ? label->text() : QStringLiteral("no such label");
    }
};

} // namespace

class ComparisonTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void bothPicturesAreShownAndLinked() {
        Shown shown;
        QVERIFY(shown.view.isLinked());
        QCOMPARE(shown.view.referencePane()->image(), shown.view.reference());
        QCOMPARE(shown.view.candidatePane()->image(), shown.view.candidate());
        events::wheel(shown.view.candidatePane(), {50, 50}, 240);
        QCOMPARE(shown.view.referencePane()->geometryNow().scale(), shown.view.candidatePane()->geometryNow().scale());
    }

    void unlinkedPanesMoveAlone() {
        Shown shown;
        shown.view.setLinked(false);
        const double before = shown.view.referencePane()->zoom();
        events::wheel(shown.view.candidatePane(), {50, 50}, 240);
        QCOMPARE(shown.view.referencePane()->zoom(), before);
        QVERIFY(shown.view.candidatePane()->zoom() > 2 * before);
    }

    void hoverReadsThePixelOfBothAtTheSamePlace() {
        Shown shown;
        ImagePane* pane = shown.view.referencePane();
        const QPointF place(20.5 / 64, 40.5 / 64);
        events::move(pane, pane->geometryNow().positionOf(place) / pane->devicePixelRatioF());
        const QColor full = shown.view.reference().pixelColor(20, 40);
        QCOMPARE(shown.text("Full precision pixel under the mouse"),
                 QStringLiteral("20, 40: %1 %2 %3").arg(full.red()).arg(full.green()).arg(full.blue()));
        QVERIFY(shown.text("Quantized pixel under the mouse").startsWith("10, 20: "));
        QEvent leave(QEvent::Leave);
        QCoreApplication::sendEvent(pane, &leave);
        QCOMPARE(shown.text("Full precision pixel under the mouse"), "");
    }

    void spaceShowsTheReferenceWhileHeldAndTheViewStays() {
        Shown shown;
        ImagePane* pane = shown.view.candidatePane();
        events::wheel(pane, {50, 50}, 240);
        const double scale = pane->geometryNow().scale();
        QTest::keyPress(pane, Qt::Key_Space);
        QCOMPARE(pane->image(), shown.view.reference());
        QCOMPARE(pane->geometryNow().scale(), scale);
        shown.view.setCandidate(samples::picture(16, 16));
        QCOMPARE(pane->image(), shown.view.reference());
        QTest::keyRelease(pane, Qt::Key_Space);
        QCOMPARE(pane->image(), shown.view.candidate());
        QCOMPARE(shown.view.candidate().width(), 16);
    }

    void everyModeShowsWhatItSays() {
        Shown shown;
        shown.view.setCandidate(samples::picture(64, 64).mirrored());
        SplitPane* merged = shown.view.mergedPane();
        QVERIFY(!merged->isVisible());
        shown.view.setMode(ComparisonMode::LeftRight);
        QVERIFY(merged->isVisible() && merged->handle()->isVisible());
        QVERIFY(!shown.view.referencePane()->isVisible() && !shown.view.candidatePane()->isVisible());
        QCOMPARE(merged->image(), shown.view.reference());
        shown.view.setMode(ComparisonMode::Difference);
        QVERIFY(!merged->handle()->isVisible());
        QCOMPARE(
            merged->image(),
            pictureDifference(shown.view.reference(), shown.view.candidate(), shown.view.look().difference).picture);
        QVERIFY(events::childNamed(shown.view, "Key of the difference")->isVisible());
        shown.view.setMode(ComparisonMode::SideBySide);
        QVERIFY(shown.view.referencePane()->isVisible() && !merged->isVisible());
        QVERIFY(!events::childNamed(shown.view, "Key of the difference")->isVisible());
    }

    void aPictureOfAnotherSizeHasNoDifference() {
        Shown shown;
        shown.view.setMode(ComparisonMode::Difference);
        QVERIFY(shown.view.mergedPane()->image().isNull());
        shown.view.grab();
    }

    void keysOfThePicturesChangeTheModeAndTheGain() {
        Shown shown;
        ImagePane* pane = shown.view.candidatePane();
        QTest::keyClick(pane, Qt::Key_S);
        QCOMPARE(shown.view.look().mode, ComparisonMode::LeftRight);
        pane = shown.view.mergedPane();
        QTest::keyClick(pane, Qt::Key_S);
        QCOMPARE(shown.view.look().mode, ComparisonMode::AboveBelow);
        QTest::keyClick(pane, Qt::Key_D);
        QCOMPARE(shown.view.look().mode, ComparisonMode::Difference);
        const int gain = shown.view.look().difference.gain;
        QTest::keyClick(pane, Qt::Key_BracketRight);
        QCOMPARE(shown.view.look().difference.gain, 2 * gain);
        for (int i = 0; i < 9; ++i) QTest::keyClick(pane, Qt::Key_BracketRight);
        QCOMPARE(shown.view.look().difference.gain, kMostGain);
        for (int i = 0; i < 9; ++i) QTest::keyClick(pane, Qt::Key_BracketLeft);
        QCOMPARE(shown.view.look().difference.gain, 1);
        QTest::keyClick(pane, Qt::Key_D);
        QCOMPARE(shown.view.look().mode, ComparisonMode::SideBySide);
        QSignalSpy picked(&shown.view, &ComparisonView::picked);
        QTest::keyClick(pane, Qt::Key_3);
        QCOMPARE(picked.size(), 1);
        QCOMPARE(picked[0][0].toInt(), 3);
    }

    void theControlsOfTheDifferenceChangeIt() {
        Shown shown;
        shown.view.setCandidate(samples::picture(64, 64).mirrored());
        shown.view.setMode(ComparisonMode::Difference);
        const QImage before = shown.view.mergedPane()->image();
        auto* tolerance = qobject_cast<QSpinBox*>(events::childNamed(shown.view, "Tolerance of the difference"));
        tolerance->setValue(kLevels);
        QCOMPARE(shown.view.mergedPane()->image().pixelColor(5, 5), equalColour());
        tolerance->setValue(0);
        QCOMPARE(shown.view.mergedPane()->image(), before);
        auto* kind = qobject_cast<QComboBox*>(events::childNamed(shown.view, "Kind of difference"));
        kind->setCurrentIndex(1);
        QCOMPARE(shown.view.look().difference.kind, DifferenceKind::Absolute);
        QVERIFY(shown.view.mergedPane()->image() != before);
        const QString key = events::childNamed(shown.view, "Key of the difference")->accessibleDescription();
        QVERIFY2(key.startsWith(QLatin1String("0 to 31.9 levels of 255; grey: equal; ")), qPrintable(key));
    }

    void blinkingTakesTurnsAndEndsWithTheCandidate() {
        Shown shown;
        ImagePane* pane = shown.view.candidatePane();
        QTest::keyClick(pane, Qt::Key_B);
        QVERIFY(shown.view.look().blinking);
        QTRY_COMPARE(pane->image(), shown.view.reference());
        QTRY_COMPARE(pane->image(), shown.view.candidate());
        QTRY_COMPARE(pane->image(), shown.view.reference());
        shown.view.hide(); // nobody sees it: nothing runs
        QCOMPARE(pane->image(), shown.view.candidate());
        for (const QTimer* timer : shown.view.findChildren<QTimer*>()) QVERIFY(!timer->isActive());
        shown.view.show();
        QTRY_COMPARE(pane->image(), shown.view.reference());
        shown.view.setBlinking(false);
        QCOMPARE(pane->image(), shown.view.candidate());
    }

    void spaceShowsTheReferenceInEveryMode() {
        Shown shown;
        shown.view.setCandidate(samples::picture(64, 64).mirrored());
        for (const ComparisonMode mode : {ComparisonMode::AboveBelow, ComparisonMode::Difference}) {
            shown.view.setMode(mode);
            SplitPane* merged = shown.view.mergedPane();
            const QImage before = merged->grab().toImage();
            QTest::keyPress(merged, Qt::Key_Space);
            QCOMPARE(merged->image(), shown.view.reference());
            QVERIFY(merged->composite() == shown.view.reference());
            QTest::keyRelease(merged, Qt::Key_Space);
            QCOMPARE(merged->grab().toImage(), before);
        }
    }

    void aClickedPixelStaysInViewUntilClickedAgain() {
        Shown shown;
        shown.view.setCandidate(samples::picture(64, 64));
        ImagePane* pane = shown.view.referencePane();
        const QPointF place = pane->geometryNow().positionOf({20.5 / 64, 40.5 / 64}) / pane->devicePixelRatioF();
        const QImage before = shown.view.candidatePane()->grab().toImage();
        QTest::mouseClick(pane, Qt::LeftButton, Qt::NoModifier, place.toPoint());
        QEvent leave(QEvent::Leave);
        QCoreApplication::sendEvent(pane, &leave);
        QVERIFY(shown.text("Quantized pixel under the mouse").startsWith("20, 40: "));
        QCOMPARE(shown.text("Difference under the mouse"), "difference +0 +0 +0");
        shown.view.setCandidate(samples::picture(32, 32)); // read anew from the new picture
        QVERIFY(shown.text("Quantized pixel under the mouse").startsWith("10, 20: "));
        shown.view.setCandidate(samples::picture(64, 64));
        QVERIFY(shown.view.candidatePane()->grab().toImage() != before); // framed in the other pane too
        QTest::mouseClick(pane, Qt::LeftButton, Qt::NoModifier, place.toPoint());
        QCOMPARE(shown.text("Quantized pixel under the mouse"), "");
        QTest::keyClick(pane, Qt::Key_Return);
        QVERIFY(shown.text("Full precision pixel under the mouse").startsWith("32, 32: "));
    }

    void theShownImageIsWhatTheKeyboardIsOn() {
        Shown shown;
        shown.view.setCandidate(samples::picture(64, 64).mirrored());
        QCOMPARE(shown.view.shownImage(), shown.view.candidate());
        shown.view.setMode(ComparisonMode::Difference);
        QCOMPARE(shown.view.shownImage(), shown.view.mergedPane()->image());
        shown.view.setMode(ComparisonMode::LeftRight);
        QCOMPARE(shown.view.shownImage().pixelColor(0, 0), shown.view.reference().pixelColor(0, 0));
        QCOMPARE(shown.view.shownImage().pixelColor(63, 0), shown.view.candidate().pixelColor(63, 0));
    }

    void salienceIsDrawnOverThePictures() {
        Shown shown;
        QTest::keyClick(shown.view.candidatePane(), Qt::Key_H);
        QVERIFY(shown.view.look().salience);
        QCOMPARE(shown.view.referencePane()->image(), shown.view.reference()); // nothing is known yet
        QVERIFY(shown.text("What salience shows").startsWith("No salience"));
        QImage map(16, 16, QImage::Format_Grayscale8);
        map.fill(0);
        shown.view.setSalience(map, {});
        QVERIFY(!shown.text("What salience shows").startsWith("No salience"));
        QCOMPARE(shown.view.referencePane()->image(), withSalience(shown.view.reference(), map));
        QCOMPARE(shown.view.candidatePane()->image(), shown.view.candidate());
        const QColor grey = shown.view.referencePane()->image().pixelColor(20, 40);
        QCOMPARE(grey.red(), qGray(shown.view.reference().pixel(20, 40)));
        QVERIFY(grey.red() == grey.green() && grey.green() == grey.blue());

        map.fill(102);
        shown.view.setSalience(map, map);
        ImagePane* pane = shown.view.referencePane();
        events::move(pane, pane->geometryNow().positionOf({0.5, 0.5}) / pane->devicePixelRatioF());
        QVERIFY(shown.text("Quantized pixel under the mouse").endsWith("salience 0.40"));
        shown.view.setMode(ComparisonMode::Difference); // of the pictures themselves
        shown.view.setCandidate(shown.view.reference());
        QCOMPARE(shown.view.mergedPane()->image().pixelColor(5, 5), equalColour());
        QVERIFY(!events::childNamed(shown.view, "What salience shows")->isVisible());
        shown.view.setShowsSalience(false);
        shown.view.setMode(ComparisonMode::SideBySide);
        QCOMPARE(shown.view.referencePane()->image(), shown.view.reference());
        QVERIFY(!shown.text("Quantized pixel under the mouse").contains("salience"));
    }

    void theHighestSalienceHasMostColour() {
        QImage picture(2, 1, QImage::Format_RGB32);
        picture.fill(Qt::white);
        QImage map(2, 1, QImage::Format_Grayscale8);
        map.scanLine(0)[0] = 64;
        map.scanLine(0)[1] = 255;
        const QImage over = withSalience(picture, map);
        QVERIFY(over.pixelColor(1, 0).saturation() > over.pixelColor(0, 0).saturation());
        QCOMPARE(withSalience(picture, {}), picture);
        QVERIFY(withSalience({}, map).isNull());
    }

    void aLookIsKeptAndKeptWithinItsRanges() {
        Shown shown;
        ComparisonLook look{ComparisonMode::AboveBelow, {DifferenceKind::Absolute, 16, 3}, 0.25, false, false, true};
        shown.view.setLook(look);
        QVERIFY(shown.view.look() == look);
        QCOMPARE(shown.view.mergedPane()->split(), 0.25);
        QVERIFY(!shown.view.mergedPane()->isFollowing());
        look.difference = {DifferenceKind::Signed, 9999, -5};
        look.split = 7;
        shown.view.setLook(look);
        QCOMPARE(shown.view.look().difference.gain, kMostGain);
        QCOMPARE(shown.view.look().difference.tolerance, 0);
        QCOMPARE(shown.view.look().split, 0.5);
    }

    void whatIsFreshIsNotDimmed() {
        Shown shown;
        shown.view.setBusy(true, "3 of 20", false);
        QVERIFY(shown.view.candidatePane()->isBusy() && !shown.view.candidatePane()->isStale());
        shown.view.setReferenceBusy(true, "1 of 20");
        QVERIFY(shown.view.referencePane()->isStale());
    }

    void captionsAndMetricsAreShown() {
        Shown shown;
        shown.view.setCaptions("fp32", "w8a8");
        shown.view.setMetrics("PSNR 31.2 dB  SSIM 0.97");
        QCOMPARE(shown.text("Difference of the pictures"), "PSNR 31.2 dB  SSIM 0.97");
        QStringList texts;
        for (const QLabel* label : shown.view.findChildren<QLabel*>()) texts << label->text();
        QVERIFY(texts.contains("fp32") && texts.contains("w8a8"));
    }

    void onlyTheCandidateIsBusy() {
        Shown shown;
        shown.view.setBusy(true);
        QVERIFY(shown.view.candidatePane()->isBusy() && !shown.view.referencePane()->isBusy());
        shown.view.setBusy(false);
        QVERIFY(!shown.view.candidatePane()->isBusy());
    }

    void theZoomIsSaid() {
        Shown shown;
        QTest::keyClick(shown.view.referencePane(), Qt::Key_0);
        QCOMPARE(shown.text("Zoom"), "100 %");
    }
};

NOISEFLOOR_TEST(ComparisonTest)
#include "tst_comparison.moc"
