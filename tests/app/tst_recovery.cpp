#include "program.h"
#include "support/testmain.h"

#include <app/windows/mainwindow.h>
#include <app/windows/recoverydialog.h>

#include <ldm/files.h>

#include <QDir>
#include <QElapsedTimer>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>

#include <csignal>

using namespace app;

namespace {

constexpr int kLongestMs = 240'000;
const QString kCopies = QStringLiteral("noisefloor/noisefloor/recovery");

/// The built program as a user starts it, with folders of its own.
struct Program {
    explicit Program(const QString& home) : folder(home) {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
        environment.insert(QStringLiteral("XDG_DATA_HOME"), folder);
        environment.insert(QStringLiteral("XDG_CONFIG_HOME"), folder);
        environment.insert(QStringLiteral("XDG_CACHE_HOME"), folder + QStringLiteral("/cache"));
        process.setProcessEnvironment(environment);
    }
    ~Program() { kill(); }
    bool start(const QStringList& arguments) {
        process.start(QStringLiteral(NOISEFLOOR_PROGRAM), arguments);
        return process.waitForStarted();
    }
    void kill() {
        if (process.state() == QProcess::NotRunning) return;
        ::kill(pid_t(process.processId()), SIGKILL);
        process.waitForFinished();
    }
    QStringList copies() const {
        return QDir(folder + QLatin1Char('/') + kCopies).entryList({QStringLiteral("*.noisefloor")}, QDir::Files);
    }
    QString copy() const {
        const QStringList all = copies();
        return all.isEmpty() ? QString() : folder + QLatin1Char('/') + kCopies + QLatin1Char('/') + all.constFirst();
    }

    QString folder;
    QProcess process;
};

/// How many cells of all maps are measured.
int measuredCells(const analysis::Analysis& analysis) {
    int cells = 0;
    for (const analysis::SqnrMap& map : analysis.maps)
        for (const double db : map.grid.db) cells += !std::isnan(db);
    return cells;
}

int measuredCells(const QString& copy) {
    const auto loaded = jobs::guarded([&copy] { return session::loadSession(copy); });
    return loaded ? measuredCells(loaded.value().measurements) : 0;
}

/// A second start: the window with the same folder of copies.
struct Restarted {
    QTemporaryDir folder;
    session::Settings settings{folder.filePath(QStringLiteral("settings.ini"))};
    windows::MainWindow window{
        (settings.set(session::kAskToSave, false), settings.set(session::kAutomaticPreview, false), settings)};
    session::Autosave autosave;

    explicit Restarted(const QString& home)
        : autosave(window.files().sessions().document(), home + QLatin1Char('/') + kCopies) {
        window.show();
        window.files().offerRecovery(autosave);
    }
    windows::RecoveryDialog* dialog() const { return window.findChild<windows::RecoveryDialog*>(); }
    QPushButton* button(const char* name) const { return dialog()->findChild<QPushButton*>(QLatin1String(name)); }
    session::StudioDocument& document() { return window.studio().document(); }
};

} // namespace

