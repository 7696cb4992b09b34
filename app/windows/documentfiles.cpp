#include <app/windows/documentfiles.h>

#include <app/models/viewdata.h>
#include <app/session/modelfiles.h>
#include <app/windows/exportdialog.h>
#include <app/windows/opendialog.h>
#include <app/windows/recoverydialog.h>
#include <app/windows/savefile.h>
#include <app/windows/verifydialog.h>

#include <QApplication>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QMessageBox>
#include <QPointer>
#include <QPushButton>

// Dialogs are opened, never run in a loop of their own.

namespace app::windows {

DocumentFiles::DocumentFiles(session::Studio& studio, const std::function<QJsonObject()>& look, QWidget* window)
    : QObject(window), m_studio(studio), m_settings(studio.settings()), m_window(window),
      m_sessions(studio, look, window) {
    connect(&m_sessions, &SessionFiles::told, this, &DocumentFiles::told);
}

void DocumentFiles::open(const QString& path) {
    switch (session::kindOf(path)) {
    case session::FileKind::Session:
        saveFirst([this, path] { m_sessions.open(path); });
        break;
    case session::FileKind::Model:
        saveFirst([this, path] { m_studio.open(path); });
        break;
    case session::FileKind::Recipe:
    case session::FileKind::Analysis:
        m_studio.open(path);
        break;
    }
}

void DocumentFiles::newSession() {
    saveFirst([this] { m_studio.closeModel(); });
}

void DocumentFiles::endTyping() {
    if (const QPointer<QWidget> field = QApplication::focusWidget(); field && m_window->isAncestorOf(field)) {
        field->clearFocus();
        if (field && field->isVisible()) field->setFocus();
    }
    m_studio.endTyping();
}

void DocumentFiles::saveRecipe() {
    endTyping();
    saveRecipeThen({});
}

void DocumentFiles::saveRecipeAs() {
    endTyping();
    chooseRecipeFileThen({});
}

void DocumentFiles::save() {
    endTyping();
    if (m_sessions.document().file().isEmpty())
        saveRecipe();
    else
        m_sessions.save();
}

void DocumentFiles::offerRecovery(session::Autosave& autosave) {
    m_sessions.keepCopies(autosave);
    std::vector<session::RecoverySlot> copies = session::RecoverySlot::abandoned(autosave.folder());
    if (copies.empty()) return;
    auto* dialog = new RecoveryDialog(std::move(copies), m_sessions, m_window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &RecoveryDialog::recoverRequested, this, &DocumentFiles::saveFirst);
    dialog->open();
}

void DocumentFiles::chooseModel() {
    auto* dialog = new QFileDialog(m_window, tr("Open a model folder"), m_settings.value(session::kLastFolder));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        rememberFolder(path);
        open(path);
    });
    dialog->open();
}

void DocumentFiles::chooseCheckpoint() {
    chooseExisting(tr("Open a checkpoint"), tr("Checkpoints (*.safetensors *.gguf);;All files (*)"));
}

void DocumentFiles::chooseWithOptions() {
    auto* dialog = new OpenDialog(m_studio.request(), m_settings.value(session::kLastFolder), m_window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this,
            [this, dialog] { saveFirst([this, request = dialog->request()] { m_studio.openModel(request); }); });
    dialog->open();
}

void DocumentFiles::chooseFile() {
    chooseExisting(tr("Open a recipe or an analysis"),
                   tr("Recipes and analyses (*.recipe.json *.analysis.json);;All files (*)"));
}

void DocumentFiles::chooseSession() {
    chooseExisting(tr("Open a session"), tr("Sessions (*.noisefloor);;All files (*)"));
}

void DocumentFiles::chooseExisting(const QString& title, const QString& filter) {
    auto* dialog = new QFileDialog(m_window, title, m_settings.value(session::kLastFolder), filter);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        rememberFolder(path);
        open(path);
    });
    dialog->open();
}

void DocumentFiles::chooseSaveFile(const QString& title, const QString& suffix,
                                   const std::function<void(const QString&)>& then) {
    const QString type = suffix.mid(suffix.lastIndexOf(QLatin1Char('.'))); // x.json is a name for a recipe too
    chooseFileToSave(m_window, m_settings, {title, QStringLiteral("*%1").arg(suffix), {suffix}, {type}}, then);
}

void DocumentFiles::chooseSaveFolder(const QString& title, const std::function<void(const QString&)>& then) {
    auto* dialog = new QFileDialog(m_window, title, m_settings.value(session::kLastFolder));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setLabelText(QFileDialog::FileName, tr("New folder:"));
    connect(dialog, &QFileDialog::fileSelected, this, [this, then](const QString& folder) {
        rememberFolder(folder);
        then(folder);
    });
    dialog->open();
}

