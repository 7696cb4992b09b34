#include "cases.h"

#include "wbp/maps.h"

#include <analysis/wbp.h>

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <cmath>

using namespace analysis;
using wbp::Gate;
using wbp::Network;
using wbp::Node;

namespace {

class Random {
public:
    at::Tensor operator()(const std::vector<std::int64_t>& shape, double spread = 1) {
        return at::normal(0, spread, shape, m_generator);
    }

private:
    at::Generator m_generator = at::detail::createCPUGenerator(11);
};

/// Every kind of layer, a residual sum and a concatenation; leaky, and with biases if asked for.
Network everyLayer(Random& random, bool biases) {
    const auto bias = [&](std::int64_t n) { return biases ? random({n}) : at::zeros({n}); };
    Network net;
    Node x = net.convolution(Network::kInput, random({8, 3, 3, 3}, 0.3), bias(8), {2, 1});
    x = net.norm(x, random({8}), bias(8), biases ? random({8}) : at::zeros({8}), random({8}).square() + 0.5, 1e-5);
    x = net.rectifier(x);
    const Node grouped = net.convolution(x, random({8, 4, 3, 3}, 0.3), bias(8), {1, 1, 2});
    x = net.rectifier(net.sum(x, grouped), 0.1);
    x = net.concatenation({net.maxPool(x, {3, 2, 1}), net.averagePool(x, {2, 2})});
    x = net.convolution(x, random({8, 16, 3, 3}, 0.3), bias(8), {1, 2, 1, 2});
    const Node mean = net.globalPool(net.rectifier(x));
    const Node flat = net.linear(net.flatten(x), random({6, 8 * 16}, 0.1), bias(6));
    x = net.concatenation({mean, net.rectifier(flat)});
    net.linear(x, random({5, 14}), bias(5));
    return net;
}

at::Tensor carried(const Network& net, const at::Tensor& x, int cls, Gate gate) {
    const auto values = net.forward(x);
    return net.back(values, wbp::oneHot(at::full({1}, cls, at::kLong), values.back()), gate);
}

at::Tensor byAutograd(const Network& net, const at::Tensor& x, int cls) {
    return wbp::gradientOf([&](const at::Tensor& pixels) { return net.forward(pixels).back(); }, x, cls);
}

bool near(const at::Tensor& a, const at::Tensor& b, double tolerance) {
    return a.sizes() == b.sizes() &&
           (a - b).abs().max().item<double>() <= tolerance * std::max(1.0, b.abs().max().item<double>());
}

ldm::Image picture(int side = 64) {
    ldm::Image image{side, side, {}};
    for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x)
            for (int c = 0; c < 3; ++c) image.rgb.push_back(std::uint8_t((x * (3 + c) + y * (5 - c) + c * 40) % 256));
    return image;
}

ldm::Image flat(int width, int height, std::uint8_t level) {
    return {width, height, std::vector<std::uint8_t>(std::size_t(width * height * 3), level)};
}

double meanLevel(const ldm::Image& image) {
    double sum = 0;
    for (const auto value : image.rgb) sum += value;
    return sum / double(image.rgb.size()) / 255;
}

bool isNear(double a, double b, double tolerance = 1e-12) {
    return std::abs(a - b) <= tolerance;
}

std::string refusal(const std::function<void()>& act) {
    return support::failureOf(ldm::ErrorKind::BadInput, act);
}

} // namespace

class WbpTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void withoutBiasesContributionsSumToTheLogit() {
        Random random;
        const Network net = everyLayer(random, false);
        const at::Tensor x = random({1, 3, 16, 16});
        const at::Tensor logits = net.forward(x).back();
        for (int cls = 0; cls < 5; ++cls) {
            const at::Tensor values = wbp::contributions(carried(net, x, cls, Gate::AsSeen), x);
            const double logit = logits[0][cls].item<double>();
            QVERIFY(std::abs(values.sum().item<double>() - logit) <= 1e-4 * std::abs(logit));
            QVERIFY(std::abs(logit) > 1e-3);
        }
    }

    void gatedWeightsAreTheGradientOfEveryLayer() {
        Random random;
        for (const bool biases : {false, true}) {
            const Network net = everyLayer(random, biases);
            const at::Tensor x = random({1, 3, 16, 16});
            for (int cls = 0; cls < 5; ++cls)
                QVERIFY(near(carried(net, x, cls, Gate::AsSeen), byAutograd(net, x, cls), 1e-5));
        }
    }

    void gradientsReachSidesThatStridesDoNotDivide() {
        Random random;
        for (const int side : {7, 8, 9, 10}) {
            Network net;
            Node x = net.convolution(Network::kInput, random({4, 3, 3, 3}), {}, {3, 1});
            net.linear(net.globalPool(net.rectifier(x)), random({2, 4}), {});
            const at::Tensor given = random({1, 3, side, side});
            QVERIFY(near(carried(net, given, 1, Gate::AsSeen), byAutograd(net, given, 1), 1e-5));
        }
    }

    void linearLayersGiveTheProductOfTheirMatrices() {
        Random random;
        const at::Tensor a = random({7, 12});
        const at::Tensor b = random({4, 7});
        const at::Tensor bias = random({7});
        Network net;
        net.linear(net.linear(net.flatten(Network::kInput), a, bias), b, {});
        for (int cls = 0; cls < 4; ++cls) {
            const at::Tensor expected = at::matmul(b, a)[cls].view({1, 3, 2, 2});
            for (const Gate gate : {Gate::AsSeen, Gate::Open, Gate::Guided})
                QVERIFY(near(carried(net, random({1, 3, 2, 2}), cls, gate), expected, 1e-5));
        }
    }

    void anOpenGateIsTheNetworkWithoutRectifiers() {
        Random random;
        const at::Tensor kernel = random({4, 3, 3, 3});
        const at::Tensor head = random({2, 4});
        Network with, without;
        with.linear(with.globalPool(with.rectifier(with.convolution(Network::kInput, kernel, {}, {1, 1}))), head, {});
        without.linear(without.globalPool(without.convolution(Network::kInput, kernel, {}, {1, 1})), head, {});
        const at::Tensor x = random({1, 3, 6, 6});
        QVERIFY(near(carried(with, x, 0, Gate::Open), byAutograd(without, x, 0), 1e-5));
        QVERIFY(!near(carried(with, x, 0, Gate::Open), carried(with, x, 0, Gate::AsSeen), 1e-2));
    }

    void aGuidedGateLetsNothingNegativeBack() {
        Network net; // y = 2 relu(x0) - 3 relu(x1) + relu(-x2)
        const at::Tensor first = at::eye(3) * at::tensor({1.0F, 1.0F, -1.0F});
        net.linear(net.rectifier(net.linear(net.flatten(Network::kInput), first, {})),
                   at::tensor({2.0F, -3.0F, 1.0F}).view({1, 3}), {});
        const at::Tensor x = at::tensor({1.0F, 1.0F, 1.0F}).view({1, 3, 1, 1});
        QVERIFY(near(carried(net, x, 0, Gate::Guided).flatten(), at::tensor({2.0F, 0.0F, 0.0F}), 1e-7));
        QVERIFY(near(carried(net, x, 0, Gate::AsSeen).flatten(), at::tensor({2.0F, -3.0F, 0.0F}), 1e-7));
        QVERIFY(near(carried(net, -x, 0, Gate::AsSeen).flatten(), at::tensor({0.0F, 0.0F, -1.0F}), 1e-7));
    }

    void theEvaluatorIsSeenAsItIs() {
        const Evaluator evaluator = Evaluator::embedded();
        const Perception seen = evaluator.look(picture());
        const Salience map = salience(evaluator, picture());
        const auto best = std::ranges::max_element(seen.probabilities);
        QCOMPARE(map.cls, int(best - seen.probabilities.begin()));
        QVERIFY(isNear(map.probability, *best, 1e-5));
        QCOMPARE(map.map.width, evaluator.side());
        QCOMPARE(map.map.values.size(), std::size_t(64 * 64));
    }

    void wbpOfTheEvaluatorIsItsGradientTimesInput() {
        const Evaluator evaluator = Evaluator::embedded();
        for (const int cls : {0, 17, 458}) {
            const Salience wbp = salience(evaluator, picture(), {SalienceMethod::Wbp, cls});
            const Salience other = salience(evaluator, picture(), {SalienceMethod::GradientTimesInput, cls});
            QCOMPARE(wbp.cls, cls);
            for (std::size_t i = 0; i < wbp.map.values.size(); ++i)
                QVERIFY(isNear(double(wbp.map.values[i]), double(other.map.values[i]), 1e-4));
        }
    }

    void everyMethodGivesAMapFromZeroToOne() {
        const Evaluator evaluator = Evaluator::embedded();
        std::vector<Plane> maps;
        for (const SalienceMethod method : allSalienceMethods()) {
            const Plane map = salience(evaluator, picture(100), {method, 3}).map;
            const auto [low, high] = std::ranges::minmax(map.values);
            QVERIFY(low >= 0 && (high == 1 || high == 0));
            if (method != SalienceMethod::GradientTimesInput) maps.push_back(map);
        }
        for (std::size_t i = 0; i < maps.size(); ++i)
            for (std::size_t j = 0; j < i; ++j) QVERIFY(maps[i] != maps[j]);
    }

    void pixelsOfTheBaselineAddNothing() {
        const Evaluator evaluator = Evaluator::embedded();
        const Salience map =
            salience(evaluator, flat(64, 64, 51), {SalienceMethod::Wbp, std::nullopt, std::array{51.0, 51.0, 51.0}});
        for (const float value : map.values.values) QVERIFY(std::abs(value) < 1e-5F);
        const Salience other = salience(evaluator, flat(64, 64, 51));
        QVERIFY(std::ranges::any_of(other.values.values, [](float value) { return std::abs(value) > 1e-3F; }));
    }

    void theEdgeIsABaseline() {
        const Evaluator evaluator = Evaluator::embedded();
        ldm::Image image = flat(64, 64, 51);
        for (std::size_t pixel = 30 * 64 + 30; pixel < 30 * 64 + 40; ++pixel) image.rgb[3 * pixel] = 250;
        const Salience map = salience(evaluator, image, {SalienceMethod::Wbp, 5, std::nullopt});
        for (std::size_t pixel = 0; pixel < map.values.values.size(); ++pixel)
            if (pixel / 64 != 30) QVERIFY(std::abs(map.values.values[pixel]) < 1e-5F);
        QVERIFY(std::abs(map.values.values[30 * 64 + 35]) > 1e-4F);
    }

    void averagedSalienceIsTheMeanOfItsSquares() {
        const Evaluator evaluator = Evaluator::embedded();
        const Plane sharp = salience(evaluator, picture(), {SalienceMethod::Wbp, 3}).values;
        const Plane blurred = salience(evaluator, picture(), {SalienceMethod::Wbp, 3, kGrey, 3}).values;
        const auto mean = [&](int left, int top, int right, int bottom) {
            double sum = 0;
            for (int y = top; y <= bottom; ++y)
                for (int x = left; x <= right; ++x) sum += sharp.values[std::size_t(y * 64 + x)];
            return sum / ((right - left + 1) * (bottom - top + 1));
        };
        QVERIFY(std::abs(blurred.values[20 * 64 + 30] - mean(29, 19, 31, 21)) < 1e-6);
        QVERIFY(std::abs(blurred.values[0] - mean(0, 0, 1, 1)) < 1e-6); // a corner
    }

    void badQuestionsAreRefused() {
        const Evaluator evaluator = Evaluator::embedded();
        QVERIFY(!refusal([&] { salience(evaluator, {}); }).empty());
        QVERIFY(!refusal([&] { salience(evaluator, picture(), {SalienceMethod::Wbp, 3, kGrey, 4}); }).empty());
        QVERIFY(refusal([&] {
                    salience(evaluator, picture(), {SalienceMethod::Wbp, 459});
                }).find("0 to 458") != std::string::npos);
        QVERIFY(!refusal([&] { salience(evaluator, picture(), {SalienceMethod::Wbp, -1}); }).empty());
    }

    void weightsThatOverflowGiveNoMap() {
        const at::Tensor logits = at::zeros({1, 2});
        const at::Tensor values = at::full({1, 2, 2}, std::nanf(""));
        const auto failed = [](const std::function<void()>& act) {
            return !support::failureOf(ldm::ErrorKind::Failed, act).empty();
        };
        QVERIFY(failed([&] { wbp::finished(values, logits, 0); }));
        QVERIFY(failed([&] { wbp::chosenClass(at::full({1, 2}, std::nanf("")), std::nullopt); }));
    }

    void pointingIsByTheHighestValue() {
        const Plane mask{2, 2, {0, 1, 0, 0}};
        QVERIFY(pointsAt({2, 2, {0.1F, 0.9F, 0.3F, 0}}, mask));
        QVERIFY(!pointsAt({2, 2, {0.1F, 0.2F, 0.3F, 0}}, mask));
        QVERIFY(!pointsAt({2, 2, {0, 0, 0, 0}}, mask));
        QVERIFY(!refusal([&] { pointsAt({1, 4, {0, 0, 0, 0}}, mask); }).empty());
    }

    void overlapsAreSharesOfTheUnion() {
        const Plane mask{4, 1, {1, 1, 0, 0}};
        QCOMPARE(maskOverlap({4, 1, {0.9F, 0.8F, 0.7F, 0.6F}}, mask), 1.0);
        QCOMPARE(maskOverlap({4, 1, {0.9F, 0.1F, 0.7F, 0}}, mask), 1.0 / 3);
        QCOMPARE(maskOverlap({4, 1, {0.9F, 0, 0, 0}}, mask), 0.5);
        QCOMPARE(maskOverlap({4, 1, {0, 0, 0.1F, 0.2F}}, mask), 0.0);
        QCOMPARE(overlap({4, 1, {1, 0.3F, 0.2F, 0}}, {4, 1, {1, 0.1F, 0.5F, 0}}), 1.0 / 3);
        QCOMPARE(overlap({2, 1, {0, 0}}, {2, 1, {0, 0}}), 1.0);
    }

    void aMapOfAnotherSizeKeepsItsPlaces() {
        const Plane large = resized({2, 1, {0, 1}}, 4, 2);
        QVERIFY(large == (Plane{4, 2, {0, 0.25F, 0.75F, 1, 0, 0.25F, 0.75F, 1}}));
        QVERIFY(!refusal([] { resized({}, 4, 4); }).empty());
        QVERIFY(!refusal([] { resized({1, 1, {1}}, 0, 4); }).empty());
    }

    void areasOfLinearScoresAreKnown() {
        const ldm::Image white = flat(4, 4, 255), black = flat(4, 4, 0);
        const Plane any{4, 4, std::vector<float>(16, 0.5F)};
        for (const int steps : {1, 4, 16, 50}) {
            QVERIFY(isNear(replacementArea(
                               white, black, any, [](const auto&) { return 0.3; }, steps),
                           0.3));
            QVERIFY(std::abs(replacementArea(white, black, any, meanLevel, steps) - 0.5) < 0.04);
        }
        QVERIFY(isNear(replacementArea(white, black, any, meanLevel, 16), 0.5));
    }

    void areasTellWhetherWhatCountsGoesFirst() {
        const ldm::Image white = flat(4, 1, 255), black = flat(4, 1, 0);
        const Scorer second = [](const ldm::Image& image) { return image.rgb[3] / 255.0; }; // the pixel at 1
        const Plane right{4, 1, {0, 1, 0.5F, 0.2F}}, wrong{4, 1, {1, 0, 0.5F, 0.2F}};
        QVERIFY(isNear(replacementArea(white, black, right, second, 4), 0.125)); // 1 0 0 0 0
        QVERIFY(isNear(replacementArea(white, black, wrong, second, 4), 0.875)); // 1 1 1 1 0
        QVERIFY(isNear(replacementArea(black, white, right, second, 4), 0.875));
        QVERIFY(!refusal([&] { replacementArea(white, flat(2, 2, 0), right, second); }).empty());
        QVERIFY(!refusal([&] { replacementArea(white, black, right, second, 0); }).empty());
    }
};

NOISEFLOOR_TEST(WbpTest)
#include "tst_wbp.moc"
