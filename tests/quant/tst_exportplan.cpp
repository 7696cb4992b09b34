#include "ldm/failures.h"
#include "support/testmain.h"

#include <quant/export.h>
#include <quant/quantize.h>

#include <ldm/error.h>
#include <ldm/weights.h>

#include <ATen/ATen.h>

#include <QTemporaryDir>
#include <QTest>

#include <cmath>

using quant::Carriage;
using quant::ExportFormat;
using quant::FloatFormat;
using quant::Recipe;
using quant::WeightFormat;
using support::contains;
using support::failureOf;

namespace fs = std::filesystem;

namespace {

Recipe eightBits() {
    Recipe recipe;
    recipe.name = "eight";
    recipe.base = {WeightFormat::Int8, quant::ActivationFormat::Fp32};
    recipe.rules = {{"unet.mid_block", WeightFormat::Q4_0, {}, {}, ""},
                    {"unet.conv_out", WeightFormat::Fp32, {}, {}, ""}};
    return recipe;
}

std::uint64_t bytesBelow(const fs::path& path) {
    if (!fs::is_directory(path)) return fs::file_size(path);
    std::uint64_t bytes = 0;
    for (const auto& entry : fs::recursive_directory_iterator(path))
        if (entry.is_regular_file()) bytes += entry.file_size();
    return bytes;
}

} // namespace

