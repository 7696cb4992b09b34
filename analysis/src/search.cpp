#include "searchproblem.h"

#include <ldm/error.h>
#include <quant/simulated.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

namespace analysis {

namespace {

constexpr double kMiB = 1024.0 * 1024.0;
/// A repair asks for at least this much more than the one before, and each time for half as much again.
constexpr double kSmallestRepairDb = 0.05;
constexpr double kRepairGrowth = 1.5;

std::string number(double value, const char* unit) {
    char text[64];
    const double size = std::abs(value);
    const bool isCommon = size == 0 || (size >= 0.01 && size < 1e7);
    std::snprintf(text, sizeof text, isCommon ? "%.2f%s" : "%.3g%s", value, unit);
    return text;
}

std::string inWords(Goal goal, double value) {
    switch (goal) {
    case Goal::MaxBytes:
        return number(value / kMiB, " MiB");
    case Goal::MaxBops:
        return number(value / 1e9, " GBOPs");
    case Goal::MaxMeanBits:
        return number(value, " bits per weight");
    case Goal::MaxSeconds:
        return number(value * 1e3, " ms a UNet step");
    case Goal::MinSqnr:
        break;
    }
    return number(value, " dB");
}

bool isWorthTaking(const SearchTarget& target) {
    return target.goal == Goal::MinSqnr ? !std::isnan(target.value) : std::isfinite(target.value) && target.value > 0;
}

} // namespace

struct RecipeSearch::Impl {
    SearchProblem problem;

