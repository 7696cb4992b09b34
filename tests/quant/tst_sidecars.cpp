#include "ldm/failures.h"
#include "support/testmain.h"

#include "onnx/lowering.h"
#include "onnx/networkgraphs.h"

#include <quant/export.h>
#include <quant/quantize.h>
#include <quant/recipeimport.h>

#include <ldm/networks.h>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <set>

using quant::ActivationFormat;
using quant::ExportFormat;
using quant::ExportOptions;
using quant::ExportReport;
using quant::Format;
using quant::Recipe;
using quant::WeightFormat;
using support::contains;
using support::contentOf;
using support::failureOf;
using support::namesIn;
using Json = nlohmann::json;

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kListedByApple = 100'000;

Recipe recipeOf(const char* format, std::vector<quant::Rule> rules = {}) {
    Recipe recipe;
    recipe.name = "mixed";
    recipe.base = quant::parseFormat(format);
    recipe.rules = std::move(rules);
    recipe.calibration.file = "ranges.calib.safetensors"; // no test of this file needs a run
    return recipe;
}

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return text;
}

/// Of every value that a graph has.
std::set<std::string> tensorsOf(const quant::onnx::Graph& graph) {
    std::set<std::string> names;
    for (const auto& value : graph.inputs) names.insert(value.name);
    for (const auto& initializer : graph.initializers) names.insert(initializer.name);
    for (const auto& node : graph.nodes) names.insert(node.outputs.begin(), node.outputs.end());
    return names;
}

std::string refusalOf(const ldm::ModelInfo& model, const Recipe& recipe, ExportFormat format,
                      const ExportOptions& options = {}) {
    return failureOf(ldm::ErrorKind::BadInput, [&] { quant::planExport(model, recipe, format, options); });
}

} // namespace

/// Files beside a model, of the embedded one with ranges that are made up.
class SidecarTest : public QObject {
    Q_OBJECT

    std::unique_ptr<ldm::Model> m_model;
    std::unique_ptr<QTemporaryDir> m_folder;
    quant::Calibration m_ranges;
    quant::onnx::Graph m_graph; ///< of the UNet in floats

    const ldm::ModelInfo& info() const { return m_model->info(); }
    fs::path path(const char* name) const { return fs::path(m_folder->filePath(name).toStdString()); }

    ExportReport exported(Recipe recipe, ExportFormat format, const char* name,
                          const ExportOptions& options = {}) const {
        recipe.calibration.file = path("ranges.calib.safetensors").string();
        quant::saveCalibration(m_ranges, info(), recipe.calibration.file);
        const auto report = quant::exportModel(*m_model, recipe, {format, path(name), false, {}, options});
        return report.value();
    }
    std::vector<Format> formatsOf(const Recipe& recipe) const {
        return quant::resolve(recipe, info()).segments.front().formats;
    }
    at::Tensor weightOf(std::size_t layer) const {
        const std::string name = info().layers[layer].name.substr(std::string("unet.").size()) + ".weight";
        return m_model->networks().checkpoint.find("unet")->tensors.find(name)->values().to(at::kFloat);
    }
    /// One decibel more for each layer, and none for the first.
    ExportOptions withDecibels() const {
        ExportOptions options;
        options.layerDb.resize(info().layers.size());
        for (std::size_t i = 1; i < options.layerDb.size(); ++i) options.layerDb[i] = 10.0 + double(i);
        return options;
    }

private Q_SLOTS:
    void initTestCase() {
        m_model = std::make_unique<ldm::Model>(ldm::Model::open("emoji-ldm"));
        for (std::size_t i = 0; i < info().layers.size(); ++i) m_ranges.inputs.push_back({-1.0F - float(i), 3.0F});
        const auto network = quant::onnx::recordUNet(*m_model->networks().checkpoint.find("unet"), {});
        m_graph = quant::onnx::lowered(network.recording, {}, "unet").graph;
    }
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void cleanup() { m_folder.reset(); }

