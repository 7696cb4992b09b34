#include "ggufexports.h"
#include "ldm/failures.h"
#include "support/proceduralweights.h"
#include "support/testmain.h"

#include <quant/export.h>

#include <ldm/gguf.h>
#include <ldm/networks.h>
#include <ldm/weights.h>

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>

#include <QTemporaryDir>
#include <QTest>

#include <set>

using quant::ExportFormat;
using support::contains;
using support::contentOf;
using support::failureOf;
using support::namesIn;

namespace fs = std::filesystem;

namespace {

/// Nothing is quantized.
quant::Recipe halves() {
    quant::Recipe recipe;
    recipe.base = {quant::WeightFormat::Fp16, quant::ActivationFormat::Fp32};
    return recipe;
}

} // namespace

/// What becomes of floats, and of what tensors do not tell when they are exported.
class FloatExportsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { m_model = std::make_unique<ldm::Model>(ldm::Model::open("emoji-ldm")); }
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void cleanup() { m_folder.reset(); }

    void tensorsThatHalvesWouldMakeZerosAreRefusedByName_data() { forEachFloatFormat(); }
    void tensorsThatHalvesWouldMakeZerosAreRefusedByName() {
        QFETCH(int, format);
        const ldm::Model tiny = withScaledWeight(1e-9F);
        quant::ExportRequest request{static_cast<ExportFormat>(format), folder() / "out", false};
        const std::string said =
            failureOf(ldm::ErrorKind::BadInput, [&] { quant::exportModel(tiny, halves(), request); });
        const bool isGguf = request.format == ExportFormat::Gguf; // whose convolutions are never bf16
        QVERIFY2(contains(said, kScaled) && contains(said, "fp32"), said.c_str());
        QVERIFY2(contains(said, "bf16") != isGguf, said.c_str());
        QVERIFY(namesIn(folder()) == std::set<std::string>{"source"});
        request.options.floats = isGguf ? quant::FloatFormat::Fp32 : quant::FloatFormat::Bf16;
        const auto report = quant::exportModel(tiny, halves(), request); // as advised
        QVERIFY(report);
        for (const std::string& note : report->notes) QVERIFY2(!contains(note, "lost values"), note.c_str());
    }

    void tensorsOfWhichHalvesLoseMuchAreNoted_data() { forEachFloatFormat(); }
    void tensorsOfWhichHalvesLoseMuchAreNoted() {
        QFETCH(int, format);
        const auto lost = [&](float factor) {
            const ldm::Model small = withScaledWeight(factor);
            const auto report =
                quant::exportModel(small, halves(), {static_cast<ExportFormat>(format), folder() / "out", true});
            std::string found;
            for (const std::string& note : report->notes)
                if (contains(note, "lost values")) found += note;
            return found;
        };
        const std::string said = lost(1e-6F);
        QVERIFY2(said.starts_with("1 tensor ") && contains(said, kScaled), said.c_str());
        QVERIFY2(contains(said, "bf16") != (format == static_cast<int>(ExportFormat::Gguf)), said.c_str());
        QCOMPARE(lost(1), std::string());
    }

    /// bf16 of a recipe is F16 in a convolution of GGUF, so that the floats asked for alone do not help.
    void convolutionsOfBrainFloatsAreAdvisedTruly() {
        support::GgufExports exports;
        const ldm::Model tiny = exports.changed(support::GgufExports::kConvolution,
                                                [](const at::Tensor& weight) { return weight.mul(1e-9F); });
        quant::Recipe recipe = support::GgufExports::uniform(quant::WeightFormat::Bf16);
        quant::ExportOptions options;
        options.floats = quant::FloatFormat::Fp32;
        const std::string said =
            failureOf(ldm::ErrorKind::BadInput, [&] { exports.exported("out.gguf", recipe, options, &tiny); });
        QVERIFY2(contains(said, "conv_in") && contains(said, "fp32 in the recipe"), said.c_str());
        recipe.rules = {{support::GgufExports::kConvolution, quant::WeightFormat::Fp32, {}, {}, ""}};
        exports.exported("out.gguf", recipe, options, &tiny); // as advised
    }

    void wholeFilesOfSdxlSayThatItPredictsVelocity() {
        const fs::path copy = support::withWeights(NOISEFLOOR_TEST_DATA "/reference/sdxl_tiny", folder() / "source");
        const fs::path scheduler = copy / "scheduler/scheduler_config.json";
        for (const auto& [prediction, zeroSnr] :
             {std::pair{"epsilon", false}, {"v_prediction", false}, {"v_prediction", true}}) {
            nlohmann::json config = nlohmann::json::parse(contentOf(scheduler));
            config["prediction_type"] = prediction;
            config["rescale_betas_zero_snr"] = zeroSnr;
            support::put(scheduler, config.dump());
            const bool isVelocity = prediction != std::string("epsilon");
            for (const ExportFormat format : {ExportFormat::Checkpoint, ExportFormat::ComfyUi, ExportFormat::Gguf}) {
                const fs::path out = folder() / ("out" + std::string(quant::infoOf(format).suffix));
                QVERIFY(quant::exportModel(ldm::Model::open(copy.string()), halves(), {format, out, true}));
                const std::set<std::string> names = tensorNames(out);
                QCOMPARE(names.contains("v_pred"), isVelocity);
                QCOMPARE(names.contains("ztsnr"), zeroSnr);
                const nlohmann::json found = ldm::Model::open(out.string()).networks().checkpoint.scheduler;
                QCOMPARE(found.at("prediction_type").get<std::string>(), std::string(prediction));
            }
        }
    }

