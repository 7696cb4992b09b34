// From a toggle to updated numbers in the whole window, with a description of a model of 800 layers and complete maps
// but no weights. Prints thread CPU times in milliseconds: of the edit with all that follows at once, and of the
// repaint.
#include "completemaps.h"

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

double at(std::vector<double>& values, double share) {
    std::sort(values.begin(), values.end());
    return values[std::size_t(share * double(values.size() - 1))];
}

/// CPU times of toggles in the window, in milliseconds.
class Toggles {
public:
    explicit Toggles(app::windows::MainWindow& window) : m_document(window.studio().document()) {}

    void toggle(int number, quant::Format format) {
        const std::size_t block = std::size_t(number) * 7 % m_document.model().blocks.size();
        const double start = cpuMs();
        m_document.setBlockFormat({{m_document.model().blocks[block].id}, format.weights, format.activations});
        const double edited = cpuMs();
        QCoreApplication::processEvents();
        m_edits.push_back(edited - start);
        m_paints.push_back(cpuMs() - edited);
    }
    void forget() {
        m_edits.clear();
        m_paints.clear();
    }
    void print(const char* what) {
        std::printf("%-50s %7.2f %7.2f %7.2f %7.2f\n", what, at(m_edits, 0.5), at(m_edits, 0.95), at(m_paints, 0.5),
                    at(m_paints, 0.95));
    }

private:
    app::session::StudioDocument& m_document;
    std::vector<double> m_edits;
    std::vector<double> m_paints;
};

/// Toggles one block after the other among four formats that are in use.
void measure(app::windows::MainWindow& window, const char* what) {
    const auto formats = quant::parseFormats("w4a16,w8a8,w8a16,w4a8");
    Toggles toggles(window);
    for (int i = 0; i < kToggles + 4; ++i) {
        toggles.toggle(i, formats[std::size_t(i) % 4]);
        if (i == 3) toggles.forget(); // formats were new
    }
    toggles.print(what);
}

/// Toggles into formats that nobody has asked for since the maps were there.
void measureFirstUses(app::windows::MainWindow& window, const char* what) {
    app::session::StudioDocument& document = window.studio().document();
    const auto formats = quant::parseFormats("w4a16,w8a8,fp16,w4a8");
    const quant::Recipe before = document.recipe();
    const analysis::Analysis maps = document.analysis();
    Toggles toggles(window);
    for (int i = 0; i < kToggles; ++i) {
        if (i % 4 == 0) {
            document.replaceRecipe(before);
            document.clearAnalysis();
            document.addAnalysis(maps);
            QCoreApplication::processEvents();
        }
        toggles.toggle(i, formats[std::size_t(i) % 4]);
    }
    toggles.print(what);
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
    document.addAnalysis(bench::completeMaps(document.model()));
    window.studio().stop();
    std::printf("%d layers in %d blocks, %d steps: median and 95 %% of the edit, of the repaint\n", kLayers, blocks,
                document.analysis().settings.steps);
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
    measureFirstUses(window, "a rule for each block, formats never used before");
    measure(window, "a rule for each block, with rules and text");
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
