#include "cases.h"

#include "flo/critic.h"

#include <analysis/flosamples.h>

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>

#include <cmath>
#include <limits>

using namespace analysis::flo;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

at::Tensor doubles(const std::vector<double>& values) {
    return at::tensor(values, at::kDouble);
}

at::Tensor rows(const std::vector<double>& values, std::int64_t columns) {
    return doubles(values).view({-1, columns});
}

double largestGap(const at::Tensor& a, const at::Tensor& b) {
    return (a - b).abs().max().item<double>();
}

double meanOf(const at::Tensor& values) {
    return values.mean().item<double>();
}

at::Generator seeded(std::uint64_t seed) {
    return at::detail::createCPUGenerator(seed);
}

/// Off-diagonal elements of a row, in the order of the columns.
at::Tensor offDiagonal(const at::Tensor& square) {
    const std::int64_t n = square.size(0);
    return square.masked_select(at::eye(n, at::kBool).logical_not()).view({n, n - 1});
}

/// Scores of three pairs, worked out by hand for all bounds.
struct Worked {
    at::Tensor g = rows({0.8, -0.3, 0.1, 0.2, 1.1, -0.5, -0.4, 0.3, 0.6}, 3);
    at::Tensor u = doubles({-0.25, 0.10, -0.60});

    Scores scores(const at::Tensor& side = {}) const { return {g.diagonal(), offDiagonal(g), side}; }
};

Scores randomScores(std::int64_t n, std::int64_t negatives, std::uint64_t seed) {
    at::Generator random = seeded(seed);
    const auto normal = [&random](at::IntArrayRef shape) { return at::randn(shape, random, at::kDouble); };
    return {normal({n}), normal({n, negatives}), normal({n})};
}

/// What the gradient of a bound is that of: its own value, except for FDV.
double differentiated(Bound bound, const Scores& scores) {
    if (bound != Bound::Fdv) return meanOf(lossOf(bound, scores).perSample);
    return meanOf(scores.negative.logsumexp({1}) - scores.positive);
}

/// The slope of `value` by every element of `parameter`, which it reads, from central differences.
template <typename Value> at::Tensor slopes(const at::Tensor& parameter, Value&& value) {
    constexpr double kStep = 1e-6;
    const at::Tensor all = at::zeros_like(parameter, at::MemoryFormat::Contiguous);
    const at::Tensor flat = parameter.view({-1});
    for (std::int64_t i = 0; i < flat.numel(); ++i) {
        const double before = flat[i].item<double>();
        flat[i].fill_(before + kStep);
        const double above = value();
        flat[i].fill_(before - kStep);
        const double below = value();
        flat[i].fill_(before);
        all.view({-1})[i].fill_((above - below) / (2 * kStep));
    }
    return all;
}

/// A small network, so that a test takes a second.
Training smallTraining(Bound bound = Bound::Flo) {
    Training training;
    training.bound = bound;
    training.hidden = {32, 32};
    training.candidates = 4;
    training.iterations = 5 * kEpoch;
    training.learningRate = 3e-3;
    training.seed = 7;
    return training;
}

Pairs normals(std::int64_t count, double rho, std::int64_t columns = 1) {
    at::Generator random = seeded(11);
    const at::Tensor x = at::randn({count, columns}, random, at::kDouble);
    return {x, rho * x + std::sqrt(1 - rho * rho) * at::randn({count, columns}, random, at::kDouble)};
}

template <typename Work> std::string refusal(Work&& work) {
    return support::failureOf(ldm::ErrorKind::BadInput, work);
}

std::string refusalOf(const at::Tensor& x, const at::Tensor& y) {
    return refusal([&] { estimate(x, y, smallTraining()); });
}

void everyBound() {
    QTest::addColumn<int>("bound");
    for (const Bound bound : allBounds()) QTest::newRow(nameOf(bound).c_str()) << int(bound);
}

} // namespace

