#include "quantizedexports.h"
#include "support/testmain.h"

#include <quant/simulation.h>

#include <ldm/jsonreading.h>

#include <nlohmann/json.hpp>

#include <QProcess>
#include <QTest>

#include <cmath>

using nlohmann::json;
using quant::Carriage;
using quant::ExportFormat;
using quant::FloatFormat;
using quant::WeightFormat;
using support::contains;
using support::failureOf;
using support::IntegerExports;
using support::integerRecipe;
using support::kIntegerFormats;
using support::withFloats;

namespace fs = std::filesystem;

namespace {

void forEachFormat() {
    QTest::addColumn<int>("which");
    for (const ExportFormat format : kIntegerFormats)
        QTest::newRow(quant::infoOf(format).name.data()) << static_cast<int>(format);
}

/// What a loader of a format asks for beside a module's weight and bias, from the format's definition.
std::set<std::string> keysOf(ExportFormat format, const std::string& module, const std::string& type) {
    if (format == ExportFormat::ComfyUi) return {module + ".weight", module + ".weight_scale", module + ".comfy_quant"};
    if (format == ExportFormat::Sdnq) return {module + ".weight", module + ".scale"};
    if (format == ExportFormat::Bitsandbytes) return {module + ".weight", module + ".SCB"};
    std::set<std::string> keys{module + ".weight._scale", module + ".input_scale", module + ".output_scale"};
    if (type == "qint8")
        keys.insert(module + ".weight._data");
    else
        keys.insert({module + ".weight._data._data", module + ".weight._shift"});
    return keys;
}

/// How a layer must be carried, by what the formats can hold.
Carriage expectedCarriage(ExportFormat target, const ldm::LayerInfo& layer, WeightFormat weights) {
    if (!quant::isInteger(weights)) return Carriage::Float;
    const bool isConv = layer.kind == ldm::LayerKind::Conv2d;
    const std::int64_t group = quant::scaleGroup(weights).value_or(0);
    const std::int64_t width = layer.weights() / layer.outputs();
    const bool isRow = group == 0 || group >= width;
    if (target == ExportFormat::ComfyUi || target == ExportFormat::Bitsandbytes)
        return isConv ? Carriage::Float : isRow ? Carriage::Exact : Carriage::Requantized;
    if (isRow) return Carriage::Exact;
    if (target == ExportFormat::Sdnq) // groups of inputs, at each place of a kernel on its own
        return width == layer.weightShape[1] && width % group == 0 ? Carriage::Exact : Carriage::Requantized;
    std::int64_t given = width; // groups that quanto makes
    for (const std::int64_t size : {32, 64, 96, 128})
        if (width > 128 && width % size == 0) given = size;
    return width % group == 0 && group % given == 0 ? Carriage::Exact : Carriage::Requantized;
}

} // namespace

