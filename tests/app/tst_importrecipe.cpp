#include "smallmodel.h"
#include "studiowindow.h"

#include "support/testmain.h"

#include <app/windows/importrecipe.h>

#include <QFile>
#include <QFileDialog>
#include <QInputDialog>
#include <QTest>

using support::StudioWindow;

namespace {

/// The dialog of that class that is open, waiting for it.
template <class Dialog> Dialog* opened(StudioWindow& session) {
    Dialog* found = nullptr;
    const bool isOpen = QTest::qWaitFor([&] {
        for (Dialog* dialog : session.window.findChildren<Dialog*>())
            if (dialog->isVisible()) found = dialog;
        return found != nullptr;
    });
    return isOpen ? found : nullptr;
}

QString written(const StudioWindow& session, const char* name, const QByteArray& content) {
    QFile file(session.path(name));
    return file.open(QIODevice::WriteOnly) && file.write(content) == content.size() ? file.fileName() : QString();
}

std::string recipeName(StudioWindow& session) {
    return session.document().recipe().name;
}

} // namespace

/// File, Import Recipe.
class ImportRecipeTest : public QObject {
    Q_OBJECT

    std::unique_ptr<StudioWindow> m_session;

private Q_SLOTS:
    void init() {
        m_session = std::make_unique<StudioWindow>(
            [](app::session::Settings& settings) { settings.set(app::session::kAutomaticPreview, false); });
        m_session->studio().stop(); // nothing is to be measured
        m_session->document().setModel(support::smallModel());
    }
    void cleanup() { m_session.reset(); }

    void theFileThatIsChosenIsImportedAsOneStep() {
        const QString file = written(*m_session, "one.json", "{\"recipes\": {\"only\": {\"mid_block.a\": 4}}}");
        m_session->run("file.importRecipe");
        auto* dialog = opened<QFileDialog>(*m_session);
        QVERIFY(dialog);
        Q_EMIT dialog->fileSelected(file);
        QCOMPARE(recipeName(*m_session), std::string("only"));
        QVERIFY(m_session->document().recipeFile().isEmpty()); // saving must not replace the other program's file
        QVERIFY(m_session->window.messageBar()->text().contains(QLatin1String("imported with differences")));
        m_session->document().undoStack().undo();
        QCOMPARE(recipeName(*m_session), quant::Recipe().name);
        dialog->reject();
    }

    void oneOfSeveralRecipesIsAskedFor() {
        app::windows::importRecipe(
            m_session->window,
            written(*m_session, "apple.json", "{\"recipes\": {\"a\": {\"conv_in\": 8}, \"b\": {\"conv_in\": 4}}}"));
        auto* dialog = opened<QInputDialog>(*m_session);
        QVERIFY(dialog);
        QCOMPARE(dialog->comboBoxItems(), (QStringList{"a", "b"}));
        dialog->setTextValue(QStringLiteral("b"));
        dialog->accept();
        QCOMPARE(recipeName(*m_session), std::string("b"));
    }

    void bitsOfInputsAreAskedForAndMayBeMissing() {
        const QString weights = written(*m_session, "weight.yaml", "model.conv_in: 8\n");
        const QString inputs = written(*m_session, "act.yaml", "model.conv_in: 4\n");
        app::windows::importRecipe(m_session->window, weights);
        auto* dialog = opened<QFileDialog>(*m_session);
        QVERIFY(dialog);
        Q_EMIT dialog->fileSelected(inputs);
        QCOMPARE(*m_session->document().recipe().rules.at(0).activations, quant::ActivationFormat::Int4);
        m_session->document().undoStack().undo();
        dialog->reject();
        QCOMPARE(recipeName(*m_session), std::string("weight"));
        QVERIFY(!m_session->document().recipe().rules.at(0).activations);
    }

    void whatCannotBeReadIsSaidOnTop() {
        app::windows::importRecipe(m_session->window, written(*m_session, "broken.yaml", "a: b: c\n"));
        QVERIFY(m_session->window.messageBar()->showsFailure());
        QVERIFY(m_session->window.messageBar()->text().contains(QLatin1String("broken.yaml")));
        QCOMPARE(recipeName(*m_session), quant::Recipe().name);
    }
};

NOISEFLOOR_TEST(ImportRecipeTest)
#include "tst_importrecipe.moc"
