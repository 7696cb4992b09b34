#include <analysis/localtreatment.h>

#include <analysis/noisemodel.h>

#include "recording.h"

#include <quant/preparation.h>

#include <ldm/error.h>

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <set>
#include <sstream>

namespace analysis {

namespace {

std::size_t countOf(double share, std::size_t all) {
    if (!(share > 0 && share <= 1))
        throw ldm::badInput("A share of " + std::to_string(share) +
                            " is no part of the layers; use a number above 0 and up to 1.");
    return std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(share * static_cast<double>(all))));
}

bool quantizes(quant::ActivationFormat format) {
    return quant::bits(format) <= 8;
}

/// The format in which sensitivity is judged.
quant::Format judgedFormat(const Analysis& analysis, quant::Format wanted) {
    const SqnrMap* best = nullptr;
    const auto distance = [&](const SqnrMap& map) {
        return std::abs(quant::bits(map.format.activations) - quant::bits(wanted.activations)) * 100 +
               std::abs(quant::bits(map.format.weights) - quant::bits(wanted.weights));
    };
    for (const SqnrMap& map : analysis.maps) {
        if (map.metric != Metric::Local || !quantizes(map.format.activations)) continue;
        if (map.format == wanted) return wanted;
        if (!best || distance(map) < distance(*best)) best = &map;
    }
    if (!best)
        throw ldm::badInput("The analysis holds no local map with activations of 8 bits or fewer, by which layers are "
                            "ranked; analyze with --level layer --metrics local --formats w8a8.");
    return best->format;
}

std::string rounded(double value) {
    std::ostringstream text;
    text << std::fixed << std::setprecision(1) << value;
    return text.str();
}

/// The edit of one recipe.
class Treatment {
public:
    Treatment(quant::Recipe recipe, const Analysis& analysis, const ldm::ModelInfo& model, const LocalTreatment& how)
        : m_recipe(std::move(recipe)), m_analysis(analysis), m_model(model), m_how(how),
          m_plan(quant::resolve(m_recipe, model)) {}

    quant::Recipe run() {
        m_recipe.splitSkips |= m_how.splitSkips;
        m_recipe.precomputedTimeEmbedding |= m_how.precomputedTimeEmbedding;
        smooth();
        if (m_how.timeRanges != TimeRanges::Fixed) followTime();
        return std::move(m_recipe);
    }

private:
    /// False for layers that will be exact, or whose inputs are not quantized by the recipe.
    bool canProfit(const std::string& name) const {
        const int index = m_model.layerIndex(name);
        if (index < 0) return false;
        const auto layer = static_cast<std::size_t>(index);
        if (m_recipe.precomputedTimeEmbedding && m_model.layers[layer].ofTimestepAlone) return false;
        return std::any_of(m_plan.segments.begin(), m_plan.segments.end(), [&](const quant::PlanSegment& segment) {
            return quantizes(segment.formats[layer].activations);
        });
    }

    void smooth() {
        quant::Smoothing smoothing = m_recipe.smoothing.value_or(quant::Smoothing{});
        std::set<std::string> known;
        for (const quant::SmoothedModule& module : smoothing.modules) known.insert(module.match);
        const quant::Format format = judgedFormat(m_analysis, m_recipe.base);
        for (const SensitiveLayer& sensitive : sensitiveLayers(m_analysis, format, m_how.share))
            if (canProfit(sensitive.layer) && known.insert(sensitive.layer).second)
                smoothing.modules.push_back({sensitive.layer, std::nullopt});
        if (!smoothing.modules.empty()) m_recipe.smoothing = std::move(smoothing);
    }

    std::vector<TimeSensitivity> timeSensitiveLayers() const {
        if (!m_analysis.activations)
            throw ldm::badInput("The analysis holds no activation ranges, which tell the time-sensitive layers; "
                                "analyze again, or leave the ranges fixed.");
        std::vector<TimeSensitivity> layers = timeSensitivity(*m_analysis.activations);
        layers.resize(std::min(layers.size(), countOf(m_how.share, layers.size())));
        std::erase_if(layers, [&](const TimeSensitivity& layer) {
            return !(layer.ratio >= m_how.timeRatio) || !canProfit(layer.layer);
        });
        return layers;
    }

