#include "support/testmain.h"

#include <app/jobs/result.h>

#include <new>

using namespace app::jobs;

class ResultTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void workThatSucceedsGivesItsValue() {
        const auto result = guarded([] { return 42; });
        QVERIFY(bool(result));
        QCOMPARE(result.value(), 42);
    }

    void workWithoutValueGivesDone() {
        QVERIFY(bool(guarded([] {})));
    }

    void anErrorKeepsItsKindAndSentence() {
        const auto result = guarded([]() -> int { throw ldm::badInput("x.json has no blocks; make it again."); });
        QVERIFY(!result);
        QCOMPARE(result.failure().kind, ldm::ErrorKind::BadInput);
        QCOMPARE(result.failure().sentence, QStringLiteral("x.json has no blocks; make it again."));
    }

    void exhaustedMemoryIsSaidInASentence() {
        const auto result = guarded([] { throw std::bad_alloc(); });
        QVERIFY(!result);
        QCOMPARE(result.failure().kind, ldm::ErrorKind::OutOfMemory);
        QVERIFY(result.failure().sentence.contains(QLatin1String("memory")));
    }

    void ofOtherExceptionsOnlyTheFirstLineIsShown() {
        const auto result = guarded([] { throw std::runtime_error("bad shape\nframe 0\nframe 1"); });
        QVERIFY(!result);
        QCOMPARE(result.failure(), (Failure{ldm::ErrorKind::Failed, QStringLiteral("bad shape")}));
    }

    void unknownExceptionsAreFailuresToo() {
        const auto result = guarded([] { throw 1; });
        QVERIFY(!result);
        QCOMPARE(result.failure().kind, ldm::ErrorKind::Failed);
    }

    void exitCodesTellBadInputFromFailedWork() {
        QCOMPARE(exitCode(ldm::ErrorKind::BadInput), 3);
        QCOMPARE(exitCode(ldm::ErrorKind::WriteFailed), 1);
        QCOMPARE(exitCode(ldm::ErrorKind::OutOfMemory), 1);
        QCOMPARE(exitCode(ldm::ErrorKind::Failed), 1);
    }
};

NOISEFLOOR_TEST(ResultTest)
#include "tst_result.moc"
