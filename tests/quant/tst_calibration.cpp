#include "ldm/failures.h"
#include "quant/samplemodel.h"
#include "support/testmain.h"

#include <quant/calibrating.h>
#include <quant/quantize.h>
#include <quant/simulated.h>

#include <ldm/safetensors.h>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <QTemporaryDir>
#include <QTest>

#include <limits>
#include <span>

using quant::ActivationFormat;
using quant::Calibration;
using quant::Range;
using support::contains;
using support::failureOf;

namespace {

/// Stands for the network's own arithmetic where only what comes in matters.
class Echo final : public ldm::Arithmetic {
public:
    at::Tensor linear(const ldm::Layer&, const at::Tensor& x) override { return x; }
    at::Tensor conv2d(const ldm::Layer&, const at::Tensor& x) override { return x; }
    at::Tensor attention(const at::Tensor& q, const at::Tensor&, const at::Tensor&, double,
                         const at::Tensor&) override {
        return q;
    }
};

ldm::Layer layerOf(int id) {
    ldm::Layer layer;
    layer.id = id;
    return layer;
}

std::vector<ldm::GenerateSettings> twoRuns() {
    std::vector<ldm::GenerateSettings> runs(2);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        runs[i].prompt = i == 0 ? "a red heart" : "a dog on a green background";
        runs[i].seed = i;
        runs[i].steps = 3;
    }
    return runs;
}

quant::CalibrationSettings from(const char* steps) {
    quant::CalibrationSettings how;
    how.steps = steps;
    return how;
}

quant::CalibrationSettings with(const char* range, int intervals = 1) {
    quant::CalibrationSettings how;
    how.range = range;
    how.intervals = intervals;
    return how;
}

/// The ranges of one layer that saw some inputs.
Calibration calibrated(const quant::CalibrationSettings& how, const std::vector<at::Tensor>& inputs) {
    Echo echo;
    quant::CalibratingArithmetic arithmetic(echo, 1, how);
    for (const at::Tensor& x : inputs) arithmetic.linear(layerOf(0), x);
    return arithmetic.result(support::modelOf({support::layer("unet.a", "unet.a", {1, 1})}));
}

double squaredError(const at::Tensor& x, ActivationFormat format, Range range) {
    return quant::errorSums(x, quant::quantizedActivations(x, format, range)).error;
}

ldm::ModelInfo twoLayers() {
    return support::modelOf({support::layer("unet.a", "unet.a", {1, 1}), support::layer("unet.b", "unet.b", {1, 1})});
}

/// Writes a calibration file by hand.
void write(const std::filesystem::path& file, const std::vector<std::pair<std::string, std::vector<float>>>& ranges,
           const std::map<std::string, std::string>& metadata = {{"noisefloor.steps", "all"}}) {
    std::vector<ldm::TensorToWrite> tensors;
    for (const auto& [name, values] : ranges) {
        const auto size = static_cast<std::int64_t>(values.size());
        const auto shape = size == 4 ? std::vector<std::int64_t>{2, 2} : std::vector<std::int64_t>{size};
        tensors.push_back({name, ldm::DType::F32, shape, std::as_bytes(std::span(values))});
    }
    ldm::writeSafetensors(file, tensors, metadata);
}

} // namespace

class CalibrationTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theExtremesOfAllInputsAreTaken() {
        Echo echo;
        quant::CalibratingArithmetic arithmetic(echo, 2);
        arithmetic.linear(layerOf(0), at::tensor({0.5F, 2.0F, 1.0F}));
        arithmetic.conv2d(layerOf(1), at::full({200'000}, -3.0F));
        at::Tensor large = at::zeros({300'000});
        large[299'999] = 7;
        large[65'536] = -1;
        arithmetic.linear(layerOf(0), large);
        arithmetic.setRecording(false);
        arithmetic.linear(layerOf(1), at::full({10}, 100.0F));
        const Calibration found = arithmetic.result(twoLayers());
        QVERIFY((found.inputs == std::vector<Range>{{-1, 7}, {-3, -3}}));
    }

    void inputsThatAreNotFiniteNameTheLayer() {
        for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
            Echo echo;
            quant::CalibratingArithmetic arithmetic(echo, 2);
            at::Tensor x = at::ones({100'000});
            x[70'001] = bad;
            arithmetic.linear(layerOf(0), x);
            arithmetic.linear(layerOf(1), x);
            arithmetic.linear(layerOf(0), at::ones({3}));
            const std::string said = failureOf(ldm::ErrorKind::Failed, [&] { arithmetic.result(twoLayers()); });
            QVERIFY2(contains(said, "'unet.a'"), said.c_str());
        }
    }

    void layersThatNeverRanAreNamed() {
        Echo echo;
        quant::CalibratingArithmetic arithmetic(echo, 2);
        arithmetic.linear(layerOf(0), at::ones({3}));
        QVERIFY(contains(failureOf(ldm::ErrorKind::Failed, [&] { arithmetic.result(twoLayers()); }), "'unet.b'"));
    }

    /// 0.5 % of 0, 1, ... 2000 lie on each side of the middle 99 %.
    void percentilesLeaveOutEquallyManyValuesOnEachSide() {
        quant::CalibrationSettings how = with("percentile");
        how.percentile = 99;
        const at::Tensor x = at::arange(2001, at::kFloat) - 500;
        const Calibration found = calibrated(how, {x});
        QVERIFY(found.percentile == 99.0 && found.method == "percentile");
        QVERIFY(std::abs(found.inputs[0].lo + 490) <= 1); // bins are one wide
        QVERIFY(std::abs(found.inputs[0].hi - 1490) <= 1);
        how.percentile = 100;
        QVERIFY((calibrated(how, {x}).inputs[0] == Range{-500, 1500}));
        how.percentile = 99.9;
        const at::Tensor spiked = at::cat({at::full({999'999}, 3.0F), at::tensor({1e6F})});
        const Range range = calibrated(how, {spiked}).inputs[0];
        QVERIFY(range.lo == 3 && range.hi < 1000);
    }

    void rangesDependNeitherOnOrderNorOnPieces() {
        at::manual_seed(5);
        const at::Tensor x = at::randn({200'000}) * at::linspace(0.01, 3, 200'000);
        for (const char* range : {"percentile", "mse"}) {
            const Calibration whole = calibrated(with(range), {x});
            const Calibration pieces =
                calibrated(with(range), {x.slice(0, 150'000), x.slice(0, 0, 7), x.slice(0, 7, 150'000)});
            QVERIFY2(whole == pieces, range);
            const int before = at::get_num_threads();
            at::set_num_threads(1);
            const bool isSame = calibrated(with(range), {x.flip(0)}) == whole;
            at::set_num_threads(before);
            QVERIFY2(isSame, range);
        }
    }

    void constantInputsHaveTheRangeOfTheirValue() {
        for (const char* range : {"minmax", "percentile", "mse"})
            for (const float value : {0.0F, 2.5F, -0.3F, 1e-38F, 3e38F}) {
                const Calibration found = calibrated(with(range), {at::full({1000}, value)});
                QVERIFY2((found.inputs[0] == Range{value, value}), range);
                for (const auto& [format, ranges] : found.clipped)
                    QVERIFY((ranges[0] == Range{std::min(0.0F, value), std::max(0.0F, value)}));
            }
    }

    /// A few values far outside cost more levels than they are worth.
    void leastErrorCutsOffWhatIsRare() {
        at::manual_seed(7);
        const at::Tensor x = at::cat({at::randn({20'000}), at::tensor({40.0F, -25.0F})});
        const Calibration found = calibrated(with("mse"), {x});
        QVERIFY((found.inputs[0] == Range{-25, 40}));
        for (const ActivationFormat format : quant::clippedFormats()) {
            const Range range = found.range(0, format);
            const double error = squaredError(x, format, range);
            double least = squaredError(x, format, {-25, 40});
            QVERIFY(format == ActivationFormat::Int4 ? error < 0.5 * least : error <= least);
            for (int lo = 1; lo <= 50; ++lo)
                for (int hi = 1; hi <= 50; ++hi)
                    least = std::min(least, squaredError(x, format, {-25 * lo / 50.0F, 40 * hi / 50.0F}));
            QVERIFY2(error <= 1.05 * least, std::to_string(error / least).c_str());
        }
        QVERIFY(found.range(0, ActivationFormat::Int4).hi < found.range(0, ActivationFormat::Int8).hi);
        QVERIFY((found.range(0, ActivationFormat::Int16) == Range{-25, 40})); // has levels enough
    }

    void whatFitsTheLevelsIsNotCutOff() {
        const at::Tensor x = at::linspace(-1, 1, 100'000);
        for (const auto& [format, ranges] : calibrated(with("mse"), {x}).clipped)
            QVERIFY(ranges[0].lo < -0.9F && ranges[0].hi > 0.9F);
    }

    void everyIntervalHasRangesOfItsOwn() {
        Echo echo;
        quant::CalibratingArithmetic arithmetic(echo, 2, with("minmax", 5));
        const auto see = [&](int timestep, float value) {
            arithmetic.setTimestep(timestep);
            for (const int layer : {0, 1}) arithmetic.linear(layerOf(layer), at::full({4}, value + 100.0F * layer));
        };
        see(999, 5);
        see(800, 6);
        see(799, 4);
        see(300, -1);
        const Calibration found = arithmetic.result(twoLayers());
        const auto range = [&](int timestep) {
            return found.range(0, ActivationFormat::Int8, found.intervalOf(timestep));
        };
        QVERIFY((range(900) == Range{5, 6}));
        QVERIFY((range(600) == Range{4, 4}));
        QVERIFY((range(599) == Range{-1, 4})); // nothing was seen from 400 to 599: both neighbours
        QVERIFY((range(200) == Range{-1, -1}));
        QVERIFY((range(0) == Range{-1, -1})); // nor here: the only neighbour
        QVERIFY((found.range(1, ActivationFormat::Int8, 4) == Range{105, 106}));
        QCOMPARE(found.layers(), std::size_t{2});
    }

    void intervalsOfAModelLieWithinItsWholeRange() {
        const ldm::Model model = ldm::Model::open("emoji-ldm");
        const auto whole = quant::calibrate(model, twoRuns(), with("minmax"));
        const auto found = quant::calibrate(model, twoRuns(), with("minmax", 4));
        QVERIFY(whole && found);
        QCOMPARE(found->layers(), whole->layers());
        std::size_t narrower = 0;
        for (std::size_t layer = 0; layer < whole->layers(); ++layer) {
            Range joined = found->inputs[layer];
            for (int interval = 0; interval < 4; ++interval) {
                const Range range = found->range(int(layer), ActivationFormat::Int8, interval);
                joined = {std::min(joined.lo, range.lo), std::max(joined.hi, range.hi)};
                narrower += range != whole->inputs[layer];
            }
            QVERIFY(joined == whole->inputs[layer]);
        }
        QVERIFY(narrower > whole->layers());
    }

    void theFirstStepsRangesLieWithinThoseOfAll() {
        const ldm::Model model = ldm::Model::open("emoji-ldm");
        const auto first = quant::calibrate(model, twoRuns(), from("first"));
        const auto all = quant::calibrate(model, twoRuns(), from("all"));
        QVERIFY(first && all);
        QCOMPARE(first->steps, std::string("first"));
        QCOMPARE(all->steps, std::string("all"));
        QCOMPARE(first->inputs.size(), model.info().layers.size());
        std::size_t wider = 0;
        for (std::size_t i = 0; i < all->inputs.size(); ++i) {
            QVERIFY2(all->inputs[i].lo <= first->inputs[i].lo && all->inputs[i].hi >= first->inputs[i].hi,
                     model.info().layers[i].name.c_str());
            QVERIFY(all->inputs[i].lo < all->inputs[i].hi);
            wider += all->inputs[i] != first->inputs[i];
        }
        QVERIFY(wider > all->inputs.size() / 2);
        QVERIFY(quant::calibrate(model, twoRuns(), from("all")) == all);
    }

    void morePromptsNeverNarrowARange() {
        const ldm::Model model = ldm::Model::open("emoji-ldm");
        const auto both = quant::calibrate(model, twoRuns(), from("first"));
        const auto one = quant::calibrate(model, {twoRuns()[1]}, from("first"));
        QVERIFY(both && one);
        for (std::size_t i = 0; i < one->inputs.size(); ++i)
            QVERIFY(both->inputs[i].lo <= one->inputs[i].lo && both->inputs[i].hi >= one->inputs[i].hi);
    }

    void aStoppedCalibrationReturnsNothing() {
        const ldm::Model model = ldm::Model::open("emoji-ldm");
        std::stop_source stop;
        std::int64_t reports = 0;
        const auto found =
            quant::calibrate(model, twoRuns(), from("all"), stop.get_token(), [&](const ldm::Progress& progress) {
                QCOMPARE(progress.total, std::int64_t{6});
                if (++reports == 2) stop.request_stop();
            });
        QVERIFY(!found);
        QCOMPARE(reports, std::int64_t{2});
    }

    void unusableRequestsAreRefused() {
        const ldm::Model model = ldm::Model::open("emoji-ldm");
        QVERIFY(!failureOf(ldm::ErrorKind::BadInput, [&] { quant::calibrate(model, {}, from("all")); }).empty());
        std::vector<quant::CalibrationSettings> bad{from("last"), with("max"), with("minmax", 0), with("minmax", 101)};
        for (const double percentile : {50.0, 100.1, std::numeric_limits<double>::quiet_NaN()}) {
            bad.push_back(with("percentile"));
            bad.back().percentile = percentile;
        }
        for (const auto& how : bad)
            QVERIFY(!failureOf(ldm::ErrorKind::BadInput, [&] { quant::calibrate(model, twoRuns(), how); }).empty());
    }

    void savedRangesAreLoaded() {
        const Calibration calibration{{{-1, 2}, {0, 0.1F}}, "first"};
        const auto file = path("a.calib.safetensors");
        quant::saveCalibration(calibration, twoLayers(), file);
        QVERIFY(quant::loadCalibration(file, twoLayers()) == calibration);
    }

    void rangesOfEveryKindAreSavedWhole() {
        for (const char* range : {"minmax", "percentile", "mse"})
            for (const int intervals : {1, 3}) {
                Echo echo;
                quant::CalibratingArithmetic arithmetic(echo, 2, with(range, intervals));
                for (const int timestep : {900, 500, 100}) {
                    arithmetic.setTimestep(timestep);
                    for (const int layer : {0, 1})
                        arithmetic.linear(layerOf(layer), at::linspace(-timestep, 1 + layer, 1000));
                }
                const Calibration calibration = arithmetic.result(twoLayers());
                quant::saveCalibration(calibration, twoLayers(), path("kinds.calib.safetensors"));
                QVERIFY2(quant::loadCalibration(path("kinds.calib.safetensors"), twoLayers()) == calibration, range);
            }
    }

    void unfitFilesAreRefusedByName_data() {
        QTest::addColumn<int>("fault");
        QTest::addColumn<QByteArray>("part");
        QTest::newRow("missing layer") << 0 << QByteArray("'unet.b'");
        QTest::newRow("surplus layer") << 1 << QByteArray("'unet.bb'");
        QTest::newRow("descending") << 2 << QByteArray("'unet.b' is not finite and ascending");
        QTest::newRow("not finite") << 3 << QByteArray("'unet.b' is not finite and ascending");
        QTest::newRow("three numbers") << 4 << QByteArray("not two float32");
        QTest::newRow("no steps") << 5 << QByteArray("which steps");
        QTest::newRow("no safetensors file") << 6 << QByteArray("");
        QTest::newRow("unknown kind") << 7 << QByteArray("no known kind");
        QTest::newRow("no percentile") << 8 << QByteArray("which percentile");
        QTest::newRow("percentile of nothing") << 9 << QByteArray("which percentile");
        QTest::newRow("clipped range missing") << 10 << QByteArray("'unet.a.int8'");
        QTest::newRow("clipped range unasked for") << 11 << QByteArray("'unet.a.int8' is no layer");
        QTest::newRow("unequal intervals") << 12 << QByteArray("'unet.b' has ranges of 2 intervals");
    }

    void unfitFilesAreRefusedByName() {
        QFETCH(int, fault);
        QFETCH(QByteArray, part);
        const auto file = path("bad.safetensors");
        const std::vector<float> good{-1, 1};
        if (fault == 0) write(file, {{"unet.a", good}});
        if (fault == 1) write(file, {{"unet.a", good}, {"unet.b", good}, {"unet.bb", good}});
        if (fault == 2) write(file, {{"unet.a", good}, {"unet.b", {1, -1}}});
        if (fault == 3) write(file, {{"unet.a", good}, {"unet.b", {-1, std::numeric_limits<float>::infinity()}}});
        if (fault == 4) write(file, {{"unet.a", good}, {"unet.b", {1, 2, 3}}});
        if (fault == 5) write(file, {{"unet.a", good}, {"unet.b", good}}, {});
        if (fault == 6) support::put(file, "text");
        const auto tagged = [](std::map<std::string, std::string> more) {
            more["noisefloor.steps"] = "all";
            return more;
        };
        if (fault == 7) write(file, {{"unet.a", good}, {"unet.b", good}}, tagged({{"noisefloor.range", "max"}}));
        if (fault == 8) write(file, {{"unet.a", good}, {"unet.b", good}}, tagged({{"noisefloor.range", "percentile"}}));
        if (fault == 9)
            write(file, {{"unet.a", good}, {"unet.b", good}},
                  tagged({{"noisefloor.range", "percentile"}, {"noisefloor.percentile", "99x"}}));
        if (fault == 10) write(file, {{"unet.a", good}, {"unet.b", good}}, tagged({{"noisefloor.range", "mse"}}));
        if (fault == 11) write(file, {{"unet.a", good}, {"unet.b", good}, {"unet.a.int8", good}});
        if (fault == 12) write(file, {{"unet.a", good}, {"unet.b", {-1, 1, -2, 2}}});
        const std::string said =
            failureOf(ldm::ErrorKind::BadInput, [&] { quant::loadCalibration(file, twoLayers()); });
        QVERIFY2(contains(said, file.string()) && contains(said, part.toStdString()), said.c_str());
    }

    void promptsAreReadLineByLine() {
        support::put(path("p.txt"), "# a comment\n\n  a red heart \r\n\ta dog\n#\nlast");
        const std::vector<std::string> expected{"a red heart", "a dog", "last"};
        QCOMPARE(quant::loadPrompts(path("p.txt")), expected);
        support::put(path("none.txt"), "# nothing\n\n");
        const std::string said = failureOf(ldm::ErrorKind::BadInput, [&] { quant::loadPrompts(path("none.txt")); });
        QVERIFY2(contains(said, "none.txt") && contains(said, "one a line"), said.c_str());
        QVERIFY(!failureOf(ldm::ErrorKind::BadInput, [] { quant::loadPrompts("there-is-none.txt"); }).empty());
    }

    void promptsOfTheResourcesAreFoundFromAnywhere() {
        const auto prompts = quant::loadPrompts("resources/prompts/default.txt");
        QVERIFY(!prompts.empty());
        QCOMPARE(quant::loadPrompts("prompts/default.txt"), prompts);
    }

private:
    std::filesystem::path path(const char* name) const { return m_folder.filePath(name).toStdString(); }
    QTemporaryDir m_folder;
};

NOISEFLOOR_TEST(CalibrationTest)
#include "tst_calibration.moc"
