#include <app/windows/mainwindow.h>

#include <app/models/viewdata.h>
#include <app/session/modelfiles.h>
#include <app/windows/exportdialog.h>
#include <app/windows/opendialog.h>

#include <QCloseEvent>
#include <QDir>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QMessageBox>
#include <QMimeData>

#include <algorithm>

// What the commands and gestures of the main window do. Dialogs are opened, never run in a loop of their own.

namespace app::windows {

namespace {

/// The one after `present`, around the end; the first if blocks differ at present.
/// The weight formats of one kind, GGUF types or the others, each from most to fewest bits.
std::vector<quant::WeightFormat> weightFormats(bool gguf) {
    std::vector<quant::WeightFormat> formats;
    for (const quant::WeightFormat format : quant::allWeightFormats())
        if (quant::isGguf(format) == gguf) formats.push_back(format);
    return formats;
}

template <class Format> Format nextOf(const std::vector<Format>& all, const std::optional<Format>& present) {
    const auto found = present ? std::find(all.begin(), all.end(), *present) : all.end();
    return found == all.end() || found + 1 == all.end() ? all.front() : *(found + 1);
}

int rowOf(const ldm::ModelInfo& model, const QString& block) {
    const auto found = std::find_if(model.blocks.begin(), model.blocks.end(),
                                    [&block](const ldm::BlockInfo& info) { return info.id == block.toStdString(); });
    return found == model.blocks.end() ? -1 : int(found - model.blocks.begin());
}

QStringList localFiles(const QMimeData& data) {
    QStringList files;
    for (const QUrl& url : data.urls())
        if (url.isLocalFile()) files << url.toLocalFile();
    return files;
}

} // namespace

void MainWindow::open(const QString& path) {
    if (session::kindOf(path) == session::FileKind::Model)
        saveFirst([this, path] { m_studio.open(path); });
    else
        m_studio.open(path);
}

void MainWindow::chooseModel() {
    auto* dialog = new QFileDialog(this, tr("Open a model folder"), m_settings.value(session::kLastFolder));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        rememberFolder(path);
        open(path);
    });
    dialog->open();
}

void MainWindow::chooseCheckpoint() {
    auto* dialog = new QFileDialog(this, tr("Open a checkpoint"), m_settings.value(session::kLastFolder),
                                   tr("Checkpoints (*.safetensors *.gguf);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        rememberFolder(path);
        open(path);
    });
    dialog->open();
}

void MainWindow::chooseWithOptions() {
    auto* dialog = new OpenDialog(m_studio.request(), m_settings.value(session::kLastFolder), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this,
            [this, dialog] { saveFirst([this, request = dialog->request()] { m_studio.openModel(request); }); });
    dialog->open();
}

void MainWindow::chooseFile() {
    auto* dialog = new QFileDialog(this, tr("Open a recipe or an analysis"), m_settings.value(session::kLastFolder),
                                   tr("Recipes and analyses (*.recipe.json *.analysis.json);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        rememberFolder(path);
        open(path);
    });
    dialog->open();
}

void MainWindow::chooseSaveFile(const QString& title, const QString& suffix,
                                const std::function<void(const QString&)>& then) {
    auto* dialog =
        new QFileDialog(this, title, m_settings.value(session::kLastFolder), QStringLiteral("*%1").arg(suffix));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    connect(dialog, &QFileDialog::fileSelected, this, [this, suffix, then](const QString& chosen) {
        const QString file = chosen.endsWith(QLatin1String(".json")) ? chosen : chosen + suffix;
        rememberFolder(file);
        then(file);
    });
    dialog->open();
}

void MainWindow::saveRecipeThen(const std::function<void()>& then) {
    const QString file = m_studio.document().recipeFile();
    if (file.isEmpty()) {
        chooseRecipeFileThen(then);
        return;
    }
    const auto saved = m_studio.document().saveRecipe(file);
    m_studio.report(saved);
    if (!saved) return;
    m_settings.addRecentFile(file);
    log(tr("Saved %1").arg(file));
    if (then) then();
}

void MainWindow::chooseRecipeFileThen(const std::function<void()>& then) {
    chooseSaveFile(tr("Save the recipe"), QStringLiteral(".recipe.json"), [this, then](const QString& file) {
        const auto saved = m_studio.document().saveRecipe(file);
        m_studio.report(saved);
        if (!saved) return;
        m_settings.addRecentFile(file);
        log(tr("Saved %1").arg(file));
        if (then) then();
    });
}

void MainWindow::saveAnalysis() {
    chooseSaveFile(tr("Save the analysis"), QStringLiteral(".analysis.json"), [this](const QString& file) {
        const auto saved = m_studio.document().saveAnalysis(file);
        m_studio.report(saved);
        if (saved) log(tr("Saved %1").arg(file));
    });
}

void MainWindow::saveFirst(const std::function<void()>& then) {
    if (!m_studio.document().isModified() || !m_settings.value(session::kAskToSave)) {
        then();
        return;
    }
    auto* question =
        new QMessageBox(QMessageBox::Question, tr("Save the recipe?"), tr("The recipe has changes that are not saved."),
                        QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, this);
    question->setAttribute(Qt::WA_DeleteOnClose);
    connect(question, &QMessageBox::finished, this, [this, then](int answer) {
        if (answer == QMessageBox::Save) saveRecipeThen(then);
        if (answer == QMessageBox::Discard) then();
    });
    question->open();
}

