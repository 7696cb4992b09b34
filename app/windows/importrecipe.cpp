#include <app/windows/importrecipe.h>

#include <app/windows/mainwindow.h>
#include <app/windows/messagebar.h>

#include <quant/recipeimport.h>

#include <QFileDialog>
#include <QFileInfo>
#include <QInputDialog>

namespace app::windows {

namespace {

QString fromText(const std::string& text) {
    return QString::fromStdString(text);
}

/// What is said otherwise than in the file: the number on top of the window, every sentence in the log.
void tell(MainWindow& window, const QString& file, const std::vector<std::string>& notes) {
    window.log(MainWindow::tr("Imported %1").arg(file));
    for (const std::string& note : notes) window.log(fromText(note));
    if (!notes.empty())
        window.messageBar()->showNote(
            MainWindow::tr("The recipe was imported with differences: %1").arg(fromText(notes.front())));
}

void importFrom(MainWindow& window, const QString& file, const QString& part) {
    session::StudioDocument& document = window.studio().document();
    const auto imported = jobs::guarded([&] {
        return quant::importRecipe({file.toStdString(), part.toStdString()}, document.model());
    });
    if (!imported) {
        window.studio().report(imported.failure());
        return;
    }
    const quant::Recipe& recipe = imported.value().recipe;
    const auto edited = document.editRecipe(MainWindow::tr("import %1").arg(fromText(recipe.name)), recipe);
    window.studio().report(edited);
    if (edited) tell(window, file, imported.value().notes);
}

void askWhich(MainWindow& window, const QString& file, const std::vector<std::string>& recipes) {
    QStringList names;
    for (const std::string& recipe : recipes) names << fromText(recipe);
    auto* dialog = new QInputDialog(&window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(MainWindow::tr("Import a recipe"));
    dialog->setLabelText(MainWindow::tr("The file holds several recipes. Take:"));
    dialog->setComboBoxItems(names);
    QObject::connect(dialog, &QInputDialog::textValueSelected, &window,
                     [&window, file](const QString& name) { importFrom(window, file, name); });
    dialog->open();
}

void askForInputs(MainWindow& window, const QString& file) {
    auto* dialog =
        new QFileDialog(&window, MainWindow::tr("Bits of the inputs; cancel to import those of weights alone"),
                        QFileInfo(file).absolutePath(), MainWindow::tr("Bits by layer (*.yaml *.yml);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    QObject::connect(dialog, &QFileDialog::fileSelected, &window,
                     [&window, file](const QString& inputs) { importFrom(window, file, inputs); });
    QObject::connect(dialog, &QDialog::rejected, &window, [&window, file] { importFrom(window, file, {}); });
    dialog->open();
}

} // namespace

void importRecipe(MainWindow& window, const QString& file) {
    const auto info = jobs::guarded([&file] { return quant::inspectRecipeFile(file.toStdString()); });
    if (!info)
        window.studio().report(info.failure());
    else if (info.value().recipes.size() > 1)
        askWhich(window, file, info.value().recipes);
    else if (info.value().kind == quant::RecipeKind::MixDq)
        askForInputs(window, file);
    else
        importFrom(window, file, {});
}

void chooseImport(MainWindow& window) {
    session::Settings& settings = window.studio().settings();
    auto* dialog =
        new QFileDialog(&window, MainWindow::tr("Import a recipe"), settings.value(session::kLastFolder),
                        MainWindow::tr("Recipes of other programs (*.json *.yaml *.yml *.txt);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    QObject::connect(dialog, &QFileDialog::fileSelected, &window, [&window](const QString& file) {
        window.studio().settings().set(session::kLastFolder, QFileInfo(file).absolutePath());
        importRecipe(window, file);
    });
    dialog->open();
}

} // namespace app::windows
