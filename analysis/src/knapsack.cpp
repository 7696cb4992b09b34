#include <analysis/knapsack.h>

#include <ldm/error.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

namespace analysis {

namespace {

/// Partial choices kept at a time, at most, and in all.
constexpr std::size_t kMostStates = 20000;
constexpr std::size_t kMostStatesInAll = 1000000;
/// Sums of noise are rounded; a choice this little over its budget is within it.
constexpr double kRounding = 1e-12;
/// Prices that bounds are computed with, as multiples of the relaxation's.
constexpr std::array kPrices{1.0, 0.25, 0.4, 0.6, 0.75, 0.9, 1.1, 1.3, 1.7, 2.5, 4.0};

/// A candidate seen by the solver: what counts against the budget, and what is to be small.
struct Item {
    double weight = 0;
    double value = 0;
    int index = 0; ///< of the candidate
};
/// Ascending in weight, descending in value: nothing dominated is left.
using Items = std::vector<Item>;

Items undominated(Items items) {
    std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
        return a.weight != b.weight ? a.weight < b.weight : a.value < b.value;
    });
    Items kept;
    for (const Item& item : items)
        if (kept.empty() || item.value < kept.back().value) kept.push_back(item);
    return kept;
}

/// One edge of a group's lower convex hull.
struct Step {
    std::size_t group = 0;
    std::size_t to = 0; ///< item at its end
    double weight = 0;  ///< added
    double value = 0;   ///< taken away
    double efficiency() const { return value / weight; }
};

/// Edges of the lower convex hull of a group, from light to heavy: their efficiency falls.
std::vector<Step> hullOf(const Items& items, std::size_t group) {
    std::vector<std::size_t> corners;
    const auto slope = [&](std::size_t a, std::size_t b) {
        return (items[a].value - items[b].value) / (items[b].weight - items[a].weight);
    };
    for (std::size_t i = 0; i < items.size(); ++i) {
        while (corners.size() > 1 && slope(corners[corners.size() - 2], corners.back()) <= slope(corners.back(), i))
            corners.pop_back();
        corners.push_back(i);
    }
    std::vector<Step> steps;
    for (std::size_t i = 1; i < corners.size(); ++i) {
        const Item& from = items[corners[i - 1]];
        const Item& to = items[corners[i]];
        steps.push_back({group, corners[i], to.weight - from.weight, from.value - to.value});
    }
    return steps;
}

/// Minimises the sum of values with the sum of weights at most `budget`.
class Solver {
public:
    Solver(std::vector<Items> groups, double budget)
        : m_groups(std::move(groups)), m_budget(budget * (1 + kRounding)), m_best(m_groups.size(), 0) {}

    void solve();
    const std::vector<std::size_t>& best() const { return m_best; } ///< item by group
    const Items& items(std::size_t group) const { return m_groups[group]; }
    double bound() const { return std::min(m_bound, m_bestValue); }
    double value() const { return m_bestValue; }
    bool reachable() const { return m_reachable; }

private:
    /// A choice for the groups so far; `parent` leads back to the earlier ones.
    struct State {
        double weight = 0;
        double value = 0;
        double bound = 0;
        std::size_t parent = 0;
        std::size_t item = 0;
    };
    /// What the groups not yet decided add at a price: the least of value + price x weight.
    using Suffix = std::array<double, kPrices.size()>;

    /// A group with a choice left.
    struct Open {
        std::size_t group = 0;
        std::vector<std::size_t> left; ///< items worth a look
        double spread = 0;             ///< of their weights
    };

    void relax();
    void take(const std::vector<std::size_t>& choice);
    std::size_t cheapest(const Items& items, double price) const;
    std::vector<std::size_t> worthALook(const Items& items, double margin) const;
    void reduce();
    void prepareSuffixes();
    void search();
    std::vector<State> extended(const std::vector<State>& states, std::size_t depth);
    double boundOf(double weight, double value, std::size_t depth) const;
    void complete(const std::vector<std::vector<State>>& layers, std::size_t state);
    bool goodEnough() const { return m_bestValue - bound() <= kKnapsackGap * m_bestValue; }

    std::vector<Items> m_groups;
    double m_budget;
    std::vector<std::size_t> m_best;
    double m_bestValue = std::numeric_limits<double>::infinity();
    double m_bound = 0;
    double m_price = 0; ///< of weight, at the optimum of the relaxation
    bool m_reachable = true;

    std::vector<Open> m_open; ///< in the order of the search
    double m_fixedWeight = 0;
    double m_fixedValue = 0;
    std::vector<Suffix> m_suffixes; ///< by depth
    std::vector<double> m_lightest; ///< by depth: least weight of what is open
    std::vector<Item> m_relaxed;    ///< by depth: sums of the relaxation's choices of what is open
    double m_pruned = std::numeric_limits<double>::infinity(); ///< least bound of what was not followed
};