    void followTime() {
        const std::vector<TimeSensitivity> layers = timeSensitiveLayers();
        if (layers.empty()) return;
        if (m_how.timeRanges == TimeRanges::Intervals) {
            m_recipe.calibration.intervals = std::max(m_recipe.calibration.intervals, m_how.intervals);
            return;
        }
        for (const TimeSensitivity& layer : layers) makeDynamic(layer);
    }

    void makeDynamic(const TimeSensitivity& layer) {
        const auto index = static_cast<std::size_t>(m_model.layerIndex(layer.layer));
        for (const quant::PlanSegment& segment : m_plan.segments) {
            const quant::ActivationFormat present = segment.formats[index].activations;
            if (present != quant::ActivationFormat::Int8 && present != quant::ActivationFormat::Int4) continue;
            quant::Rule rule;
            rule.match = layer.layer;
            rule.activations = present == quant::ActivationFormat::Int8 ? quant::ActivationFormat::Int8Token
                                                                        : quant::ActivationFormat::Int4Token;
            if (m_plan.variesOverTime()) rule.timesteps = {segment.firstTimestep, segment.lastTimestep};
            rule.why = std::isfinite(layer.ratio) ? "range varies " + rounded(layer.ratio) + "-fold over time"
                                                  : "range is empty at some timesteps and not at others";
            m_recipe.rules.push_back(std::move(rule));
        }
    }

    quant::Recipe m_recipe;
    const Analysis& m_analysis;
    const ldm::ModelInfo& m_model;
    const LocalTreatment& m_how;
    quant::Plan m_plan;
};

} // namespace

std::vector<SensitiveLayer> sensitiveLayers(const Analysis& analysis, quant::Format format, double share) {
    if (analysis.settings.level != Level::Layer)
        throw ldm::badInput("The analysis has one row per block; to rank layers, analyze with --level layer.");
    const SqnrMap* map = analysis.find(Metric::Local, format);
    if (!map)
        throw ldm::badInput("The analysis holds no local map for " + quant::toString(format) +
                            ", by which layers are ranked; analyze with that metric and format.");
    std::vector<SensitiveLayer> layers;
    for (int row = 0; row < map->grid.rows; ++row) {
        const double db = summarize(map->grid, row, analysis.timesteps).meanDb;
        if (std::isfinite(db)) layers.push_back({analysis.blocks[static_cast<std::size_t>(row)].id, db});
    }
    std::stable_sort(layers.begin(), layers.end(),
                     [](const SensitiveLayer& a, const SensitiveLayer& b) { return a.db < b.db; });
    layers.resize(std::min(layers.size(), countOf(share, analysis.blocks.size())));
    return layers;
}

quant::Recipe withLocalTreatment(quant::Recipe recipe, const Analysis& analysis, const ldm::ModelInfo& model,
                                 const LocalTreatment& how) {
    if (analysis.model.fingerprint != model.fingerprint)
        throw ldm::badInput("The analysis was made for model '" + analysis.model.name + "', not for '" + model.name +
                            "' as it is now; analyze this model.");
    return Treatment(std::move(recipe), analysis, model, how).run();
}

std::optional<quant::Recipe> withSearchedAlphas(const ldm::Model& model, quant::Recipe recipe,
                                                const AnalysisSettings& settings, std::stop_token stop,
                                                const ldm::ProgressSink& progress) {
    quant::Plan plan = quant::resolve(recipe, model.info());
    std::erase_if(plan.treated, [](const quant::PlannedTreatment& planned) { return !planned.smoothed; });
    if (plan.treated.empty()) return recipe;
    for (quant::PlannedTreatment& planned : plan.treated) { // all that does not matter here
        planned.errorFeedback = false;
        planned.rank = 0;
    }
    const auto runs = quant::calibrationRuns(recipe.calibration, samplingOf(settings, 0), model.info());
    const auto treatment = quant::treat(model, plan, runs, recipe.calibration.steps, std::move(stop), progress);
    if (!treatment) return std::nullopt;
    quant::Smoothing smoothing;
    for (const quant::PlannedTreatment& planned : plan.treated) {
        const quant::LayerTreatment& found = *treatment->find(planned.layer);
        const std::string& layer = model.info().layers[static_cast<std::size_t>(planned.layer)].name;
        if (found.smoothing.defined()) smoothing.modules.push_back({layer, found.alpha});
    }
    recipe.smoothing.reset();
    if (!smoothing.modules.empty()) recipe.smoothing = std::move(smoothing);
    return recipe;
}

} // namespace analysis
