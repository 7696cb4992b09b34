// How well the noise model predicts: random recipes of the embedded model, predicted from its maps and measured end to
// end. Prints one line of CSV per recipe; accuracy.py makes the page of it.
#include <analysis/analyze.h>
#include <analysis/endtoend.h>
#include <analysis/noisemodel.h>

#include <ldm/error.h>
#include <ldm/threads.h>
#include <quant/recipe.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <utility>

namespace {

constexpr const char* kModel = "emoji-ldm";
constexpr int kRecipes = 48;
constexpr unsigned kSeed = 2312;

analysis::AnalysisSettings settingsFor(std::size_t prompts, int steps) {
    analysis::AnalysisSettings settings;
    settings.metrics = {analysis::Metric::Output, analysis::Metric::Final};
    settings.formats = quant::parseFormats("w8a8,w4a8,w8a16,w4a16,fp16");
    settings.prompts = quant::loadPrompts(quant::CalibrationSettings{}.prompts);
    settings.prompts.resize(std::min(prompts, settings.prompts.size()));
    settings.steps = steps;
    return settings;
}

/// The maps, from `file` where it holds them already.
analysis::Analysis measuredMaps(const ldm::Model& model, const analysis::AnalysisSettings& settings,
                                const std::filesystem::path& file) {
    analysis::Analysis maps = analysis::planned(model, settings);
    if (std::filesystem::exists(file)) {
        analysis::Analysis kept = analysis::loadAnalysis(file);
        if (analysis::canResume(kept, model, maps.settings)) maps = std::move(kept);
    }
    int tenths = -1;
    maps = analysis::analyze(model, std::move(maps), {}, [&tenths](const ldm::Progress& progress) {
        const int reached = int(10 * progress.done / std::max<std::int64_t>(1, progress.total));
        if (std::exchange(tenths, reached) != reached) std::fprintf(stderr, "maps: %d %%\n", 10 * reached);
    });
    analysis::saveAnalysis(maps, file);
    return maps;
}

/// The training timesteps of each third of the steps, as searches divide them.
std::vector<std::array<int, 2>> thirds(const std::vector<int>& timesteps) {
    std::vector<std::array<int, 2>> ranges;
    int last = analysis::kTrainingTimesteps - 1;
    for (const analysis::Columns& third : analysis::thirdsOf(int(timesteps.size()))) {
        const int end = third.first + third.count;
        const int first = end == int(timesteps.size()) ? 0 : timesteps[std::size_t(end - 1)];
        ranges.push_back({first, last});
        last = first - 1;
    }
    return ranges;
}

/// A format for each block by lot. Every recipe has chances of its own, so that mild and harsh ones come up; every
/// third one draws anew for each third of the steps.
quant::Recipe randomRecipe(const ldm::ModelInfo& model, const analysis::Analysis& maps, int index,
                           std::mt19937& random) {
    const std::vector<quant::Format>& formats = maps.settings.formats;
    std::normal_distribution<double> normal;
    std::vector<double> chances;
    for (std::size_t i = 0; i < formats.size(); ++i) chances.push_back(std::exp(1.5 * normal(random)));
    std::discrete_distribution<std::size_t> lot(chances.begin(), chances.end());
    quant::Recipe recipe;
    const bool overTime = index % 3 == 2;
    recipe.name = "recipe " + std::to_string(index + 1);
    for (const ldm::BlockInfo& block : model.blocks) {
        if (!overTime) {
            const quant::Format format = formats[lot(random)];
            recipe.rules.push_back({block.id, format.weights, format.activations, {}, {}});
            continue;
        }
        for (const auto& third : thirds(maps.timesteps)) {
            const quant::Format format = formats[lot(random)];
            recipe.rules.push_back({block.id, format.weights, format.activations, third, {}});
        }
    }
    return recipe;
}

double predicted(const analysis::Analysis& maps, const quant::Plan& plan, const ldm::ModelInfo& model) {
    return analysis::predict(maps, plan, model).db.value_or(analysis::kNotMeasured);
}

int study(const analysis::AnalysisSettings& settings, const std::filesystem::path& file) {
    const ldm::Model model = ldm::Model::open(kModel);
    const analysis::Analysis maps = measuredMaps(model, settings, file);
    analysis::Analysis unbent = maps; // the sum of the final map alone
    unbent.uniform.clear();
    analysis::Analysis outputOnly = unbent;
    std::erase_if(outputOnly.maps, [](const auto& map) { return map.metric == analysis::Metric::Final; });
    analysis::Analysis outputBent = outputOnly;
    outputBent.uniform = maps.uniform;

    analysis::EndToEnd endToEnd(model, maps.settings);
    std::mt19937 random(kSeed);
    std::puts("recipe,over_time,measured,predicted,sum_of_final,sum_of_output,bent_output,formats");
    for (int i = 0; i < kRecipes; ++i) {
        const quant::Recipe recipe = randomRecipe(model.info(), maps, i, random);
        const quant::Plan plan = quant::resolve(recipe, model.info());
        std::string formats;
        for (const quant::Rule& rule : recipe.rules) {
            formats += quant::toString({*rule.weights, *rule.activations});
            formats += ' ';
        }
        std::printf("%d,%d,%.4f,%.4f,%.4f,%.4f,%.4f,%s\n", i + 1, int(plan.variesOverTime()),
                    endToEnd.measure(recipe).value(), predicted(maps, plan, model.info()),
                    predicted(unbent, plan, model.info()), predicted(outputOnly, plan, model.info()),
                    predicted(outputBent, plan, model.info()), formats.c_str());
        std::fflush(stdout);
    }
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2 || argc > 4) {
        std::fputs("usage: noisefloor_accuracy ANALYSIS_FILE [PROMPTS [STEPS]]\n"
                   "ANALYSIS_FILE is made, or continued where it is incomplete\n",
                   stderr);
        return 2;
    }
    const auto argument = [&](int index, int otherwise) {
        return argc > index ? std::max(1, std::atoi(argv[index])) : otherwise;
    };
    ldm::configureRuntime();
    try {
        return study(settingsFor(std::size_t(argument(2, 4)), argument(3, 10)), argv[1]);
    } catch (const ldm::Error& error) {
        std::fprintf(stderr, "noisefloor_accuracy: %s\n", error.what());
        return 1;
    }
}
