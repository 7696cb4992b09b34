#include "ldm/failures.h"
#include "support/testmain.h"

#include <quant/export.h>
#include <quant/preparation.h>
#include <quant/simulated.h>
#include <quant/simulation.h>

#include <ldm/denoise.h>
#include <ldm/networks.h>
#include <ldm/weights.h>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <QTemporaryDir>
#include <QTest>

#include <cmath>

using quant::ActivationFormat;
using quant::Format;
using quant::Recipe;
using quant::Treatment;
using quant::WeightFormat;
using support::contains;
using support::failureOf;

namespace {

constexpr Format kW4A8{WeightFormat::Int4, ActivationFormat::Int8};
constexpr const char* kConv = "unet.mid_block.resnets.0.conv1";
constexpr const char* kLinear = "unet.mid_block.attentions.0.transformer_blocks.0.ff.net.2";

/// Sets the number of threads until it goes.
class Threads {
public:
    explicit Threads(int count) : m_before(at::get_num_threads()) { at::set_num_threads(count); }
    ~Threads() { at::set_num_threads(m_before); }
    Threads(const Threads&) = delete;
    Threads& operator=(const Threads&) = delete;

private:
    int m_before;
};

bool equal(const quant::LayerTreatment& a, const quant::LayerTreatment& b) {
    if (a.alpha != b.alpha || a.smoothing.defined() != b.smoothing.defined()) return false;
    if (a.smoothing.defined() && !at::equal(a.smoothing, b.smoothing)) return false;
    return a.rounded.size() == b.rounded.size() &&
           std::equal(a.rounded.begin(), a.rounded.end(), b.rounded.begin(), [](const auto& x, const auto& y) {
               return x.first == y.first && at::equal(x.second.codes, y.second.codes);
           });
}

bool equal(const Treatment& a, const Treatment& b) {
    return a.layers.size() == b.layers.size() &&
           std::equal(a.layers.begin(), a.layers.end(), b.layers.begin(),
                      [](const auto& x, const auto& y) { return x.first == y.first && equal(*x.second, *y.second); });
}

} // namespace

class TreatedModelTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() {
        QVERIFY(m_folder.isValid());
        support::put(m_folder.filePath("prompts.txt").toStdString(), "a dog\nsmiling face\n");
        m_model = std::make_unique<ldm::Model>(ldm::Model::open("emoji-ldm"));
        m_treatment = treated(smoothedAndFed());
        QVERIFY(m_treatment);
    }

    void whatWasAskedForIsMade() {
        QCOMPARE(m_treatment->layers.size(), std::size_t{2});
        const auto& conv = *m_treatment->find(indexOf(kConv));
        QVERIFY(conv.rounded.contains(WeightFormat::Int4));
        QVERIFY(!m_treatment->find(indexOf("unet.conv_in")));
        for (const auto& [layer, treatment] : m_treatment->layers) {
            if (!treatment->smoothing.defined()) continue;
            QVERIFY(treatment->alpha >= 0.1 && treatment->alpha <= 0.9);
            QCOMPARE(treatment->smoothing.numel(), info().layers[std::size_t(layer)].weightShape[1]);
        }
    }

    void theSameSeedMakesTheSameTreatment() {
        const auto again = treated(smoothedAndFed());
        QVERIFY(again && equal(*again, *m_treatment));
    }

    void memoryForOneLayerAtATimeMakesTheSameTreatment() {
        const auto again = treated(smoothedAndFed(), {.sampleBytes = 1});
        QVERIFY(again && equal(*again, *m_treatment));
    }

    void threadsChangeNextToNothing() {
        const Threads one(1);
        const auto alone = treated(smoothedAndFed());
        QVERIFY(alone);
        for (const auto& [layer, treatment] : m_treatment->layers) {
            const quant::LayerTreatment& other = *alone->find(layer);
            QVERIFY(std::abs(other.alpha - treatment->alpha) < 0.11);
            const at::Tensor& codes = treatment->rounded.at(WeightFormat::Int4).codes;
            const at::Tensor same = codes.eq(other.rounded.at(WeightFormat::Int4).codes).to(at::kFloat).mean();
            if (other.alpha == treatment->alpha) QVERIFY(same.item<float>() > 0.99F);
        }
    }

    void errorFeedbackBringsTheNoiseNearer() {
        const double nearest = noiseError(base());
        Recipe recipe = base();
        recipe.errorFeedback = quant::ErrorFeedback{{"unet.mid_block", "unet.up_blocks.2.*"}};
        QVERIFY2(noiseError(recipe) < nearest, qPrintable(QString::number(nearest)));
    }

    void lowRankBringsTheNoiseNearer() {
        Recipe recipe = base();
        recipe.lowRank = quant::LowRank{16, {"unet.**.conv*"}};
        QVERIFY(noiseError(recipe) < noiseError(base()));
    }

    void splitSkipsHaveRangesOfTheirOwn() {
        Recipe recipe = base();
        recipe.base = {WeightFormat::Int8, ActivationFormat::Int8};
        recipe.splitSkips = true;
        quant::Preparer preparer(*m_model);
        const auto ready = preparer.prepare(recipe, settings());
        QVERIFY(ready);
        QVERIFY(ready->treatment.splitInputs() > 0);
        QCOMPARE(ready->calibration.layers(), info().layers.size() + ready->treatment.splitInputs());
        const auto whole = preparer.ranges(recipe.calibration, settings());
        QVERIFY(whole);
        for (const quant::PlannedTreatment& planned : ready->plan.treated) {
            const auto first = ready->calibration.range(planned.layer, ActivationFormat::Int8);
            const auto second = ready->calibration.range(planned.splitInput, ActivationFormat::Int8);
            const auto both = whole->range(planned.layer, ActivationFormat::Int8);
            QCOMPARE(std::min(first.lo, second.lo), both.lo);
            QCOMPARE(std::max(first.hi, second.hi), both.hi);
        }
        QVERIFY(noiseError(recipe) > 0);
    }

    void smoothedInputsHaveTheRangesThatTheyAreQuantizedWith() {
        Recipe recipe = base();
        recipe.smoothing = quant::Smoothing{0.8, {{kLinear, {}}}};
        quant::Preparer preparer(*m_model);
        const auto ready = preparer.prepare(recipe, settings());
        const auto plain = preparer.ranges(recipe.calibration, settings());
        QVERIFY(ready && plain);
        const int layer = indexOf(kLinear);
        QVERIFY(ready->treatment.find(layer)->smoothing.defined());
        QVERIFY(ready->calibration.range(layer, ActivationFormat::Int8) != plain->range(layer, ActivationFormat::Int8));
        const int other = indexOf(kConv);
        QVERIFY(ready->calibration.range(other, ActivationFormat::Int8) == plain->range(other, ActivationFormat::Int8));
    }

    void aPrecomputedTimeEmbeddingIsExact() {
        Recipe recipe;
        recipe.base = {WeightFormat::Fp32, ActivationFormat::Fp32};
        recipe.rules = {{"unet.time_embedding", WeightFormat::Int4, {}, {}, ""},
                        {"unet.**.time_emb_proj", WeightFormat::Int4, {}, {}, ""}};
        QVERIFY(noiseError(recipe) > 0);
        recipe.precomputedTimeEmbedding = true;
        QCOMPARE(noiseError(recipe), 0.0);
    }

    void theSamePictureComesOutWhateverWasMadeBefore() {
        quant::Simulation simulation(*m_model);
        Recipe recipe = base();
        recipe.errorFeedback = quant::ErrorFeedback{{kConv}};
        recipe.smoothing = quant::Smoothing{{}, {{kLinear, {}}}};
        const auto first = simulation.quantized(recipe, settings());
        const auto plain = simulation.quantized(base(), settings());
        QVERIFY(first && plain && *first != *plain);
        QVERIFY(simulation.quantized(recipe, settings()) == first);
        quant::Simulation fresh(*m_model);
        QVERIFY(fresh.quantized(recipe, settings()) == first);
    }

    void treatmentsAreMadeOnceForTheSameRecipe() {
        quant::Preparer preparer(*m_model);
        const auto first = preparer.prepare(smoothedAndFed(), settings());
        bool worked = false;
        const auto again =
            preparer.prepare(smoothedAndFed(), settings(), {}, [&](const ldm::Progress&) { worked = true; });
        QVERIFY(first && again && !worked);
        QVERIFY(first->treatment == again->treatment);
    }

    void savedRangesBesideSmoothingAreRefused() {
        Recipe recipe = base();
        recipe.smoothing = quant::Smoothing{0.5, {{kLinear, {}}}};
        recipe.calibration.file = "ranges.safetensors";
        quant::Preparer preparer(*m_model);
        const std::string said = failureOf(ldm::ErrorKind::BadInput, [&] { preparer.prepare(recipe, settings()); });
        QVERIFY2(contains(said, "smoothed") && contains(said, "ranges.safetensors"), said.c_str());
    }

    void aStoppedTreatmentIsNone() {
        std::stop_source stop;
        const auto stopLater = [&](const ldm::Progress& progress) {
            if (progress.what == "treating layers") stop.request_stop();
        };
        quant::Preparer preparer(*m_model);
        QVERIFY(!preparer.prepare(smoothedAndFed(), settings(), stop.get_token(), stopLater));
        QVERIFY(!preparer.prepare(smoothedAndFed(), settings(), stop.get_token()));
        QVERIFY(preparer.prepare(smoothedAndFed(), settings()));
    }

    void exportsCarryWhatWeightsCan() {
        Recipe recipe = smoothedAndFed();
        recipe.lowRank = quant::LowRank{4, {kConv}};
        recipe.splitSkips = true;
        recipe.precomputedTimeEmbedding = true;
        const std::filesystem::path out = m_folder.filePath("out").toStdString();
        const auto report =
            quant::exportModel(*m_model, recipe, {quant::ExportFormat::Diffusers, out, false, settings()});
        QVERIFY(report);
        QVERIFY(report->bakedLayers < std::int64_t(info().layers.size()));
        for (const char* part : {"smoothing is part", "low-rank parts", "split ranges", "precomputed time"})
            QVERIFY2(std::any_of(report->notes.begin(), report->notes.end(),
                                 [&](const std::string& note) { return contains(note, part); }),
                     part);
        const auto treatment = treated(recipe);
        QVERIFY(treatment);
        const auto file = ldm::SafetensorsFile::open(out / "unet/diffusion_pytorch_model.safetensors");
        for (const char* layer : {kConv, kLinear, "unet.time_embedding.linear_1", "unet.up_blocks.0.resnets.0.conv1"}) {
            const int index = indexOf(layer);
            const at::Tensor weight =
                m_model->networks().unet.layers()[std::size_t(index)]->weight.values().to(at::kFloat);
            const at::Tensor expected = treatment->find(index)->effectiveWeight(weight, WeightFormat::Int4);
            const ldm::TensorEntry* entry = file.find(std::string(layer).substr(5) + ".weight");
            QVERIFY2(entry, layer);
            QVERIFY2(at::equal(ldm::view(file, *entry), expected.to(at::kHalf)), layer);
        }
    }