class RecoveryTest : public QObject {
    Q_OBJECT
private:
    QString recipeIn(const QTemporaryDir& folder) {
        quant::Recipe recipe;
        recipe.name = "nameless work";
        recipe.model.name = "emoji-ldm";
        recipe.rules = {{"unet.mid_block", quant::WeightFormat::Int4, std::nullopt, std::nullopt, "a test"}};
        const QString file = folder.filePath(QStringLiteral("mine.recipe.json"));
        quant::saveRecipe(recipe, file.toStdString());
        return file;
    }

private Q_SLOTS:
    /// Killed as soon as there is a copy, and each time after the next one: recipe and rows are found again.
    void aKilledProgramsWorkIsFoundAtTheNextStart() {
        const QTemporaryDir folder;
        int before = 0;
        {
            Program program(folder.path());
            QVERIFY(program.start({recipeIn(folder)}));
            QTRY_VERIFY_WITH_TIMEOUT(measuredCells(program.copy()) > 0, kLongestMs);
            before = measuredCells(program.copy());
            program.kill();
        }
        Restarted again(folder.path());
        QVERIFY(again.dialog());
        QTRY_VERIFY_WITH_TIMEOUT(again.button("recover")->isEnabled(), kLongestMs);
        QTest::mouseClick(again.button("recover"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(again.document().hasModel(), kLongestMs);
        QCOMPARE(again.document().recipe().name, std::string("nameless work"));
        QCOMPARE(again.document().recipe().rules.size(), std::size_t(1));
        QVERIFY(measuredCells(again.document().analysis()) >= before);
        QVERIFY(again.window.files().sessions().document().file().isEmpty());
        QCOMPARE(session::RecoverySlot::abandoned(again.autosave.folder()).size(), std::size_t(0)); // it is this one's
    }

    /// At whatever moment: what is there can be read whole, and it never gets less.
    void aKillAtAnyMomentLeavesAWholeCopy() {
        const QTemporaryDir folder;
        for (int moment = 0; moment < 6; ++moment) {
            Program program(folder.path());
            const QStringList known = program.copies();
            QVERIFY(program.start({QStringLiteral("emoji-ldm")}));
            // From before anything is there to between, and during, two copies.
            if (moment >= 2) QTRY_VERIFY_WITH_TIMEOUT(program.copies().size() > known.size(), kLongestMs);
            QElapsedTimer clock;
            clock.start();
            QTRY_VERIFY_WITH_TIMEOUT(clock.elapsed() > 700 * moment, kLongestMs);
            program.kill();
            for (const session::RecoverySlot& slot : session::RecoverySlot::abandoned(folder.filePath(kCopies))) {
                const auto kept = jobs::guarded([&slot] { return session::loadSession(slot.file()); });
                QVERIFY2(kept, kept ? "" : qPrintable(kept.failure().sentence));
                QCOMPARE(kept.value().model.name, std::string("emoji-ldm"));
            }
            if (moment >= 2) QVERIFY(program.copies().size() > known.size());
        }
    }

    void aRunningProgramsWorkIsNotOfferedToAnother() {
        const QTemporaryDir folder;
        Program program(folder.path());
        QVERIFY(program.start({QStringLiteral("emoji-ldm")}));
        QTRY_VERIFY_WITH_TIMEOUT(!program.copy().isEmpty(), kLongestMs);
        {
            const Restarted other(folder.path());
            QVERIFY(!other.dialog());
        }
        QVERIFY(!program.copy().isEmpty()); // nor does the end of the other one take it
    }

    void workCanBeDeletedOrLeftForLater() {
        const QTemporaryDir folder;
        {
            Program program(folder.path());
            QVERIFY(program.start({QStringLiteral("emoji-ldm")}));
            QTRY_VERIFY_WITH_TIMEOUT(!program.copy().isEmpty(), kLongestMs);
            program.kill();
        }
        {
            const Restarted later(folder.path());
            QVERIFY(later.dialog());
            later.dialog()->reject();
        }
        Restarted again(folder.path());
        QVERIFY(again.dialog());
        QTest::mouseClick(again.button("discard"), Qt::LeftButton);
        QVERIFY(QDir(folder.filePath(kCopies)).entryList({QStringLiteral("*.noisefloor")}).isEmpty());
        QTRY_VERIFY(!again.dialog());
        QVERIFY(!again.document().hasModel());
    }

    void aCopyThatCannotBeReadIsToldAndStays() {
        const QTemporaryDir folder;
        const QString damaged = folder.filePath(kCopies + QStringLiteral("/damaged.noisefloor"));
        QVERIFY(QDir().mkpath(folder.filePath(kCopies)));
        ldm::writeTextFile(damaged.toStdString(), "{\"noisefloor_session\": 1");
        const Restarted again(folder.path());
        QVERIFY(again.dialog());
        auto* list = again.dialog()->findChild<QListWidget*>();
        QTRY_VERIFY2(list->item(0)->text().contains(QLatin1String("damaged.noisefloor")),
                     qPrintable(list->item(0)->text()));
        QVERIFY(!again.button("recover")->isEnabled());
        QVERIFY(QFileInfo::exists(damaged));
    }

    void theWorkOutlivesItsDisplay() {
        if (QStandardPaths::findExecutable(QStringLiteral("Xvfb")).isEmpty()) QSKIP("there is no Xvfb here");
        const QTemporaryDir folder;
        QProcess display;
        display.start(QStringLiteral("Xvfb"),
                      {QStringLiteral("-displayfd"), QStringLiteral("1"), QStringLiteral("-screen"),
                       QStringLiteral("0"), QStringLiteral("1600x1000x24")});
        QVERIFY(display.waitForReadyRead(kLongestMs));
        const QString number = QLatin1Char(':') + QString::fromUtf8(display.readAllStandardOutput()).trimmed();
        Program program(folder.path());
        QProcessEnvironment environment = program.process.processEnvironment();
        environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("xcb"));
        environment.insert(QStringLiteral("DISPLAY"), number);
        program.process.setProcessEnvironment(environment);
        QVERIFY(program.start({recipeIn(folder)}));
        QTRY_VERIFY_WITH_TIMEOUT(measuredCells(program.copy()) > 0, kLongestMs); // a job is running
        display.kill();
        display.waitForFinished();
        const support::Run run = support::finished(program.process);
        QCOMPARE(run.exitCode, support::kFailed);
        QVERIFY2(run.sentences().join(QLatin1Char(' ')).contains(QLatin1String("display was closed")),
                 run.err.constData());
        Restarted again(folder.path());
        QVERIFY(again.dialog());
        QTRY_VERIFY_WITH_TIMEOUT(again.button("recover")->isEnabled(), kLongestMs);
        QTest::mouseClick(again.button("recover"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(again.document().hasModel(), kLongestMs);
        QCOMPARE(again.document().recipe().name, std::string("nameless work"));
    }
};

NOISEFLOOR_TEST(RecoveryTest)
#include "tst_recovery.moc"