void Solver::solve() {
    relax();
    if (!m_reachable || goodEnough()) return;
    reduce();
    prepareSuffixes();
    search();
}

/// Takes over a choice if it is within the budget and better than the best so far.
void Solver::take(const std::vector<std::size_t>& choice) {
    double weight = 0;
    double value = 0;
    for (std::size_t group = 0; group < choice.size(); ++group) {
        weight += m_groups[group][choice[group]].weight;
        value += m_groups[group][choice[group]].value;
    }
    if (weight > m_budget || value >= m_bestValue) return;
    m_best = choice;
    m_bestValue = value;
}

/// The linear relaxation: edges of all hulls by efficiency until the budget is full. Gives the bound, the price, and
/// a first choice.
void Solver::relax() {
    double weight = 0;
    double value = 0;
    std::vector<Step> steps;
    for (std::size_t group = 0; group < m_groups.size(); ++group) {
        weight += m_groups[group].front().weight;
        value += m_groups[group].front().value;
        const auto hull = hullOf(m_groups[group], group);
        steps.insert(steps.end(), hull.begin(), hull.end());
    }
    m_reachable = weight <= m_budget;
    if (!m_reachable) {
        m_bestValue = m_bound = value;
        return;
    }
    std::stable_sort(steps.begin(), steps.end(),
                     [](const Step& a, const Step& b) { return a.efficiency() > b.efficiency(); });
    std::vector<std::size_t> choice(m_groups.size(), 0);
    std::vector<bool> blocked(m_groups.size(), false);
    std::optional<double> relaxed;
    for (const Step& step : steps) {
        const bool fits = weight + step.weight <= m_budget;
        if (!fits && !relaxed) {
            m_price = step.efficiency();
            relaxed = value - m_price * (m_budget - weight);
        }
        blocked[step.group] = blocked[step.group] || !fits;
        if (blocked[step.group]) continue;
        weight += step.weight;
        value -= step.value;
        choice[step.group] = step.to;
    }
    take(choice);
    m_bound = relaxed ? std::max(0.0, *relaxed) : m_bestValue;
}

std::size_t Solver::cheapest(const Items& items, double price) const {
    const auto at = std::min_element(items.begin(), items.end(), [price](const Item& a, const Item& b) {
        return a.value + price * a.weight < b.value + price * b.weight;
    });
    return std::size_t(at - items.begin());
}

/// Items of a group that cost no more than `margin` against the relaxation's choice.
std::vector<std::size_t> Solver::worthALook(const Items& items, double margin) const {
    const auto priced = [&](const Item& item) { return item.value + m_price * item.weight; };
    const double least = priced(items[cheapest(items, m_price)]);
    std::vector<std::size_t> kept;
    for (std::size_t i = 0; i < items.size(); ++i)
        if (priced(items[i]) - least <= margin) kept.push_back(i);
    return kept;
}

/// Rules out every item that would cost more against the relaxation than the best choice does. Where one is left, it is
/// that of the best choice so far. Groups with the largest differences are decided first.
void Solver::reduce() {
    const double margin = (m_bestValue - m_bound) * (1 + 1e-9);
    for (std::size_t group = 0; group < m_groups.size(); ++group) {
        const Items& items = m_groups[group];
        auto left = worthALook(items, margin);
        if (left.size() > 1) {
            const double spread = items[left.back()].weight - items[left.front()].weight;
            m_open.push_back({group, std::move(left), spread});
        } else {
            m_fixedWeight += items[left.front()].weight;
            m_fixedValue += items[left.front()].value;
        }
    }
    std::sort(m_open.begin(), m_open.end(), [](const Open& a, const Open& b) {
        return a.spread != b.spread ? a.spread > b.spread : a.group < b.group;
    });
}

void Solver::prepareSuffixes() {
    const std::size_t depth = m_open.size();
    m_suffixes.assign(depth + 1, Suffix{});
    m_lightest.assign(depth + 1, 0);
    m_relaxed.assign(depth + 1, {});
    for (std::size_t d = depth; d-- > 0;) {
        const Items& items = m_groups[m_open[d].group];
        for (std::size_t p = 0; p < kPrices.size(); ++p) {
            const double price = m_price * kPrices[p];
            const Item& item = items[cheapest(items, price)];
            m_suffixes[d][p] = m_suffixes[d + 1][p] + item.value + price * item.weight;
        }
        const Item& relaxed = items[cheapest(items, m_price)];
        m_relaxed[d] = {m_relaxed[d + 1].weight + relaxed.weight, m_relaxed[d + 1].value + relaxed.value, 0};
        m_lightest[d] = m_lightest[d + 1] + items.front().weight;
    }
}

