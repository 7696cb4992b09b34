#include "support/testmain.h"

#include "program.h"

#include <app/session/jobjournal.h>
#include <app/windows/mainwindow.h>

#include <QDirIterator>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>

using namespace app;
using jobs::JobKind;

namespace {

constexpr int kLongestMs = 240'000; ///< for real work under a sanitizer on a slow machine; never waited for otherwise
const QString kModel = QStringLiteral("emoji-ldm");
const quant::Format kW8A8 = quant::parseFormat("w8a8");

QStringList journalsIn(const QString& folder) {
    QStringList files;
    QDirIterator all(folder, {QLatin1Char('*') + session::kSessionSuffix}, QDir::Files, QDirIterator::Subdirectories);
    while (all.hasNext()) files << all.next();
    return files;
}

/// A window with the small embedded model and its journal.
struct Studio {
    QTemporaryDir folder;
    session::Settings settings{folder.filePath(QStringLiteral("settings.ini"))};
    windows::MainWindow window{(settings.set(session::kAnalysisSteps, 2), settings.set(session::kAskToSave, false),
                                settings.set(session::kAutomaticPreview, false),
                                settings.set(session::kSearchFormats, QStringLiteral("w4a8,w8a8")), settings)};
    session::JobJournal journal;

    explicit Studio(const QString& journalFolder = {})
        : journal(window.searchPane()->finder(),
                  journalFolder.isEmpty() ? folder.filePath(QStringLiteral("jobs")) : journalFolder) {
        qputenv("XDG_CACHE_HOME", folder.path().toUtf8()); // nothing is known from earlier sessions
        window.show();
        window.offerJobs(journal);
    }
    void open() {
        window.open(kModel);
        QTRY_VERIFY_WITH_TIMEOUT(document().hasModel(), kLongestMs);
    }
    bool holds(analysis::Metric metric, quant::Format format) {
        const analysis::SqnrMap* map = document().analysis().find(metric, format);
        return map && map->grid.complete();
    }
    QString journals() const { return folder.filePath(QStringLiteral("jobs")); }
    session::StudioDocument& document() { return window.studio().document(); }
    session::RecipeFinder& finder() { return window.searchPane()->finder(); }
    bool isIdle() { return !window.studio().engine().isBusy(); }
    QPushButton* button(const char* name) { return window.findChild<QPushButton*>(QLatin1String(name)); }
};

/// What a program leaves behind that is killed now.
void leaveBehind(const Studio& studio, const QString& folder) {
    const QStringList files = journalsIn(studio.journals());
    QCOMPARE(files.size(), 1);
    QVERIFY(QDir().mkpath(folder));
    QVERIFY(QFile::copy(files.first(), folder + QStringLiteral("/left") + session::kSessionSuffix));
}

} // namespace

class JobJournalTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void jobsAreListedAsLongAsTheyAreNotOver() {
        Studio s;
        s.open();
        QTRY_COMPARE_WITH_TIMEOUT(journalsIn(s.journals()).size(), 1, kLongestMs);
        QVERIFY(session::RecoverySlot::abandoned(s.journals()).empty()); // this program lives
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
        QTRY_VERIFY_WITH_TIMEOUT(journalsIn(s.journals()).isEmpty(), kLongestMs);
        QVERIFY(!s.journal.abandoned());
    }

    void aStopLeavesNothingBehind() {
        Studio s;
        s.open();
        QTRY_COMPARE_WITH_TIMEOUT(journalsIn(s.journals()).size(), 1, kLongestMs);
        s.window.studio().stop();
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle() && journalsIn(s.journals()).isEmpty(), kLongestMs);
    }

    void whatAKilledProgramWasAtIsOfferedAndResumed() {
        const QTemporaryDir folder;
        killAtWork(folder.path());
        const QStringList left = journalsIn(folder.filePath(QStringLiteral("data"))).filter(QStringLiteral("/jobs/"));
        QCOMPARE(left.size(), 1);

        Studio s(QFileInfo(left.first()).absolutePath());
        QVERIFY(s.journal.abandoned());
        QVERIFY(s.button("jobResumeAbandoned")->isVisible());
        QVERIFY(s.window.findChild<QLabel*>(QStringLiteral("jobAbandoned"))->text().contains(QLatin1String("w8a8")));
        QTest::mouseClick(s.button("jobResumeAbandoned"), Qt::LeftButton);
        QVERIFY(!s.button("jobResumeAbandoned")->isVisible());
        QTRY_VERIFY_WITH_TIMEOUT(s.document().hasModel() && s.isIdle(), kLongestMs);
        QVERIFY(s.holds(analysis::Metric::Local, kW8A8));
        QVERIFY(!QFileInfo::exists(left.first()));
    }

    void aSearchGoesOnWithItsTargetOnceItsMapsAreThere() {
        const QTemporaryDir left;
        analysis::SearchTarget target;
        {
            Studio s;
            s.open();
            QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
            s.window.command(QStringLiteral("run.search"))->trigger();
            QVERIFY2(s.finder().result(), qPrintable(s.finder().obstacle()));
            s.finder().setGoal(analysis::Goal::MaxMeanBits, {});
            target = s.finder().target();
            s.finder().measureAndRepair();
            QTRY_COMPARE_WITH_TIMEOUT(journalsIn(s.journals()).size(), 1, kLongestMs);
            leaveBehind(s, left.path());
            QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
        }
        Studio s(left.path());
        QVERIFY(s.journal.abandoned() && s.journal.abandoned()->searches);
        const QSignalSpy found(&s.window.studio().engine(), &jobs::Engine::recipeFound);
        s.journal.resume();
        QTRY_VERIFY_WITH_TIMEOUT(!found.isEmpty(), kLongestMs);
        QVERIFY(s.finder().target().goal == target.goal);
        QCOMPARE(s.finder().target().value, target.value);
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
    }

    void forgottenJobsAreNotOfferedAgain() {
        const QTemporaryDir left;
        {
            Studio s;
            s.open();
            QTRY_COMPARE_WITH_TIMEOUT(journalsIn(s.journals()).size(), 1, kLongestMs);
            leaveBehind(s, left.path());
        }
        Studio s(left.path());
        QVERIFY(s.journal.abandoned());
        QTest::mouseClick(s.button("jobForget"), Qt::LeftButton);
        QVERIFY(!s.journal.abandoned());
        QVERIFY(journalsIn(left.path()).isEmpty());
        QVERIFY(!s.document().hasModel());
    }

    void aDamagedJournalIsNoOffer() {
        const QTemporaryDir left;
        QVERIFY(support::write(left.filePath(QStringLiteral("a")) + session::kSessionSuffix, "{\"noisefloor\": "));
        QVERIFY(support::write(left.filePath(QStringLiteral("b")) + session::kSessionSuffix, ""));
        Studio s(left.path());
        QVERIFY(!s.journal.abandoned());
        QVERIFY(!s.button("jobResumeAbandoned")->isVisible());
    }

private:
    /// Starts the window as a program of its own and kills it while it measures.
    static void killAtWork(const QString& folder) {
        QProcess program;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
        environment.insert(QStringLiteral("XDG_DATA_HOME"), folder + QStringLiteral("/data"));
        environment.insert(QStringLiteral("XDG_CONFIG_HOME"), folder + QStringLiteral("/config"));
        environment.insert(QStringLiteral("XDG_CACHE_HOME"), folder + QStringLiteral("/cache"));
        program.setProcessEnvironment(environment);
        program.start(QStringLiteral(NOISEFLOOR_PROGRAM), {kModel});
        QTRY_VERIFY_WITH_TIMEOUT(
            !journalsIn(folder + QStringLiteral("/data")).filter(QStringLiteral("/jobs/")).isEmpty(), kLongestMs);
        program.kill();
        QVERIFY(program.waitForFinished());
    }
};

NOISEFLOOR_TEST(JobJournalTest)
#include "tst_jobjournal.moc"
