#include "support/testmain.h"

#include <app/windows/mainwindow.h>

#include <ldm/files.h>

#include <QDir>
#include <QFileDialog>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>

#include <cmath>

using namespace app;

namespace {

constexpr int kLongestMs = 240'000;
const QString kModel = QStringLiteral("emoji-ldm");

struct Work {
    QTemporaryDir folder;
    session::Settings settings{folder.filePath(QStringLiteral("settings.ini"))};
    windows::MainWindow window{(settings.set(session::kAnalysisSteps, 2),
                                settings.set(session::kAutomaticPreview, false),
                                settings.set(session::kLastFolder, folder.path()), settings)};

    Work() {
        qputenv("XDG_CACHE_HOME", folder.path().toUtf8());
        window.show();
    }
    session::SessionDocument& session() { return window.files().sessions().document(); }
    session::StudioDocument& document() { return window.studio().document(); }
    bool isIdle() { return !window.studio().engine().isBusy(); }
    QString path(const char* name) const { return folder.filePath(QLatin1String(name)); }
    void run(const char* id) { window.command(QLatin1String(id))->trigger(); }
    bool openModel() {
        window.open(kModel);
        return QTest::qWaitFor([this] { return document().hasModel() && isIdle(); }, kLongestMs);
    }
    QPlainTextEdit* text() const { return window.findChild<QPlainTextEdit*>(QStringLiteral("recipeText")); }
    bool edit(quant::WeightFormat weights) {
        return bool(document().setBlockFormat({{"unet.mid_block"}, weights, std::nullopt}));
    }
    bool save(const QString& file) {
        std::optional<bool> saved;
        session().save(file, [&saved](const auto& result) { saved = bool(result); });
        return QTest::qWaitFor([&saved] { return saved.has_value(); }, kLongestMs) && *saved;
    }
    /// Opens a session and waits for it.
    bool open(const QString& file) {
        window.open(file);
        return QTest::qWaitFor([this, &file] { return session().file() == file; }, kLongestMs);
    }
    QMessageBox* question() const {
        for (auto* box : window.findChildren<QMessageBox*>())
            if (box->isVisible()) return box;
        return nullptr;
    }
    bool answer(const char* button) {
        QMessageBox* box = question();
        auto* wanted = box ? box->findChild<QPushButton*>(QLatin1String(button)) : nullptr;
        if (wanted) wanted->click();
        return wanted;
    }
    QFileDialog* fileDialog() const {
        for (auto* dialog : window.findChildren<QFileDialog*>())
            if (dialog->isVisible()) return dialog;
        return nullptr;
    }
    /// Types a name into the file dialog that is open and confirms it.
    bool choose(const QString& file) {
        if (!QTest::qWaitFor([this] { return fileDialog() != nullptr; }, kLongestMs)) return false;
        Q_EMIT fileDialog()->fileSelected(file);
        fileDialog()->reject();
        return true;
    }
};

/// As if the model behind the session had been changed on disk since.
void pretendAnotherFingerprint(const QString& file, const ldm::ModelInfo& model) {
    QString text = QString::fromStdString(ldm::readTextFile(file.toStdString()));
    text.replace(QString::fromStdString(model.fingerprint), QStringLiteral("sha256:of-before"));
    ldm::writeTextFile(file.toStdString(), text.toStdString());
}

} // namespace

class SessionWindowTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void allWorkComesBackInAnotherWindow() {
        Work work;
        QVERIFY(work.openModel());
        QVERIFY(work.edit(quant::WeightFormat::Int4));
        QVERIFY(work.document().lockBlocks({"unet.conv_in"}));
        QVERIFY(work.document().recipeShelf().keep(QStringLiteral("kept"), work.document().recipe()));
        ldm::GenerateSettings sampling = work.window.studio().sampling();
        sampling.prompt = "a blue heart";
        sampling.seed = 7;
        work.window.studio().setSampling(sampling);
        work.window.searchPane()->finder().setFormats({quant::parseFormat("w8a8"), quant::parseFormat("w4a16")});
        QTRY_VERIFY_WITH_TIMEOUT(work.isIdle(), kLongestMs);
        const QString file = work.path("all.noisefloor");
        QVERIFY(work.save(file));
        QVERIFY(work.window.windowTitle().startsWith(QStringLiteral("all.noisefloor[*]")));
        QVERIFY(!work.window.isWindowModified());

