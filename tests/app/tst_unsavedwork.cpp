#include "studiowindow.h"
#include "support/testmain.h"

#include <app/session/autosave.h>

#include <ldm/files.h>

#include <nlohmann/json.hpp>

#include <QLineEdit>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QSignalSpy>
#include <QSpinBox>

using namespace app;
using support::kLongestMs;
using support::StudioWindow;

namespace {

struct Work : StudioWindow {
    Work()
        : StudioWindow([](session::Settings& chosen) {
              chosen.set(session::kAskToSave, true);
              chosen.set(session::kAutomaticPreview, false);
          }) {
        window.activateWindow();
    }

    session::SessionDocument& session() { return window.files().sessions().document(); }
    session::Session present() { return session().present(); }
    QMessageBox* question() const {
        for (auto* box : window.findChildren<QMessageBox*>())
            if (box->isVisible()) return box;
        return nullptr;
    }
    bool save(const char* name) {
        std::optional<bool> saved;
        session().save(path(name), [&saved](const auto& result) { saved = bool(result); });
        return QTest::qWaitFor([&saved] { return saved.has_value(); }, kLongestMs) && *saved;
    }
    bool reopen(const QString& file) {
        window.open(file);
        return QTest::qWaitFor([this, &file] { return session().file() == file; }, kLongestMs);
    }
    /// The keyboard is in the field, and letters come.
    void type(const char* field, const char* text) {
        auto* line = child<QLineEdit>(field);
        window.showDock(QStringLiteral("dock.comparison"));
        line->setFocus();
        line->selectAll();
        QTest::keyClicks(line, QLatin1String(text));
    }
};

} // namespace

class UnsavedWorkTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void openingAModelIsNoWorkToLose() {
        Work work;
        QVERIFY(work.openModel());
        QVERIFY(!work.session().holdsUnsavedWork());
        QVERIFY(work.window.close());
    }

    void aPromptCountsWhileItIsTyped() {
        Work work;
        QVERIFY(work.openModel());
        const QSignalSpy pictures(&work.studio(), &session::Studio::previewRequested);
        work.studio().setPreviewAutomatic(true);
        const auto before = pictures.size();
        work.type("prompt", "a red kite");
        QCOMPARE(work.present().sampling.prompt, std::string("a red kite"));
        QCOMPARE(pictures.size(), before); // they wait until it is entered
        QVERIFY(!work.window.close());
        QVERIFY(work.question());
        work.question()->button(QMessageBox::Cancel)->click();
        QTest::keyClick(work.child<QLineEdit>("prompt"), Qt::Key_Return);
        QCOMPARE(pictures.size(), before + 1);
    }

    void whatNoRecipeHoldsIsAskedAboutAndSavedAsASession_data() {
        QTest::addColumn<int>("what");
        int number = 0;
        for (const char* what : {"prompt", "kept recipe", "analysis to compare with", "prompts of the grid",
                                 "target of the search", "formats of the search", "text of the recipe"})
            QTest::newRow(what) << number++;
    }

    void whatNoRecipeHoldsIsAskedAboutAndSavedAsASession() {
        QFETCH(int, what);
        Work work;
        QVERIFY(work.openModel());
        QVERIFY(!work.session().holdsUnsavedWork());
        change(work, what);
        QVERIFY(work.session().holdsUnsavedWork());
        QVERIFY(!work.window.close());
        QVERIFY(work.question());
        QVERIFY(work.question()->button(QMessageBox::Save)->text().contains(QLatin1String("Session")));
        work.question()->button(QMessageBox::Cancel)->click();
        QVERIFY(work.save("s.noisefloor"));
        QVERIFY(!work.session().holdsUnsavedWork());
        QVERIFY(work.window.close());

        Work again;
        QVERIFY(again.reopen(work.path("s.noisefloor")));
        QVERIFY(!again.session().holdsUnsavedWork());
        if (what < 2) return; // typing goes through other prompts, and a recipe can be kept twice
        change(again, what);
        QVERIFY(!again.session().holdsUnsavedWork()); // the same again is no change
    }

    void aChangeOfWhatNoRecipeHoldsMarksASession() {
        Work work;
        QVERIFY(work.openModel());
        QVERIFY(work.save("s.noisefloor"));
        QVERIFY(!work.window.isWindowModified());
        change(work, 3);
        QVERIFY(work.window.isWindowModified());
    }

    void aNumberBeingTypedIsSavedToo() {
        Work work;
        QVERIFY(work.openModel());
        QVERIFY(work.save("s.noisefloor"));
        work.window.showDock(QStringLiteral("dock.comparison"));
        auto* steps = work.child<QSpinBox>("steps");
        steps->setFocus();
        steps->selectAll();
        QTest::keyClicks(steps, QStringLiteral("7"));
        work.run("file.save");
        QTRY_COMPARE_WITH_TIMEOUT(session::loadSession(work.path("s.noisefloor")).sampling.steps, 7, kLongestMs);
    }

    void everyDigitCountsAtOnceAndPicturesWaitForTheLast() {
        Work work;
        QVERIFY(work.openModel());
        work.window.showDock(QStringLiteral("dock.comparison"));
        work.studio().setPreviewAutomatic(true);
        const QSignalSpy pictures(&work.studio(), &session::Studio::previewRequested);
        const auto type = [&work](const char* name, const QString& text) {
            auto* box = work.child<QAbstractSpinBox>(name);
            box->setFocus();
            box->selectAll();
            QTest::keyClicks(box, text);
            return box;
        };
        QCOMPARE(type("seed", QStringLiteral("17"))->text(), QStringLiteral("17"));
        QCOMPARE(work.studio().sampling().seed, quint64(17));
        type("steps", QStringLiteral("4"));
        QCOMPARE(work.studio().sampling().steps, 4);
        const QString point = work.child<QDoubleSpinBox>("guidance")->locale().decimalPoint();
        auto* guidance = type("guidance", QStringLiteral("2") + point);
        QCOMPARE(guidance->text(), QStringLiteral("2") + point); // not written anew under the cursor
        QTest::keyClicks(guidance, QStringLiteral("5"));
        QCOMPARE(work.studio().sampling().guidance, 2.5);
        const auto before = pictures.size();
        QTest::keyClick(guidance, Qt::Key_Return);
        QCOMPARE(pictures.size(), before + 1);
        QTest::keyClick(guidance, Qt::Key_Up); // is no typing
        QCOMPARE(work.studio().sampling().guidance, 3.0);
        QCOMPARE(pictures.size(), before + 2);
        work.studio().stop();
        QTRY_VERIFY_WITH_TIMEOUT(work.isIdle(), kLongestMs);
    }

    void aRecipeThatDoesNotFitStaysAsADraft() {
        Work work;
        QVERIFY(work.openModel());
        QVERIFY(work.document().setBlockFormat({{support::kBlock.toStdString()}, quant::WeightFormat::Int4, {}}));
        const QString file = work.path("s.noisefloor");
        QVERIFY(work.save("s.noisefloor"));
        renameBlock(file);

        Work again;
        QVERIFY(again.reopen(file));
        QVERIFY(again.window.isWindowModified());
        QVERIFY(again.window.messageBar()->showsFailure());
        auto* text = again.child<QPlainTextEdit>("recipeText");
        QVERIFY(text->isVisible());
        QVERIFY(text->toPlainText().contains(QLatin1String("unet.gone_block")));
        QVERIFY(!again.document().saveRecipe(again.path("mine.recipe.json"))); // it would lack what was meant
        QVERIFY(again.save("s.noisefloor"));
        again.document().setDraft({});

        Work third;
        QVERIFY(third.reopen(again.path("s.noisefloor")));
        QVERIFY(third.document().draft().contains(QLatin1String("unet.gone_block")));
        // Corrected, it is the recipe.
        QString corrected = third.document().draft();
        corrected.replace(QLatin1String("unet.gone_block"), support::kBlock);
        third.child<QPlainTextEdit>("recipeText")->setPlainText(corrected);
        third.studio().endTyping();
        QCOMPARE(third.document().recipe().rules.size(), std::size_t(1));
        QVERIFY(third.document().draft().isEmpty());
    }

private:
    static void renameBlock(const QString& file) {
        auto json = nlohmann::ordered_json::parse(ldm::readTextFile(file.toStdString()));
        json["recipe"]["rules"][0]["match"] = "unet.gone_block";
        ldm::writeTextFile(file.toStdString(), json.dump());
    }

    static void change(Work& work, int what) {
        session::RecipeFinder& finder = work.window.searchPane()->finder();
        switch (what) {
        case 0:
            return work.type("prompt", "a red kite");
        case 1:
            QVERIFY(work.document().recipeShelf().keep(QStringLiteral("kept"), work.document().recipe()));
            return;
        case 2:
            work.document().analysisShelf().add(QStringLiteral("/nowhere/a.analysis.json"));
            return;
        case 3:
            return work.window.findChild<windows::GridPane*>()->setPrompts({QStringLiteral("a cat")});
        case 4:
            return finder.setTarget({analysis::Goal::MinSqnr, 12.5, analysis::Saving::Bytes});
        case 5:
            return finder.setFormats({quant::parseFormat("w4a16")});
        default:
            work.window.showDock(QStringLiteral("dock.recipe"));
            work.child<QPlainTextEdit>("recipeText")->setPlainText(QStringLiteral("{ \"half a"));
        }
    }
};

NOISEFLOOR_TEST(UnsavedWorkTest)
#include "tst_unsavedwork.moc"
