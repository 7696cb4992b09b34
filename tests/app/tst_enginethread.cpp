#include "support/testmain.h"

#include "enginejobs.h"

#include <ldm/error.h>

#include <QSignalSpy>
#include <QStringList>
#include <QThread>

#include <semaphore>

using namespace app::jobs;
using namespace support;

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

    void whatWasOrderedIsAllDoneInItsOrder_data() {
        QTest::addColumn<JobKind>("kind");
        QTest::newRow("reports") << JobKind::Report;
        QTest::newRow("exports") << JobKind::Export;
        QTest::newRow("checks of exports") << JobKind::Verify;
        QTest::newRow("grids") << JobKind::Pictures;
        QTest::newRow("measurements") << JobKind::Measure;
    }

    void whatWasOrderedIsAllDoneInItsOrder() {
        QFETCH(JobKind, kind);
        EngineThread engine;
        const QSignalSpy ended(&engine, &EngineThread::ended);
        QStringList delivered;
        Gate gate;
        engine.submit(kind, [&gate, &delivered](const JobContext& context) {
            gate.pass();
            context.deliver(note(delivered, context.stop.stop_requested() ? "stopped" : "first"));
            return Outcome::Finished;
        });
        gate.reached.acquire();
        engine.submit(kind, named(delivered, "second"));
        engine.submit(kind, named(delivered, "third"));
        gate.open.release();
        QTRY_VERIFY(!engine.isBusy());
        QCOMPARE(delivered, QStringList({"first", "second", "third"}));
        QCOMPARE(ended.size(), 3);
    }

    void aJobThatLetAnotherPassGoesOnBeforeThoseThatCameLater() {
        EngineThread engine;
        QStringList order;
        std::binary_semaphore running{0};
        engine.submit(JobKind::Measure, [&order, &running, turn = 0](const JobContext& context) mutable {
            if (turn++ > 0) {
                context.deliver(note(order, "rest of the first"));
                return Outcome::Finished;
            }
            running.release();
            waitForStop(context);
            return Outcome::Interrupted;
        });
        running.acquire();
        engine.submit(JobKind::Measure, named(order, "second"));
        engine.submit(JobKind::Preview, named(order, "preview"));
        QTRY_VERIFY(!engine.isBusy());
        QCOMPARE(order, QStringList({"preview", "rest of the first", "second"}));
    }

    void whatWasOrderedFromAModelComesBeforeTheNextModel() {
        EngineThread engine;
        QStringList order;
        Gate gate;
        engine.submit(JobKind::Preview, [&gate](const JobContext&) {
            gate.pass();
            return Outcome::Finished;
        });
        gate.reached.acquire();
        engine.submit(JobKind::Export, named(order, "export"));
        engine.submit(JobKind::Open, named(order, "the next model"));
        gate.open.release();
        QTRY_VERIFY(!engine.isBusy());
        QCOMPARE(order, QStringList({"export", "the next model"}));
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
};

NOISEFLOOR_TEST(EngineThreadTest)
#include "tst_enginethread.moc"
