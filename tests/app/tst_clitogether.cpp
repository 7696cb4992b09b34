#include "program.h"

#include "support/testmain.h"

#include <QDir>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QTemporaryDir>

#include <signal.h>

using support::contents;
using support::kBadInput;
using support::kDone;
using support::kWrongUsage;
using support::noisefloor;
using support::Run;

namespace {

/// A file's text but for how long things took.
QByteArray withoutTimes(const QString& file) {
    QString text = QString::fromUtf8(contents(file));
    static const QRegularExpression times(QStringLiteral("\"timing\":\\s*\\{[^}]*\\}"));
    text.remove(times);
    return text.toUtf8();
}

/// The value of a variable in the environment of a process; empty if there is none.
QByteArray variableOf(qint64 process, const QByteArray& name) {
    const QByteArray environment = contents(QStringLiteral("/proc/%1/environ").arg(process));
    for (const QByteArray& variable : environment.split('\0'))
        if (variable.startsWith(name + '=')) return variable.mid(name.size() + 1);
    return {};
}

/// The process that mpirun has given this place; 0 if there is none.
qint64 processAt(int place, qint64 mpirun) {
    const QString threads = QStringLiteral("/proc/%1/task").arg(mpirun);
    for (const QString& thread : QDir(threads).entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        const QByteArray children = contents(QStringLiteral("%1/%2/children").arg(threads, thread));
        for (const QByteArray& child : children.split(' '))
            if (variableOf(child.toLongLong(), "OMPI_COMM_WORLD_RANK") == QByteArray::number(place))
                return child.toLongLong();
    }
    return 0;
}

/// All work of a run, as its progress tells.
qint64 workIn(const Run& run) {
    static const QRegularExpression total(QStringLiteral("\\d/(\\d+)\n"));
    return total.match(QString::fromUtf8(run.err)).captured(1).toLongLong();
}

void waitForProgress(QProcess& process, const QByteArray& stage) {
    process.setReadChannel(QProcess::StandardError);
    QByteArray progress;
    while (!progress.contains(stage) && process.waitForReadyRead(support::kLongestRunMs))
        progress += process.readAllStandardError();
}

} // namespace

/// An analysis that mpirun shares out. Where there is no mpirun, what needs it is skipped.
class TestCliTogether : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void theFileIsThatOfOneProcess_data();
    void theFileIsThatOfOneProcess();
    void aLostProcessChangesNothing_data();
    void aLostProcessChangesNothing();
    void anInterruptedTeamIsContinuedByOneProcess();
    void aKilledTeamIsContinuedByAnother();
    void otherVerbsAreRefused();
    void numbersThatMakeNoSenseAreNamed();

private:
    QString path(const QString& name) const { return m_folder.filePath(name); }
    QStringList analysis(const QString& name, const QStringList& more) const {
        return QStringList{"analyze", "--formats", "w8a8", "--out", path(name), "--threads", "1", "--no-cache"} + more;
    }
    /// Long enough that a process can be ended before the end.
    QStringList longAnalysis(const QString& name, const QStringList& more = {}) const {
        return analysis(name, QStringList{"emoji-ldm", "--steps", "30", "--prompt", "frog"} + more);
    }
    void start(QProcess& process, int processes, const QStringList& arguments) const {
        process.start(m_mpirun, QStringList{"--allow-run-as-root", "--oversubscribe", "--enable-recovery", "-np",
                                            QString::number(processes), NOISEFLOOR_PROGRAM} +
                                    arguments);
    }
    /// The file that one process makes of the long analysis.
    QByteArray expected() {
        if (m_expected.isEmpty()) {
            m_allWork = workIn(noisefloor(longAnalysis("alone.analysis.json")));
            m_expected = withoutTimes(path("alone.analysis.json"));
        }
        return m_expected;
    }
    bool isClean() const { return QDir(m_folder.path()).entryList({"*.shares"}).isEmpty(); }

    QTemporaryDir m_folder;
    QByteArray m_expected;
    qint64 m_allWork = 0;
    QString m_mpirun = QStandardPaths::findExecutable(QStringLiteral("mpirun.openmpi"));
};

void TestCliTogether::initTestCase() {
    QVERIFY(support::write(path("prompts.txt"), "frog\na red heart\n"));
}

void TestCliTogether::theFileIsThatOfOneProcess_data() {
    QTest::addColumn<int>("processes");
    QTest::addColumn<QStringList>("more");
    const QStringList common{NOISEFLOOR_TEST_DATA "/reference/sd1_tiny", "--steps", "2", "--prompts",
                             path("prompts.txt")};
    QTest::newRow("2 processes, blocks") << 2 << common + QStringList{"--metrics", "local,output,final"};
    QTest::newRow("3 processes, layers") << 3
                                         << common + QStringList{"--level", "layer", "--metrics",
                                                                 "weights,local,accumulated"};
    QTest::newRow("2 processes, information") << 2 << common + QStringList{"--metrics", "information"};
}

