#pragma once

#include <vector>

namespace analysis {

/// One way to treat a group. Both values are at least 0; noise may be infinite, such a candidate is never chosen.
struct Candidate {
    double cost = 0;
    double noise = 0;
};
/// Of every group exactly one candidate is chosen.
using CandidateGroup = std::vector<Candidate>;

/// A choice and what is known about how good it can be at all.
struct Selection {
    std::vector<int> chosen; ///< by group: index of the candidate
    double cost = 0;         ///< sum over the chosen
    double noise = 0;        ///< likewise
    double bound = 0;        ///< no choice within the budget has less of what was to be small
    bool reachable = true;   ///< false: no choice is within the budget; then this is the one nearest to it
    double gap = 0;          ///< how much better another choice might be, as a share of this one's value; 0 is optimal
};

/// The gap that the solvers stop at.
inline constexpr double kKnapsackGap = 1e-3;

/// The multiple-choice knapsack: least noise within a cost budget, and least cost within a noise budget. Lagrangian
/// relaxation, then dynamic programming over the candidates it cannot rule out. The gap is at most kKnapsackGap unless
/// too many partial choices compete; then it is larger, and said. Pure; any thread. Throws
/// ldm::Error (BadInput) if a group has no candidate of finite noise.
Selection leastNoise(const std::vector<CandidateGroup>& groups, double costBudget);
Selection leastCost(const std::vector<CandidateGroup>& groups, double noiseBudget);

} // namespace analysis
