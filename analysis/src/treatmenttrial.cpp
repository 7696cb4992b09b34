#include <analysis/treatmenttrial.h>

#include "heldout.h"

#include <quant/calibration.h>

#include <algorithm>
#include <functional>

namespace analysis {

namespace {

/// A part of the treatment as an edit.
struct Part {
    std::string what;
    std::function<void(quant::Recipe&)> add;
};

std::string counted(std::size_t count, const std::string& what) {
    return std::to_string(count) + ' ' + what + (count == 1 ? "" : "s");
}

/// Where the two recipes differ, in the order in which it is tried.
std::vector<Part> partsOf(const quant::Recipe& plain, const quant::Recipe& treated) {
    std::vector<Part> parts;
    if (treated.smoothing != plain.smoothing && treated.smoothing)
        parts.push_back({"smoothing of " + counted(treated.smoothing->modules.size(), "layer"),
                         [&](quant::Recipe& recipe) { recipe.smoothing = treated.smoothing; }});
    if (treated.calibration.intervals != plain.calibration.intervals)
        parts.push_back({"ranges in " + counted(std::size_t(treated.calibration.intervals), "interval"),
                         [&](quant::Recipe& recipe) { recipe.calibration.intervals = treated.calibration.intervals; }});
    if (treated.rules != plain.rules)
        parts.push_back({"dynamic ranges by " + counted(treated.rules.size() - plain.rules.size(), "rule"),
                         [&](quant::Recipe& recipe) { recipe.rules = treated.rules; }});
    if (treated.splitSkips && !plain.splitSkips)
        parts.push_back(
            {"halves of skip concatenations apart", [](quant::Recipe& recipe) { recipe.splitSkips = true; }});
    if (treated.precomputedTimeEmbedding && !plain.precomputedTimeEmbedding)
        parts.push_back(
            {"time embedding from a table", [](quant::Recipe& recipe) { recipe.precomputedTimeEmbedding = true; }});
    return parts;
}

/// The prompts of the analysis, then those of the calibration, each once.
std::vector<std::string> heldOutPrompts(std::vector<std::string> prompts, const quant::CalibrationSettings& how) {
    if (!how.file.empty()) return prompts;
    for (const std::string& prompt : quant::loadPrompts(how.prompts))
        if (std::find(prompts.begin(), prompts.end(), prompt) == prompts.end()) prompts.push_back(prompt);
    return prompts;
}

} // namespace

std::optional<TreatmentTrial> triedTreatment(const ldm::Model& model, const quant::Recipe& plain,
                                             const quant::Recipe& treated, AnalysisSettings settings,
                                             std::stop_token stop, const ldm::ProgressSink& progress) {
    settings.prompts = heldOutPrompts(std::move(settings.prompts), plain.calibration);
    HeldOut judge(model, std::move(settings));
    TreatmentTrial trial;
    trial.recipe = plain;
    const auto before = judge.measure(plain, stop, progress);
    if (!before) return std::nullopt;
    trial.plainDb = *before;
    double best = *before;
    for (const Part& part : partsOf(plain, treated)) {
        quant::Recipe candidate = trial.recipe;
        part.add(candidate);
        const auto db = judge.measure(candidate, stop, progress);
        if (!db) return std::nullopt;
        const bool helps = *db > best;
        trial.tried.push_back({part.what, *db, helps});
        if (!helps) continue;
        best = *db;
        trial.recipe = std::move(candidate);
    }
    return trial;
}

} // namespace analysis
