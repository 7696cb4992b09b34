#include "cases.h"

#include <analysis/knapsack.h>

#include <limits>
#include <random>

using namespace analysis;

namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

using Groups = std::vector<CandidateGroup>;

/// Costs like those of layers: spread over orders of magnitude, more bits less noise, with some disorder.
Groups randomGroups(std::mt19937& random, int groups, int candidates) {
    std::uniform_real_distribution<double> uniform(0, 1);
    Groups all;
    for (int g = 0; g < groups; ++g) {
        const double size = std::round(std::exp(uniform(random) * 6) * 100);
        const double sensitivity = std::exp(uniform(random) * 8 - 12);
        CandidateGroup group;
        for (int c = 0; c < candidates; ++c)
            group.push_back({size * (c + 1), sensitivity * std::pow(0.3, c) * (0.5 + uniform(random))});
        all.push_back(std::move(group));
    }
    return all;
}

double sumOf(const Groups& groups, const std::vector<int>& chosen, double Candidate::*side) {
    double sum = 0;
    for (std::size_t g = 0; g < groups.size(); ++g) sum += groups[g][std::size_t(chosen[g])].*side;
    return sum;
}

/// The least value with the weight within the budget, by trying everything; infinite if nothing is.
double byForce(const Groups& groups, double budget, double Candidate::*weight, double Candidate::*value) {
    std::vector<int> chosen(groups.size(), 0);
    double best = kInfinite;
    for (std::size_t g = 0; g < groups.size();) {
        if (sumOf(groups, chosen, weight) <= budget) best = std::min(best, sumOf(groups, chosen, value));
        for (g = 0; g < groups.size() && ++chosen[g] == int(groups[g].size()); ++g) chosen[g] = 0;
    }
    return best;
}

/// A budget somewhere between the least and the most that can be asked for.
double budgetAt(const Groups& groups, double share, double Candidate::*side) {
    double least = 0;
    double most = 0;
    for (const auto& group : groups) {
        const auto [low, high] = std::minmax_element(
            group.begin(), group.end(), [side](const auto& a, const auto& b) { return a.*side < b.*side; });
        least += (*low).*side;
        most += (*high).*side;
    }
    return least + share * (most - least);
}

bool isWithinGap(double value, double best) {
    return value >= best * (1 - 1e-9) && value <= best * (1 + 1.01 * kKnapsackGap);
}

} // namespace

class KnapsackTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void smallInstancesAreSolvedWithinTheGap() {
        std::mt19937 random(7);
        for (int instance = 0; instance < 300; ++instance) {
            const Groups groups = randomGroups(random, 2 + instance % 6, 2 + instance % 4);
            const double share = double(instance % 19 + 1) / 20;
            const double cost = budgetAt(groups, share, &Candidate::cost);
            const auto quiet = leastNoise(groups, cost);
            QVERIFY(quiet.reachable && quiet.cost <= cost);
            const double least = byForce(groups, cost, &Candidate::cost, &Candidate::noise);
            QVERIFY2(isWithinGap(quiet.noise, least), qPrintable(QString::number(instance)));
            QVERIFY(quiet.bound <= least * (1 + 1e-9) && quiet.gap <= kKnapsackGap);

            const double noise = budgetAt(groups, share, &Candidate::noise);
            const auto small = leastCost(groups, noise);
            const double cheapest = byForce(groups, noise, &Candidate::noise, &Candidate::cost);
            QVERIFY(small.reachable && small.noise <= noise * (1 + 1e-9));
            QVERIFY2(isWithinGap(small.cost, cheapest), qPrintable(QString::number(instance)));
            QVERIFY(small.bound <= cheapest * (1 + 1e-9) && small.gap <= kKnapsackGap);
        }
    }

    void sumsAreThoseOfTheChosen() {
        std::mt19937 random(3);
        const Groups groups = randomGroups(random, 50, 5);
        const auto found = leastNoise(groups, budgetAt(groups, 0.4, &Candidate::cost));
        QCOMPARE(found.chosen.size(), groups.size());
        QCOMPARE(found.cost, sumOf(groups, found.chosen, &Candidate::cost));
        QCOMPARE(found.noise, sumOf(groups, found.chosen, &Candidate::noise));
    }

    void manyGroupsAreSolvedToTheStatedGap() {
        std::mt19937 random(11);
        const Groups groups = randomGroups(random, 800, 5);
        for (const double share : {0.05, 0.3, 0.6, 0.95}) {
            const auto quiet = leastNoise(groups, budgetAt(groups, share, &Candidate::cost));
            QVERIFY(quiet.gap >= 0 && quiet.gap <= kKnapsackGap);
            const auto small = leastCost(groups, budgetAt(groups, share, &Candidate::noise));
            QVERIFY(small.gap >= 0 && small.gap <= kKnapsackGap);
        }
    }

    void equalGroupsShareTheBudget() {
        const Groups groups(40, CandidateGroup{{1, 4}, {2, 1}});
        const auto found = leastNoise(groups, 59); // 19 of the 40 can be raised
        QCOMPARE(found.cost, 59.0);
        QCOMPARE(found.noise, 19 * 1.0 + 21 * 4.0);
        QVERIFY(found.gap < 1e-9);
    }

    void equalCostsTakeTheQuieterCandidate() {
        const auto found = leastNoise({{{3, 0.5}, {3, 0.2}, {3, 0.9}}, {{3, 0.1}, {3, 0.1}}}, 6);
        QCOMPARE(found.chosen[0], 1);
        QCOMPARE(found.noise, 0.2 + 0.1);
    }

    void dominatedCandidatesAreNeverChosen() {
        const Groups groups{{{1, 5}, {2, 6}, {3, 2}}, {{1, 3}, {4, 3}}};
        for (const double budget : {2.0, 3.0, 4.0, 5.0, 7.0}) {
            const auto found = leastNoise(groups, budget);
            QVERIFY(found.chosen[0] != 1);
            QCOMPARE(found.chosen[1], 0);
        }
    }

    void aFullPrecisionCandidateMakesTheNoiseZero() {
        const Groups groups{{{1, 2}, {4, 0}}, {{1, 3}, {4, 0}}};
        const auto exact = leastNoise(groups, 8);
        QCOMPARE(exact.noise, 0.0);
        QCOMPARE(exact.gap, 0.0);
        const auto demanded = leastCost(groups, 0);
        QVERIFY(demanded.reachable);
        QCOMPARE(demanded.cost, 8.0);
    }

    void infiniteNoiseIsAvoidedAndRefusedWhereItIsAllThereIs() {
        const auto found = leastNoise({{{1, kInfinite}, {2, 1}}}, 2);
        QCOMPARE(found.chosen[0], 1);
        QVERIFY(!leastNoise({{{1, kInfinite}, {2, 1}}}, 1).reachable);
        const auto refused = support::failureOf(ldm::ErrorKind::BadInput, [] { leastNoise({{{1, kInfinite}}}, 5); });
        QVERIFY(!refused.empty());
    }

    void unreachableBudgetsGiveTheNearestChoice() {
        const Groups groups{{{2, 5}, {3, 1}}, {{4, 2}, {6, 1}}};
        const auto small = leastNoise(groups, 5);
        QVERIFY(!small.reachable);
        QCOMPARE(small.cost, 6.0);
        const auto quiet = leastCost(groups, 1.5);
        QVERIFY(!quiet.reachable);
        QCOMPARE(quiet.noise, 2.0);
    }

    void aChoiceTheRelaxationMissesIsFound() {
        // The efficient first item leaves no room for the one that matters.
        const auto found = leastNoise({{{0, 10}, {6, 0}}, {{0, 11}, {7, 0}}}, 7);
        QCOMPARE(found.noise, 10.0);
        QCOMPARE(found.gap, 0.0);
    }

    void lockedGroupsKeepTheirOnlyCandidate() {
        const auto found = leastNoise({{{5, 9}}, {{1, 2}, {2, 1}}}, 7);
        QCOMPARE(found.chosen, (std::vector<int>{0, 1}));
        QCOMPARE(found.noise, 10.0);
    }

    void nothingToChooseCostsNothing() {
        const auto found = leastNoise({}, 0);
        QVERIFY(found.reachable && found.chosen.empty());
        QCOMPARE(found.noise, 0.0);
    }
};

NOISEFLOOR_TEST(KnapsackTest)
#include "tst_knapsack.moc"
