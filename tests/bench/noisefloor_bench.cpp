// What the studio promises about speed and memory, on the embedded model. suite.py runs each benchmark in a process of
// its own, since peak memory is that of the process, and prints the ratios.
#include <analysis/analyze.h>
#include <analysis/knapsack.h>
#include <analysis/noisemodel.h>
#include <analysis/wbp.h>

#include <ldm/threads.h>
#include <quant/cost.h>
#include <quant/quantize.h>
#include <quant/simulation.h>

#include <ATen/ATen.h>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <random>
#include <string_view>

#include <sys/resource.h>

namespace {

constexpr const char* kModel = "emoji-ldm";
constexpr int kSteps = 20;

analysis::AnalysisSettings localSettings(const char* formats = "w8a8,w4a8") {
    analysis::AnalysisSettings settings;
    settings.formats = quant::parseFormats(formats);
    settings.prompts = {"grinning face"};
    settings.steps = kSteps;
    return settings;
}

ldm::GenerateSettings samePicture() {
    ldm::GenerateSettings settings;
    settings.prompt = "grinning face";
    settings.steps = kSteps;
    return settings;
}

void countPeakMemory(benchmark::State& state) {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    state.counters["peakMiB"] = double(usage.ru_maxrss) / 1024.0;
}

/// A complete local analysis without the work: the numbers do not matter to the time a prediction takes.
analysis::Analysis filledAnalysis(const ldm::Model& model) {
    auto analysis = analysis::planned(model, localSettings());
    for (auto& map : analysis.maps)
        for (std::size_t i = 0; i < map.grid.db.size(); ++i) map.grid.db[i] = 20.0 + double(i % 17);
    return analysis;
}

/// One toggle in the block table: the edited recipe, its plan, prediction and cost.
void toggle(benchmark::State& state) {
    const auto model = ldm::Model::open(kModel);
    const auto analysis = filledAnalysis(model);
    quant::Recipe recipe;
    std::size_t next = 0;
    for (auto _ : state) {
        const auto& block = model.info().blocks[next++ % model.info().blocks.size()].id;
        const auto weights = next % 2 ? quant::WeightFormat::Int4 : quant::WeightFormat::Int8;
        recipe = quant::withBlockFormat(std::move(recipe), model.info(), {block}, weights, std::nullopt);
        const auto plan = quant::resolve(recipe, model.info());
        benchmark::DoNotOptimize(analysis::predict(analysis, plan, model.info()));
        benchmark::DoNotOptimize(quant::cost(plan, model.info()));
    }
}
BENCHMARK(toggle)->Unit(benchmark::kMillisecond);

/// What the evaluator relies on in one picture: below 50 ms.
void salienceOfAPicture(benchmark::State& state) {
    const analysis::Evaluator evaluator = analysis::Evaluator::embedded();
    ldm::Image image{512, 512, std::vector<std::uint8_t>(3 * 512 * 512)};
    for (std::size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = std::uint8_t(i * 7 % 251);
    for (auto _ : state) benchmark::DoNotOptimize(analysis::salience(evaluator, image));
}
BENCHMARK(salienceOfAPicture)->Unit(benchmark::kMillisecond);

/// A prediction for a model and an analysis as large as they come: 800 layers, 50 steps, 5 formats, from nothing.
void predictLarge(benchmark::State& state) {
    ldm::ModelInfo model;
    analysis::Analysis maps;
    for (int step = 0; step < 50; ++step) maps.timesteps.push_back(980 - 20 * step);
    for (int layer = 0; layer < 800; ++layer) {
        ldm::LayerInfo info;
        info.name = "unet.blocks." + std::to_string(layer);
        info.block = "unet.blocks";
        info.weightShape = {320, 320};
        maps.blocks.push_back({info.name, {info.name}, 1});
        model.layers.push_back(std::move(info));
    }
    const auto formats = quant::parseFormats("w8a8,w4a8,w8a16,w4a16,fp16");
    quant::Plan plan{{{0, 999, {}}}, {}, {}};
    for (std::size_t layer = 0; layer < model.layers.size(); ++layer)
        plan.segments.front().formats.push_back(formats[layer % formats.size()]);
    for (const auto metric : {analysis::Metric::Output, analysis::Metric::Final})
        for (const auto format : formats) {
            analysis::SqnrMap map{metric, format, analysis::Grid(800, 50)};
            for (std::size_t i = 0; i < map.grid.db.size(); ++i)
                map.grid.db[i] = 20.0 + double((metric == analysis::Metric::Final ? i / 50 : i) % 17);
            maps.maps.push_back(std::move(map));
            maps.uniform.push_back({format, {0, 50}, 3.0 + double(maps.uniform.size())});
        }
    for (auto _ : state) benchmark::DoNotOptimize(analysis::predict(maps, plan, model));
}
BENCHMARK(predictLarge)->Unit(benchmark::kMillisecond);

/// One position of the slider: the best recipe of 800 layers x 5 formats for one budget, four budgets in turn.
void knapsack(benchmark::State& state) {
    std::mt19937 random(1);
    std::uniform_real_distribution<double> uniform(0, 1);
    std::vector<analysis::CandidateGroup> groups(800);
    double least = 0;
    double most = 0;
    for (auto& group : groups) {
        const double weights = std::round(std::exp(6 * uniform(random)) * 1000);
        const double noise = std::exp(8 * uniform(random) - 12);
        for (int bits = 4; bits <= 20; bits += 4)
            group.push_back({weights * bits / 8, noise * std::pow(0.3, bits / 4) * (0.5 + uniform(random))});
        least += group.front().cost;
        most += group.back().cost;
    }
    double gap = 0;
    int next = 0;
    for (auto _ : state) {
        const double share = 0.1 + 0.25 * (next++ % 4);
        gap = std::max(gap, analysis::leastNoise(groups, least + share * (most - least)).gap);
    }
    state.counters["gapPercent"] = 100 * gap;
}
BENCHMARK(knapsack)->Unit(benchmark::kMillisecond);

/// One picture in full precision: prompt, 20 steps with guidance, decoding.
void generate(benchmark::State& state) {
    quant::Simulation simulation(ldm::Model::open(kModel));
    for (auto _ : state) benchmark::DoNotOptimize(simulation.full(samePicture()));
    countPeakMemory(state);
}
BENCHMARK(generate)->Unit(benchmark::kMillisecond)->UseRealTime();

/// A local map of 20 steps with its noise floor.
void measureMap(benchmark::State& state, const analysis::AnalysisSettings& settings) {
    const auto model = ldm::Model::open(kModel);
    double withoutFloor = 0;
    for (auto _ : state) {
        const auto start = std::chrono::steady_clock::now();
        double floor = 0;
        auto last = start;
        analysis::analyze(model, analysis::planned(model, settings), {}, {}, [&](const analysis::RowMeasured& row) {
            const auto now = std::chrono::steady_clock::now();
            if (row.format == quant::Format{}) floor += std::chrono::duration<double, std::milli>(now - last).count();
            last = now;
        });
        withoutFloor +=
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count() - floor;
    }
    state.counters["withoutFloorMs"] = benchmark::Counter(withoutFloor, benchmark::Counter::kAvgIterations);
    countPeakMemory(state);
}

/// All blocks in 2 formats.
void localMap(benchmark::State& state) {
    measureMap(state, localSettings());
}
BENCHMARK(localMap)->Unit(benchmark::kMillisecond)->UseRealTime();

/// All layers in 3 formats, which one run of the UNet measures together with the noise floor.
void layerMap(benchmark::State& state) {
    auto settings = localSettings("w8a8,w4a8,w8a16");
    settings.level = analysis::Level::Layer;
    measureMap(state, settings);
}
BENCHMARK(layerMap)->Unit(benchmark::kMillisecond)->UseRealTime();

/// Weights of convolutions, more than caches hold.
template <typename Measure> void measureErrors(benchmark::State& state, const Measure& measure) {
    const at::Tensor weight = at::randn({16384, 320, 3, 3});
    for (auto _ : state) benchmark::DoNotOptimize(measure(weight));
    state.SetBytesProcessed(std::int64_t(state.iterations()) * std::int64_t(weight.nbytes()));
}

/// Rounded to int8 and compared in one pass, as maps of weights are.
void fusedErrors(benchmark::State& state) {
    measureErrors(state,
                  [](const at::Tensor& weight) { return quant::weightErrors(weight, quant::WeightFormat::Int8); });
}
BENCHMARK(fusedErrors)->Unit(benchmark::kMillisecond)->UseRealTime();

/// The same by what writes the rounded weights.
void separateErrors(benchmark::State& state) {
    measureErrors(state, [](const at::Tensor& weight) {
        return quant::errorSums(weight, quant::quantizedWeights(weight, quant::WeightFormat::Int8));
    });
}
BENCHMARK(separateErrors)->Unit(benchmark::kMillisecond)->UseRealTime();

/// From opening the model to the first row of its heatmap.
void firstRow(benchmark::State& state) {
    for (auto _ : state) {
        const auto model = ldm::Model::open(kModel);
        std::stop_source stop;
        analysis::analyze(model, analysis::planned(model, localSettings()), stop.get_token(), {},
                          [&](const analysis::RowMeasured&) { stop.request_stop(); });
    }
}
BENCHMARK(firstRow)->Unit(benchmark::kMillisecond)->UseRealTime();

/// Takes the `--threads N` that Google Benchmark has left; 0 where there is none.
int threadsFrom(int& argc, char** argv) {
    if (argc != 3 || std::string_view(argv[1]) != "--threads") return 0;
    argc = 1;
    return std::atoi(argv[2]);
}

} // namespace

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    ldm::configureRuntime(threadsFrom(argc, argv));
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
