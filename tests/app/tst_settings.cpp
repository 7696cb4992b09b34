#include "support/testmain.h"

#include <app/session/modelfiles.h>
#include <app/session/settings.h>

#include <ldm/error.h>
#include <quant/recipe.h>

#include <QDir>
#include <QFile>
#include <QTemporaryDir>

using namespace app::session;

class SettingsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatWasNeverSetHasItsDefault() {
        const Settings settings(m_folder.filePath(QStringLiteral("none.ini")));
        QCOMPARE(settings.value(kAskToSave), true);
        QCOMPARE(settings.value(kAnalysisFormats), QStringLiteral("w8a8,w4a8"));
        QCOMPARE(settings.value(kAnalysisSteps), 20);
        QVERIFY(settings.recentFiles().isEmpty());
    }

    void whatWasSetIsReadBackByAnotherObject() {
        const QString file = m_folder.filePath(QStringLiteral("kept.ini"));
        {
            Settings settings(file);
            settings.set(kAskToSave, false);
            settings.set(kAnalysisSteps, 3);
        }
        const Settings again(file);
        QCOMPARE(again.value(kAskToSave), false);
        QCOMPARE(again.value(kAnalysisSteps), 3);
    }

    void recentFilesAreUniqueLimitedAndTheLatestIsFirst() {
        Settings settings(m_folder.filePath(QStringLiteral("recent.ini")));
        QStringList made;
        for (int i = 0; i < 12; ++i) {
            made << m_folder.filePath(QStringLiteral("m%1").arg(i));
            QVERIFY(QDir().mkpath(made.last()));
            settings.addRecentFile(made.last());
        }
        settings.addRecentFile(made[7]);
        const QStringList recent = settings.recentFiles();
        QCOMPARE(recent.size(), 10);
        QCOMPARE(recent[0], made[7]);
        QCOMPARE(recent[1], made[11]);
        QCOMPARE(recent.count(made[7]), 1);
    }

    void recentFilesThatAreGoneAreLeftOut() {
        Settings settings(m_folder.filePath(QStringLiteral("gone.ini")));
        const QString path = m_folder.filePath(QStringLiteral("vanishing"));
        QVERIFY(QDir().mkpath(path));
        settings.addRecentFile(path);
        QCOMPARE(settings.recentFiles().size(), 1);
        QVERIFY(QDir().rmdir(path));
        QVERIFY(settings.recentFiles().isEmpty());
    }

    void namesTellModelsRecipesAndAnalysesApart() {
        QCOMPARE(kindOf(QStringLiteral("/a/b/emoji-ldm")), FileKind::Model);
        QCOMPARE(kindOf(QStringLiteral("emoji-ldm")), FileKind::Model);
        QCOMPARE(kindOf(QStringLiteral("x.recipe.json")), FileKind::Recipe);
        QCOMPARE(kindOf(QStringLiteral("plain.json")), FileKind::Recipe);
        QCOMPARE(kindOf(QStringLiteral("X.ANALYSIS.JSON")), FileKind::Analysis);
    }

    void theModelOfARecipeIsFoundByNameAmongEmbeddedAndRecentOnes() {
        const QString file = m_folder.filePath(QStringLiteral("r.recipe.json"));
        quant::Recipe recipe;
        recipe.model.name = "emoji-ldm";
        quant::saveRecipe(recipe, file.toStdString());
        QCOMPARE(modelFor(file, {}), QStringLiteral("emoji-ldm"));
        recipe.model.name = "mine";
        quant::saveRecipe(recipe, file.toStdString());
        QCOMPARE(modelFor(file, {QStringLiteral("/x/mine.recipe.json"), QStringLiteral("/models/mine")}),
                 QStringLiteral("/models/mine"));
        QVERIFY_THROWS_EXCEPTION(ldm::Error, modelFor(file, {}));
        recipe.model.name.clear();
        quant::saveRecipe(recipe, file.toStdString());
        QVERIFY_THROWS_EXCEPTION(ldm::Error, modelFor(file, {QStringLiteral("/models/mine")}));
    }

private:
    QTemporaryDir m_folder;
};

NOISEFLOOR_TEST(SettingsTest)
#include "tst_settings.moc"