void DocumentFiles::saveRecipeThen(const std::function<void()>& then) {
    const QString file = m_studio.document().recipeFile();
    if (file.isEmpty()) {
        chooseRecipeFileThen(then);
        return;
    }
    const auto saved = m_studio.document().saveRecipe(file);
    m_studio.report(saved);
    if (!saved) return;
    m_settings.addRecentFile(file);
    Q_EMIT told(tr("Saved %1").arg(file));
    if (then) then();
}

void DocumentFiles::chooseRecipeFileThen(const std::function<void()>& then) {
    chooseSaveFile(tr("Save the recipe"), QStringLiteral(".recipe.json"), [this, then](const QString& file) {
        const auto saved = m_studio.document().saveRecipe(file);
        m_studio.report(saved);
        if (!saved) return;
        m_settings.addRecentFile(file);
        Q_EMIT told(tr("Saved %1").arg(file));
        if (then) then();
    });
}

void DocumentFiles::saveAnalysis() {
    chooseSaveFile(tr("Save the analysis"), QStringLiteral(".analysis.json"), [this](const QString& file) {
        const auto saved = m_studio.document().saveAnalysis(file);
        m_studio.report(saved);
        if (saved) Q_EMIT told(tr("Saved %1").arg(file));
    });
}

bool DocumentFiles::mustAsk() {
    endTyping();
    return m_sessions.document().holdsUnsavedWork() && m_settings.value(session::kAskToSave);
}

void DocumentFiles::saveFirst(const std::function<void()>& then) {
    mustAsk() ? askToSave(then) : then();
}

/// Work without a file of its own can become a session or, where that keeps all of it, a recipe.
void DocumentFiles::askToSave(const std::function<void()>& then) {
    const session::SessionDocument& session = m_sessions.document();
    const QString text =
        !session.file().isEmpty() ? tr("The session %1 has changes that are not saved.").arg(session.file())
        : session.holdsMoreThanRecipe()
            ? tr("Work on this model is not saved. A session keeps all of it, prompts and kept recipes "
                 "too; a recipe file keeps the recipe alone.")
            : tr("The recipe has changes that are not saved.");
    auto* question = new QMessageBox(QMessageBox::Question, tr("Save your work?"), text,
                                     QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, m_window);
    question->setAttribute(Qt::WA_DeleteOnClose);
    connect(question, &QMessageBox::finished, this, [this, then](int answer) {
        if (answer == QMessageBox::Save) m_sessions.saveThen(then);
        if (answer == QMessageBox::Discard) then();
    });
    question->button(QMessageBox::Save)->setText(tr("&Save Session"));
    if (session.file().isEmpty() && session.isModified()) {
        QPushButton* recipe = question->addButton(tr("Save &Recipe"), QMessageBox::ActionRole);
        recipe->setObjectName(QStringLiteral("saveRecipe"));
        connect(recipe, &QPushButton::clicked, this, [this, then] { saveRecipeThen(then); });
        if (!session.holdsMoreThanRecipe()) question->setDefaultButton(recipe);
    }
    question->open();
}

void DocumentFiles::exportModel() {
    const session::StudioDocument& document = m_studio.document();
    const quant::Recipe& recipe = document.recipe();
    const bool isNamed = recipe.name != quant::Recipe().name;
    const QString name =
        QStringLiteral("%1-%2").arg(QString::fromStdString(document.model().name),
                                    isNamed ? QString::fromStdString(recipe.name) : models::toText(recipe.base));
    const QString folder = m_settings.value(session::kLastFolder);
    auto* dialog = new ExportDialog(document, folder.isEmpty() ? QDir::homePath() : folder, name, m_window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog] {
        const quant::ExportRequest request = dialog->request();
        rememberFolder(QString::fromStdString(request.path.string()));
        m_studio.exportRecipe(request);
    });
    dialog->open();
}

void DocumentFiles::verifyExport() {
    auto* dialog = new VerifyDialog(m_settings.value(session::kLastFolder), m_studio.document().recipe(), m_window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog] {
        const quant::VerifyRequest request = dialog->request();
        rememberFolder(QString::fromStdString(request.path.string()));
        m_studio.verifyExport(request);
    });
    dialog->open();
}

void DocumentFiles::rememberFolder(const QString& path) {
    m_settings.set(session::kLastFolder, QFileInfo(path).absolutePath());
}

} // namespace app::windows
