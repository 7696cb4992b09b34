#include "support/testmain.h"

#include "enginejobs.h"

#include <ldm/error.h>

#include <QSignalSpy>

using namespace app::jobs;
using namespace support;

class JobControlTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aPausedAnalysisWaitsUntilItIsResumed() {
        EngineThread engine;
        QStringList order;
        const auto news = watch(engine, order);
        std::binary_semaphore running{0};
        quint64 number = 0;
        connect(&engine, &EngineThread::submitted, this, [&number](quint64 itsNumber) { number = itsNumber; });
        engine.submit(JobKind::Analyze, [&running, turn = 0](const JobContext& context) mutable {
            if (turn++ > 0) return Outcome::Finished;
            running.release();
            waitForStop(context);
            return Outcome::Interrupted;
        });
        running.acquire();
        engine.pause(number);
        QTRY_COMPARE(order.last(), QStringLiteral("1 Paused"));
        engine.submit(JobKind::Preview, [](const JobContext&) { return Outcome::Finished; });
        QTRY_COMPARE(order.last(), QStringLiteral("2 Finished")); // others run meanwhile
        QVERIFY(engine.isBusy(JobKind::Analyze));
        engine.resume(1);
        QTRY_VERIFY(!engine.isBusy());
        QCOMPARE(order.filter(QStringLiteral("1 ")),
                 QStringList({"1 Pausing", "1 Running", "1 Paused", "1 Waiting", "1 Running", "1 Finished"}));
    }

    void aPauseThatIsTakenBackIsNone() {
        EngineThread engine;
        QStringList order;
        const auto news = watch(engine, order);
        Gate gate;
        engine.submit(JobKind::Analyze, [&gate, turn = 0](const JobContext&) mutable {
            if (turn++ > 0) return Outcome::Finished;
            gate.pass();
            return Outcome::Interrupted;
        });
        gate.reached.acquire();
        engine.pause(1);
        engine.resume(1);
        gate.open.release();
        QTRY_VERIFY(!engine.isBusy());
        QVERIFY(!order.contains(QStringLiteral("1 Paused")));
        QCOMPARE(order.last(), QStringLiteral("1 Finished"));
    }

    void onlyWorkThatCanGoOnIsPausedWhileItRuns() {
        EngineThread engine;
        QStringList order;
        const auto news = watch(engine, order);
        Gate gate;
        engine.submit(JobKind::Preview, [&gate](const JobContext& context) {
            gate.pass();
            return context.stop.stop_requested() ? Outcome::Interrupted : Outcome::Finished;
        });
        gate.reached.acquire();
        engine.pause(1);
        gate.open.release();
        QTRY_VERIFY(!engine.isBusy());
        QCOMPARE(order.last(), QStringLiteral("1 Finished"));
    }

    void aWaitingJobOfAnyKindCanBePaused() {
        EngineThread engine;
        QStringList order;
        const auto news = watch(engine, order);
        QStringList done;
        Gate gate;
        engine.submit(JobKind::Open, [&gate](const JobContext&) {
            gate.pass();
            return Outcome::Finished;
        });
        gate.reached.acquire();
        engine.submit(JobKind::Preview, named(done, "preview"));
        engine.submit(JobKind::Export, named(done, "export"));
        engine.pause(2);
        gate.open.release();
        QTRY_COMPARE(done, QStringList({"export"}));
        engine.resume(2);
        QTRY_VERIFY(!engine.isBusy());
        QCOMPARE(done, QStringList({"export", "preview"}));
    }

    void oneJobIsStoppedByItsNumberAndSaysSoAtOnce() {
        EngineThread engine;
        QStringList order;
        const auto news = watch(engine, order);
        const QSignalSpy ended(&engine, &EngineThread::ended);
        QStringList done;
        std::binary_semaphore running{0};
        engine.submit(JobKind::Analyze, [&running](const JobContext& context) {
            running.release();
            waitForStop(context);
            return Outcome::Interrupted;
        });
        running.acquire();
        engine.submit(JobKind::Analyze, named(done, "never begun"));
        engine.cancel(2);
        QCOMPARE(order.last(), QStringLiteral("2 Stopped"));
        QCOMPARE(ended.size(), 1);
        engine.cancel(1);
        QTRY_VERIFY(!engine.isBusy());
        QVERIFY(done.isEmpty());
        engine.cancel(7); // no such job
        QCOMPARE(order.last(), QStringLiteral("1 Replaced"));
    }

    void aPausedJobIsReplacedByANewerOne() {
        EngineThread engine;
        QStringList order;
        const auto news = watch(engine, order);
        QStringList done;
        std::binary_semaphore running{0};
        engine.submit(JobKind::Search, [&running](const JobContext& context) {
            running.release();
            waitForStop(context);
            return Outcome::Interrupted;
        });
        running.acquire();
        engine.pause(1);
        QTRY_COMPARE(order.last(), QStringLiteral("1 Paused"));
        engine.submit(JobKind::Search, named(done, "newer"));
        QTRY_VERIFY(!engine.isBusy());
        QCOMPARE(done, QStringList({"newer"}));
        QVERIFY(order.contains(QStringLiteral("1 Replaced")));
    }

    void whyAJobFailedIsToldWithItsNumber() {
        EngineThread engine;
        const QSignalSpy changes(&engine, &EngineThread::stateChanged);
        engine.submit(JobKind::Export, [](const JobContext&) -> Outcome { throw ldm::badInput("No such thing."); });
        QTRY_VERIFY(!engine.isBusy());
        QCOMPARE(changes.last()[1].value<JobState>(), JobState::Failed);
        QCOMPARE(changes.last()[2].toString(), QStringLiteral("No such thing."));
    }
};

NOISEFLOOR_TEST(JobControlTest)
#include "tst_jobcontrol.moc"
