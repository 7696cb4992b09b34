#include "support/testmain.h"

#include <app/jobs/enginethread.h>

#include <ldm/error.h>

#include <QSignalSpy>
#include <QStringList>
#include <QThread>

#include <atomic>
#include <memory>
#include <semaphore>

using namespace app::jobs;

namespace {

/// A job that says when it runs and goes on only when it may.
struct Gate {
    std::binary_semaphore reached{0};
    std::binary_semaphore open{0};

    void pass() {
        reached.release();
        open.acquire();
    }
};

void waitForStop(const JobContext& context) {
    std::binary_semaphore stopped(0);
    const std::stop_callback wake(context.stop, [&stopped] { stopped.release(); });
    stopped.acquire();
}

/// Adds a name to a list on the owner's thread.
std::function<void()> note(QStringList& list, const char* name) {
    return [&list, name] { list << QLatin1String(name); };
}

Work named(QStringList& list, const char* name) {
    return [&list, name](const JobContext& context) {
        context.deliver(note(list, name));
        return Outcome::Finished;
    };
}

/// Lists "NUMBER STATE" for everything a job goes through.
std::unique_ptr<QObject> watch(const EngineThread& engine, QStringList& order) {
    auto context = std::make_unique<QObject>();
    const auto add = [&order](quint64 number, JobState state) {
        static const QStringList names{
            QStringLiteral("Waiting"), QStringLiteral("Running"),  QStringLiteral("Pausing"),
            QStringLiteral("Paused"),  QStringLiteral("Stopping"), QStringLiteral("Finished"),
            QStringLiteral("Stopped"), QStringLiteral("Replaced"), QStringLiteral("Failed")};
        order << QStringLiteral("%1 %2").arg(number).arg(names[int(state)]);
    };
    QObject::connect(&engine, &EngineThread::stateChanged, context.get(), add);
    return context;
}

} // namespace

class EngineThreadTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void resultsArriveOnTheThreadOfTheOwner() {
        EngineThread engine;
        QThread* worker = nullptr;
        QThread* receiver = nullptr;
        engine.submit(JobKind::Open, [&worker, &receiver](const JobContext& context) {
            worker = QThread::currentThread();
            context.deliver([&receiver] { receiver = QThread::currentThread(); });
            return Outcome::Finished;
        });
        QTRY_VERIFY(!engine.isBusy());
        QCOMPARE(receiver, QThread::currentThread());
        QVERIFY(worker != receiver);
    }

    void jobsRunByUrgencyNotByArrival() {
        EngineThread engine;
        QStringList order;
        Gate gate;
        engine.submit(JobKind::Open, [&gate](const JobContext&) {
            gate.pass();
            return Outcome::Finished;
        });
        gate.reached.acquire();
        engine.submit(JobKind::Analyze, named(order, "analysis"));
        engine.submit(JobKind::Preview, named(order, "preview"));
        engine.submit(JobKind::Export, named(order, "export"));
        gate.open.release();
        QTRY_VERIFY(!engine.isBusy());
        QCOMPARE(order, QStringList({"export", "preview", "analysis"}));
    }

    void aNewerJobMakesTheRunningOneStale() {
        EngineThread engine;
        const QSignalSpy ended(&engine, &EngineThread::ended);
        QStringList delivered;
        Gate gate;
        bool wasStopped = false;
        engine.submit(JobKind::Preview, [&gate, &delivered, &wasStopped](const JobContext& context) {
            context.deliver(note(delivered, "too early to be dropped?"));
            gate.pass();
            wasStopped = context.stop.stop_requested();
            context.deliver(note(delivered, "old"));
            return Outcome::Finished;
        });
        gate.reached.acquire();
        engine.submit(JobKind::Preview, named(delivered, "new"));
        gate.open.release();
        QTRY_VERIFY(!engine.isBusy());
        QVERIFY(wasStopped);
        QCOMPARE(delivered, QStringList({"new"}));
        QCOMPARE(ended.size(), 1);
    }

    void aNewerJobReplacesTheWaitingOne() {
        EngineThread engine;
        QStringList delivered;
        Gate gate;
        engine.submit(JobKind::Open, [&gate](const JobContext&) {
            gate.pass();
            return Outcome::Finished;
        });
        gate.reached.acquire();
        for (const char* name : {"first", "second", "third"}) engine.submit(JobKind::Preview, named(delivered, name));
        gate.open.release();
        QTRY_VERIFY(!engine.isBusy());
        QCOMPARE(delivered, QStringList({"third"}));
    }

    void anAnalysisLetsAPreviewPassAndGoesOn() {
        EngineThread engine;
        const QSignalSpy ended(&engine, &EngineThread::ended);
        QStringList order;
        std::binary_semaphore running{0};
        engine.submit(JobKind::Analyze, [&order, &running, turn = 0](const JobContext& context) mutable {
            if (turn++ > 0) {
                context.deliver(note(order, "rest of the analysis"));
                return Outcome::Finished;
            }
            context.deliver(note(order, "part of the analysis"));
            running.release();
            waitForStop(context);
            return Outcome::Interrupted;
        });
        running.acquire();
        engine.submit(JobKind::Preview, named(order, "preview"));
        QTRY_VERIFY(!engine.isBusy());
        QCOMPARE(order, QStringList({"part of the analysis", "preview", "rest of the analysis"}));
        QCOMPARE(ended.size(), 2);
        QCOMPARE(ended[1][0].value<JobKind>(), JobKind::Analyze);
        QCOMPARE(ended[1][1].value<Outcome>(), Outcome::Finished);
    }

    void aSearchLetsAPreviewPassButNoAnalysis() {
        EngineThread engine;
        QStringList order;
        std::binary_semaphore running{0};
        Gate gate;
        engine.submit(JobKind::Search, [&order, &running, &gate, turn = 0](const JobContext& context) mutable {
            if (turn++ > 0) {
                context.deliver(note(order, "rest of the search"));
                return Outcome::Finished;
            }
            gate.pass();
            context.deliver(note(order, context.stop.stop_requested() ? "stopped by the analysis" : "search"));
            running.release();
            waitForStop(context);
            return Outcome::Interrupted;
        });
        gate.reached.acquire();
        engine.submit(JobKind::Analyze, named(order, "analysis"));
        gate.open.release();
        running.acquire();
        engine.submit(JobKind::Preview, named(order, "preview"));
        QTRY_VERIFY(!engine.isBusy());
        QCOMPARE(order, QStringList({"search", "preview", "rest of the search", "analysis"}));
    }

    void anAnalysisDoneInSpiteOfThePreviewIsNotRunAgain() {
        EngineThread engine;
        Gate gate;
        int turns = 0;
        engine.submit(JobKind::Analyze, [&gate, &turns](const JobContext&) {
            if (turns++ == 0) gate.pass();
            return Outcome::Finished;
        });
        gate.reached.acquire();
        QStringList order;
        engine.submit(JobKind::Preview, named(order, "preview"));
        gate.open.release();
        QTRY_VERIFY(!engine.isBusy());
        QCOMPARE(turns, 1);
    }

    void aStopKeepsWhatWasDeliveredAndDoesNotResume() {
        EngineThread engine;
        const QSignalSpy ended(&engine, &EngineThread::ended);
        QStringList delivered;
        std::binary_semaphore running{0};
        engine.submit(JobKind::Analyze, [&delivered, &running](const JobContext& context) {
            running.release();
            waitForStop(context);
            context.deliver(note(delivered, "part"));
            return Outcome::Interrupted;
        });
        running.acquire();
        engine.stopAll();
        QTRY_VERIFY(!engine.isBusy());
        QCOMPARE(delivered, QStringList({"part"}));
        QCOMPARE(ended.size(), 1);
        QCOMPARE(ended[0][1].value<Outcome>(), Outcome::Interrupted);
    }

    void aStopEndsAnAnalysisThatIsLettingAPreviewPass() {
        EngineThread engine;
        QStringList delivered;
        Gate gate;
        int turns = 0;
        engine.submit(JobKind::Analyze, [&gate, &turns](const JobContext&) {
            if (turns++ == 0) gate.pass();
            return Outcome::Interrupted;
        });
        gate.reached.acquire();
        engine.submit(JobKind::Preview, named(delivered, "preview"));
        engine.stopAll();
        gate.open.release();
        QTRY_VERIFY(!engine.isBusy());
        QCOMPARE(turns, 1);
        QVERIFY(delivered.isEmpty());
    }

    void aStoppedJobThatNeverRanEndsToo() {
        EngineThread engine;
        const QSignalSpy ended(&engine, &EngineThread::ended);
        Gate gate;
        engine.submit(JobKind::Open, [&gate](const JobContext&) {
            gate.pass();
            return Outcome::Finished;
        });
        gate.reached.acquire();
        QStringList delivered;
        engine.submit(JobKind::Preview, named(delivered, "preview"));
        engine.stop(JobKind::Preview);
        QCOMPARE(ended.size(), 1);
        QCOMPARE(ended[0][0].value<JobKind>(), JobKind::Preview);
        gate.open.release();
        QTRY_VERIFY(!engine.isBusy());
        QVERIFY(delivered.isEmpty());
    }

    void discardedJobsDeliverNothing() {
        EngineThread engine;
        const QSignalSpy ended(&engine, &EngineThread::ended);
        QStringList delivered;
        std::binary_semaphore running{0};
        engine.submit(JobKind::Analyze, [&delivered, &running](const JobContext& context) {
            running.release();
            waitForStop(context);
            context.deliver(note(delivered, "part"));
            return Outcome::Interrupted;
        });
        running.acquire();
        engine.discard(JobKind::Analyze);
        QTRY_VERIFY(!engine.isBusy());
        QVERIFY(delivered.isEmpty());
        QVERIFY(ended.isEmpty());
    }

    void exceptionsBecomeFailuresAndTheThreadLivesOn() {
        EngineThread engine;
        const QSignalSpy failed(&engine, &EngineThread::failed);
        const QSignalSpy ended(&engine, &EngineThread::ended);
        engine.submit(JobKind::Open, [](const JobContext&) -> Outcome { throw ldm::badInput("No such model."); });
        QTRY_COMPARE(failed.size(), 1);
        QCOMPARE(failed[0][1].value<Failure>(), (Failure{ldm::ErrorKind::BadInput, QStringLiteral("No such model.")}));
        QStringList delivered;
        engine.submit(JobKind::Preview, named(delivered, "alive"));
        QTRY_COMPARE(ended.size(), 1);
        QCOMPARE(delivered, QStringList({"alive"}));
    }

    void ofManyReportsTheLatestArrives() {
        EngineThread engine;
        const QSignalSpy progressed(&engine, &EngineThread::progressed);
        Gate gate;
        engine.submit(JobKind::Preview, [&gate](const JobContext& context) {
            for (int i = 1; i <= 10000; ++i) context.progress({"step", i, 10000});
            gate.pass();
            return Outcome::Finished;
        });
        gate.reached.acquire(); // all reports were made while no event could be handled
        gate.open.release();
        QTRY_VERIFY(!engine.isBusy());
        QCOMPARE(progressed.size(), 1);
        QCOMPARE(progressed[0][1].value<ldm::Progress>().done, 10000);
    }

    void busyIsAnnouncedOnceEachWay() {
        EngineThread engine;
        const QSignalSpy busy(&engine, &EngineThread::busyChanged);
        QStringList delivered;
        Gate gate;
        engine.submit(JobKind::Open, [&gate](const JobContext&) {
            gate.pass();
            return Outcome::Finished;
        });
        engine.submit(JobKind::Preview, named(delivered, "preview"));
        gate.reached.acquire();
        gate.open.release();
        QTRY_VERIFY(!engine.isBusy());
        QCOMPARE(busy.size(), 2);
        QCOMPARE(busy[0][0].toBool(), true);
        QCOMPARE(busy[1][0].toBool(), false);
    }

    void destructionStopsTheRunningJobAndWaits() {
        std::atomic<bool> hasEnded = false;
        std::binary_semaphore running{0};
        {
            EngineThread engine;
            engine.submit(JobKind::Analyze, [&hasEnded, &running](const JobContext& context) {
                running.release();
                waitForStop(context);
                hasEnded = true;
                return Outcome::Interrupted;
            });
            running.acquire();
        }
        QVERIFY(hasEnded);
    }

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

NOISEFLOOR_TEST(EngineThreadTest)
#include "tst_enginethread.moc"