private:
    fs::path folder() const { return fs::canonical(m_folder->path().toStdString()); }

    static std::set<std::string> tensorNames(const fs::path& file) {
        std::set<std::string> names;
        if (file.extension() == ".gguf") {
            const ldm::TensorTable table = ldm::GgufFile::open(file).tensors();
            for (const ldm::StoredTensor& tensor : table.tensors()) names.insert(tensor.name);
        } else {
            const auto stored = ldm::SafetensorsFile::open(file);
            for (const ldm::TensorEntry& entry : stored.entries()) names.insert(entry.name);
        }
        return names;
    }

    static constexpr const char* kScaled = "encoder.conv_out.weight";

    /// The formats whose files hold this tensor as floats.
    static void forEachFloatFormat() {
        QTest::addColumn<int>("format");
        for (const ExportFormat format :
             {ExportFormat::Diffusers, ExportFormat::Checkpoint, ExportFormat::Gguf, ExportFormat::ComfyUi})
            QTest::newRow(quant::infoOf(format).name.data()) << static_cast<int>(format);
    }

    /// A copy of the model with one weight of the autoencoder in float32, times a factor.
    ldm::Model withScaledWeight(float factor) const {
        const fs::path copy = folder() / "source", weights = "vae/diffusion_pytorch_model.safetensors";
        fs::copy(m_model->info().path, copy, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
        const auto file = ldm::SafetensorsFile::open(m_model->info().path / weights);
        const at::Tensor scaled = ldm::view(file, *file.find(kScaled)).to(at::kFloat).mul(factor).contiguous();
        std::vector<ldm::TensorToWrite> tensors;
        for (const ldm::TensorEntry& entry : file.entries()) {
            tensors.push_back({entry.name, entry.dtype, entry.shape, file.bytes(entry)});
            if (entry.name != kScaled) continue;
            tensors.back().dtype = ldm::DType::F32;
            tensors.back().data = {static_cast<const std::byte*>(scaled.data_ptr()), scaled.nbytes()};
        }
        ldm::writeSafetensors(copy / weights, tensors);
        return ldm::Model::open(copy.string());
    }

    std::unique_ptr<ldm::Model> m_model;
    std::unique_ptr<QTemporaryDir> m_folder;
};

NOISEFLOOR_TEST(FloatExportsTest)
#include "tst_floatexports.moc"
