// From a toggle to updated numbers in the whole window, with a description of a model of 800 layers and complete maps
// but no weights. Prints thread CPU times in milliseconds: of the edit with all that follows at once, and of the
// repaint.
#include <app/windows/mainwindow.h>

#include <QApplication>
#include <QDockWidget>
#include <QTemporaryDir>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace {

constexpr int kLayers = 800;
constexpr int kSteps = 50;
constexpr int kToggles = 60;

double cpuMs() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return 1e3 * double(now.tv_sec) + 1e-6 * double(now.tv_nsec);
}

/// As many layers as SDXL has, in so many equal blocks.
ldm::ModelInfo largeModel(int blocks) {
    ldm::ModelInfo model;
    model.name = "large";
    model.fingerprint = "sha256:1";
    model.defaultWidth = model.defaultHeight = 1024;
    for (int block = 0; block < blocks; ++block) {
        ldm::BlockInfo info;
        info.id = "unet.down_blocks." + std::to_string(block / 10) + "." + std::to_string(block % 10);
        for (int i = 0; i < kLayers / blocks; ++i) {
            ldm::LayerInfo layer;
            layer.name = info.id + ".attentions.transformer_blocks." + std::to_string(i) + ".ff";
            layer.block = info.id;
            layer.weightShape = {640 + i, 320 + block % 5};
            info.parameters += layer.weights();
            info.layers.push_back(int(model.layers.size()));
            model.layers.push_back(std::move(layer));
        }
        model.blocks.push_back(std::move(info));
    }
    return model;
}

analysis::Analysis completeMaps(const ldm::ModelInfo& model) {
    analysis::Analysis maps;
    maps.model = {model.name, model.fingerprint};
    maps.settings.steps = kSteps;
    maps.settings.prompts = {"a test"};
    maps.settings.formats = quant::parseFormats("w8a8,w4a8,w8a16,w4a16,fp16");
    maps.settings.metrics = {analysis::Metric::Local, analysis::Metric::Output, analysis::Metric::Final};
    for (int step = 0; step < kSteps; ++step) maps.timesteps.push_back(980 - 20 * step);
    for (const ldm::BlockInfo& block : model.blocks) {
        analysis::BlockRow row{block.id, {}, block.parameters};
        for (const int layer : block.layers) row.layers.push_back(model.layers[std::size_t(layer)].name);
        maps.blocks.push_back(std::move(row));
    }
    const int rows = int(maps.blocks.size());
    for (const auto metric : maps.settings.metrics)
        for (const auto format : maps.settings.formats) {
            analysis::Grid grid(rows, kSteps);
            for (int row = 0; row < rows; ++row)
                for (int column = 0; column < kSteps; ++column)
                    grid.at(row, column) =
                        10 + 3 * bits(format.weights) + row % 17 + (metric == analysis::Metric::Final ? 0 : column % 5);
            maps.maps.push_back({metric, format, std::move(grid)});
        }
    for (const auto format : maps.settings.formats)
        maps.uniform.push_back({format, {0, kSteps}, 3.0 * bits(format.weights)});
    return maps;
}

double at(std::vector<double>& values, double share) {
    std::sort(values.begin(), values.end());
    return values[std::size_t(share * double(values.size() - 1))];
}

/// Toggles one block after the other between two formats.
void measure(app::windows::MainWindow& window, const char* what) {
    app::session::StudioDocument& document = window.studio().document();
    std::vector<double> edits;
    std::vector<double> paints;
    for (int i = 0; i < kToggles + 4; ++i) {
        const std::size_t block = std::size_t(i) * 7 % document.model().blocks.size();
        const auto weights = i % 3 == 0 ? quant::WeightFormat::Int4 : quant::WeightFormat::Int8;
        const auto activations = i % 2 == 0 ? quant::ActivationFormat::Int16 : quant::ActivationFormat::Int8;
        const double start = cpuMs();
        document.setBlockFormat({{document.model().blocks[block].id}, weights, activations});
        const double edited = cpuMs();
        QCoreApplication::processEvents();
        if (i < 4) continue; // formats appear for the first time
        edits.push_back(edited - start);
        paints.push_back(cpuMs() - edited);
    }
    std::printf("%-44s %7.2f %7.2f %7.2f %7.2f\n", what, at(edits, 0.5), at(edits, 0.95), at(paints, 0.5),
                at(paints, 0.95));
}

void setShown(app::windows::MainWindow& window, std::initializer_list<const char*> docks) {
    const QList<QDockWidget*> all = window.findChildren<QDockWidget*>();
    for (QDockWidget* dock : all) {
        const bool isWanted = std::any_of(
            docks.begin(), docks.end(), [dock](const char* name) { return dock->objectName() == QLatin1String(name); });
        dock->setVisible(isWanted);
        if (isWanted) dock->raise();
    }
    for (int turn = 0; turn < 20; ++turn) QCoreApplication::processEvents();
}

void measureModel(int blocks) {
    const QTemporaryDir folder;
    app::session::Settings settings(folder.filePath(QStringLiteral("settings.ini")));
    settings.set(app::session::kAutomaticPreview, false);
    settings.set(app::session::kAskToSave, false);
    app::windows::MainWindow window(settings);
    window.show();
    app::session::StudioDocument& document = window.studio().document();
    document.setModel(largeModel(blocks));
    document.addAnalysis(completeMaps(document.model()));
    window.studio().stop();
    std::printf("%d layers in %d blocks, %d steps: median and 95 %% of the edit, of the repaint\n", kLayers, blocks,
                kSteps);
    setShown(window, {});
    measure(window, "map alone");
    setShown(window, {"dock.budget", "dock.blocks"});
    measure(window, "map, budget and blocks");
    setShown(window, {"dock.budget", "dock.blocks", "dock.recipe"});
    document.undoStack().clear();
    measure(window, "with rules and text");
    setShown(window, {"dock.budget", "dock.search"});
    measure(window, "with the search");
    quant::Recipe each = document.recipe();
    each.rules.clear();
    for (const ldm::BlockInfo& block : document.model().blocks)
        each.rules.push_back(
            {block.id, quant::WeightFormat::Int8, quant::ActivationFormat::Int16, {}, "a rule for each"});
    document.replaceRecipe(each);
    setShown(window, {"dock.budget", "dock.blocks", "dock.recipe"});
    measure(window, "with rules and text, a rule for each block");
    window.hide();
}

} // namespace

int main(int argc, char** argv) {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
    const QApplication application(argc, argv);
    measureModel(80);
    measureModel(kLayers);
    return 0;
}