double Solver::boundOf(double weight, double value, std::size_t depth) const {
    double bound = m_bound;
    for (std::size_t p = 0; p < kPrices.size(); ++p)
        bound = std::max(bound, value + m_suffixes[depth][p] - m_price * kPrices[p] * (m_budget - weight));
    return bound;
}

/// All ways to go on from `states` by the group at `depth`, without the dominated and the hopeless.
std::vector<Solver::State> Solver::extended(const std::vector<State>& states, std::size_t depth) {
    const Items& items = m_groups[m_open[depth].group];
    std::vector<State> next;
    for (std::size_t parent = 0; parent < states.size(); ++parent)
        for (const std::size_t item : m_open[depth].left) {
            const double weight = states[parent].weight + items[item].weight;
            if (weight + m_lightest[depth + 1] > m_budget) continue;
            const double value = states[parent].value + items[item].value;
            next.push_back({weight, value, boundOf(weight, value, depth + 1), parent, item});
        }
    std::sort(next.begin(), next.end(), [](const State& a, const State& b) {
        return a.weight != b.weight ? a.weight < b.weight : a.value < b.value;
    });
    std::vector<State> kept;
    for (const State& state : next) {
        if (!kept.empty() && state.value >= kept.back().value) continue;
        if (state.bound >= m_bestValue * (1 - kKnapsackGap)) {
            m_pruned = std::min(m_pruned, state.bound);
            continue;
        }
        kept.push_back(state);
    }
    const std::size_t most = std::min(kMostStates, std::max<std::size_t>(1, kMostStatesInAll / m_open.size()));
    if (kept.size() <= most) return kept;
    std::nth_element(kept.begin(), kept.begin() + std::ptrdiff_t(most), kept.end(),
                     [](const State& a, const State& b) { return a.bound < b.bound; });
    m_pruned = std::min(m_pruned, kept[most].bound);
    kept.resize(most);
    return kept;
}

/// Completes the newest layer's state by the relaxation's choices for what is open.
void Solver::complete(const std::vector<std::vector<State>>& layers, std::size_t state) {
    std::vector<std::size_t> choice = m_best;
    for (std::size_t d = layers.size() - 1; d < m_open.size(); ++d)
        choice[m_open[d].group] = cheapest(m_groups[m_open[d].group], m_price);
    for (std::size_t d = layers.size() - 1; d > 0; --d) {
        choice[m_open[d - 1].group] = layers[d][state].item;
        state = layers[d][state].parent;
    }
    take(choice);
}

void Solver::search() {
    std::vector<std::vector<State>> layers{{State{m_fixedWeight, m_fixedValue, m_bound, 0, 0}}};
    for (std::size_t depth = 0; depth < m_open.size() && !layers.back().empty(); ++depth) {
        layers.push_back(extended(layers.back(), depth));
        const Item& rest = m_relaxed[depth + 1];
        for (std::size_t i = 0; i < layers.back().size(); ++i) {
            const State& state = layers.back()[i];
            if (state.weight + rest.weight <= m_budget && state.value + rest.value < m_bestValue) complete(layers, i);
        }
    }
    m_bound = std::max(m_bound, std::min(m_pruned, m_bestValue));
}

Selection solved(const std::vector<CandidateGroup>& groups, double budget, double Candidate::*weight,
                 double Candidate::*value) {
    std::vector<Items> items;
    for (const CandidateGroup& group : groups) {
        Items usable;
        for (std::size_t i = 0; i < group.size(); ++i)
            if (std::isfinite(group[i].noise)) usable.push_back({group[i].*weight, group[i].*value, int(i)});
        if (usable.empty())
            throw ldm::badInput("A group has no candidate of finite noise; allow it a format that keeps a signal.");
        items.push_back(undominated(std::move(usable)));
    }
    Solver solver(std::move(items), budget);
    solver.solve();
    Selection selection;
    for (std::size_t group = 0; group < groups.size(); ++group) {
        selection.chosen.push_back(solver.items(group)[solver.best()[group]].index);
        const Candidate& candidate = groups[group][std::size_t(selection.chosen.back())];
        selection.cost += candidate.cost;
        selection.noise += candidate.noise;
    }
    selection.reachable = solver.reachable();
    selection.bound = solver.bound();
    selection.gap = solver.value() > 0 ? (solver.value() - solver.bound()) / solver.value() : 0;
    return selection;
}

} // namespace

Selection leastNoise(const std::vector<CandidateGroup>& groups, double costBudget) {
    return solved(groups, costBudget, &Candidate::cost, &Candidate::noise);
}

Selection leastCost(const std::vector<CandidateGroup>& groups, double noiseBudget) {
    return solved(groups, noiseBudget, &Candidate::noise, &Candidate::cost);
}

} // namespace analysis
