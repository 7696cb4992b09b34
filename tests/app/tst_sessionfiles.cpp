#include "studiowindow.h"
#include "support/testmain.h"

#include <app/windows/copystatus.h>
#include <app/windows/seedbox.h>

#include <ldm/files.h>

#include <QDir>
#include <QFileDialog>
#include <QMessageBox>
#include <QSignalSpy>
#include <QSpinBox>

using namespace app;
using support::kLongestMs;
using support::StudioWindow;

namespace {

struct Work : StudioWindow {
    session::SessionDocument& session() { return window.files().sessions().document(); }
    QMessageBox* question() const {
        for (auto* box : window.findChildren<QMessageBox*>())
            if (box->isVisible()) return box;
        return nullptr;
    }
    bool answer(const char* button) {
        if (!QTest::qWaitFor([this] { return question() != nullptr; }, kLongestMs)) return false;
        auto* wanted = question()->findChild<QPushButton*>(QLatin1String(button));
        if (wanted) wanted->click();
        return wanted;
    }
    bool save(const QString& file) {
        std::optional<bool> saved;
        session().save(file, [&saved](const auto& result) { saved = bool(result); });
        return QTest::qWaitFor([&saved] { return saved.has_value(); }, kLongestMs) && *saved;
    }
    bool open(const QString& file) {
        window.open(file);
        return QTest::qWaitFor([this, &file] { return session().file() == file; }, kLongestMs);
    }
    void setPrompt(const char* prompt) {
        ldm::GenerateSettings sampling = studio().sampling();
        sampling.prompt = prompt;
        studio().setSampling(sampling);
    }
};

std::string promptIn(const QString& file) {
    return session::loadSession(file).sampling.prompt;
}

} // namespace

class SessionFilesTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void ofTwoSessionsOpenedAtOnceTheLaterIsOpen() {
        Work work;
        QVERIFY(work.openModel());
        work.setPrompt("the first");
        QVERIFY(work.save(work.path("first.noisefloor")));
        work.setPrompt("the second");
        QVERIFY(work.save(work.path("second.noisefloor")));
        Work again;
        again.window.open(work.path("first.noisefloor"));
        QVERIFY(again.open(work.path("second.noisefloor")));
        QTRY_VERIFY_WITH_TIMEOUT(again.isIdle(), kLongestMs);
        QCOMPARE(again.session().file(), work.path("second.noisefloor"));
        QCOMPARE(again.studio().sampling().prompt, std::string("the second"));
    }

    void whatAnotherProgramWroteIsNotReplacedWithoutAQuestion() {
        Work work;
        QVERIFY(work.openModel());
        const QString file = work.path("s.noisefloor");
        QVERIFY(work.save(file));
        Work other;
        QVERIFY(other.open(file));
        other.setPrompt("of the other program");
        other.run("file.save");
        QTRY_VERIFY_WITH_TIMEOUT(!other.session().isModified(), kLongestMs);
        QVERIFY(!other.question()); // it saw the newest

        work.setPrompt("of this program");
        work.run("file.save");
        QTRY_VERIFY_WITH_TIMEOUT(work.question(), kLongestMs);
        QVERIFY(work.question()->text().contains(file));
        work.question()->button(QMessageBox::Cancel)->click();
        QCOMPARE(promptIn(file), std::string("of the other program"));
        work.run("file.save");
        QVERIFY(work.answer("replace"));
        QTRY_COMPARE_WITH_TIMEOUT(promptIn(file), std::string("of this program"), kLongestMs);
        QTRY_VERIFY_WITH_TIMEOUT(!work.session().isModified(), kLongestMs);
        work.setPrompt("once more");
        work.run("file.save"); // now it is this program's own again
        QTRY_COMPARE_WITH_TIMEOUT(promptIn(file), std::string("once more"), kLongestMs);
        QVERIFY(!work.question());
    }

    void aDamagedSessionIsOpenedFromACopyForRecovery() {
        Work work;
        QVERIFY(work.openModel());
        work.setPrompt("kept");
        const QString file = work.path("s.noisefloor");
        session::Session kept = work.session().present();
        kept.savedAs = file;
        Work again;
        session::Autosave autosave(again.session(), again.path("copies"));
        QVERIFY(QDir().mkpath(autosave.folder()));
        again.window.files().offerRecovery(autosave); // finds none yet
        session::saveRecoveryCopy(kept, autosave.folder() + QStringLiteral("/left.noisefloor"));
        ldm::writeTextFile(file.toStdString(), "{\"noisefloor_session\": 1, ");
        again.window.open(file);
        QVERIFY(again.answer("openCopy"));
        QTRY_COMPARE_WITH_TIMEOUT(again.session().file(), file, kLongestMs);
        QCOMPARE(again.studio().sampling().prompt, std::string("kept"));
        QVERIFY(again.session().isModified());
    }

    void aFailureOfAutosaveStaysToBeSeenUntilItWorksAgain() {
        Work work;
        const QString place = work.path("copies");
        ldm::writeTextFile(place.toStdString(), "no folder");
        session::Autosave autosave(work.session(), place);
        work.window.files().offerRecovery(autosave);
        auto* status = work.window.findChild<windows::CopyStatus*>();
        QVERIFY(!status->isVisible());
        QVERIFY(work.openModel());
        QTRY_VERIFY_WITH_TIMEOUT(status->isVisible(), kLongestMs);
        Q_EMIT work.studio().noted(QStringLiteral("something else")); // takes the place of the first message
        QVERIFY(status->isVisible());
        status->findChild<QPushButton*>(QStringLiteral("saveWork"))->click();
        auto* dialog = work.window.findChild<QFileDialog*>();
        QVERIFY(dialog && dialog->isVisible());
        dialog->reject();
        QVERIFY(QFile::remove(place));
        QTRY_VERIFY_WITH_TIMEOUT(!status->isVisible(), kLongestMs);
    }

    void openingASessionLeavesTheFormatsOfOtherSearchesAlone() {
        Work work;
        QVERIFY(work.openModel());
        work.window.searchPane()->finder().setFormats({quant::parseFormat("w4a16")});
        QVERIFY(work.save(work.path("s.noisefloor")));
        Work again;
        const QString before = again.settings.value(session::kSearchFormats);
        QVERIFY(again.open(work.path("s.noisefloor")));
        QCOMPARE(again.window.searchPane()->finder().formats(), std::vector{quant::parseFormat("w4a16")});
        QCOMPARE(again.settings.value(session::kSearchFormats), before);
    }

    void aLargeSeedAndASmallGuidanceAreShownAndKept() {
        Work work;
        QVERIFY(work.openModel());
        ldm::GenerateSettings sampling = work.studio().sampling();
        sampling.seed = 18'446'744'073'709'551'615U;
        sampling.guidance = 0.55;
        work.studio().setSampling(sampling);
        auto* seed = work.child<windows::SeedBox>("seed");
        QCOMPARE(seed->text(), QStringLiteral("18446744073709551615"));
        QCOMPARE(work.child<QDoubleSpinBox>("guidance")->value(), 0.55);
        work.child<QSpinBox>("steps")->setValue(3);
        sampling.steps = 3;
        QCOMPARE(work.studio().sampling(), sampling);
        seed->stepUp(); // there is no larger one
        QCOMPARE(seed->value(), sampling.seed);
        seed->stepDown();
        QCOMPARE(work.studio().sampling().seed, sampling.seed - 1);
    }

    void keptRecipesCanBeRenamed() {
        session::RecipeShelf shelf;
        QVERIFY(shelf.keep(QStringLiteral("a"), {}));
        QVERIFY(shelf.keep(QStringLiteral("b"), {}));
        QSignalSpy changed(&shelf, &session::RecipeShelf::changed);
        shelf.rename(1, QStringLiteral(" better "));
        QCOMPARE(shelf.entries()[1].name, QStringLiteral("better"));
        shelf.rename(1, QStringLiteral("a"));
        QCOMPARE(shelf.entries()[1].name, QStringLiteral("a (2)"));
        shelf.rename(1, QStringLiteral("  "));
        shelf.rename(7, QStringLiteral("nobody"));
        QCOMPARE(changed.size(), 2);
    }
};

NOISEFLOOR_TEST(SessionFilesTest)
#include "tst_sessionfiles.moc"
