#include <app/windows/commandtable.h>
#include <app/windows/mainwindow.h>
#include <app/windows/precisionmenu.h>

#include <app/models/viewdata.h>

#include <QMenu>

#include <algorithm>

namespace app::windows {

namespace {

/// The weight formats of one kind, GGUF types or the others, each from most to fewest bits.
std::vector<quant::WeightFormat> weightFormats(bool gguf) {
    std::vector<quant::WeightFormat> formats;
    for (const quant::WeightFormat format : quant::allWeightFormats())
        if (quant::isGguf(format) == gguf) formats.push_back(format);
    return formats;
}

/// The one after `present`, or before it, around the ends; the first if blocks differ at present.
template <class Format> Format nextOf(std::vector<Format> all, const std::optional<Format>& present, bool backwards) {
    const Format first = all.front();
    if (backwards) std::reverse(all.begin(), all.end());
    const auto found = present ? std::find(all.begin(), all.end(), *present) : all.end();
    if (found == all.end()) return first;
    return found + 1 == all.end() ? all.front() : *(found + 1);
}

int rowOf(const ldm::ModelInfo& model, const QString& block) {
    const auto found = std::find_if(model.blocks.begin(), model.blocks.end(),
                                    [&block](const ldm::BlockInfo& info) { return info.id == block.toStdString(); });
    return found == model.blocks.end() ? -1 : int(found - model.blocks.begin());
}

std::vector<std::string> selectedBlocks(MainWindow& window) {
    std::vector<std::string> blocks;
    for (const QString& block : window.blocksPane()->selectedBlocks()) blocks.push_back(block.toStdString());
    return blocks;
}

void changeSelected(MainWindow& window, std::optional<quant::WeightFormat> weights,
                    std::optional<quant::ActivationFormat> activations) {
    const commands::BlockFormatChange change{selectedBlocks(window), weights, activations};
    if (!change.blocks.empty()) window.studio().report(window.studio().document().setBlockFormat(change));
}

/// GGUF types follow each other, and so do the others.
template <bool Backwards> void nextWeights(MainWindow& window) {
    const QStringList selected = window.blocksPane()->selectedBlocks();
    if (selected.isEmpty()) return;
    const session::StudioDocument& document = window.studio().document();
    const int row = rowOf(document.model(), selected.constFirst());
    const auto present = quant::blockFormat(document.plan(), document.model(), row).weights;
    changeSelected(window, nextOf(weightFormats(present && quant::isGguf(*present)), present, Backwards), std::nullopt);
}

template <bool Backwards> void nextActivations(MainWindow& window) {
    const QStringList selected = window.blocksPane()->selectedBlocks();
    if (selected.isEmpty()) return;
    const session::StudioDocument& document = window.studio().document();
    const int row = rowOf(document.model(), selected.constFirst());
    changeSelected(window, std::nullopt,
                   nextOf(quant::allActivationFormats(),
                          quant::blockFormat(document.plan(), document.model(), row).activations, Backwards));
}

template <quant::WeightFormat Weights, quant::ActivationFormat Activations> void giveFormat(MainWindow& window) {
    changeSelected(window, Weights, Activations);
}

void showPresets(MainWindow& window) {
    const QWidget* pane = window.blocksPane();
    window.showDock(QStringLiteral("dock.blocks"));
    window.blocksPane()->presetMenu()->popup(pane->mapToGlobal(pane->rect().center()));
}

void compareRecipes(MainWindow& window) {
    window.recipePane()->showDiff();
    window.showDock(QStringLiteral("dock.recipe"));
}

void resetBlocks(MainWindow& window) {
    const quant::Format base = window.studio().document().recipe().base;
    changeSelected(window, base.weights, base.activations);
}

void lockBlocks(MainWindow& window) {
    const std::vector<std::string> blocks = selectedBlocks(window);
    if (!blocks.empty()) window.studio().report(window.studio().document().lockBlocks(blocks));
}

void unlockBlocks(MainWindow& window) {
    window.studio().document().unlockBlocks(selectedBlocks(window));
}

} // namespace

void showPrecisionMenu(MainWindow& window, const QString& block, const QPoint& globalPosition) {
    if (!window.blocksPane()->selectedBlocks().contains(block)) {
        window.blocksPane()->table()->selectBlock(block);
        window.heatmapPane()->selectBlock(block);
    }
    auto* menu = new QMenu(&window);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    QMenu* weights = menu->addMenu(MainWindow::tr("Weights"));
    for (const bool gguf : {false, true}) {
        if (gguf) weights->addSeparator();
        for (const quant::WeightFormat format : weightFormats(gguf))
            QObject::connect(weights->addAction(models::toText(nameOf(format))), &QAction::triggered, &window,
                             [&window, format] { changeSelected(window, format, std::nullopt); });
    }
    QMenu* activations = menu->addMenu(MainWindow::tr("Activations"));
    for (const quant::ActivationFormat format : quant::allActivationFormats())
        QObject::connect(activations->addAction(models::toText(nameOf(format))), &QAction::triggered, &window,
                         [&window, format] { changeSelected(window, std::nullopt, format); });
    menu->addSeparator();
    for (const char* id : {"precision.protect", "precision.reset", "precision.lock", "precision.unlock"})
        menu->addAction(window.command(QLatin1String(id)));
    menu->popup(globalPosition);
}

std::vector<CommandInfo> precisionCommands() {
    return {
        {"precision.weights", MenuId::Precision, QT_TRANSLATE_NOOP("Commands", "Next &Weight Format"), "F7",
         QT_TRANSLATE_NOOP("Commands", "Give the selected blocks the next weight format"), nextWeights<false>},
        {"precision.weightsBack", MenuId::Precision, QT_TRANSLATE_NOOP("Commands", "Previous Weight Format"),
         "Shift+F7", QT_TRANSLATE_NOOP("Commands", "Give the selected blocks the weight format before theirs"),
         nextWeights<true>},
        {"precision.activations", MenuId::Precision, QT_TRANSLATE_NOOP("Commands", "Next &Activation Format"), "F8",
         QT_TRANSLATE_NOOP("Commands", "Give the selected blocks the next activation format"), nextActivations<false>},
        {"precision.activationsBack", MenuId::Precision, QT_TRANSLATE_NOOP("Commands", "Previous Activation Format"),
         "Shift+F8", QT_TRANSLATE_NOOP("Commands", "Give the selected blocks the activation format before theirs"),
         nextActivations<true>},
        {"precision.protect", MenuId::Precision, QT_TRANSLATE_NOOP("Commands", "&Protect (fp16)"), "F6",
         QT_TRANSLATE_NOOP("Commands", "Give the selected blocks fp16 on both sides"),
         giveFormat<quant::WeightFormat::Fp16, quant::ActivationFormat::Fp16>},
        {"precision.w8a8", MenuId::Precision, QT_TRANSLATE_NOOP("Commands", "Make w8a8"), "Ctrl+8",
         QT_TRANSLATE_NOOP("Commands", "Give the selected blocks 8-bit weights and 8-bit activations"),
         giveFormat<quant::WeightFormat::Int8, quant::ActivationFormat::Int8>},
        {"precision.w4a8", MenuId::Precision, QT_TRANSLATE_NOOP("Commands", "Make w4a8"), "Ctrl+4",
         QT_TRANSLATE_NOOP("Commands", "Give the selected blocks 4-bit weights and 8-bit activations"),
         giveFormat<quant::WeightFormat::Int4, quant::ActivationFormat::Int8>},
        {"precision.w8a16", MenuId::Precision, QT_TRANSLATE_NOOP("Commands", "Make w8a16"), "Ctrl+Shift+8",
         QT_TRANSLATE_NOOP("Commands", "Give the selected blocks 8-bit weights and 16-bit activations"),
         giveFormat<quant::WeightFormat::Int8, quant::ActivationFormat::Int16>},
        {"precision.w4a16", MenuId::Precision, QT_TRANSLATE_NOOP("Commands", "Make w4a16"), "Ctrl+Shift+4",
         QT_TRANSLATE_NOOP("Commands", "Give the selected blocks 4-bit weights and 16-bit activations"),
         giveFormat<quant::WeightFormat::Int4, quant::ActivationFormat::Int16>},
        {"precision.reset", MenuId::Precision, QT_TRANSLATE_NOOP("Commands", "&Back to the Default"), "Ctrl+Backspace",
         QT_TRANSLATE_NOOP("Commands", "Give the selected blocks the recipe's default"), resetBlocks},
        {"precision.clear", MenuId::Precision, QT_TRANSLATE_NOOP("Commands", "&Clear All Rules"), "",
         QT_TRANSLATE_NOOP("Commands", "Give every block the recipe's default"),
         [](MainWindow& window) { window.studio().report(window.studio().document().clearRules()); }, std::nullopt,
         true, true},
        {"precision.lock", MenuId::Precision, QT_TRANSLATE_NOOP("Commands", "&Lock against the Search"), "Ctrl+L",
         QT_TRANSLATE_NOOP("Commands", "Keep the selected blocks at their present format whatever a search finds"),
         lockBlocks, std::nullopt, true, true},
        {"precision.unlock", MenuId::Precision, QT_TRANSLATE_NOOP("Commands", "&Unlock"), "Ctrl+Shift+L",
         QT_TRANSLATE_NOOP("Commands", "Let a search choose the formats of the selected blocks again"), unlockBlocks},
        {"precision.presets", MenuId::Precision, QT_TRANSLATE_NOOP("Commands", "Choose a P&reset…"), "F4",
         QT_TRANSLATE_NOOP("Commands", "Show the presets with the number of layers that each of them changes"),
         showPresets, std::nullopt, true, true},
        {"precision.recipe", MenuId::Precision, QT_TRANSLATE_NOOP("Commands", "Edit Rules and &Text"), "Ctrl+R",
         QT_TRANSLATE_NOOP("Commands", "Show the recipe as rules and as text, both to be edited"),
         [](MainWindow& window) { window.showDock(QStringLiteral("dock.recipe")); }, std::nullopt, true, true},
        {"precision.compare", MenuId::Precision, QT_TRANSLATE_NOOP("Commands", "C&ompare Recipes"), "Ctrl+Alt+D",
         QT_TRANSLATE_NOOP("Commands", "Show what differs between the present recipe and another"), compareRecipes},
        {"precision.keep", MenuId::Precision, QT_TRANSLATE_NOOP("Commands", "&Keep for Comparison"), "Ctrl+Shift+K",
         QT_TRANSLATE_NOOP("Commands", "Keep the present recipe beside the one that is edited, to be compared with"),
         [](MainWindow& window) { window.recipePane()->diff()->keepPresent(); }},
        {"precision.restore", MenuId::Precision, QT_TRANSLATE_NOOP("Commands", "Restore the Compared Recipe"), "",
         QT_TRANSLATE_NOOP("Commands", "Make the recipe that is compared with the present one"),
         [](MainWindow& window) { window.recipePane()->diff()->restoreChosen(); }},
        {"precision.remove", MenuId::Precision, QT_TRANSLATE_NOOP("Commands", "Remove the Compared Recipe"), "",
         QT_TRANSLATE_NOOP("Commands", "Do not keep the recipe that is compared with any longer"),
         [](MainWindow& window) { window.recipePane()->diff()->removeChosen(); }},
        {"precision.rename", MenuId::Precision, QT_TRANSLATE_NOOP("Commands", "Rename the Compared Recipe…"), "",
         QT_TRANSLATE_NOOP("Commands", "Give the recipe that is compared with another name"),
         [](MainWindow& window) { window.recipePane()->diff()->renameChosen(); }},
        {"precision.measure", MenuId::Precision, QT_TRANSLATE_NOOP("Commands", "&Measure This Recipe"), "Ctrl+M",
         QT_TRANSLATE_NOOP("Commands", "Run the present recipe to the end and compare with full precision, in dB"),
         [](MainWindow& window) { window.studio().measureRecipe(); }},
    };
}

} // namespace app::windows