void MainWindow::exportModel() {
    const session::StudioDocument& document = m_studio.document();
    const quant::Recipe& recipe = document.recipe();
    const bool isNamed = recipe.name != quant::Recipe().name;
    const QString name =
        QStringLiteral("%1-%2").arg(QString::fromStdString(document.model().name),
                                    isNamed ? QString::fromStdString(recipe.name) : models::toText(recipe.base));
    const QString folder = m_settings.value(session::kLastFolder);
    auto* dialog = new ExportDialog(folder.isEmpty() ? QDir::homePath() : folder, name, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog] {
        const quant::ExportRequest request = dialog->request();
        rememberFolder(QString::fromStdString(request.path.string()));
        m_studio.exportRecipe(request);
    });
    dialog->open();
}

void MainWindow::rememberFolder(const QString& path) {
    m_settings.set(session::kLastFolder, QFileInfo(path).absolutePath());
}

void MainWindow::changeSelected(std::optional<quant::WeightFormat> weights,
                                std::optional<quant::ActivationFormat> activations) {
    const commands::BlockFormatChange change{selectedBlocks(), weights, activations};
    if (!change.blocks.empty()) m_studio.report(m_studio.document().setBlockFormat(change));
}

/// GGUF types follow each other, and so do the others.
void MainWindow::nextWeights() {
    const QStringList selected = m_blocks->selectedBlocks();
    if (selected.isEmpty()) return;
    const session::StudioDocument& document = m_studio.document();
    const int row = rowOf(document.model(), selected.constFirst());
    const auto present = quant::blockFormat(document.plan(), document.model(), row).weights;
    changeSelected(nextOf(weightFormats(present && quant::isGguf(*present)), present), std::nullopt);
}

void MainWindow::nextActivations() {
    const QStringList selected = m_blocks->selectedBlocks();
    if (selected.isEmpty()) return;
    const session::StudioDocument& document = m_studio.document();
    const int row = rowOf(document.model(), selected.constFirst());
    changeSelected(std::nullopt, nextOf(quant::allActivationFormats(),
                                        quant::blockFormat(document.plan(), document.model(), row).activations));
}

void MainWindow::protectBlocks() {
    changeSelected(quant::WeightFormat::Fp16, quant::ActivationFormat::Fp16);
}

void MainWindow::lockBlocks() {
    const std::vector<std::string> blocks = selectedBlocks();
    if (!blocks.empty()) m_studio.report(m_studio.document().lockBlocks(blocks));
}

void MainWindow::unlockBlocks() {
    m_studio.document().unlockBlocks(selectedBlocks());
}

std::vector<std::string> MainWindow::selectedBlocks() const {
    std::vector<std::string> blocks;
    for (const QString& block : m_blocks->selectedBlocks()) blocks.push_back(block.toStdString());
    return blocks;
}

void MainWindow::openSearch() {
    auto* dock = findChild<QDockWidget*>(QStringLiteral("dock.search"));
    dock->show();
    dock->raise();
    m_search->setFocus();
}

void MainWindow::resetBlocks() {
    const quant::Format base = m_studio.document().recipe().base;
    changeSelected(base.weights, base.activations);
}

void MainWindow::showPrecisionMenu(const QString& block, const QPoint& globalPosition) {
    if (!m_blocks->selectedBlocks().contains(block)) {
        m_blocks->table()->selectBlock(block);
        m_heatmap->selectBlock(block);
    }
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    QMenu* weights = menu->addMenu(tr("Weights"));
    for (const bool gguf : {false, true}) {
        if (gguf) weights->addSeparator();
        for (const quant::WeightFormat format : weightFormats(gguf))
            connect(weights->addAction(models::toText(nameOf(format))), &QAction::triggered, this,
                    [this, format] { changeSelected(format, std::nullopt); });
    }
    QMenu* activations = menu->addMenu(tr("Activations"));
    for (const quant::ActivationFormat format : quant::allActivationFormats())
        connect(activations->addAction(models::toText(nameOf(format))), &QAction::triggered, this,
                [this, format] { changeSelected(std::nullopt, format); });
    menu->addSeparator();
    for (const char* id : {"precision.protect", "precision.reset", "precision.lock", "precision.unlock"})
        menu->addAction(command(QLatin1String(id)));
    menu->popup(globalPosition);
}

void MainWindow::about() {
    auto* box =
        new QMessageBox(QMessageBox::NoIcon, tr("About Noisefloor"),
                        tr("<b>Noisefloor</b><p>A studio for quantizing latent diffusion models: which parts may "
                           "run in few bits, which may not, and what that does to the pictures."),
                        QMessageBox::Close, this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

void MainWindow::closeEvent(QCloseEvent* event) {
    if (m_studio.document().isModified() && m_settings.value(session::kAskToSave)) {
        event->ignore();
        saveFirst([this] {
            m_studio.document().undoStack().setClean(); // saved, or given up knowingly
            close();
        });
        return;
    }
    saveLayout();
    m_studio.stop();
    event->accept();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
    if (!localFiles(*event->mimeData()).isEmpty()) event->acceptProposedAction();
}

/// A model first, so that recipes and analyses dropped with it find it.
void MainWindow::dropEvent(QDropEvent* event) {
    QStringList files = localFiles(*event->mimeData());
    std::stable_partition(files.begin(), files.end(),
                          [](const QString& file) { return session::kindOf(file) == session::FileKind::Model; });
    for (const QString& file : files) open(file);
    event->acceptProposedAction();
}

} // namespace app::windows