class TestFlo : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void floAndItsGradientsAreThoseWorkedOutByHand() {
        const Worked worked;
        const Loss loss = lossOf(Bound::Flo, worked.scores(worked.u));
        QVERIFY(largestGap(loss.perSample, doubles({-0.7174784582, -0.6247185174, -0.5899105732})) < 1e-9);
        QVERIFY(std::abs(meanOf(loss.perSample) + 0.6440358496) < 1e-9);
        QVERIFY(largestGap(loss.gradient.side, doubles({0.1558261527, 0.2415728391, -0.0033631423})) < 1e-9);
        QVERIFY(largestGap(loss.gradient.positive, doubles({-0.1775071806, -0.0917604942, -0.3366964756})) < 1e-9);
        QVERIFY(largestGap(loss.gradient.negative,
                           rows({0.0712358220, 0.1062713586, 0.0613132402, 0.0304472540, 0.1117200077, 0.2249764679},
                                2)) < 1e-9);
    }

    void theBestUTouchesTheBoundThatFloRaises() {
        const Worked worked;
        const Scores plain = worked.scores();
        const at::Tensor best = plain.negative.logsumexp({1}) - std::log(2.0) - plain.positive;
        QVERIFY(largestGap(best, doubles({-0.8801319282, -1.1899611317, -0.5899611317})) < 1e-9);
        const Loss loss = lossOf(Bound::Flo, worked.scores(best));
        QVERIFY(std::abs(meanOf(loss.perSample) + 0.8866847305) < 1e-9);
        QVERIFY(loss.gradient.side.abs().max().item<double>() < 1e-12);
    }

    void theOtherBoundsAreThoseWorkedOutByHand() {
        const Worked worked;
        const auto nats = [&worked](Bound bound, const at::Tensor& side = {}) {
            return -meanOf(lossOf(bound, worked.scores(side)).perSample);
        };
        QVERIFY(std::abs(nats(Bound::InfoNce) - 0.4901554747) < 1e-9);
        QVERIFY(std::abs(nats(Bound::Dv) - 0.8856620038) < 1e-9);
        QVERIFY(std::abs(nats(Bound::Nwj) - 0.4842095259) < 1e-9);
        QVERIFY(std::abs(nats(Bound::Tuba, doubles({0.3, 0.4, 0.2})) - 0.8255291073) < 1e-9);
        const Loss fdv = lossOf(Bound::Fdv, worked.scores());
        QVERIFY(std::abs(meanOf(fdv.perSample) + 0.4901554747) < 1e-9);
        QVERIFY(largestGap(fdv.gradient.positive, doubles({-1.0 / 3, -1.0 / 3, -1.0 / 3})) < 1e-12);
        QVERIFY(largestGap(fdv.gradient.negative,
                           rows({0.1337707800, 0.1995625534, 0.2227292574, 0.1106040759, 0.1106040759, 0.2227292574},
                                2)) < 1e-9);
    }

    void nwjAndTubaAreFloWithAnotherU() {
        Scores scores = randomScores(9, 5, 1);
        const at::Tensor s = scores.side;
        const at::Tensor tuba = lossOf(Bound::Tuba, scores).perSample;
        const at::Tensor nwj = lossOf(Bound::Nwj, scores).perSample;
        scores.side = s - scores.positive;
        QVERIFY(largestGap(lossOf(Bound::Flo, scores).perSample, tuba) < 1e-12);
        scores.side = 1 - scores.positive;
        QVERIFY(largestGap(lossOf(Bound::Flo, scores).perSample, nwj) < 1e-12);
    }

    void infoNceNeverExceedsTheLogarithmOfItsCandidates() {
        Scores scores = randomScores(50, 4, 2);
        scores.positive += 40;
        const at::Tensor values = -lossOf(Bound::InfoNce, scores).perSample;
        QVERIFY(values.max().item<double>() <= std::log(5.0) + 1e-12);
        QVERIFY(values.min().item<double>() > std::log(5.0) - 1e-6);
    }

    void widelySeparatedScoresDoNotOverflow() {
        Scores scores = randomScores(4, 3, 3);
        for (at::Tensor* tensor : {&scores.positive, &scores.negative, &scores.side}) *tensor = tensor->to(at::kFloat);
        scores.positive += 500;
        scores.negative += 480;
        for (const Bound bound : {Bound::Flo, Bound::Fdv, Bound::InfoNce, Bound::Dv}) {
            const Loss loss = lossOf(bound, scores);
            QVERIFY(loss.perSample.isfinite().all().item<bool>());
            QVERIFY(loss.gradient.negative.isfinite().all().item<bool>());
        }
    }

    void gradientsByScoresAreThoseOfFiniteDifferences_data() { everyBound(); }
    void gradientsByScoresAreThoseOfFiniteDifferences() {
        QFETCH(int, bound);
        const Scores scores = randomScores(4, 3, 4);
        const auto value = [&] { return differentiated(Bound(bound), scores); };
        const Scores gradient = lossOf(Bound(bound), scores).gradient;
        QVERIFY(largestGap(gradient.positive, slopes(scores.positive, value)) < 1e-8);
        QVERIFY(largestGap(gradient.negative, slopes(scores.negative, value)) < 1e-8);
        if (sideOf(Bound(bound)) != Side::None) QVERIFY(largestGap(gradient.side, slopes(scores.side, value)) < 1e-8);
    }

    void gradientsByParametersAreThoseOfFiniteDifferences_data() {
        QTest::addColumn<int>("bound");
        QTest::addColumn<int>("form");
        for (const Bound bound : allBounds())
            for (const Form form : {Form::Shared, Form::Separate, Form::Bilinear})
                QTest::addRow("%s, form %d", nameOf(bound).c_str(), int(form)) << int(bound) << int(form);
    }
    void gradientsByParametersAreThoseOfFiniteDifferences() {
        QFETCH(int, bound);
        QFETCH(int, form);
        Training training;
        training.bound = Bound(bound);
        training.form = Form(form);
        training.hidden = {5, 4};
        at::Generator random = seeded(5);
        const Pairs pairs{at::randn({6, 2}, random, at::kDouble), at::randn({6, 3}, random, at::kDouble)};
        const auto critic = makeCritic(training, 2, 3, random, at::kDouble);
        const Parameters parameters = critic->parameters();
        // Biases of 0 put dead units exactly where ReLU bends.
        for (Parameter* parameter : parameters) parameter->value += 0.1;
        critic->backward(lossOf(training.bound, critic->score(pairs, 3)).gradient);
        for (const Parameter* parameter : parameters) {
            const at::Tensor expected =
                slopes(parameter->value, [&] { return differentiated(training.bound, critic->score(pairs, 3)); });
            QVERIFY2(largestGap(parameter->gradient, expected) < 1e-7,
                     QByteArray::number(largestGap(parameter->gradient, expected)));
        }
    }

    void everyFormScoresPairsWithTheNegativesItSays_data() {
        QTest::addColumn<int>("form");
        QTest::newRow("shared") << int(Form::Shared);
        QTest::newRow("bilinear") << int(Form::Bilinear);
    }
    void everyFormScoresPairsWithTheNegativesItSays() {
        QFETCH(int, form);
        Training training;
        training.form = Form(form);
        training.hidden = {6};
        at::Generator random = seeded(6);
        const Pairs pairs{at::randn({5, 2}, random, at::kDouble), at::randn({5, 2}, random, at::kDouble)};
        const auto critic = makeCritic(training, 2, 2, random, at::kDouble);
        const Scores scores = critic->score(pairs, 2);
        for (std::int64_t k = 1; k <= 2; ++k) {
            const Scores shifted = critic->score({pairs.x, pairs.y.roll({-k}, {0})}, 1);
            QVERIFY(largestGap(scores.negative.select(1, k - 1), shifted.positive) < 1e-12);
        }
    }

    void adamStepsAsFarAsItsFormulaSays() {
        Parameter parameter{doubles({1, -2}), at::zeros({2}, at::kDouble)};
        Adam adam({&parameter}, 0.1);
        parameter.gradient.copy_(doubles({3, -0.5}));
        adam.step();
        QVERIFY(largestGap(parameter.value, doubles({0.9, -1.9})) < 1e-8);
        parameter.gradient.copy_(doubles({-1, -0.5}));
        adam.step();
        const double mean1 = (0.9 * 0.1 * 3 - 0.1) / (1 - 0.81);
        const double square1 = (0.999 * 0.001 * 9 + 0.001) / (1 - 0.999 * 0.999);
        QVERIFY(largestGap(parameter.value, doubles({0.9 - 0.1 * mean1 / std::sqrt(square1), -1.8})) < 1e-8);
    }

    void correlatedNormalsShareWhatTheFormulaSays() {
        QVERIFY(std::abs(informationOf({10, 0.5, false}) - 1.43841) < 1e-5);
        QVERIFY(std::abs(informationOf({10, 0.99, true}) - 19.58518) < 1e-4);
        QVERIFY(std::abs(informationOf({1, -0.9, false}) - 0.83037) < 1e-5);
        QCOMPARE(informationOf({3, 0, false}), 0.0);
        const std::vector<double> rhos = Benchmark::evenRhos(20);
        QCOMPARE(rhos.size(), std::size_t(20));
        QVERIFY(rhos.front() == 0 && std::abs(rhos[1] - 0.0521) < 1e-4 && rhos.back() == 0.99);
    }

    void floPassesTheCeilingThatInfoNceHas() {
        const CorrelatedNormals shared{4, 0.95, false}; // 4.66 nats
        Training training = smallTraining(Bound::InfoNce);
        training.candidates = 2;
        const auto infoNce = estimate(shared, training);
        training.bound = Bound::Flo;
        const auto flo = estimate(shared, training);
        QVERIFY(infoNce->highDecile <= std::log(2.0));
        QVERIFY2(flo->nats > 1.0, QByteArray::number(flo->nats));
        QVERIFY(flo->lowDecile < flo->nats && flo->nats < flo->highDecile);
        QCOMPARE(flo->course.size(), std::size_t(5));
        QVERIFY(flo->course.back() > flo->course.front());
    }

    void aSeedMakesOneEstimateForAnyNumberOfThreads() {
        const int threads = at::get_num_threads();
        Training training = smallTraining();
        training.hidden = {256, 256};
        training.iterations = 20;
        const auto nats = [&training] { return estimate(CorrelatedNormals{3, 0.8, true}, training)->nats; };
        at::set_num_threads(1);
        const double alone = nats();
        at::set_num_threads(2);
        QCOMPARE(nats(), alone);
        QCOMPARE(at::get_num_threads(), 2);
        at::set_num_threads(threads);
        ++training.seed;
        QVERIFY(nats() != alone);
    }

    void aBenchmarkHoldsEveryBoundAtEveryCorrelation() {
        Benchmark benchmark;
        benchmark.dimensions = 1;
        benchmark.rhos = {0.2, 0.9};
        benchmark.training = smallTraining();
        benchmark.training.iterations = kEpoch;
        std::vector<std::int64_t> done;
        const auto cells =
            run(benchmark, {}, [&done](const ldm::Progress& progress) { done.push_back(progress.done); });
        QCOMPARE(cells->size(), 2 * allBounds().size());
        QCOMPARE(done.size(), cells->size());
        QVERIFY(std::ranges::is_sorted(done));
        const BenchmarkCell& last = cells->back();
        QVERIFY(last.bound == Bound::Dv && last.rho == 0.9 && std::abs(last.truth - 0.8304) < 1e-4);
        Training alone = benchmark.training;
        alone.bound = Bound::Dv;
        QCOMPARE(last.estimate->nats, estimate(CorrelatedNormals{1, 0.9, false}, alone)->nats);
    }

    void aBenchmarkSaysWhatDivergedAndGoesOn() {
        Benchmark benchmark;
        benchmark.dimensions = 2;
        benchmark.rhos = {0.9};
        benchmark.bounds = {Bound::Nwj, Bound::InfoNce};
        benchmark.training = smallTraining();
        benchmark.training.learningRate = 1e4;
        const auto cells = run(benchmark);
        QVERIFY(!cells->at(0).estimate);
        benchmark.training.bound = Bound::Nwj;
        const std::string said = support::failureOf(ldm::ErrorKind::Failed, [&] {
            estimate(CorrelatedNormals{2, 0.9, false}, benchmark.training);
        });
        QVERIFY2(support::contains(said, "NWJ") && support::contains(said, "lower learning rate"), said.c_str());
    }

    void aStopEndsTheWorkWithoutANumber() {
        std::stop_source source;
        int reports = 0;
        const auto stopAtOnce = [&](const ldm::Progress&) {
            ++reports;
            source.request_stop();
        };
        const Pairs pairs = normals(1000, 0.8);
        QVERIFY(!estimate(pairs.x, pairs.y, smallTraining(), source.get_token(), stopAtOnce));
        QCOMPARE(reports, 1);
        QVERIFY(!estimate(CorrelatedNormals{}, smallTraining(), source.get_token()));
        QVERIFY(!run({}, source.get_token()));
    }

    void samplesThatShareInformationAreToldFromOthers() {
        const Pairs related = normals(6000, 0.8, 2); // 1.022 nats
        const double nats = estimate(related.x, related.y, trainingForSamples())->nats;
        QVERIFY2(nats > 0.85 && nats < 1.1, QByteArray::number(nats));
        const double none = estimate(related.x, related.y.roll({1}, {0}), trainingForSamples())->nats;
        QVERIFY2(none < 0.02, QByteArray::number(none));
    }

    void scalesOfColumnsDoNotMatter() {
        const Pairs pairs = normals(1000, 0.8, 2);
        const double nats = estimate(pairs.x, pairs.y, smallTraining())->nats;
        const double scaled =
            estimate(pairs.x * 1e3 + 500, pairs.y * doubles({-2.0, -1e-3}) * -1, smallTraining())->nats;
        QVERIFY2(std::abs(nats - scaled) < 1e-2, QByteArray::number(nats - scaled));
    }

    void degenerateSamplesAreRefusedWithTheReason() {
        const Pairs good = normals(100, 0.5, 2);
        at::Tensor bad = good.x.clone();
        bad[17][1] = kNan;
        QVERIFY(support::contains(refusalOf(bad, good.y), "x holds values that are not finite"));
        bad[17][1] = std::numeric_limits<double>::infinity();
        QVERIFY(support::contains(refusalOf(good.x, bad), "y holds values that are not finite"));
        bad.select(1, 1).fill_(0.1);
        QVERIFY(support::contains(refusalOf(good.x, bad), "column 2 of y has the same value in all rows"));
        QVERIFY(support::contains(refusalOf(good.x.narrow(0, 0, 99), good.y), "x has 99 rows and y has 100"));
        const Pairs wide = normals(40, 0.5, 30);
        QVERIFY(support::contains(refusalOf(wide.x, wide.y), "40 rows are too few for 60 columns"));
        QVERIFY(support::contains(refusalOf(good.x.narrow(0, 0, 12), good.y.narrow(0, 0, 12)), "at least 16"));
        QVERIFY(support::contains(refusalOf(good.x.select(1, 0), good.y), "must have rows"));
        QVERIFY(support::contains(refusalOf(at::zeros({0, 2}), at::zeros({0, 2})), "0 rows are too few"));
    }

    void settingsOutOfRangeAreRefused() {
        const auto refused = [](auto&& change) {
            Training training = smallTraining();
            change(training);
            return !refusal([&] { estimate(CorrelatedNormals{}, training); }).empty();
        };
        QVERIFY(refused([](Training& t) { t.hidden = {}; }));
        QVERIFY(refused([](Training& t) { t.hidden = {8, 0}; }));
        QVERIFY(refused([](Training& t) { t.candidates = 1; }));
        QVERIFY(refused([](Training& t) { t.candidates = t.batch + 1; }));
        QVERIFY(refused([](Training& t) { t.iterations = 0; }));
        QVERIFY(refused([](Training& t) { t.learningRate = kNan; }));
        for (const double rho : {1.0, -1.0, kNan}) QVERIFY(!refusal([rho] { informationOf({2, rho, false}); }).empty());
        QVERIFY(!refusal([] { informationOf({0, 0.5, false}); }).empty());
    }

    void namesAreFoundWhateverTheirCase() {
        for (const Bound bound : allBounds()) QVERIFY(boundNamed(nameOf(bound)) == bound);
        QVERIFY(boundNamed("infonce") == Bound::InfoNce);
        QVERIFY(!boundNamed("MINE") && !boundNamed(""));
    }
};

NOISEFLOOR_TEST(TestFlo)
#include "tst_flo.moc"