    void mixDqListsBitsInTwoFiles() {
        const Recipe recipe = recipeOf("fp16", {{"unet.conv_in", WeightFormat::Int8, {}, {}, ""},
                                                {"unet.conv_out", WeightFormat::Int4, ActivationFormat::Int8, {}, ""}});
        exported(recipe, ExportFormat::MixDq, "mixdq");
        QVERIFY(namesIn(path("mixdq")) ==
                (std::set<std::string>{"weight.yaml", "act.yaml", quant::kExportedRecipeFile}));
        QCOMPARE(contentOf(path("mixdq/weight.yaml")), std::string("model.conv_in: 8\nmodel.conv_out: 4\n"));
        QCOMPARE(contentOf(path("mixdq/act.yaml")), std::string("model.conv_out: 8\n"));
    }

    void whatMixDqIsGivenComesBack() {
        const Recipe recipe = recipeOf("w4a8", {{"unet.mid_block", WeightFormat::Int8, ActivationFormat::Int4, {}, ""},
                                                {"unet.conv_in", WeightFormat::Fp16, ActivationFormat::Fp16, {}, ""},
                                                {"unet.**.to_q", WeightFormat::Int8, ActivationFormat::Fp16, {}, ""}});
        exported(recipe, ExportFormat::MixDq, "mixdq");
        const quant::ImportedRecipe back =
            quant::importRecipe({path("mixdq/weight.yaml"), path("mixdq/act.yaml").string()}, info());
        QVERIFY(formatsOf(back.recipe) == formatsOf(recipe));
        QVERIFY2(back.notes.empty(), joined(back.notes).c_str());
    }

    void appleGetsEveryLargeLayer() {
        const Recipe recipe = recipeOf("w4", {{"unet.mid_block", WeightFormat::Int8, {}, {}, ""},
                                              {"unet.up_blocks.0.**", WeightFormat::Fp16, {}, {}, ""}});
        exported(recipe, ExportFormat::Apple, "apple.json");
        const Json file = Json::parse(contentOf(path("apple.json")));
        QCOMPARE(file.at("model_version").get<std::string>(), info().name);
        QVERIFY(file.at("baselines").is_object() && file.at("cumulative").is_object());
        QCOMPARE(file.at("recipes").size(), std::size_t{1});
        const Json& bits = file.at("recipes").begin().value();
        std::set<std::string> listed;
        double sum = 0;
        double weights = 0;
        for (std::size_t i = 0; i < info().layers.size(); ++i) {
            const ldm::LayerInfo& layer = info().layers[i];
            const std::string module = layer.name.substr(5);
            QCOMPARE(bits.contains(module), layer.weights() >= kListedByApple);
            if (!bits.contains(module)) continue;
            listed.insert(module);
            QCOMPARE(bits.at(module).get<int>(), quant::bits(formatsOf(recipe)[i].weights));
            sum += bits.at(module).get<double>() * double(layer.weights());
            weights += double(layer.weights());
        }
        QCOMPARE(bits.size(), listed.size()); // nothing that is no layer
        QVERIFY(listed.size() > 10);
        char key[64];
        std::snprintf(key, sizeof key, "recipe_%.2f_bit_mixedpalette", sum / weights);
        QCOMPARE(file.at("recipes").begin().key(), std::string(key));
    }

    void whatAppleIsGivenComesBack() {
        const Recipe recipe = recipeOf("w4", {{"unet.mid_block", WeightFormat::Int8, {}, {}, ""}});
        exported(recipe, ExportFormat::Apple, "apple.json");
        const std::vector<Format> back = formatsOf(quant::importRecipe({path("apple.json"), {}}, info()).recipe);
        for (std::size_t i = 0; i < back.size(); ++i) {
            const bool isLarge = info().layers[i].weights() >= kListedByApple;
            QVERIFY(back[i] == (isLarge ? formatsOf(recipe)[i] : Format{WeightFormat::Fp16, ActivationFormat::Fp32}));
        }
    }