/// What is said before writing holds for what is written.
class ExportPlanTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { m_model = std::make_unique<ldm::Model>(ldm::Model::open("emoji-ldm")); }
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void everyLayerIsPlannedByFormatsWithWeights() {
        quant::ExportOptions options;
        options.layerDb.assign(m_model->info().layers.size(), 30.0); // one format tells nothing else
        for (const auto& info : quant::exportFormats()) {
            const quant::ExportPlan plan = quant::planExport(m_model->info(), eightBits(), info.format, options);
            QCOMPARE(plan.layers.size(), info.holdsWeights ? m_model->info().layers.size() : std::size_t{0});
            QCOMPARE(std::size_t(plan.count(Carriage::Exact) + plan.count(Carriage::Requantized) +
                                 plan.count(Carriage::Float)),
                     plan.layers.size());
            for (const quant::LayerCarriage& layer : plan.layers) {
                QVERIFY(layer.bytes > 0 && !layer.type.empty());
                QVERIFY2(layer.carriage != Carriage::Requantized || !layer.why.empty(), info.name.data());
            }
        }
    }

    void thePredictedSizeIsThatOfTheFiles_data() { formats(); }
    void thePredictedSizeIsThatOfTheFiles() {
        QFETCH(int, format);
        const auto which = static_cast<ExportFormat>(format);
        const auto plan = quant::planExport(m_model->info(), eightBits(), which);
        const auto report = quant::exportModel(*m_model, eightBits(), {which, target(), false});
        QVERIFY(report);
        const auto written = static_cast<double>(bytesBelow(target()));
        QCOMPARE(static_cast<double>(report->bytes), written);
        // Headers, configurations and vocabularies come on top of the tensors: a few megabytes, whatever the model.
        const double beside = written - static_cast<double>(plan.bytes);
        QVERIFY2(std::abs(beside) < 0.01 * written + 3e6, std::to_string(beside).c_str());
    }

    void whatIsExactReadsBackAsTheRecipeRoundsIt_data() { formats(); }
    void whatIsExactReadsBackAsTheRecipeRoundsIt() {
        QFETCH(int, format);
        const auto which = static_cast<ExportFormat>(format);
        const auto plan = quant::planExport(m_model->info(), eightBits(), which);
        const auto report = quant::exportModel(*m_model, eightBits(), {which, target(), false});
        QVERIFY(report);
        QCOMPARE(report->exactLayers, std::int64_t{plan.count(Carriage::Exact)});
        QCOMPARE(report->requantizedLayers, std::int64_t{plan.count(Carriage::Requantized)});
        QCOMPARE(report->floatLayers, std::int64_t{plan.count(Carriage::Float)});
        const double beside = static_cast<double>(report->predictedBytes) - static_cast<double>(plan.bytes);
        QVERIFY2(std::abs(beside) < 1000, std::to_string(beside).c_str()); // the recipe then names its model
        QVERIFY(!report->worstDb || *report->worstDb > 0);
        QCOMPARE(report->worstDb.has_value(), !report->worstLayer.empty());
    }

    /// So that a window can show what was found without reading everything again.
    void whatWasReadBackIsWhatVerifyingFinds_data() { formats(); }
    void whatWasReadBackIsWhatVerifyingFinds() {
        QFETCH(int, format);
        const auto report =
            quant::exportModel(*m_model, eightBits(), {static_cast<ExportFormat>(format), target(), false});
        quant::VerifyRequest request{target(), {}, {}, 1};
        request.sampling.steps = 1; // of a graph's run, which is not compared here
        const auto again = quant::verifyExport(*m_model, request);
        QVERIFY(report && again && report->verified.isSound());
        QCOMPARE(report->verified.container, again->container);
        QCOMPARE(report->verified.tensors.size(), again->tensors.size());
        std::map<std::string, const quant::VerifiedTensor*> found;
        for (const quant::VerifiedTensor& tensor : report->verified.tensors) found[tensor.name] = &tensor;
        for (const quant::VerifiedTensor& tensor : again->tensors) {
            const quant::VerifiedTensor* same = found[tensor.name];
            QVERIFY2(same, tensor.name.c_str());
            QCOMPARE(same->storedAs, tensor.storedAs);
            QCOMPARE(same->layer, tensor.layer);
            QCOMPARE(same->against.db(), tensor.against.db());
            QCOMPARE(same->recipe.has_value(), tensor.recipe.has_value());
            if (tensor.recipe) QCOMPARE(same->recipe->db(), tensor.recipe->db());
        }
    }

    void floatsAreOfTheTypeThatWasAsked_data() {
        QTest::addColumn<int>("floats");
        QTest::addColumn<int>("type");
        QTest::newRow("fp32") << int(FloatFormat::Fp32) << int(ldm::DType::F32);
        QTest::newRow("fp16") << int(FloatFormat::Fp16) << int(ldm::DType::F16);
        QTest::newRow("bf16") << int(FloatFormat::Bf16) << int(ldm::DType::BF16);
    }
    void floatsAreOfTheTypeThatWasAsked() {
        QFETCH(int, floats);
        QFETCH(int, type);
        quant::ExportOptions options;
        options.floats = static_cast<FloatFormat>(floats);
        for (const ExportFormat format : {ExportFormat::Diffusers, ExportFormat::Checkpoint}) {
            const fs::path path = target();
            const auto report = quant::exportModel(*m_model, eightBits(), {format, path, true, {}, options}).value();
            QCOMPARE(report.worstDb.has_value(), false); // floats hold what the recipe rounded, in their own type
            const fs::path weights =
                format == ExportFormat::Diffusers ? path / "unet/diffusion_pytorch_model.safetensors" : path;
            const auto file = ldm::SafetensorsFile::open(weights);
            for (const ldm::TensorEntry& entry : file.entries()) QCOMPARE(int(entry.dtype), type);
            fs::remove_all(path);
        }
    }

    void aVariantIsPartOfTheFileNames() {
        quant::ExportOptions options;
        options.variant = "fp16";
        const auto report =
            quant::exportModel(*m_model, eightBits(), {ExportFormat::Diffusers, target(), false, {}, options});
        QVERIFY(report);
        for (const char* file :
             {"unet/diffusion_pytorch_model.fp16.safetensors", "text_encoder/model.fp16.safetensors"})
            QVERIFY2(fs::is_regular_file(target() / file), file);
        QVERIFY(!fs::exists(target() / "unet/diffusion_pytorch_model.safetensors"));
        options.variant = "../fp16";
        const std::string said = failureOf(ldm::ErrorKind::BadInput, [&] {
            quant::planExport(m_model->info(), eightBits(), ExportFormat::Diffusers, options);
        });
        QVERIFY2(contains(said, "../fp16"), said.c_str());
    }

    void aModelThatChangesMeanwhileIsTold() {
        const fs::path copy = fs::path(m_folder->path().toStdString()) / "source";
        fs::copy(m_model->info().path, copy, fs::copy_options::recursive);
        const ldm::Model model = ldm::Model::open(copy.string());
        bool touched = false;
        const auto touch = [&](const ldm::Progress& progress) {
            if (touched || progress.done < 5) return;
            touched = true;
            fs::last_write_time(copy / "unet/config.json", fs::file_time_type::clock::now() + std::chrono::hours(1));
        };
        const std::string said = failureOf(ldm::ErrorKind::WriteFailed, [&] {
            quant::exportModel(model, eightBits(), {ExportFormat::Diffusers, target(), false}, {}, touch);
        });
        QVERIFY2(contains(said, "changed") && contains(said, copy.string()), said.c_str());
        QVERIFY(!fs::exists(target()));
    }

private:
    void formats() {
        QTest::addColumn<int>("format");
        for (const auto& info : quant::exportFormats())
            if (info.holdsWeights) QTest::newRow(info.name.data()) << static_cast<int>(info.format);
    }
    fs::path target() const { return fs::path(m_folder->path().toStdString()) / "out"; }

    std::unique_ptr<ldm::Model> m_model;
    std::unique_ptr<QTemporaryDir> m_folder;
};

NOISEFLOOR_TEST(ExportPlanTest)
#include "tst_exportplan.moc"
