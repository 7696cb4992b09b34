#include "ldm/failures.h"
#include "quant/samplemodel.h"
#include "support/testmain.h"

#include <quant/calibration.h>
#include <quant/simulated.h>

#include <ldm/safetensors.h>

#include <ATen/ATen.h>

#include <QTemporaryDir>
#include <QTest>

#include <limits>
#include <span>

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

ldm::ModelInfo twoLayers() {
    return support::modelOf({support::layer("unet.a", "unet.a", {1, 1}), support::layer("unet.b", "unet.b", {1, 1})});
}

/// Writes a calibration file by hand.
void write(const std::filesystem::path& file, const std::vector<std::pair<std::string, std::vector<float>>>& ranges,
           const std::map<std::string, std::string>& metadata = {{"noisefloor.steps", "all"}}) {
    std::vector<ldm::TensorToWrite> tensors;
    for (const auto& [name, values] : ranges)
        tensors.push_back(
            {name, ldm::DType::F32, {static_cast<std::int64_t>(values.size())}, std::as_bytes(std::span(values))});
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

    void theFirstStepsRangesLieWithinThoseOfAll() {
        const ldm::Model model = ldm::Model::open("emoji-ldm");
        const auto first = quant::calibrate(model, twoRuns(), "first");
        const auto all = quant::calibrate(model, twoRuns(), "all");
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
        QVERIFY(quant::calibrate(model, twoRuns(), "all") == all);
    }

    void morePromptsNeverNarrowARange() {
        const ldm::Model model = ldm::Model::open("emoji-ldm");
        const auto both = quant::calibrate(model, twoRuns(), "first");
        const auto one = quant::calibrate(model, {twoRuns()[1]}, "first");
        QVERIFY(both && one);
        for (std::size_t i = 0; i < one->inputs.size(); ++i)
            QVERIFY(both->inputs[i].lo <= one->inputs[i].lo && both->inputs[i].hi >= one->inputs[i].hi);
    }

    void aStoppedCalibrationReturnsNothing() {
        const ldm::Model model = ldm::Model::open("emoji-ldm");
        std::stop_source stop;
        std::int64_t reports = 0;
        const auto found =
            quant::calibrate(model, twoRuns(), "all", stop.get_token(), [&](const ldm::Progress& progress) {
                QCOMPARE(progress.total, std::int64_t{6});
                if (++reports == 2) stop.request_stop();
            });
        QVERIFY(!found);
        QCOMPARE(reports, std::int64_t{2});
    }

    void unusableRequestsAreRefused() {
        const ldm::Model model = ldm::Model::open("emoji-ldm");
        QVERIFY(!failureOf(ldm::ErrorKind::BadInput, [&] { quant::calibrate(model, {}, "all"); }).empty());
        QVERIFY(!failureOf(ldm::ErrorKind::BadInput, [&] { quant::calibrate(model, twoRuns(), "last"); }).empty());
    }

    void savedRangesAreLoaded() {
        const Calibration calibration{{{-1, 2}, {0, 0.1F}}, "first"};
        const auto file = path("a.calib.safetensors");
        quant::saveCalibration(calibration, twoLayers(), file);
        QVERIFY(quant::loadCalibration(file, twoLayers()) == calibration);
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