/// Exports to ComfyUI, SDNQ, bitsandbytes and quanto: each layer is what its plan says and what the recipe simulates.
class QuantizedExportsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { m_shared = std::make_unique<IntegerExports>(); }
    void init() { m_exports = std::make_unique<IntegerExports>(); }
    void cleanup() { m_exports.reset(); }
    void cleanupTestCase() { m_shared.reset(); }

    void exactLayersAreTheRecipesToTheBit_data() { forEachFormat(); }
    void exactLayersAreTheRecipesToTheBit() {
        QFETCH(int, which);
        const auto target = static_cast<ExportFormat>(which);
        const quant::ExportPlan plan = shared().plan(target, withFloats(FloatFormat::Fp32));
        const quant::ExportReport report = reportOf(target);
        const ldm::Model opened = ldm::Model::open(shared().pathOf(target).string());
        const quant::Plan formats = quant::resolve(integerRecipe(), shared().model().info());
        std::map<Carriage, int> counts;
        for (std::size_t i = 0; i < shared().layers().size(); ++i) {
            const ldm::LayerInfo& layer = shared().layers()[i];
            const quant::LayerCarriage& carried = plan.layers[i];
            const WeightFormat format = formats.at(0)[i].weights;
            QCOMPARE(static_cast<int>(carried.carriage), static_cast<int>(expectedCarriage(target, layer, format)));
            QCOMPARE(carried.why.empty(), carried.carriage == Carriage::Exact || quant::bits(format) > 8);
            ++counts[carried.carriage];
            const at::Tensor expected = quant::quantizedWeights(shared().source(layer), format);
            const at::Tensor found =
                shared().unetOf(opened).find(shared().moduleOf(layer) + ".weight")->values().reshape(layer.weightShape);
            // Scales of 127 codes do not always have a magnitude that gives them for 7 codes.
            const bool isRounded = target == ExportFormat::Bitsandbytes && format != WeightFormat::Int8;
            const double db = quant::errorSums(expected, found).db();
            const double least = carried.carriage == Carriage::Requantized ? 12 : isRounded ? 130 : INFINITY;
            QVERIFY2(db >= least, (layer.name + " " + std::to_string(db)).c_str());
        }
        for (const Carriage carriage : {Carriage::Exact, Carriage::Requantized, Carriage::Float})
            QVERIFY2(counts[carriage] > 0, quant::nameOf(carriage).data());
        QCOMPARE(report.exactLayers, std::int64_t{counts[Carriage::Exact]});
    }

    void keysAreThoseThatLoadersAskFor_data() { forEachFormat(); }
    void keysAreThoseThatLoadersAskFor() {
        QFETCH(int, which);
        const auto target = static_cast<ExportFormat>(which);
        const quant::ExportPlan plan = shared().plan(target, withFloats(FloatFormat::Fp32));
        reportOf(target);
        const ldm::TensorTable& unet = shared().unetOf(shared().model());
        const ldm::LdmNames names = ldm::LdmNames::unet(ldm::UNetLayout::ofDiffusers(unet));
        std::set<std::string> expected;
        for (const ldm::StoredTensor& tensor : unet.tensors()) expected.insert(tensor.name);
        for (std::size_t i = 0; i < plan.layers.size(); ++i) {
            const std::string module = shared().moduleOf(shared().layers()[i]);
            if (plan.layers[i].carriage == Carriage::Float) continue;
            expected.erase(module + ".weight");
            expected.merge(keysOf(target, module, plan.layers[i].type));
        }
        std::set<std::string> found;
        const bool isOriginal = target == ExportFormat::ComfyUi;
        const std::string prefix = isOriginal ? "model.diffusion_model." : "";
        const ldm::SafetensorsFile file = shared().file(target);
        for (const ldm::TensorEntry& entry : file.entries())
            if (entry.name.starts_with(prefix)) found.insert(entry.name.substr(prefix.size()));
        if (isOriginal) {
            std::set<std::string> original;
            for (const std::string& name : expected) original.insert(names.toLdm(name));
            expected = original;
        }
        QCOMPARE(found, expected);
    }

    void sizesAreThosePlanned_data() { forEachFormat(); }
    void sizesAreThosePlanned() {
        QFETCH(int, which);
        const auto target = static_cast<ExportFormat>(which);
        const quant::ExportPlan plan = shared().plan(target, withFloats(FloatFormat::Fp32));
        const quant::ExportReport report = reportOf(target);
        const ldm::ModelInfo opened = ldm::Model::open(shared().pathOf(target).string()).info();
        for (std::size_t i = 0; i < plan.layers.size(); ++i) {
            // Of ComfyUI the marker, of quanto two scales of nothing are beside what the weight is made from.
            const auto beside = static_cast<double>(plan.layers[i].bytes) - double(opened.layers[i].storedBytes);
            QVERIFY2(beside >= 0 && beside <= 30, opened.layers[i].name.c_str());
        }
        QVERIFY(std::abs(double(report.bytes) - double(plan.bytes)) < 0.25 * double(plan.bytes));
    }

    void anIndependentDecoderFindsTheSame_data() { forEachFormat(); }
    void anIndependentDecoderFindsTheSame() {
        QFETCH(int, which);
        const auto target = static_cast<ExportFormat>(which);
        if (QProcess::execute("/usr/bin/python3", {"-c", "import numpy"}) != 0)
            QSKIP("/usr/bin/python3 has no numpy (python3-numpy)");
        reportOf(target);
        const ldm::Model opened = ldm::Model::open(shared().pathOf(target).string());
        const ldm::TensorTable& unet = shared().unetOf(opened);
        const ldm::LdmNames names = ldm::LdmNames::unet(ldm::UNetLayout::ofDiffusers(unet));
        std::map<std::string, at::Tensor> expected;
        for (const ldm::StoredTensor& tensor : unet.tensors())
            expected[target == ExportFormat::ComfyUi ? "model.diffusion_model." + names.toLdm(tensor.name)
                                                     : tensor.name] = tensor.values().to(at::kFloat).contiguous();
        const fs::path file = shared().folder() / "expected.safetensors";
        IntegerExports::write(file, expected);
        QProcess python;
        python.setProcessChannelMode(QProcess::MergedChannels);
        const auto text = [](const fs::path& path) { return QString::fromStdString(path.string()); };
        python.start("/usr/bin/python3",
                     {QStringLiteral(NOISEFLOOR_TEST_TOOLS "/decodequantized.py"), quant::infoOf(target).name.data(),
                      text(shared().pathOf(target)), text(file)});
        QVERIFY(python.waitForFinished(120'000));
        const QByteArray said = python.readAll();
        QVERIFY2(python.exitStatus() == QProcess::NormalExit && python.exitCode() == 0, said.constData());
        QVERIFY2(!said.startsWith("0 of"), said.constData());
    }

    void codesAreSymmetricAndZeroChannelsStayZero_data() { forEachFormat(); }
    void codesAreSymmetricAndZeroChannelsStayZero() {
        QFETCH(int, which);
        const auto target = static_cast<ExportFormat>(which);
        const std::string zero = "down_blocks.0.resnets.0.time_emb_proj.weight", row = "time_embedding.linear_2.weight";
        exports().change([&](std::map<std::string, at::Tensor>& tensors) {
            tensors.at(zero).zero_();
            tensors.at(row)[3].zero_();
        });
        exports().exported(target, withFloats(FloatFormat::Fp16));
        const ldm::Model opened = ldm::Model::open(exports().pathOf(target).string());
        const ldm::TensorTable& unet = exports().unetOf(opened);
        QVERIFY(at::eq(unet.find(zero)->values(), 0).all().item<bool>());
        QVERIFY(at::eq(unet.find(row)->values()[3], 0).all().item<bool>());
        const ldm::SafetensorsFile file = exports().file(target);
        for (const ldm::TensorEntry& entry : file.entries()) {
            if (entry.dtype == ldm::DType::I8)
                QVERIFY2(ldm::view(file, entry).min().item<std::int8_t>() >= -127, entry.name.c_str());
            if (entry.name.ends_with("scale") && entry.name.find("put_scale") == std::string::npos)
                QVERIFY2(at::gt(ldm::view(file, entry), 0).all().item<bool>(), entry.name.c_str());
        }
    }

    void weightsThatAreNoNumbersAreRefusedByName_data() { forEachFormat(); }
    void weightsThatAreNoNumbersAreRefusedByName() {
        QFETCH(int, which);
        const auto target = static_cast<ExportFormat>(which);
        exports().change([](std::map<std::string, at::Tensor>& tensors) {
            tensors.at("time_embedding.linear_2.weight")[5][7] = std::nanf("");
        });
        const std::string said =
            failureOf(ldm::ErrorKind::BadInput, [&] { exports().exported(target, withFloats(FloatFormat::Fp16)); });
        QVERIFY2(contains(said, "time_embedding.linear_2"), said.c_str());
        QVERIFY(support::namesIn(exports().folder()) == std::set<std::string>{"source"});
    }

    void groupsThatDoNotDivideAreRoundedAnew_data() { forEachFormat(); }
    void groupsThatDoNotDivideAreRoundedAnew() {
        QFETCH(int, which);
        const auto target = static_cast<ExportFormat>(which);
        // Layers of 16, 24, 32, 40, 64 and 96 inputs.
        m_exports = std::make_unique<IntegerExports>(NOISEFLOOR_TEST_DATA "/reference/sd1_tiny");
        quant::Recipe recipe;
        recipe.base = {WeightFormat::Int4G32, quant::ActivationFormat::Fp32};
        const auto options = withFloats(FloatFormat::Fp16);
        const quant::ExportPlan plan = exports().plan(target, options, recipe);
        QVERIFY(plan.count(Carriage::Requantized) > 0 && plan.count(Carriage::Exact) > 0);
        const quant::ExportReport report = exports().exported(target, options, recipe);
        QCOMPARE(report.exactLayers, std::int64_t{plan.count(Carriage::Exact)});
        QVERIFY(report.worstDb && *report.worstDb > 10);
    }

    /// Rounded twice, weights lose 2 dB more with 4 bits, and gain nothing from 8.
    void whatIsRequantizedWasNotRoundedBefore_data() { forEachFormat(); }
    void whatIsRequantizedWasNotRoundedBefore() {
        QFETCH(int, which);
        const auto target = static_cast<ExportFormat>(which);
        const quant::ExportPlan plan = shared().plan(target, withFloats(FloatFormat::Fp32));
        reportOf(target);
        const ldm::Model opened = ldm::Model::open(shared().pathOf(target).string());
        const quant::Plan formats = quant::resolve(integerRecipe(), shared().model().info());
        std::vector<at::Tensor> sources, simulated, found;
        for (std::size_t i = 0; i < plan.layers.size(); ++i) {
            if (plan.layers[i].carriage != Carriage::Requantized) continue;
            const ldm::LayerInfo& layer = shared().layers()[i];
            sources.push_back(shared().source(layer).to(at::kFloat).flatten());
            simulated.push_back(
                quant::quantizedWeights(sources.back().view(layer.weightShape), formats.at(0)[i].weights).flatten());
            found.push_back(shared().unetOf(opened).find(shared().moduleOf(layer) + ".weight")->values().flatten());
        }
        const double recipeDb = quant::errorSums(at::cat(sources), at::cat(simulated)).db();
        const double db = quant::errorSums(at::cat(sources), at::cat(found)).db();
        const bool hasBytes = target == ExportFormat::ComfyUi || target == ExportFormat::Bitsandbytes;
        QVERIFY2(db > recipeDb + (hasBytes ? 12 : -1), (std::to_string(db) + " " + std::to_string(recipeDb)).c_str());
    }

    void lowRankIsRoundedAnew_data() { forEachFormat(); }
    void lowRankIsRoundedAnew() {
        QFETCH(int, which);
        const auto target = static_cast<ExportFormat>(which);
        quant::Recipe recipe = integerRecipe();
        recipe.lowRank = quant::LowRank{4, {"unet.mid_block", "unet.time_embedding.linear_2"}};
        const auto options = withFloats(FloatFormat::Fp16);
        const quant::ExportPlan plan = exports().plan(target, options, recipe);
        const int layer = exports().model().info().layerIndex("unet.time_embedding.linear_2");
        QVERIFY(plan.layers[std::size_t(layer)].carriage == Carriage::Requantized);
        QVERIFY(contains(plan.layers[std::size_t(layer)].why, "low rank"));
        exports().exported(target, options, recipe); // and reads back
    }

    void theUnetAloneIsExportedToComfyUi() {
        for (const bool prefixed : {false, true}) {
            auto options = withFloats(FloatFormat::Fp16);
            options.unetOnly = true;
            options.prefixed = prefixed;
            exports().exported(ExportFormat::ComfyUi, options);
            const ldm::SafetensorsFile file = exports().file(ExportFormat::ComfyUi);
            for (const ldm::TensorEntry& entry : file.entries())
                QCOMPARE(entry.name.starts_with("model.diffusion_model."), prefixed);
            const std::string path = exports().pathOf(ExportFormat::ComfyUi).string();
            QVERIFY(!ldm::Model::open(path).info().generates);
            QVERIFY(ldm::Model::open({path, {}, "emoji-ldm", {}, {}}).info().generates);
        }
    }

    void everyFloatLayerIsListedForSdnqByItsFullName() {
        reportOf(ExportFormat::Sdnq);
        const fs::path unet = shared().pathOf(ExportFormat::Sdnq) / "unet";
        const json config = ldm::readJsonObject(unet / "config.json").at("quantization_config");
        QVERIFY(config == ldm::readJsonObject(unet / "quantization_config.json"));
        const quant::ExportPlan plan = shared().plan(ExportFormat::Sdnq, withFloats(FloatFormat::Fp32));
        std::set<std::string> floats, nibbles;
        for (std::size_t i = 0; i < plan.layers.size(); ++i) {
            const std::string weight = shared().moduleOf(shared().layers()[i]) + ".weight";
            if (plan.layers[i].carriage == Carriage::Float) floats.insert(weight);
            if (plan.layers[i].type.starts_with("int4")) nibbles.insert(weight);
            QCOMPARE(contains(plan.layers[i].type, " g"), config.at("modules_quant_config").contains(weight));
        }
        QCOMPARE(config.at("modules_to_not_convert").get<std::set<std::string>>(), floats);
        QCOMPARE(config.at("modules_dtype_dict").at("int4").get<std::set<std::string>>(), nibbles);
        QVERIFY(config.at("group_size") == -1 && config.at("use_quantized_matmul") == false);
    }

    void linearLayersThatStayFloatsAreSkippedByBitsandbytes() {
        reportOf(ExportFormat::Bitsandbytes);
        const fs::path file = shared().pathOf(ExportFormat::Bitsandbytes) / "unet/config.json";
        const json config = ldm::readJsonObject(file).at("quantization_config");
        const auto skipped = config.at("llm_int8_skip_modules").get<std::set<std::string>>();
        QVERIFY(skipped.contains("time_embedding.linear_1")); // of ggml's blocks
        QVERIFY(!skipped.contains("time_embedding.linear_2") && !skipped.contains("conv_in"));
        QVERIFY(config.at("load_in_8bit") == true && config.at("load_in_4bit") == false);
    }

    void scalesThatHalvesCannotHoldAreRefusedByQuanto() {
        exports().change([](std::map<std::string, at::Tensor>& tensors) {
            tensors.at("time_embedding.linear_2.weight")[5].fill_(1e-7);
        });
        const auto halves = withFloats(FloatFormat::Fp16), wide = withFloats(FloatFormat::Bf16);
        const std::string said =
            failureOf(ldm::ErrorKind::BadInput, [&] { exports().exported(ExportFormat::Quanto, halves); });
        QVERIFY2(contains(said, "time_embedding.linear_2") && contains(said, "bf16"), said.c_str());
        QCOMPARE(exports().exported(ExportFormat::Quanto, wide).path, exports().pathOf(ExportFormat::Quanto));
    }

    void whatIsReadIsExportedAgainAsAnyModel_data() { forEachFormat(); }
    void whatIsReadIsExportedAgainAsAnyModel() {
        QFETCH(int, which);
        const auto source = static_cast<ExportFormat>(which);
        reportOf(source);
        const ldm::Model quantized = ldm::Model::open(shared().pathOf(source).string());
        quant::Recipe plain;
        plain.base = {WeightFormat::Fp32, quant::ActivationFormat::Fp32};
        std::vector<ExportFormat> targets{ExportFormat::Diffusers};
        if (source == ExportFormat::Sdnq) targets.push_back(ExportFormat::Sdnq);
        for (const ExportFormat format : targets) {
            const fs::path again = exports().folder() / "again";
            QVERIFY(quant::exportModel(quantized, plain, {format, again, true, {}, withFloats(FloatFormat::Fp32)}));
            const json config = ldm::readJsonObject(again / "unet/config.json");
            QCOMPARE(config.contains("quantization_config"), format == ExportFormat::Sdnq);
            QVERIFY(!fs::exists(again / "unet/quanto_qmap.json"));
            const ldm::Model floats = ldm::Model::open(again.string());
            for (const ldm::StoredTensor& tensor : exports().unetOf(quantized).tensors())
                QVERIFY2(at::equal(exports().unetOf(floats).find(tensor.name)->values().to(at::kFloat),
                                   tensor.values().to(at::kFloat)),
                         tensor.name.c_str());
        }
    }

    void theExportMakesThePicturesOfTheSimulation() {
        ldm::GenerateSettings settings;
        settings.prompt = "a red heart";
        settings.steps = 3;
        quant::Recipe recipe = integerRecipe(); // of layers that are carried exactly
        recipe.rules = {{"unet.mid_block", WeightFormat::Int4, {}, {}, ""}};
        exports().exported(ExportFormat::Sdnq, withFloats(FloatFormat::Fp32), recipe);
        quant::Simulation original(exports().model());
        quant::Simulation reopened(ldm::Model::open(exports().pathOf(ExportFormat::Sdnq).string()));
        const auto simulated = original.quantized(recipe, settings);
        const auto found = reopened.full(settings);
        QVERIFY(simulated && found);
        for (std::size_t i = 0; i < found->rgb.size(); ++i)
            QVERIFY(std::abs(int(simulated->rgb[i]) - int(found->rgb[i])) <= 1);
    }

private:
    IntegerExports& exports() { return *m_exports; }
    const IntegerExports& shared() const { return *m_shared; }

    /// Of the mixed recipe with float32 beside its integers, exported to shared() when it is first asked for.
    const quant::ExportReport& reportOf(ExportFormat format) {
        const auto found = m_reports.find(format);
        if (found != m_reports.end()) return found->second;
        return m_reports.emplace(format, shared().exported(format, withFloats(FloatFormat::Fp32))).first->second;
    }

    std::unique_ptr<IntegerExports> m_shared;
    std::map<ExportFormat, quant::ExportReport> m_reports;
    std::unique_ptr<IntegerExports> m_exports;
};

NOISEFLOOR_TEST(QuantizedExportsTest)
#include "tst_quantizedexports.moc"