    void decibelsOfLayersStandWhereAppleHasItsOwn() {
        const ExportReport report = exported(recipeOf("w4"), ExportFormat::Apple, "apple.json", withDecibels());
        const Json table = Json::parse(contentOf(path("apple.json"))).at("single_layer").at("4");
        QCOMPARE(table.at("metadata").at("nbits").get<int>(), 4);
        QCOMPARE(table.at("metadata").at("cumulative").get<bool>(), false);
        std::size_t values = 0;
        for (std::size_t i = 1; i < info().layers.size(); ++i) {
            if (info().layers[i].weights() < kListedByApple) continue;
            QCOMPARE(table.at(info().layers[i].name.substr(5)).at(0).get<double>(), 10.0 + double(i));
            ++values;
        }
        QCOMPARE(table.size(), values + 1);
        QVERIFY(contains(joined(report.notes), "SQNR"));
    }

    void nodesOfTheGraphCarryTheDecibelsOfTheirLayers() {
        exported(recipeOf("w8a8"), ExportFormat::ModelExplorer, "sqnr.json", withDecibels());
        const Json file = Json::parse(contentOf(path("sqnr.json")));
        QCOMPARE(file.size(), std::size_t{1});
        const Json& graph = file.at("unet");
        QVERIFY(graph.at("name").is_string());
        QCOMPARE(graph.at("results").size(), info().layers.size() - 1);
        std::map<std::string, std::string> operations;
        for (const auto& node : m_graph.nodes) operations[node.name] = node.op;
        std::multiset<std::string> found;
        double sum = 0;
        for (const auto& [node, result] : graph.at("results").items()) {
            QVERIFY2(operations.contains(node), node.c_str());
            found.insert(operations.at(node));
            sum += result.at("value").get<double>();
        }
        QCOMPARE(found.count("Conv") + found.count("MatMul"), info().layers.size() - 1);
        const auto layers = double(info().layers.size());
        QCOMPARE(sum, 10 * (layers - 1) + layers * (layers - 1) / 2);
        const Json& stops = graph.at("gradient");
        QCOMPARE(stops.front().at("stop").get<double>(), 0.0);
        QCOMPARE(stops.back().at("stop").get<double>(), 1.0);
        for (const Json& stop : stops)
            QVERIFY(stop.at("bgColor").get<std::string>().size() == 7 && stop.contains("textColor"));
    }

    void encodingsNameTensorsOfTheGraph_data() {
        QTest::addColumn<int>("schema");
        QTest::newRow("0.6.1") << 0;
        QTest::newRow("1.0.0") << 1;
    }

    void encodingsNameTensorsOfTheGraph() {
        QFETCH(int, schema);
        ExportOptions options;
        options.schema = schema;
        exported(recipeOf("w8a8"), ExportFormat::Aimet, "unet.encodings", options);
        const Json file = Json::parse(contentOf(path("unet.encodings")));
        QCOMPARE(file.at("version").get<std::string>(), std::string(quant::kAimetSchemas[std::size_t(schema)]));
        const std::set<std::string> tensors = tensorsOf(m_graph);
        std::set<std::string> initializers;
        for (const auto& initializer : m_graph.initializers) initializers.insert(initializer.name);
        const auto nameOf = [schema](const auto& item) {
            return schema == 0 ? item.key() : item.value().at("name").template get<std::string>();
        };
        for (const auto& item : file.at("activation_encodings").items())
            QVERIFY2(tensors.contains(nameOf(item)), nameOf(item).c_str());
        for (const auto& item : file.at("param_encodings").items())
            QVERIFY2(initializers.contains(nameOf(item)), nameOf(item).c_str());
        QCOMPARE(file.at("param_encodings").size(), info().layers.size());
        QVERIFY(file.at("activation_encodings").size() > 50);
        QCOMPARE(file.at("quantizer_args").at("param_bitwidth").get<int>(), 8);
    }

