#pragma once

#include <analysis/latency.h>
#include <analysis/noisemodel.h>

#include <quant/cost.h>

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace analysis {

/// What a recipe is to keep to; everything else is then made as good as it can be.
enum class Goal {
    MaxBytes,    ///< weights of the UNet, in bytes: least noise within them
    MaxBops,     ///< quant::Cost::bops: least noise within them
    MaxMeanBits, ///< quant::Cost::meanWeightBits: least noise within them
    MinSqnr,     ///< end-to-end SQNR in dB: least cost that reaches it
    MaxSeconds,  ///< of one UNet run on the machine of SearchSpace::latency: least noise within them
};
/// What is made small where the goal is an SQNR.
enum class Saving { Bytes, Bops, Seconds };

struct SearchTarget {
    Goal goal = Goal::MinSqnr;
    double value = 0; ///< bytes, BOPs, bits per weight element, seconds, or dB
    Saving saving = Saving::Bytes;
};

/// A block or layer whose format is not to be chosen.
struct Lock {
    std::string id; ///< of a block, or a layer's name where the analysis is by layer
    quant::Format format;
};

/// What a search may choose from.
struct SearchSpace {
    std::vector<quant::Format> formats; ///< empty: all that the analysis has maps of; fp32 is allowed, too
    std::vector<Lock> locked;
    /// Activations may differ between the first, middle and last third of the sampling steps. Weights stay the same:
    /// a second copy of them would cost more than it saves.
    bool timeRanges = false;
    /// Where speed was measured: of this model, with the formats of the space and of the locks. Goals and savings of
    /// seconds need it; then what was not timed is no choice.
    std::optional<Latency> latency = {};
};

/// A recipe as a point in the picture of cost against quality.
struct Tradeoff {
    std::string name; ///< a format for uniform recipes, else the recipe's name
    quant::Cost cost;
    double predictedDb = kNotMeasured;
    double seconds = kNotMeasured; ///< of one UNet run, where SearchSpace::latency tells it
};

struct SearchResult {
    quant::Recipe recipe; ///< rules by exact block id or layer name, each with a reason; provenance filled in
    quant::Cost cost;
    double seconds = kNotMeasured; ///< as in Tradeoff
    Prediction predicted;
    double boundDb = kNotMeasured; ///< limits of cost: no choice within the limit is predicted to be better than this
    double boundCost = 0;          ///< MinSqnr: no choice predicted to reach it costs less, in what is saved
    double gap = 0;                ///< relative, in noise power or cost: 0.001 says at most 0.1 % from the best
    std::optional<double> measuredDb; ///< end to end, once measured
    int repairs = 0;                  ///< raises after the first choice was measured
    bool reached = true; ///< false: measured below an SQNR target with every raise used up; this is then the best found
};

/// The search prepared for one analysis: rows, candidates and locks are worked out once, so that each solution takes
/// milliseconds and a slider can drive it. One thread at a time. Keeps copies of what it needs.
class RecipeSearch {
public:
    /// Throws BadInput: formats without a map, rows that are not measured, unknown or conflicting locks, a latency of
    /// another model.
    RecipeSearch(Analysis analysis, ldm::ModelInfo model, SearchSpace space);
    ~RecipeSearch();
    RecipeSearch(RecipeSearch&&) noexcept;

    /// The best recipe as far as the maps tell. Throws BadInput naming the nearest reachable value, and where seconds
    /// count that were not measured. An SQNR target may
    /// be given a margin in decibels; where the margin cannot be had, the quietest recipe there is is found.
    SearchResult find(const SearchTarget& target, double margin = 0) const;
    /// Best recipes from the smallest to the largest cost, at most `points` of them, each better than the one before.
    /// Throws BadInput for an axis that was not measured.
    std::vector<Tradeoff> paretoCurve(Saving axis = Saving::Bytes, int points = 40) const;
    /// Every format of the space for all rows alike, locks apart.
    std::vector<Tradeoff> uniform() const;
    /// Where any recipe stands.
    Tradeoff place(const quant::Recipe& recipe) const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

/// A search decides formats; how layers are calibrated and treated beside them stays as it is in `treated`.
quant::Recipe withFormatsOf(quant::Recipe treated, const quant::Recipe& found);

/// Measures a recipe end to end in decibels; nothing when stopped.
using MeasureRecipe = std::function<std::optional<double>(const quant::Recipe&)>;

/// find(), then measured; where an SQNR target does not hold, the next best raise is taken and measured again, until
/// it holds or none is left. When stopped in between, the best so far with what is known about it.
SearchResult searchMeasured(const RecipeSearch& search, const SearchTarget& target, const MeasureRecipe& measure);

} // namespace analysis