private:
    const ldm::ModelInfo& info() const { return m_model->info(); }
    int indexOf(const char* layer) const { return info().layerIndex(layer); }

    static ldm::GenerateSettings settings() {
        ldm::GenerateSettings result;
        result.prompt = "a red heart";
        result.seed = 5;
        result.steps = 2;
        return result;
    }

    Recipe base() const {
        Recipe recipe;
        recipe.base = kW4A8;
        recipe.calibration.prompts = m_folder.filePath("prompts.txt").toStdString();
        return recipe;
    }

    Recipe smoothedAndFed() const {
        Recipe recipe = base();
        recipe.smoothing = quant::Smoothing{{}, {{kConv, {}}, {kLinear, {}}}};
        recipe.errorFeedback = quant::ErrorFeedback{{kConv, kLinear}};
        return recipe;
    }

    std::optional<Treatment> treated(const Recipe& recipe, const quant::TreatmentSettings& how = {}) const {
        const auto runs = quant::calibrationRuns(recipe.calibration, settings(), info());
        return quant::treat(*m_model, quant::resolve(recipe, info()), runs, recipe.calibration.steps, {}, {}, how);
    }

    /// The error of the first predicted noise.
    double noiseError(const Recipe& recipe) const {
        const at::NoGradGuard noGrad;
        ldm::Networks& networks = m_model->networks();
        const auto ready = quant::Preparer(*m_model).prepare(recipe, settings());
        if (!ready) return std::nan("");
        quant::SimulatedArithmetic arithmetic(networks.unetArithmetic, ready->plan, ready->calibration,
                                              ready->treatment);
        const ldm::Trajectory trajectory(networks, ldm::prepare(networks, {settings()}));
        ldm::UNetState plain = trajectory.state(), other = trajectory.state();
        plain.keyValues = other.keyValues = nullptr;
        const at::Tensor full = networks.unet.finish(networks.unetArithmetic, plain);
        return quant::errorSums(full, networks.unet.finish(arithmetic, other)).error;
    }

    QTemporaryDir m_folder;
    std::unique_ptr<ldm::Model> m_model;
    std::optional<Treatment> m_treatment;
};

NOISEFLOOR_TEST(TreatedModelTest)
#include "tst_treatedmodel.moc"