    void encodingsOfWeightsGiveTheSimulatedValues() {
        ExportOptions options;
        exported(recipeOf("w8", {{"unet.mid_block", WeightFormat::Int4, {}, {}, ""}}), ExportFormat::Aimet, "a",
                 options);
        const Json weights = Json::parse(contentOf(path("a"))).at("param_encodings");
        for (const std::size_t layer : {std::size_t{0}, info().layers.size() / 2, info().layers.size() - 1}) {
            const Json& channels = weights.at(info().layers[layer].name + ".weight");
            QCOMPARE(std::int64_t(channels.size()), info().layers[layer].outputs());
            std::vector<float> scales;
            const int bits = channels.front().at("bitwidth").get<int>();
            const double lowest = -std::ldexp(1, bits - 1);
            for (const Json& channel : channels) {
                scales.push_back(channel.at("scale").get<float>());
                QCOMPARE(channel.at("is_symmetric").get<std::string>(), std::string("True"));
                QCOMPARE(channel.at("dtype").get<std::string>(), std::string("int"));
                QCOMPARE(channel.at("offset").get<double>(), lowest);
                QCOMPARE(channel.at("min").get<double>(), lowest * scales.back());
                QCOMPARE(channel.at("max").get<double>(), (-lowest - 1) * scales.back());
            }
            const at::Tensor weight = weightOf(layer);
            std::vector<std::int64_t> shape(static_cast<std::size_t>(weight.dim()), 1);
            shape[0] = weight.size(0);
            const at::Tensor scale = at::tensor(scales).reshape(shape);
            const at::Tensor decoded = at::clamp(at::round(weight / scale), lowest, -lowest - 1) * scale;
            const WeightFormat format = bits == 8 ? WeightFormat::Int8 : WeightFormat::Int4;
            QVERIFY2(at::equal(decoded, quant::quantizedWeights(weight, format)), info().layers[layer].name.c_str());
        }
    }

    void encodingsOfInputsAreThoseOfTheCalibration() {
        exported(recipeOf("w8a8"), ExportFormat::Aimet, "a");
        const Json inputs = Json::parse(contentOf(path("a"))).at("activation_encodings");
        const int layer = info().layerIndex("unet.conv_in");
        const Json& encoding = inputs.at("sample").at(0);
        const quant::ActivationScale expected =
            quant::activationScale(m_ranges.range(layer, ActivationFormat::Int8), ActivationFormat::Int8);
        QCOMPARE(encoding.at("bitwidth").get<int>(), 8);
        QCOMPARE(encoding.at("is_symmetric").get<std::string>(), std::string("False"));
        QCOMPARE(encoding.at("scale").get<float>(), expected.scale);
        QCOMPARE(encoding.at("offset").get<int>(), -expected.zeroPoint);
        QCOMPARE(encoding.at("min").get<double>(), -double(expected.zeroPoint) * expected.scale);
        QCOMPARE(encoding.at("max").get<double>(), double(255 - expected.zeroPoint) * expected.scale);
    }

    void aTensorThatSeveralLayersReadIsAsWideAsOneNeeds() {
        const ExportReport report = exported(
            recipeOf(
                "w8a8",
                {{"unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_k", {}, ActivationFormat::Int16, {}, ""}}),
            ExportFormat::Aimet, "a");
        QVERIFY2(contains(joined(report.notes), "inputs of 2 layers are told as wide"), joined(report.notes).c_str());
        std::size_t wide = 0;
        const Json inputs = Json::parse(contentOf(path("a"))).at("activation_encodings");
        for (const auto& [tensor, encodings] : inputs.items())
            if (encodings.at(0).at("bitwidth") == 16) ++wide;
        QCOMPARE(wide, std::size_t{1});
    }

    void halvesAreTold() {
        exported(recipeOf("w8a8", {{"unet.conv_in", WeightFormat::Fp16, ActivationFormat::Fp16, {}, ""}}),
                 ExportFormat::Aimet, "a");
        const Json file = Json::parse(contentOf(path("a")));
        const Json half = Json::array({{{"bitwidth", 16}, {"dtype", "float"}}});
        QVERIFY(file.at("param_encodings").at("unet.conv_in.weight") == half);
        QVERIFY(file.at("activation_encodings").at("sample") == half);
    }