        Work again;
        QVERIFY(again.open(file));
        QCOMPARE(again.document().recipe(), work.document().recipe());
        QVERIFY(again.document().isModified()); // against the recipe's own file, which there is none of
        QVERIFY(!again.window.isWindowModified());
        QCOMPARE(again.document().locks().size(), std::size_t(1));
        QCOMPARE(again.document().recipeShelf().entries().size(), std::size_t(1));
        QCOMPARE(again.window.studio().sampling(), sampling);
        QCOMPARE(again.window.searchPane()->finder().formats(), work.window.searchPane()->finder().formats());
        QCOMPARE(analysis::toJson(again.document().analysis()), analysis::toJson(work.document().analysis()));
        QTRY_VERIFY_WITH_TIMEOUT(again.isIdle(), kLongestMs);
        QVERIFY(!again.window.isWindowModified()); // nothing had to be measured
        QCOMPARE(again.settings.allRecentFiles().constFirst().model, kModel);
    }

    void whatChangesIsMarkedAndSavedByTheSameKey() {
        Work work;
        QVERIFY(work.openModel());
        QVERIFY(work.save(work.path("s.noisefloor")));
        QVERIFY(!work.session().isModified());
        QVERIFY(work.edit(quant::WeightFormat::Fp16));
        QVERIFY(work.window.isWindowModified());
        QTRY_VERIFY_WITH_TIMEOUT(work.isIdle(), kLongestMs); // rows that are measured are changes, too
        work.run("file.save");
        QTRY_VERIFY_WITH_TIMEOUT(!work.window.isWindowModified(), kLongestMs);
        QCOMPARE(session::loadSession(work.path("s.noisefloor")).recipe, work.document().recipe());
    }

    void aChangedSessionIsAskedAboutBeforeItGoes() {
        Work work;
        QVERIFY(work.openModel());
        QVERIFY(work.save(work.path("s.noisefloor")));
        QVERIFY(work.edit(quant::WeightFormat::Int4));
        work.run("file.newSession");
        QVERIFY(work.question());
        QVERIFY(work.question()->text().contains(work.path("s.noisefloor")));
        work.question()->button(QMessageBox::Save)->click();
        QTRY_VERIFY_WITH_TIMEOUT(!work.document().hasModel(), kLongestMs);
        QCOMPARE(session::loadSession(work.path("s.noisefloor")).recipe.rules.size(), std::size_t(1));
        QVERIFY(work.session().file().isEmpty());
        QVERIFY(work.window.findChild<windows::StartPage*>()->isVisible());
        QVERIFY(work.openModel()); // and the window goes on
    }

    void aCorruptSessionIsToldAndThePresentWorkStays() {
        Work work;
        QVERIFY(work.openModel());
        ldm::writeTextFile(work.path("bad.noisefloor").toStdString(), "{\"noisefloor_session\": 1, ");
        work.window.open(work.path("bad.noisefloor"));
        QTRY_VERIFY_WITH_TIMEOUT(work.window.messageBar()->showsFailure(), kLongestMs);
        QVERIFY(work.window.messageBar()->text().contains(QLatin1String("bad.noisefloor")));
        QCOMPARE(QString::fromStdString(work.document().model().name), kModel);
    }

    void aModelThatIsMissingCanBeLocated() {
        Work work;
        QVERIFY(work.openModel());
        session::Session session = work.session().present();
        session.request.model = "/nowhere/at-all";
        session::saveSession(session, work.path("s.noisefloor"));
        Work again;
        again.window.open(work.path("s.noisefloor"));
        QTRY_VERIFY_WITH_TIMEOUT(again.question(), kLongestMs);
        QVERIFY(again.question()->text().contains(QLatin1String("/nowhere/at-all")));
        QVERIFY(again.answer("locate"));
        QVERIFY(again.choose(QString::fromStdString(work.document().model().path.string())));
        QTRY_COMPARE_WITH_TIMEOUT(again.session().file(), work.path("s.noisefloor"), kLongestMs);
        QCOMPARE(again.document().model().fingerprint, work.document().model().fingerprint);
    }

    void aModelThatHasChangedIsAskedAbout_data() {
        QTest::addColumn<QString>("answer");
        for (const char* answer : {"measureAnew", "keepOld", "cancel"})
            QTest::newRow(answer) << QString::fromLatin1(answer);
    }

    void aModelThatHasChangedIsAskedAbout() {
        QFETCH(QString, answer);
        Work work;
        QVERIFY(work.openModel());
        QVERIFY(work.edit(quant::WeightFormat::Int4));
        const QString file = work.path("s.noisefloor");
        QVERIFY(work.save(file));
        pretendAnotherFingerprint(file, work.document().model());

        Work again;
        again.window.open(file);
        QTRY_VERIFY_WITH_TIMEOUT(again.question(), kLongestMs);
        QVERIFY(!again.document().hasModel());
        if (answer == QLatin1String("cancel")) {
            again.question()->button(QMessageBox::Cancel)->click();
            QVERIFY(!again.document().hasModel());
            QVERIFY(again.session().file().isEmpty());
            return;
        }
        QVERIFY(again.answer(qPrintable(answer)));
        QTRY_COMPARE_WITH_TIMEOUT(again.session().file(), file, kLongestMs);
        QCOMPARE(again.document().recipe().rules, work.document().recipe().rules);
        QCOMPARE(again.document().recipe().model.fingerprint, work.document().model().fingerprint);
        QCOMPARE(again.document().analysisShelf().size(), answer == QLatin1String("keepOld") ? 1 : 0);
        if (answer == QLatin1String("keepOld")) {
            QTRY_VERIFY_WITH_TIMEOUT(again.document().analysisShelf().at(0), kLongestMs);
            const auto kept = again.document().analysisShelf().at(0);
            QCOMPARE(kept->model.fingerprint, std::string("sha256:of-before"));
        }
        QTRY_VERIFY_WITH_TIMEOUT(again.isIdle(), kLongestMs);
        QCOMPARE(again.document().analysis().model.fingerprint, work.document().model().fingerprint);
    }

    void whatWasBeingTypedComesAlongWhenAModelIsMeasuredAnew() {
        Work work;
        QVERIFY(work.openModel());
        QVERIFY(work.edit(quant::WeightFormat::Int4));
        const QString whole = QString::fromStdString(quant::toJson(work.document().recipe()));
        QString typed = whole;
        typed.replace(QLatin1String("unet.mid_block"), QLatin1String("unet.mid_bloc"));
        work.text()->setPlainText(typed);
        QCOMPARE(work.document().draft(), typed);
        const QString file = work.path("s.noisefloor");
        QVERIFY(work.save(file));
        pretendAnotherFingerprint(file, work.document().model());

        Work again;
        again.window.open(file);
        QTRY_VERIFY_WITH_TIMEOUT(again.question(), kLongestMs);
        QVERIFY(again.answer("measureAnew"));
        QTRY_COMPARE_WITH_TIMEOUT(again.session().file(), file, kLongestMs);
        QCOMPARE(again.document().draft(), typed);
        QCOMPARE(again.text()->toPlainText(), typed);
        again.text()->setPlainText(whole); // corrected, it is a recipe for the model as it is now
        again.window.studio().endTyping();
        QVERIFY(again.document().draft().isEmpty());
        QCOMPARE(again.document().recipe(), work.document().recipe());
    }

    void aPlaceThatCannotBeWrittenOffersAnother() {
        Work work;
        QVERIFY(work.openModel());
        ldm::writeTextFile(work.path("taken").toStdString(), "a file");
        work.run("file.saveSessionAs");
        QVERIFY(work.choose(work.path("taken/s.noisefloor")));
        QTRY_VERIFY_WITH_TIMEOUT(work.question(), kLongestMs);
        QVERIFY(work.answer("saveElsewhere"));
        QVERIFY(work.choose(work.path("elsewhere.noisefloor")));
        QTRY_COMPARE_WITH_TIMEOUT(work.session().file(), work.path("elsewhere.noisefloor"), kLongestMs);
        QVERIFY(QFileInfo::exists(work.path("elsewhere.noisefloor")));
    }

    void analysesToCompareWithAreNotReadWhenASessionOpens() {
        Work work;
        QVERIFY(work.openModel());
        QStringList files;
        for (int i = 0; i < 20; ++i) {
            files << work.path(qPrintable(QStringLiteral("%1.analysis.json").arg(i)));
            ldm::writeTextFile(files.last().toStdString(), "not an analysis"); // reading it would fail
        }
        work.document().analysisShelf().replaceAll(files);
        QVERIFY(work.save(work.path("s.noisefloor")));
        Work again;
        QVERIFY(again.open(work.path("s.noisefloor")));
        QCOMPARE(again.document().analysisShelf().files(), files);
        QVERIFY(!again.window.messageBar()->showsFailure());
        const QSignalSpy failed(&again.document().analysisShelf(), &session::AnalysisShelf::failed);
        QVERIFY(!again.document().analysisShelf().at(3)); // when asked for, it is told
        QTRY_COMPARE_WITH_TIMEOUT(failed.size(), 1, kLongestMs);
    }

    void recentFilesThatAreGoneCanBeTakenOffTheList() {
        Work work;
        const QString gone = work.path("gone.noisefloor");
        work.settings.addRecentFile(gone, kModel);
        windows::MainWindow window(work.settings);
        auto* open = window.findChild<QAbstractButton*>(QStringLiteral("open:") + gone);
        QVERIFY(open && !open->isEnabled());
        auto* remove = window.findChild<QAbstractButton*>(QStringLiteral("remove:") + gone);
        QVERIFY(remove);
        remove->click();
        QVERIFY(work.settings.allRecentFiles().isEmpty());
        QTRY_VERIFY(!window.findChild<QAbstractButton*>(QStringLiteral("open:") + gone));
    }
};

NOISEFLOOR_TEST(SessionWindowTest)
#include "tst_sessionwindow.moc"