    /// A target's limit in the unit of the options, and back.
    double limit(const SearchTarget& target) const;
    double reached(const SearchTarget& target, const Selection& selection) const;
    Selection select(const SearchTarget& target, double margin) const;
    SearchResult result(const SearchTarget& target, const Selection& selection) const;
    Tradeoff tradeoff(const Selection& selection) const;
    double restSeconds() const { return problem.latency() ? problem.latency()->restSeconds : kNotMeasured; }
    /// What a UNet takes that no option changes.
    double fixedCost(Saving saving) const {
        if (saving == Saving::Seconds) return restSeconds();
        return saving == Saving::Bytes ? double(problem.model().otherUnetBytes) : 0;
    }
    static Saving savingOf(const SearchTarget& target) {
        if (target.goal == Goal::MinSqnr) return target.saving;
        if (target.goal == Goal::MaxSeconds) return Saving::Seconds;
        return target.goal == Goal::MaxBops ? Saving::Bops : Saving::Bytes;
    }
    static double Option::*costOf(Saving saving) {
        if (saving == Saving::Seconds) return &Option::seconds;
        return saving == Saving::Bops ? &Option::bops : &Option::bytes;
    }
};

double RecipeSearch::Impl::limit(const SearchTarget& target) const {
    if (target.goal == Goal::MaxMeanBits) return target.value * problem.elements() / 8;
    return target.value - fixedCost(savingOf(target));
}

double RecipeSearch::Impl::reached(const SearchTarget& target, const Selection& selection) const {
    if (target.goal == Goal::MinSqnr) return problem.noise().dbOf(selection.noise);
    if (target.goal == Goal::MaxMeanBits) return selection.cost * 8 / problem.elements();
    return selection.cost + fixedCost(savingOf(target));
}

Selection RecipeSearch::Impl::select(const SearchTarget& target, double margin) const {
    const auto candidates = problem.candidates(costOf(savingOf(target)));
    if (!isWorthTaking(target))
        throw ldm::badInput(target.goal == Goal::MinSqnr
                                ? "The target of a search is no number of decibels; give another."
                                : "The limit of a search must be a positive number; give another.");
    if (target.goal != Goal::MinSqnr) return leastNoise(candidates, limit(target));
    return leastCost(candidates, problem.noise().noiseAt(target.value + margin));
}

SearchResult RecipeSearch::Impl::result(const SearchTarget& target, const Selection& selection) const {
    SearchResult result;
    result.recipe = recipeOf(problem, selection.chosen);
    const bool isSqnr = target.goal == Goal::MinSqnr;
    result.recipe.name = std::string(isSqnr ? "at least " : "at most ") + inWords(target.goal, target.value);
    const quant::Plan plan = quant::resolve(result.recipe, problem.model());
    result.cost = quant::cost(plan, problem.model());
    result.seconds = problem.secondsOf(plan);
    result.predicted = problem.noise().predict(plan);
    result.gap = selection.gap;
    if (isSqnr)
        result.boundCost = selection.bound + fixedCost(target.saving);
    else
        result.boundDb = problem.noise().dbOf(selection.bound);
    auto& provenance = result.recipe.provenance;
    provenance.metric = nameOf(result.predicted.basis);
    provenance.seed = std::int64_t(problem.analysis().settings.seed);
    if (result.predicted.endToEnd && std::isfinite(result.predicted.db.value_or(kNotMeasured)))
        provenance.predictedDb = result.predicted.db;
    return result;
}

/// The same numbers that the recipe itself would give, without making it.
Tradeoff RecipeSearch::Impl::tradeoff(const Selection& selection) const {
    Tradeoff point{"best", quant::cost(quant::uniformPlan(problem.model(), {}), problem.model())};
    double bytes = 0;
    point.cost.bops = 0;
    point.seconds = restSeconds();
    for (std::size_t group = 0; group < selection.chosen.size(); ++group) {
        const Option& option = problem.groups()[group].options[std::size_t(selection.chosen[group])];
        bytes += option.bytes;
        point.cost.bops += option.bops;
        point.seconds += option.seconds;
    }
    point.cost.bytes = std::uint64_t(bytes) + problem.model().otherUnetBytes;
    point.cost.meanWeightBits = 8 * bytes / problem.elements();
    point.predictedDb = problem.noise().dbOf(selection.noise);
    return point;
}

RecipeSearch::RecipeSearch(Analysis analysis, ldm::ModelInfo model, SearchSpace space)
    : m_impl(new Impl{SearchProblem(std::move(analysis), std::move(model), std::move(space))}) {
}

RecipeSearch::~RecipeSearch() = default;
RecipeSearch::RecipeSearch(RecipeSearch&&) noexcept = default;

SearchResult RecipeSearch::find(const SearchTarget& target, double margin) const {
    const Selection selection = m_impl->select(target, margin);
    const double reached = m_impl->reached(target, selection);
    const bool isSqnr = target.goal == Goal::MinSqnr;
    if (!selection.reachable && !(isSqnr && reached >= target.value))
        throw ldm::badInput("No recipe of these formats is predicted to have at " +
                            std::string(isSqnr ? "least " : "most ") + inWords(target.goal, target.value) +
                            "; the nearest reachable is " + inWords(target.goal, reached) +
                            ", or allow other formats.");
    return m_impl->result(target, selection);
}

std::vector<Tradeoff> RecipeSearch::paretoCurve(Saving axis, int points) const {
    const SearchProblem& problem = m_impl->problem;
    const auto candidates = problem.candidates(Impl::costOf(axis));
    const double least = leastNoise(candidates, 0).cost;
    const double most = leastNoise(candidates, std::numeric_limits<double>::infinity()).cost;
    std::vector<Tradeoff> curve;
    for (int point = 0; point < points; ++point) {
        const double budget = least + (most - least) * point / std::max(1, points - 1);
        const Tradeoff next = m_impl->tradeoff(leastNoise(candidates, budget));
        if (curve.empty() || next.predictedDb > curve.back().predictedDb) curve.push_back(next);
    }
    return curve;
}

std::vector<Tradeoff> RecipeSearch::uniform() const {
    std::vector<Tradeoff> all;
    for (const quant::Format format : m_impl->problem.formats()) {
        quant::Recipe recipe;
        recipe.name = quant::toString(format);
        recipe.base = format;
        all.push_back(place(recipe));
    }
    return all;
}

Tradeoff RecipeSearch::place(const quant::Recipe& recipe) const {
    const quant::Plan plan = quant::resolve(recipe, m_impl->problem.model());
    return {recipe.name, quant::cost(plan, m_impl->problem.model()),
            m_impl->problem.noise().predict(plan).db.value_or(kNotMeasured), m_impl->problem.secondsOf(plan)};
}

quant::Recipe withFormatsOf(quant::Recipe treated, const quant::Recipe& found) {
    treated.name = found.name;
    treated.model = found.model;
    treated.base = found.base;
    treated.rules = found.rules;
    treated.provenance = found.provenance;
    return treated;
}

SearchResult searchMeasured(const RecipeSearch& search, const SearchTarget& target, const MeasureRecipe& measure) {
    const auto measured = [&measure](SearchResult result) {
        result.measuredDb = measure(result.recipe);
        if (result.measuredDb && std::isfinite(*result.measuredDb))
            result.recipe.provenance.measuredDb = result.measuredDb;
        return result;
    };
    const auto holds = [&](const SearchResult& result) {
        return target.goal != Goal::MinSqnr || result.measuredDb.value_or(target.value) >= target.value;
    };
    SearchResult best = measured(search.find(target));
    SearchResult last = best;
    double margin = 0;
    double step = kSmallestRepairDb;
    for (int repairs = 0; last.measuredDb && !holds(best);) {
        margin += std::max(step, target.value - *best.measuredDb);
        step *= kRepairGrowth;
        SearchResult next = search.find(target, margin);
        const bool isQuietest = next.predicted.db.value_or(kExact) < target.value + margin;
        if (next.recipe.base != last.recipe.base || next.recipe.rules != last.recipe.rules) {
            last = measured(std::move(next));
            last.repairs = ++repairs;
            if (last.measuredDb.value_or(-kExact) > *best.measuredDb) best = last;
        }
        if (isQuietest) break;
    }
    best.reached = holds(best);
    return best;
}

} // namespace analysis
