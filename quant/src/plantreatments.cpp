#include "plantreatments.h"

#include "nearest.h"

#include <ldm/error.h>

#include <algorithm>
#include <functional>
#include <set>

namespace quant {

namespace {

/// Collects the wishes of one recipe by layer.
class TreatmentPlanner {
public:
    TreatmentPlanner(const Recipe& recipe, const ldm::ModelInfo& model, Plan& plan)
        : m_recipe(recipe), m_model(model), m_plan(plan), m_wishes(model.layers.size()) {
        for (std::size_t layer = 0; layer < m_wishes.size(); ++layer) {
            m_wishes[layer].layer = static_cast<int>(layer);
            m_wishes[layer].formats = formatsOf(layer);
        }
    }

    void run() {
        planSmoothing();
        planErrorFeedback();
        planLowRank();
        if (m_recipe.splitSkips) planSplits();
        if (m_recipe.precomputedTimeEmbedding) planExactLayers();
        for (PlannedTreatment& wish : m_wishes)
            if (wish.smoothed || wish.errorFeedback || wish.rank > 0 || wish.splitAt > 0 || wish.exact)
                m_plan.treated.push_back(std::move(wish));
    }

private:
    using Use = std::function<void(PlannedTreatment&, const ldm::LayerInfo&)>;

    std::vector<Format> formatsOf(std::size_t layer) const {
        std::set<Format> formats;
        for (const PlanSegment& segment : m_plan.segments) formats.insert(segment.formats[layer]);
        return {formats.begin(), formats.end()};
    }

    static bool anyWeights(const PlannedTreatment& wish, const std::function<bool(WeightFormat)>& holds) {
        return std::any_of(wish.formats.begin(), wish.formats.end(),
                           [&](Format format) { return holds(format.weights); });
    }

    void warn(const std::string& sentence) { m_plan.warnings.push_back(sentence); }

    /// Calls `use` for every layer that the pattern matches, of which there must be one.
    void forEachMatch(const std::string& pattern, const char* key, const Use& use) {
        bool matched = false;
        for (std::size_t layer = 0; layer < m_wishes.size(); ++layer) {
            if (!matches(pattern, m_model.layers[layer])) continue;
            use(m_wishes[layer], m_model.layers[layer]);
            matched = true;
        }
        if (matched) return;
        throw ldm::badInput("'" + std::string(key) + "' of recipe '" + m_recipe.name + "' names '" + pattern +
                            "', which matches no layer of '" + m_model.name + "'; the nearest names are " +
                            quotedList(nearest(pattern, matchableNames(m_model), 3)) + "; correct or remove it.");
    }

    void planSmoothing() {
        if (!m_recipe.smoothing) return;
        for (const SmoothedModule& module : m_recipe.smoothing->modules)
            forEachMatch(module.match, "smoothing", [&](PlannedTreatment& wish, const ldm::LayerInfo&) {
                wish.smoothed = true;
                wish.alpha = module.alpha ? module.alpha : m_recipe.smoothing->alpha;
            });
    }

    void planErrorFeedback() {
        if (!m_recipe.errorFeedback) return;
        bool any = false;
        for (const std::string& module : m_recipe.errorFeedback->modules)
            forEachMatch(module, "error_feedback", [&](PlannedTreatment& wish, const ldm::LayerInfo&) {
                wish.errorFeedback = anyWeights(wish, takesFeedback);
                any |= wish.errorFeedback;
            });
        if (!any) warn("error_feedback changes nothing: none of its layers has weights of 4 bits");
    }

    void planLowRank() {
        if (!m_recipe.lowRank) return;
        const int rank = m_recipe.lowRank->rank;
        for (const std::string& module : m_recipe.lowRank->modules) {
            std::vector<std::string> tooSmall;
            bool any = false;
            forEachMatch(module, "low_rank", [&](PlannedTreatment& wish, const ldm::LayerInfo& layer) {
                const bool fits =
                    rank < std::min(layer.outputs(), layer.weights() / std::max<std::int64_t>(1, layer.outputs()));
                if (!fits) tooSmall.push_back(layer.name);
                const auto takes = [&](WeightFormat format) { return takesLowRank(format, layer.weightShape); };
                if (fits && anyWeights(wish, takes)) wish.rank = rank;
                any |= fits;
            });
            if (!any) refuseRank(module);
            for (const std::string& layer : tooSmall)
                warn("low_rank leaves out " + layer + ", which is too small for rank " + std::to_string(rank));
        }
    }

    [[noreturn]] void refuseRank(const std::string& module) const {
        throw ldm::badInput("rank " + std::to_string(m_recipe.lowRank->rank) + " of recipe '" + m_recipe.name +
                            "' is too large for '" + module +
                            "', whose weights have no more rows or columns than that; take a lower one.");
    }

    void planSplits() {
        auto next = static_cast<int>(m_model.layers.size());
        for (PlannedTreatment& wish : m_wishes) {
            wish.splitAt = m_model.layers[static_cast<std::size_t>(wish.layer)].skipStart;
            if (wish.splitAt > 0) wish.splitInput = next++;
        }
    }

    /// Nothing else is done to these layers.
    void planExactLayers() {
        bool any = false;
        for (PlannedTreatment& wish : m_wishes) {
            if (!m_model.layers[static_cast<std::size_t>(wish.layer)].ofTimestepAlone) continue;
            wish = {.layer = wish.layer, .exact = true, .formats = std::move(wish.formats)};
            any = true;
        }
        if (!any) warn("precomputed_time_embedding changes nothing: no layer depends on the timestep alone");
    }

    const Recipe& m_recipe;
    const ldm::ModelInfo& m_model;
    Plan& m_plan;
    std::vector<PlannedTreatment> m_wishes;
};

} // namespace

bool takesFeedback(WeightFormat format) {
    return isInteger(format) && bits(format) == 4;
}

bool takesLowRank(WeightFormat format, std::span<const std::int64_t> weightShape) {
    return bits(storedAs(format, weightShape)) <= 8;
}

void planTreatments(const Recipe& recipe, const ldm::ModelInfo& model, Plan& plan) {
    const bool none = !recipe.smoothing && !recipe.errorFeedback && !recipe.lowRank && !recipe.splitSkips &&
                      !recipe.precomputedTimeEmbedding;
    if (none) return;
    TreatmentPlanner(recipe, model, plan).run();
}

} // namespace quant
