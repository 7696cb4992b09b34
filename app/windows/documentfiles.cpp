#include <app/windows/documentfiles.h>

#include <app/models/viewdata.h>
#include <app/session/modelfiles.h>
#include <app/windows/exportdialog.h>
#include <app/windows/opendialog.h>
#include <app/windows/recoverydialog.h>
#include <app/windows/verifydialog.h>

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QMessageBox>

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

void DocumentFiles::save() {
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
    chooseExisting(tr("Open a session"), tr("Sessions (*.noisefloor)"));
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
    auto* dialog =
        new QFileDialog(m_window, title, m_settings.value(session::kLastFolder), QStringLiteral("*%1").arg(suffix));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    connect(dialog, &QFileDialog::fileSelected, this, [this, suffix, then](const QString& chosen) {
        const QString type = suffix.mid(suffix.lastIndexOf(QLatin1Char('.'))); // x.json is a name for a recipe too
        const QString file = chosen.endsWith(type) ? chosen : chosen + suffix;
        rememberFolder(file);
        then(file);
    });
    dialog->open();
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

void DocumentFiles::saveFirst(const std::function<void()>& then) {
    const session::SessionDocument& session = m_sessions.document();
    if (!session.isModified() || !m_settings.value(session::kAskToSave)) {
        then();
        return;
    }
    const bool isSession = !session.file().isEmpty();
    auto* question =
        new QMessageBox(QMessageBox::Question, isSession ? tr("Save the session?") : tr("Save the recipe?"),
                        isSession ? tr("The session %1 has changes that are not saved.").arg(session.file())
                                  : tr("The recipe has changes that are not saved."),
                        QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, m_window);
    question->setAttribute(Qt::WA_DeleteOnClose);
    connect(question, &QMessageBox::finished, this, [this, then, isSession](int answer) {
        if (answer == QMessageBox::Save) isSession ? m_sessions.saveThen(then) : saveRecipeThen(then);
        if (answer == QMessageBox::Discard) then();
    });
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

void DocumentFiles::rememberFolder(const QString& path) {
    m_settings.set(session::kLastFolder, QFileInfo(path).absolutePath());
}

} // namespace app::windows
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

