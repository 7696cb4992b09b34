#include "smallmodel.h"
#include "studiowindow.h"

#include "support/testmain.h"

#include <app/windows/jobnotifier.h>
#include <app/windows/mainwindow.h>

#include <QClipboard>
#include <QDockWidget>
#include <QGuiApplication>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>

using namespace app;
using jobs::JobKind;
using jobs::JobState;
using models::JobsModel;
using support::kLongestMs;
using support::kModel;

namespace {

constexpr QSize kSmallScreen{1366, 768};

/// A window with the small embedded model and the pane of jobs open.
struct Studio : support::StudioWindow {
    Studio() : StudioWindow([](session::Settings& chosen) { chosen.set(session::kAutomaticPreview, false); }) {}
    void open() {
        window.open(kModel);
        QTRY_VERIFY_WITH_TIMEOUT(window.studio().document().hasModel(), kLongestMs);
        window.command(QStringLiteral("run.jobs"))->trigger();
        QVERIFY(pane().isVisible());
    }
    /// The row of the newest job of a kind; -1 without.
    int rowOf(JobKind kind) {
        for (int row = 0; row < model().rowCount(); ++row)
            if (model().record(row).kind == kind) return row;
        return -1;
    }
    JobState stateOf(JobKind kind) { return model().record(rowOf(kind)).state; }
    void select(JobKind kind) { pane().table()->selectRow(rowOf(kind)); }
    QPushButton* button(const char* name) { return window.findChild<QPushButton*>(QLatin1String(name)); }
    void click(const char* name) {
        QVERIFY2(button(name)->isEnabled(), name);
        QTest::mouseClick(button(name), Qt::LeftButton);
    }
    windows::JobsPane& pane() { return *window.jobsPane(); }
    JobsModel& model() { return pane().jobs(); }
};

} // namespace

class JobsPaneTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void openingAModelShowsItsJobs() {
        Studio s;
        s.open();
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
        QVERIFY(s.rowOf(JobKind::Open) >= 0 && s.rowOf(JobKind::Analyze) >= 0);
        QVERIFY(s.stateOf(JobKind::Analyze) == JobState::Finished);
        QVERIFY(s.model().record(s.rowOf(JobKind::Analyze)).description.what.contains(QLatin1String("w8a8")));
        s.click("jobClear");
        QCOMPARE(s.model().rowCount(), 0);
        QVERIFY(!s.button("jobStop")->isEnabled() && !s.button("jobCopy")->isEnabled());
    }

    void anAnalysisIsPausedResumedAndStopped() {
        Studio s;
        s.open();
        QTRY_VERIFY_WITH_TIMEOUT(s.rowOf(JobKind::Analyze) >= 0 && s.stateOf(JobKind::Analyze) == JobState::Running,
                                 kLongestMs);
        s.select(JobKind::Analyze);
        s.click("jobPause");
        QVERIFY(s.stateOf(JobKind::Analyze) == JobState::Pausing);
        QTRY_VERIFY_WITH_TIMEOUT(s.stateOf(JobKind::Analyze) != JobState::Pausing, kLongestMs);
        if (s.stateOf(JobKind::Analyze) == JobState::Finished) QSKIP("the analysis was faster than the pause");
        QVERIFY(s.stateOf(JobKind::Analyze) == JobState::Paused);

        // Others may run while it is paused.
        s.window.studio().requestPreview();
        QTRY_VERIFY_WITH_TIMEOUT(s.stateOf(JobKind::Preview) == JobState::Finished, kLongestMs);
        QVERIFY(s.stateOf(JobKind::Analyze) == JobState::Paused);
        s.select(JobKind::Analyze);
        QVERIFY(!s.button("jobPause")->isEnabled());
        s.click("jobResume");
        QTRY_VERIFY_WITH_TIMEOUT(
            s.stateOf(JobKind::Analyze) == JobState::Running || jobs::isOver(s.stateOf(JobKind::Analyze)), kLongestMs);
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
        QVERIFY(s.stateOf(JobKind::Analyze) == JobState::Finished);
    }

    void aStoppedJobSaysStoppingAtOnce() {
        Studio s;
        s.open();
        QTRY_VERIFY_WITH_TIMEOUT(s.rowOf(JobKind::Analyze) >= 0 && s.stateOf(JobKind::Analyze) == JobState::Running,
                                 kLongestMs);
        s.select(JobKind::Analyze);
        s.click("jobStop");
        const JobState state = s.stateOf(JobKind::Analyze);
        QVERIFY(state == JobState::Stopping);
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
        QVERIFY(jobs::isOver(s.stateOf(JobKind::Analyze)));
    }

    void picturesEndAfterTheOneInTheMaking() {
        Studio s;
        s.open();
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
        const QSignalSpy full(&s.window.studio().engine(), &jobs::Engine::fullPictureMade);
        const QSignalSpy quantized(&s.window.studio().engine(), &jobs::Engine::quantizedPictureMade);
        const QSignalSpy steps(&s.window.studio().engine(), &jobs::Engine::fullPreviewed);
        ldm::GenerateSettings sampling = s.window.studio().sampling();
        sampling.seed += 1;
        sampling.steps = 20;
        s.window.studio().setSampling(sampling);
        s.window.studio().requestPreview();
        QTRY_VERIFY_WITH_TIMEOUT(!steps.isEmpty(), kLongestMs);
        s.select(JobKind::Preview);
        s.click("jobStopAfter");
        QVERIFY(s.stateOf(JobKind::Preview) == JobState::Stopping);
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
        QCOMPARE(full.size(), 1);
        QCOMPARE(quantized.size(), 0);
    }

    void aJobIsCopiedAsACommandLine() {
        Studio s;
        s.open();
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
        s.select(JobKind::Analyze);
        s.click("jobCopy");
        const QString line = QGuiApplication::clipboard()->text();
        QVERIFY(line.startsWith(QLatin1String("noisefloor analyze emoji-ldm --metrics=local")));
        QVERIFY(line.contains(QLatin1String("--steps=2")));
    }

    void anOfferStaysInSightAndTheWindowOnTheScreen() {
        Studio s;
        auto* jobs = s.window.findChild<QDockWidget*>(QStringLiteral("dock.jobs"));
        s.window.resize(kSmallScreen);
        s.pane().offerAbandoned({QStringLiteral("local: w8a8")});
        s.window.resetLayout();
        QTRY_VERIFY(!s.pane().visibleRegion().isEmpty()); // on the first page
        s.window.studio().document().setModel(support::smallModel());
        QTRY_VERIFY(s.window.comparisonPane()->isVisibleTo(&s.window));
        QCoreApplication::processEvents();
        QVERIFY2(s.window.width() <= kSmallScreen.width(), qPrintable(QString::number(s.window.width())));
        QVERIFY(s.window.tabifiedDockWidgets(jobs).size() > 0);
        QTRY_VERIFY(!s.pane().visibleRegion().isEmpty());
    }

    void longJobsAreToldOfWhenAnotherWindowIsInFront() {
        Studio s;
        jobs::Engine engine;
        qint64 now = 0;
        JobsModel model(engine, nullptr, [&now] { return now; });
        QWidget window; // never shown, so never in front
        windows::JobNotifier notifier(model, s.settings, window);
        const QSignalSpy notified(&notifier, &windows::JobNotifier::notified);
        const auto run = [&](quint64 number, qint64 ms, JobState end) {
            Q_EMIT engine.jobSubmitted(number, JobKind::Analyze, {QStringLiteral("local: w8a8"), {}});
            Q_EMIT engine.jobChanged(number, JobState::Running, {});
            now += ms;
            Q_EMIT engine.jobChanged(number, end, end == JobState::Failed ? QStringLiteral("No.") : QString());
        };
        s.settings.set(session::kNotifyAfterSeconds, 20);
        run(1, 19'999, JobState::Finished);
        QCOMPARE(notified.size(), 0);
        run(2, 20'000, JobState::Finished);
        QCOMPARE(notified.size(), 1);
        QCOMPARE(notified[0][0].toString(), QStringLiteral("Measuring: finished"));
        QCOMPARE(notified[0][1].toString(), QStringLiteral("local: w8a8"));
        run(3, 20'000, JobState::Failed);
        QCOMPARE(notified[1][1].toString(), QStringLiteral("No."));
        run(4, 20'000, JobState::Stopped); // by the user, who knows
        QCOMPARE(notified.size(), 2);
        s.settings.set(session::kNotifyAfterSeconds, 0);
        run(5, 1'000'000, JobState::Finished);
        QCOMPARE(notified.size(), 2);
    }

    void theLengthOfJobsToBeToldOfIsRemembered() {
        Studio s;
        auto* seconds = s.window.findChild<QSpinBox*>(QStringLiteral("jobNotifyAfter"));
        seconds->setValue(33);
        QCOMPARE(s.settings.value(session::kNotifyAfterSeconds), 33);
    }
};

NOISEFLOOR_TEST(JobsPaneTest)
#include "tst_jobspane.moc"
