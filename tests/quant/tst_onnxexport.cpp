#include "ldm/failures.h"
#include "onnx/deployed.h"
#include "onnx/interpreter.h"
#include "support/testmain.h"

#include <quant/export.h>

#include <ldm/networks.h>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

using quant::ActivationFormat;
using quant::Carriage;
using quant::ExportFormat;
using quant::ExportReport;
using quant::Recipe;
using quant::WeightFormat;
using quant::onnx::Interpreter;
using quant::onnx::readModel;
using support::contains;
using support::failureOf;

namespace fs = std::filesystem;

namespace {

/// 8 bits, calibrated quickly, with a layer of every other kind.
Recipe eightBits() {
    Recipe recipe;
    recipe.name = "eight";
    recipe.base = {WeightFormat::Int8, ActivationFormat::Int8};
    recipe.rules = {{"unet.conv_in", WeightFormat::Fp32, ActivationFormat::Fp32, {}, ""},
                    {"unet.mid_block", WeightFormat::Int4, ActivationFormat::Int8, {}, ""},
                    {"unet.up_blocks.0.**", WeightFormat::Int4G32, ActivationFormat::Int8Token, {}, ""},
                    {"unet.conv_out", WeightFormat::Int8, ActivationFormat::Fp32, {}, ""}};
    recipe.calibration.steps = "first";
    return recipe;
}

bool says(const std::vector<std::string>& notes, const std::string& part) {
    return std::ranges::any_of(notes, [&](const std::string& note) { return contains(note, part); });
}

} // namespace

class OnnxExportTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() {
        QVERIFY(m_folder.isValid());
        support::put(folder() / "prompts.txt", "a dog\nsmiling face\n");
        m_model = std::make_unique<ldm::Model>(ldm::Model::open("emoji-ldm"));
        m_report = exported("eight", eightBits());
    }

    void everyGraphIsThereAndCanBeRun() {
        const nlohmann::json index = nlohmann::json::parse(support::contentOf(folder() / "eight/model_index.json"));
        QCOMPARE(index.at("_class_name").get<std::string>(), std::string("OnnxStableDiffusionPipeline"));
        for (const char* part : {"unet", "vae_decoder", "vae_encoder", "text_encoder"}) {
            QCOMPARE(index.at(part), (nlohmann::json{"diffusers", "OnnxRuntimeModel"}));
            const fs::path file = folder() / "eight" / part / "model.onnx";
            QVERIFY2(fs::exists(file), part);
            const Interpreter graph(readModel(file), part); // knows every node
        }
        QVERIFY(!index.contains("vae"));
        for (const char* file : {"scheduler/scheduler_config.json", "tokenizer/vocab.json", "unet/config.json",
                                 "vae_decoder/config.json", quant::kExportedRecipeFile})
            QVERIFY2(fs::exists(folder() / "eight" / file), file);
    }

    void theReportCountsWhatWasWritten() {
        std::uint64_t bytes = 0;
        for (const auto& entry : fs::recursive_directory_iterator(folder() / "eight"))
            if (entry.is_regular_file()) bytes += entry.file_size();
        QCOMPARE(m_report.bytes, bytes);
        std::int64_t tensors = 0;
        for (const ldm::PartInfo& part : m_model->info().parts) tensors += part.tensors;
        QCOMPARE(m_report.tensors, tensors);
        const quant::ExportPlan plan = quant::planExport(m_model->info(), eightBits(), ExportFormat::Onnx);
        QCOMPARE(m_report.exactLayers, std::int64_t{plan.count(Carriage::Exact)});
        QVERIFY(!m_report.worstDb);
        const double predicted = static_cast<double>(plan.bytes);
        QVERIFY2(std::abs(predicted - static_cast<double>(bytes)) < 0.03 * predicted,
                 qPrintable(QString("%1 predicted, %2 written").arg(plan.bytes).arg(bytes)));
    }

    void layersAreHeldAsPlanned() {
        const auto graph = readModel(folder() / "eight/unet/model.onnx").graph;
        const auto& layers = m_model->networks().unet.layers();
        const auto precisions = quant::onnx::precisionsIn(graph, layers);
        const auto& recipe = eightBits();
        const quant::Plan plan = quant::resolve(recipe, m_model->info());
        for (std::size_t i = 0; i < layers.size(); ++i) {
            const quant::Format format = plan.at(0)[i];
            const bool isExact = format.weights == WeightFormat::Int8 || format.weights == WeightFormat::Int4;
            const bool isRounded = format.activations == ActivationFormat::Int8;
            QCOMPARE(precisions[i].integerWeights, isExact);
            QCOMPARE(precisions[i].input.has_value(), isRounded);
            const bool convolves = layers[i]->kind == ldm::LayerKind::Conv2d;
            QCOMPARE(precisions[i].output.has_value(), convolves && isExact && isRounded);
            const at::Tensor expected = quant::quantizedWeights(layers[i]->weight.values(), format.weights);
            QVERIFY2(at::equal(quant::onnx::weightIn(graph, *layers[i]), expected), layers[i]->name.c_str());
        }
    }

    void whatTheGraphLeavesOutIsSaid() {
        QVERIFY(says(m_report.notes, "are not rounded"));
        QVERIFY(says(m_report.notes, "pixels"));
        Recipe recipe = eightBits();
        recipe.calibration.intervals = 4;
        recipe.smoothing.emplace();
        recipe.smoothing->modules = {{"unet.mid_block", 0.5}};
        const auto plan = quant::planExport(m_model->info(), recipe, ExportFormat::Onnx);
        QVERIFY(says(plan.notes, "joined"));
        QVERIFY(says(plan.notes, "smoothing"));
        const int smoothed = m_model->info().layerIndex("unet.mid_block.resnets.0.conv1");
        const quant::LayerCarriage& carriage = plan.layers.at(static_cast<std::size_t>(smoothed));
        QCOMPARE(carriage.carriage, Carriage::Float);
        QVERIFY2(contains(carriage.why, "smoothed"), carriage.why.c_str());
    }

    void theFloatGraphHoldsTheRecipesValues() {
        quant::ExportOptions options;
        options.quantizes = false;
        exported("float", eightBits(), options);
        const auto graph = readModel(folder() / "float/unet/model.onnx").graph;
        for (const auto& node : graph.nodes) QVERIFY(!contains(node.op, "QuantizeLinear"));
        for (const ldm::Layer* layer : m_model->networks().unet.layers()) {
            const auto plan = quant::resolve(eightBits(), m_model->info());
            const quant::Format format = plan.at(0)[static_cast<std::size_t>(layer->id)];
            QVERIFY(at::equal(quant::onnx::weightIn(graph, *layer),
                              quant::quantizedWeights(layer->weight.values(), format.weights)));
        }
    }

    void graphsAreMadeForTheSizeThatWasAskedFor() {
        quant::ExportOptions options;
        options.quantizes = false;
        options.width = 2 * m_model->info().vaeScale * 8;
        options.height = m_model->info().vaeScale * 8;
        exported("wide", eightBits(), options);
        const auto graph = readModel(folder() / "wide/unet/model.onnx").graph;
        QCOMPARE(graph.outputs.front().shape.at(2), std::int64_t{8});
        QCOMPARE(graph.outputs.front().shape.at(3), std::int64_t{16});
        options.width += 1;
        const std::string refusal = failureOf(ldm::ErrorKind::BadInput, [&] {
            quant::planExport(m_model->info(), eightBits(), ExportFormat::Onnx, options);
        });
        QVERIFY2(contains(refusal, std::to_string(options.width)), refusal.c_str());
    }

    void aStoppedExportLeavesNothing() {
        std::stop_source stop;
        const auto progress = [&](const ldm::Progress& now) {
            if (contains(now.what, "exporting")) stop.request_stop();
        };
        QVERIFY(
            !quant::exportModel(*m_model, recipeHere(eightBits()), requestFor("stopped"), stop.get_token(), progress));
        QVERIFY(!fs::exists(folder() / "stopped"));
    }

    void weightsThatVaryOverTimeAreRefused() {
        Recipe recipe = eightBits();
        recipe.rules.push_back({"unet.mid_block", WeightFormat::Fp32, {}, {{0, 400}}, ""});
        QVERIFY(contains(failureOf(ldm::ErrorKind::BadInput,
                                   [&] { quant::planExport(m_model->info(), recipe, ExportFormat::Onnx); }),
                         "timesteps"));
    }

    /// Ranges of activations that vary between steps are joined, formats that do are left out.
    void inputsAreRoundedWhereAllTimestepsAgree() {
        Recipe recipe = eightBits();
        recipe.rules = {{"unet.mid_block", {}, ActivationFormat::Fp32, {{0, 400}}, ""}};
        exported("varying", recipe);
        const auto precisions = quant::onnx::precisionsIn(readModel(folder() / "varying/unet/model.onnx").graph,
                                                          m_model->networks().unet.layers());
        const auto has = [&](const char* layer) {
            return precisions.at(static_cast<std::size_t>(m_model->info().layerIndex(layer))).input.has_value();
        };
        QVERIFY(!has("unet.mid_block.resnets.0.conv1"));
        QVERIFY(has("unet.conv_out"));
    }

private:
    fs::path folder() const { return m_folder.path().toStdString(); }

    Recipe recipeHere(Recipe recipe) const {
        recipe.calibration.prompts = (folder() / "prompts.txt").string();
        return recipe;
    }

    quant::ExportRequest requestFor(const std::string& name, const quant::ExportOptions& options = {}) const {
        quant::ExportRequest request;
        request.format = ExportFormat::Onnx;
        request.path = folder() / name;
        request.sampling.steps = 2;
        request.options = options;
        return request;
    }

    ExportReport exported(const std::string& name, const Recipe& recipe, const quant::ExportOptions& options = {}) {
        return *quant::exportModel(*m_model, recipeHere(recipe), requestFor(name, options));
    }

    QTemporaryDir m_folder;
    std::unique_ptr<ldm::Model> m_model;
    ExportReport m_report;
};

NOISEFLOOR_TEST(OnnxExportTest)
#include "tst_onnxexport.moc"
