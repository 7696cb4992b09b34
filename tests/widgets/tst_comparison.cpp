#include "support/testmain.h"
#include "widgets/events.h"
#include "widgets/samples.h"

#include <widgets/comparison.h>

#include <QLabel>

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