    void blocksOfRowsNeedTheNewerEncodings() {
        const Recipe recipe = recipeOf("w4g64");
        QVERIFY(
            contains(refusalOf(info(), recipe, ExportFormat::Aimet), "no integer format that encodings could hold"));
        ExportOptions options;
        options.schema = 1;
        const ExportReport report = exported(recipe, ExportFormat::Aimet, "a", options);
        QVERIFY2(contains(joined(report.notes), "left out"), joined(report.notes).c_str()); // 3x3 convolutions
        const Json weights = Json::parse(contentOf(path("a"))).at("param_encodings");
        QVERIFY(!weights.empty());
        for (const Json& encoding : weights) {
            QCOMPARE(encoding.at("enc_type").get<std::string>(), std::string("PER_BLOCK"));
            QCOMPARE(encoding.at("block_size").get<int>(), 64);
            const std::string name = encoding.at("name").get<std::string>();
            const int layer = info().layerIndex(name.substr(0, name.rfind('.')));
            QVERIFY2(layer >= 0, name.c_str());
            const auto scales = std::size_t(info().layers[std::size_t(layer)].weights() / 64);
            QCOMPARE(encoding.at("scale").size(), scales);
            QCOMPARE(encoding.at("offset").size(), scales);
            QVERIFY(encoding.at("is_sym").get<bool>());
        }
    }

    void whatBitsCannotSayIsNoted() {
        Recipe recipe = recipeOf("w4a8t", {{"unet.mid_block", WeightFormat::Q5_0, {}, {}, ""}});
        recipe.lowRank = quant::LowRank{4, {"unet.mid_block"}};
        const std::string mixdq = joined(quant::planExport(info(), recipe, ExportFormat::MixDq).notes);
        QVERIFY2(contains(mixdq, "treatments are not carried"), mixdq.c_str());
        QVERIFY2(contains(mixdq, "with ranges by token"), mixdq.c_str());
        QVERIFY2(contains(mixdq, "with the next width"), mixdq.c_str());
        const std::string apple = joined(quant::planExport(info(), recipe, ExportFormat::Apple).notes);
        QVERIFY2(contains(apple, "of fewer than 100,000 weights left out"), apple.c_str());
        QVERIFY2(contains(apple, "palettes"), apple.c_str());
        const std::string aimet = joined(quant::planExport(info(), recipe, ExportFormat::Aimet).notes);
        QVERIFY2(contains(aimet, "inputs of " + std::to_string(info().layers.size()) + " layers left out"),
                 aimet.c_str());
    }

    void recipesThatAFileCannotExpressAreRefused() {
        const Recipe overTime = recipeOf("w8a8", {{"unet.mid_block", {}, ActivationFormat::Int16, {{0, 300}}, ""}});
        for (const ExportFormat format : {ExportFormat::MixDq, ExportFormat::Aimet})
            QVERIFY(contains(refusalOf(info(), overTime, format), "different formats at different timesteps"));
        QVERIFY(contains(refusalOf(info(), recipeOf("fp16"), ExportFormat::MixDq), "nothing to list"));
        QVERIFY(contains(refusalOf(info(), recipeOf("fp16"), ExportFormat::Aimet), "no integer format"));
        QVERIFY(contains(refusalOf(info(), recipeOf("w8a8"), ExportFormat::ModelExplorer), "choose an analysis"));
    }

    void predictedSizesAreNearTheTruth() {
        const ExportOptions options = withDecibels();
        for (const ExportFormat format :
             {ExportFormat::MixDq, ExportFormat::Apple, ExportFormat::ModelExplorer, ExportFormat::Aimet}) {
            const std::string name = "size" + std::to_string(int(format));
            const ExportReport report = exported(recipeOf("w8a8"), format, name.c_str(), options);
            const auto predicted = double(quant::planExport(info(), recipeOf("w8a8"), format, options).bytes);
            QVERIFY2(std::abs(predicted / double(report.bytes) - 1) < 0.25, name.c_str());
        }
    }
};

NOISEFLOOR_TEST(SidecarTest)
#include "tst_sidecars.moc"