void TestCliTogether::theFileIsThatOfOneProcess() {
    QFETCH(const int, processes);
    QFETCH(const QStringList, more);
    if (m_mpirun.isEmpty()) QSKIP("mpirun of Open MPI is not installed");
    QProcess process;
    start(process, processes, analysis("shared.analysis.json", more + QStringList{"--json"}));
    const Run run = support::finished(process);
    QVERIFY2(run.exitCode == kDone, run.err);
    QCOMPARE(run.json().value("complete").toBool(), true); // one process alone speaks
    QCOMPARE(noisefloor(analysis("one.analysis.json", more)).exitCode, kDone);
    QCOMPARE(withoutTimes(path("shared.analysis.json")), withoutTimes(path("one.analysis.json")));
    QVERIFY(isClean());
}

void TestCliTogether::aLostProcessChangesNothing_data() {
    QTest::addColumn<int>("place");
    QTest::newRow("the one that speaks") << 0;
    QTest::newRow("another") << 1;
}

void TestCliTogether::aLostProcessChangesNothing() {
    QFETCH(const int, place);
    if (m_mpirun.isEmpty()) QSKIP("mpirun of Open MPI is not installed");
    const QString name = QStringLiteral("lost%1.analysis.json").arg(place);
    QProcess process;
    start(process, 2, longAnalysis(name));
    waitForProgress(process, "local");
    const qint64 lost = processAt(place, process.processId());
    QVERIFY(lost > 0);
    QCOMPARE(::kill(pid_t(lost), SIGKILL), 0);
    const Run run = support::finished(process);
    QVERIFY2(run.exitCode == kDone, run.err);
    QCOMPARE(withoutTimes(path(name)), expected());
    QVERIFY(isClean());
}

void TestCliTogether::anInterruptedTeamIsContinuedByOneProcess() {
    if (m_mpirun.isEmpty()) QSKIP("mpirun of Open MPI is not installed");
    QProcess process;
    start(process, 2, longAnalysis("stopped.analysis.json"));
    waitForProgress(process, "local");
    ::kill(pid_t(process.processId()), SIGINT);
    support::finished(process); // mpirun that is to go on after losses tells nothing by its exit code
    const Run run = noisefloor(longAnalysis("stopped.analysis.json", {"--resume"}));
    QVERIFY2(run.exitCode == kDone, run.err);
    QCOMPARE(withoutTimes(path("stopped.analysis.json")), expected());
    QVERIFY2(workIn(run) < m_allWork, "what was measured before is not measured again");
    QVERIFY(isClean());
}

void TestCliTogether::aKilledTeamIsContinuedByAnother() {
    if (m_mpirun.isEmpty()) QSKIP("mpirun of Open MPI is not installed");
    QProcess process;
    start(process, 2, longAnalysis("killed.analysis.json"));
    waitForProgress(process, "local");
    for (const int place : {0, 1}) ::kill(pid_t(processAt(place, process.processId())), SIGKILL);
    support::finished(process);
    QVERIFY(!QFile::exists(path("killed.analysis.json")));
    QVERIFY(!isClean());
    QProcess second;
    start(second, 3, longAnalysis("killed.analysis.json", {"--resume"}));
    const Run run = support::finished(second);
    QVERIFY2(run.exitCode == kDone, run.err);
    QCOMPARE(withoutTimes(path("killed.analysis.json")), expected());
    QVERIFY2(workIn(run) < m_allWork, "what was measured before is not measured again");
    QVERIFY(isClean());
}

void TestCliTogether::otherVerbsAreRefused() {
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("OMPI_COMM_WORLD_SIZE", "2");
    environment.insert("OMPI_COMM_WORLD_RANK", "0");
    environment.insert("OMPI_COMM_WORLD_LOCAL_SIZE", "2");
    process.setProcessEnvironment(environment);
    process.start(NOISEFLOOR_PROGRAM, {"inspect", "emoji-ldm"});
    const Run run = support::finished(process);
    QCOMPARE(run.exitCode, kWrongUsage);
    QVERIFY2(run.err.contains("analyze") && run.err.contains("mpirun"), run.err);
}

void TestCliTogether::numbersThatMakeNoSenseAreNamed() {
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("OMPI_COMM_WORLD_SIZE", "many");
    process.setProcessEnvironment(environment);
    process.start(NOISEFLOOR_PROGRAM, longAnalysis("x.analysis.json"));
    const Run run = support::finished(process);
    QCOMPARE(run.exitCode, kBadInput);
    QVERIFY2(run.err.contains("OMPI_COMM_WORLD_SIZE") || run.err.contains("OMPI_COMM_WORLD_RANK"), run.err);
}

NOISEFLOOR_TEST(TestCliTogether)
#include "tst_clitogether.moc"
