// What one frame of the heatmap takes with 800 layers and 50 timesteps: 60 frames a second leave 16.7 ms. Each
// iteration is one event and the repaint that follows it, in a window of the offscreen platform.
#include <app/models/mapdata.h>

#include <widgets/heatmap.h>

#include <benchmark/benchmark.h>

#include <QApplication>
#include <QMouseEvent>
#include <QWheelEvent>

namespace {

constexpr int kBlocks = 25;
constexpr int kLayersOfABlock = 32;
constexpr int kSteps = 50;

/// 800 layers in 25 blocks.
ldm::ModelInfo largeModel() {
    ldm::ModelInfo model;
    model.name = "large";
    for (int block = 0; block < kBlocks; ++block) {
        ldm::BlockInfo info;
        info.id = "unet.up_blocks." + std::to_string(block);
        for (int layer = 0; layer < kLayersOfABlock; ++layer) {
            ldm::LayerInfo part;
            part.name = info.id + ".attentions.0.transformer_blocks.0.ff.net." + std::to_string(layer);
            part.block = info.id;
            part.weightShape = {320, 320};
            info.layers.push_back(int(model.layers.size()));
            info.parameters += part.weights();
            model.layers.push_back(std::move(part));
        }
        model.blocks.push_back(std::move(info));
    }
    return model;
}

analysis::Analysis largeAnalysis(const ldm::ModelInfo& model) {
    analysis::Analysis analysis;
    analysis.settings.level = analysis::Level::Layer;
    analysis.settings.prompts = {"a cat"};
    analysis.settings.formats = quant::parseFormats("w8a8");
    for (int step = 0; step < kSteps; ++step) analysis.timesteps.push_back(981 - 20 * step);
    for (const ldm::LayerInfo& layer : model.layers)
        analysis.blocks.push_back({layer.name, {layer.name}, layer.weights()});
    analysis::SqnrMap map{analysis::Metric::Local, analysis.settings.formats.front(),
                          analysis::Grid(int(model.layers.size()), kSteps)};
    for (std::size_t i = 0; i < map.grid.db.size(); ++i) map.grid.db[i] = 10 + double(i * 7919 % 400) / 10;
    analysis.maps.push_back(map);
    return analysis;
}

/// All 800 layers unfolded, in a window as large as a screen of full HD leaves it.
struct Shown {
    app::session::StudioDocument document;
    widgets::HeatmapWidget widget;
    QWidget* plot = nullptr;

    Shown() {
        const ldm::ModelInfo model = largeModel();
        document.setModel(model);
        document.addAnalysis(largeAnalysis(model));
        widget.resize(1400, 900);
        widgets::HeatmapOrder order;
        for (const ldm::BlockInfo& block : model.blocks) order.expanded.insert(QString::fromStdString(block.id));
        widget.setOrder(order);
        widget.setData(app::models::heatmapData(document, {analysis::Metric::Local, std::nullopt}));
        widget.show();
        plot = widget.focusProxy();
        QCoreApplication::processEvents();
    }
    void move(QPointF position, Qt::MouseButtons buttons = Qt::NoButton) {
        QMouseEvent event(QEvent::MouseMove, position, plot->mapToGlobal(position), Qt::NoButton, buttons,
                          Qt::NoModifier);
        QCoreApplication::sendEvent(plot, &event);
    }
    void press(QPointF position) {
        QMouseEvent event(QEvent::MouseButtonPress, position, plot->mapToGlobal(position), Qt::LeftButton,
                          Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(plot, &event);
    }
    void wheel(QPointF position, int delta) {
        QWheelEvent event(position, plot->mapToGlobal(position), {}, {0, delta}, Qt::NoButton, Qt::NoModifier,
                          Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(plot, &event);
    }
    void frame() { QCoreApplication::processEvents(); }
};

void hover(benchmark::State& state) {
    Shown shown;
    int step = 0;
    for (auto _ : state) {
        ++step;
        shown.move({420.0 + step * 13 % 600, 120.0 + step * 29 % 500});
        shown.frame();
    }
}
BENCHMARK(hover)->Unit(benchmark::kMillisecond);

void zoom(benchmark::State& state) {
    Shown shown;
    int step = 0;
    for (auto _ : state) {
        shown.wheel({600, 300}, step++ / 8 % 2 == 0 ? 120 : -120); // eight notches in, eight out
        shown.frame();
    }
}
BENCHMARK(zoom)->Unit(benchmark::kMillisecond);

void pan(benchmark::State& state) {
    Shown shown;
    for (int notch = 0; notch < 10; ++notch) shown.wheel({600, 300}, 120);
    shown.press({700, 400});
    int step = 0;
    for (auto _ : state) {
        const int way = step++ % 200;
        shown.move({700.0, 400.0 + (way < 100 ? way : 200 - way) * 4}, Qt::LeftButton);
        shown.frame();
    }
}
BENCHMARK(pan)->Unit(benchmark::kMillisecond);

/// One finished row of a running analysis.
void streamRow(benchmark::State& state) {
    Shown shown;
    int step = 0;
    for (auto _ : state) {
        shown.widget.setRow(1 + step % 32, QList<double>(kSteps, 10 + step % 20));
        ++step;
        shown.frame();
    }
}
BENCHMARK(streamRow)->Unit(benchmark::kMillisecond);

void sortRows(benchmark::State& state) {
    Shown shown;
    widgets::HeatmapOrder order = shown.widget.order();
    order.by = widgets::HeatmapSort::Mean;
    for (auto _ : state) {
        order.descending = !order.descending;
        shown.widget.setOrder(order);
        shown.frame();
    }
}
BENCHMARK(sortRows)->Unit(benchmark::kMillisecond);

/// What the map costs after an edit of the recipe: all its numbers anew.
void afterAnEdit(benchmark::State& state) {
    Shown shown;
    for (auto _ : state) {
        shown.widget.setData(app::models::heatmapData(shown.document, {analysis::Metric::Local, std::nullopt}));
        shown.frame();
    }
}
BENCHMARK(afterAnEdit)->Unit(benchmark::kMillisecond);

} // namespace

int main(int argc, char** argv) {
    qputenv("QT_QPA_PLATFORM", "offscreen");
    const QApplication application(argc, argv);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
