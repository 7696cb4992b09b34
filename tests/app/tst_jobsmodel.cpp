#include "support/testmain.h"

#include <app/models/jobsmodel.h>

#include <QAbstractItemModelTester>
#include <QSignalSpy>

using namespace app;
using jobs::JobKind;
using jobs::JobState;
using models::JobsModel;

namespace {

/// A list of jobs whose engine says what a test wants, by a clock that a test sets.
struct Listed {
    jobs::Engine engine;
    qint64 now = 0;
    JobsModel model{engine, nullptr, [this] { return now; }};
    QAbstractItemModelTester tester{&model, QAbstractItemModelTester::FailureReportingMode::QtTest};

    void submit(quint64 number, JobKind kind, const char* what) {
        Q_EMIT engine.jobSubmitted(number, kind, {QLatin1String(what), {}});
    }
    void change(quint64 number, JobState state, const char* sentence = "") {
        Q_EMIT engine.jobChanged(number, state, QLatin1String(sentence));
    }
    void progress(quint64 number, std::int64_t done, std::int64_t total) {
        Q_EMIT engine.jobProgressed(number, {"local w8a8", done, total});
    }
    QString text(int row, JobsModel::Column column) const { return model.index(row, column).data().toString(); }
};

} // namespace

class JobsModelTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theNewestJobStandsFirst() {
        Listed list;
        list.submit(1, JobKind::Analyze, "local: w8a8");
        list.submit(2, JobKind::Preview, "red apple");
        QCOMPARE(list.model.rowCount(), 2);
        QCOMPARE(list.text(0, JobsModel::What), QStringLiteral("red apple"));
        QCOMPARE(list.text(1, JobsModel::Kind), QStringLiteral("Measuring"));
        QCOMPARE(list.text(1, JobsModel::State), QStringLiteral("waiting"));
        QCOMPARE(list.model.unfinished().size(), 2);
        QCOMPARE(list.model.unfinished().first().number, 1U);
    }

    void timeLeftFollowsFromHowFastItWent() {
        Listed list;
        list.submit(1, JobKind::Analyze, "a");
        list.change(1, JobState::Running);
        list.progress(1, 100, 1000); // what a cache held came at once
        QVERIFY(!list.model.secondsLeft(0));
        list.now = 10'000;
        list.progress(1, 200, 1000);
        QCOMPARE(*list.model.secondsLeft(0), 80.0);
        QCOMPARE(list.text(0, JobsModel::Left), QStringLiteral("about 2 min"));
        QCOMPARE(list.text(0, JobsModel::Progress), QStringLiteral("20 %"));
        list.now = 15'000;
        QCOMPARE(*list.model.secondsLeft(0), 75.0);
        list.progress(1, 3, 20); // another count
        QVERIFY(!list.model.secondsLeft(0));
    }

    void pausesAreNoWork() {
        Listed list;
        list.submit(1, JobKind::Analyze, "a");
        list.change(1, JobState::Running);
        list.progress(1, 0, 100);
        list.now = 4'000;
        list.progress(1, 10, 100);
        list.change(1, JobState::Pausing);
        list.now = 5'000;
        list.change(1, JobState::Paused);
        list.now = 1'000'000;
        list.change(1, JobState::Waiting);
        list.change(1, JobState::Running);
        QVERIFY(!list.model.secondsLeft(0)); // the rate is found anew
        list.progress(1, 10, 100);
        list.now += 2'000;
        list.progress(1, 20, 100);
        QCOMPARE(*list.model.secondsLeft(0), 16.0);
        list.change(1, JobState::Finished);
        QCOMPARE(list.model.record(0).workedMs, 7'000);
        QCOMPARE(list.text(0, JobsModel::Progress), QStringLiteral("100 %"));
    }

    void newsThatAreLateDoNotUndoAStop() {
        Listed list;
        list.submit(1, JobKind::Analyze, "a");
        list.change(1, JobState::Stopping);
        list.change(1, JobState::Running);
        QCOMPARE(list.text(0, JobsModel::State), QStringLiteral("stopping…"));
        list.change(1, JobState::Stopped);
        QCOMPARE(list.text(0, JobsModel::State), QStringLiteral("stopped"));
    }

    void whatWasReplacedBeforeItRanIsNoHistory() {
        Listed list;
        list.submit(1, JobKind::Preview, "a");
        list.submit(2, JobKind::Preview, "b");
        list.change(1, JobState::Replaced);
        QCOMPARE(list.model.rowCount(), 1);
        list.change(2, JobState::Running);
        list.change(2, JobState::Replaced);
        QCOMPARE(list.text(0, JobsModel::State), QStringLiteral("replaced by a newer one"));
    }

    void aFailureSaysWhy() {
        Listed list;
        const QSignalSpy finished(&list.model, &JobsModel::finished);
        list.submit(1, JobKind::Export, "out");
        list.change(1, JobState::Running);
        list.change(1, JobState::Failed, "The disk is full.");
        QCOMPARE(list.model.index(0, 0).data(Qt::ToolTipRole).toString(), QStringLiteral("The disk is full."));
        QCOMPARE(finished.size(), 1);
    }

    void theHistoryIsClearedAndKeptShort() {
        Listed list;
        for (quint64 number = 1; number <= 230; ++number) {
            list.submit(number, JobKind::Preview, "p");
            list.change(number, JobState::Running);
            if (number != 5) list.change(number, JobState::Finished);
        }
        QCOMPARE(list.model.rowCount(), 200);
        QCOMPARE(list.model.unfinished().size(), 1); // what runs stays, however old
        list.model.clearHistory();
        QCOMPARE(list.model.rowCount(), 1);
        QCOMPARE(list.model.record(0).number, 5U);
    }

    void timesAreToldRoughly() {
        QCOMPARE(models::timeText(0.2), QStringLiteral("about 1 s"));
        QCOMPARE(models::timeText(59), QStringLiteral("about 59 s"));
        QCOMPARE(models::timeText(61), QStringLiteral("about 2 min"));
        QCOMPARE(models::timeText(5400), QStringLiteral("about 1.5 h"));
    }
};

NOISEFLOOR_TEST(JobsModelTest)
#include "tst_jobsmodel.moc"
