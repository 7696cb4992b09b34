#include "cases.h"

#include <analysis/quality.h>

#include <limits>

using namespace analysis;
using Vectors = std::vector<std::vector<double>>;

namespace {

/// One stage of one position.
Perception seen(const std::vector<float>& channels) {
    return {{{int(channels.size()), 1, 1, channels}}, {}, {}};
}

bool near(double actual, double expected, double tolerance = 1e-9) {
    return std::abs(actual - expected) <= tolerance * std::max(1.0, std::abs(expected));
}

template <typename Work> bool isRefused(Work&& work) {
    return !support::failureOf(ldm::ErrorKind::BadInput, work).empty();
}

/// Four vectors with exactly this mean and the covariance L L^T, where L has the columns (a, b) and (c, d).
Vectors withCovariance(const std::vector<double>& mean, double a, double b, double c, double d) {
    const double r = std::sqrt(1.5);
    Vectors vectors;
    for (const double sign : {-1.0, 1.0}) {
        vectors.push_back({mean[0] + sign * r * a, mean[1] + sign * r * b});
        vectors.push_back({mean[0] + sign * r * c, mean[1] + sign * r * d});
    }
    return vectors;
}

const std::vector<std::string>& classes() {
    static const std::vector<std::string> names{"grinning face", "cat", "cat face", "T-Rex", "heart on fire"};
    return names;
}

} // namespace

class QualityTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void perceptualDistanceIsThatOfDirections() {
        QCOMPARE(perceptualDistance(seen({3, 4}), seen({3, 4})), 0.0);
        QVERIFY(near(perceptualDistance(seen({3, 4}), seen({6, 8})), 0.0)); // brighter, but the same direction
        QVERIFY(near(perceptualDistance(seen({1, 0}), seen({0, 5})), 2.0)); // nothing in common
        QVERIFY(near(perceptualDistance(seen({1, 0}), seen({1, 1})), 2 - std::sqrt(2.0)));
        QVERIFY(near(perceptualDistance(seen({0, 0}), seen({0, 0})), 0.0)); // silent channels have no direction
        QVERIFY(near(perceptualDistance(seen({0, 0}), seen({0, 7})), 1.0));
    }

    void positionsAreAveragedAndStagesAdded() {
        const FeatureMap a{2, 1, 2, {1, 1, 0, 0}}; // both positions (1, 0)
        const FeatureMap b{2, 1, 2, {1, 0, 0, 1}}; // (1, 0) and (0, 1)
        QVERIFY(near(perceptualDistance({{a}, {}, {}}, {{b}, {}, {}}), 1.0));
        QVERIFY(near(perceptualDistance({{a, a, a}, {}, {}}, {{b, a, b}, {}, {}}), 2.0));
    }

    void whatDifferentEvaluatorsSeeIsNotCompared() {
        QVERIFY(isRefused([] { perceptualDistance(seen({1, 2}), seen({1, 2, 3})); }));
        QVERIFY(isRefused([] { perceptualDistance(seen({1, 2}), {}); }));
    }

    void oneDimensionalGaussiansHaveTheirKnownDistance() {
        // Variances 2 and 8, means 0 and 5: 25 + (sqrt 8 - sqrt 2)^2
        QVERIFY(near(frechetDistance({{-1}, {1}}, {{3}, {7}}), 27.0));
    }

    void gaussiansThatDoNotCommuteHaveTheirKnownDistance() {
        // S1 = diag(4, 1), S2 = [[2, 1], [1, 2]]; in two dimensions tr (S1 S2)^(1/2) is
        // sqrt(tr(S1 S2) + 2 sqrt(det S1 det S2)).
        const double root = std::sqrt(0.5), three = std::sqrt(1.5);
        const Vectors first = withCovariance({1, 2}, 2, 0, 0, 1);
        const Vectors second = withCovariance({2, 0}, three, three, root, -root);
        const double cross = std::sqrt(10 + 2 * std::sqrt(4.0 * 3.0));
        QVERIFY(near(frechetDistance(first, second), 5 + 5 + 4 - 2 * cross));
        QVERIFY(near(frechetDistance(second, first), frechetDistance(first, second)));
    }

    void equalSetsHaveNoDistanceEvenWithFewerVectorsThanFeatures() {
        Vectors few(3, std::vector<double>(40));
        for (std::size_t i = 0; i < 3; ++i)
            for (std::size_t j = 0; j < 40; ++j) few[i][j] = std::sin(double(1 + i * 40 + j * j));
        QVERIFY(frechetDistance(few, few) < 1e-9);
        Vectors moved = few;
        for (auto& vector : moved)
            for (double& value : vector) value += 0.5;
        QVERIFY(near(frechetDistance(few, moved), 40 * 0.25, 1e-9));
    }

    void setsWithoutSpreadHaveTheDistanceOfTheirMeans() {
        QVERIFY(near(frechetDistance({{1, 2}, {1, 2}}, {{4, 6}, {4, 6}, {4, 6}}), 25.0));
    }

    void setsWithoutADistanceAreRefused() {
        const double nan = std::numeric_limits<double>::quiet_NaN();
        const Vectors good{{1, 2}, {3, 4}};
        const std::vector<Vectors> bad{{}, {{1, 2}}, {{1, 2}, {3}}, {{1}, {2}}, {{1, nan}, {1, 2}}, {{}, {}}};
        for (const Vectors& vectors : bad) {
            QVERIFY(isRefused([&] { frechetDistance(good, vectors); }));
            QVERIFY(isRefused([&] { frechetDistance(vectors, good); }));
        }
    }

    void promptsNameClasses_data() {
        QTest::addColumn<std::string>("prompt");
        QTest::addColumn<int>("named");
        QTest::newRow("the name alone") << std::string("cat face") << 2;
        QTest::newRow("a name within another") << std::string("cat") << 1;
        QTest::newRow("on a background") << std::string("cat face on a mint green background") << 2;
        QTest::newRow("with an article") << std::string("A  Grinning\tFace on an orange background ") << 0;
        QTest::newRow("capitals in the name") << std::string("t-rex") << 3;
        QTest::newRow("a name that holds the word on") << std::string("heart on fire on a gray background") << 4;
        QTest::newRow("something else") << std::string("a photo of a cat") << -1;
        QTest::newRow("more than a name") << std::string("cat faces") << -1;
        QTest::newRow("the background alone") << std::string(" on a gray background") << -1;
        QTest::newRow("nothing") << std::string() << -1;
    }
    void promptsNameClasses() {
        QFETCH(const std::string, prompt);
        QFETCH(const int, named);
        const auto found = namedClass(prompt, classes());
        QCOMPARE(found ? int(*found) : -1, named);
    }

    void agreementsAreAveragedOverThePicturesThatHaveOne() {
        QVERIFY(!meanOf({}));
        QVERIFY(!meanOf({std::nullopt, std::nullopt}));
        const auto mean =
            meanOf({Agreement{0.9, 1}, std::nullopt, Agreement{0.2, 5}, Agreement{0.1, 6}, Agreement{0.8, 1}});
        QVERIFY(mean.has_value());
        QCOMPARE(mean->pictures, 4);
        QVERIFY(near(mean->probability, 0.5));
        QVERIFY(near(mean->top1, 0.5));
        QVERIFY(near(mean->top5, 0.75));
    }
};

NOISEFLOOR_TEST(QualityTest)
#include "tst_quality.moc"
