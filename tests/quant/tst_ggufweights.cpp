#include "ggufexports.h"
#include "support/testmain.h"

#include <quant/ggml.h>
#include <quant/quantize.h>

#include <QTest>

#include <cmath>
#include <set>
#include <span>

using quant::Carriage;
using quant::ExportFormat;
using quant::ExportReport;
using quant::Recipe;
using quant::WeightFormat;
using support::contains;
using support::failureOf;
using support::GgufExports;

namespace fs = std::filesystem;

class GgufWeightsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { m_exports = std::make_unique<GgufExports>(); }
    void cleanup() { m_exports.reset(); }

    void whatBecomesOfALayerIsKnownBefore_data() {
        QTest::addColumn<QString>("layer");
        QTest::addColumn<QString>("format");
        QTest::addColumn<QString>("type");
        QTest::addColumn<QString>("carriage");
        QTest::addColumn<QString>("why");
        const auto row = [](const char* layer, const char* format, const char* type, const char* carriage,
                            const char* why = "") {
            QTest::addRow("%s %s", format, layer) << layer << format << type << carriage << why;
        };
        for (const WeightFormat format : quant::allWeightFormats())
            if (quant::isGguf(format))
                row(GgufExports::kRows256, quant::nameOf(format).data(), quant::ggmlType(format).name.data(), "exact");
        row(GgufExports::kRows192, "q4_k", "Q8_0", "exact", "rows of 192 values hold no whole block of Q4_K");
        row(GgufExports::kRows192, "q4_0", "Q4_0", "exact");
        row(GgufExports::kConvolution, "q4_k", "F16", "float", "convolution");
        row(GgufExports::kConvolution, "int8", "F16", "float", "convolution");
        row(GgufExports::kConvolution, "bf16", "F16", "float");
        for (const char* format : {"int4", "int4_g32", "int4_g64", "int4_g128"})
            row(GgufExports::kRows192, format, "Q4_0", "exact");
        row(GgufExports::kRows192, "int8", "Q8_0", "exact");
        row(GgufExports::kRows192, "fp8_e4m3", "Q8_0", "requantized", "no 8-bit floats");
        row(GgufExports::kRows192, "bf16", "BF16", "float");
        row(GgufExports::kRows192, "fp16", "F16", "float");
        row(GgufExports::kRows192, "fp32", "F16", "float");
    }

    void whatBecomesOfALayerIsKnownBefore() {
        QFETCH(QString, layer);
        QFETCH(QString, format);
        QFETCH(QString, type);
        QFETCH(QString, carriage);
        QFETCH(QString, why);
        const Recipe recipe = GgufExports::uniform(*quant::weightFormat(format.toStdString()));
        const auto plan = quant::planExport(info(), recipe, ExportFormat::Gguf);
        const auto& found = plan.layers.at(static_cast<std::size_t>(info().layerIndex(layer.toStdString())));
        QCOMPARE(QString::fromStdString(found.type), type);
        QCOMPARE(quant::nameOf(found.carriage), std::string_view(carriage.toStdString()));
        QVERIFY2(contains(found.why, why.toStdString()) && found.why.empty() == why.isEmpty(), found.why.c_str());
    }

    void blocksAreThoseOfTheOriginalWeights() {
        const ExportReport report = exports().exported("m.gguf", GgufExports::mixed());
        const quant::Plan plan = quant::resolve(GgufExports::mixed(), info());
        const auto carried = quant::planExport(info(), GgufExports::mixed(), ExportFormat::Gguf);
        const ldm::Model reopened = ldm::Model::open(exports().path("m.gguf").string());
        std::set<std::string> types;
        for (std::size_t i = 0; i < info().layers.size(); ++i) {
            const std::string& name = info().layers[i].name;
            const auto& written = GgufExports::weightOf(reopened, name);
            QCOMPARE(written.storedAs, carried.layers[i].type);
            QCOMPARE(written.bytes, carried.layers[i].bytes);
            types.insert(written.storedAs);
            const WeightFormat format = plan.at(0)[i].weights;
            const WeightFormat stored = quant::storedAs(format, info().layers[i].weightShape);
            if (!quant::isGguf(stored)) continue;
            const at::Tensor blocks = quant::encodedBlocks(exports().original(name), stored);
            const auto* data = reinterpret_cast<const std::byte*>(blocks.data_ptr<std::uint8_t>());
            QVERIFY2(std::ranges::equal(written.stored, std::span(data, blocks.nbytes())), name.c_str());
        }
        QVERIFY((types ==
                 std::set<std::string>{"Q8_0", "Q6_K", "Q5_K", "Q5_1", "Q5_0", "Q4_K", "Q4_1", "Q4_0", "F16", "BF16"}));
        QVERIFY2(contains(GgufExports::notesOf(report), "Q4_K") && contains(GgufExports::notesOf(report), "F16"),
                 GgufExports::notesOf(report).c_str());
        QCOMPARE(report.bytes, fs::file_size(exports().path("m.gguf")));
        QCOMPARE(report.tensors, static_cast<std::int64_t>(exports().open("m.gguf").entries().size()));
    }

    void integersKeepTheirCodes() {
        for (const WeightFormat format : {WeightFormat::Int8, WeightFormat::Int4, WeightFormat::Int4G32,
                                          WeightFormat::Int4G64, WeightFormat::Int4G128}) {
            const std::string file = std::string(quant::nameOf(format)) + ".gguf";
            exports().exported(file, GgufExports::uniform(format));
            const ldm::Model reopened = ldm::Model::open(exports().path(file).string());
            for (const ldm::LayerInfo& layer : info().layers) {
                const auto& written = GgufExports::weightOf(reopened, layer.name);
                const quant::IntegerWeights integers = quant::integerWeights(exports().original(layer.name), format);
                const at::Tensor codes = integers.codes.to(at::kFloat);
                const at::Tensor found = written.values().to(at::kFloat).reshape(codes.sizes());
                // The scales are rounded to halves, and so are the products where they are stored as such.
                const at::Tensor exact = quant::quantizedWeights(exports().original(layer.name), format);
                const at::Tensor bound =
                    exact.abs() * std::ldexp(1.0, -11) + codes.abs() * std::ldexp(1.0, -25) + std::ldexp(1.0, -25);
                QVERIFY2((found - exact).abs().le(bound).all().item<bool>(), layer.name.c_str());
                if (written.storedAs != "F16") QVERIFY(at::equal(found.sign(), codes.sign()));
            }
        }
    }

    void scalesThatHalvesCannotHoldAreReported() {
        const ldm::Model tiny =
            exports().changed(GgufExports::kRows192, [](at::Tensor weight) { return weight * 1e-9; });
        for (const WeightFormat format : {WeightFormat::Q8_0, WeightFormat::Int8, WeightFormat::Q4_1}) {
            const ExportReport report = exports().exported("tiny.gguf", GgufExports::uniform(format), {}, &tiny);
            QVERIFY2(contains(GgufExports::notesOf(report), "became zero") &&
                         contains(GgufExports::notesOf(report), GgufExports::kRows192),
                     GgufExports::notesOf(report).c_str());
            fs::remove(exports().path("tiny.gguf"));
        }
        QVERIFY(
            !contains(GgufExports::notesOf(exports().exported("usual.gguf", GgufExports::uniform(WeightFormat::Q8_0))),
                      "became zero"));
    }

    void smallScalesAreKeptAsHalvesHoldThem() {
        const ldm::Model small =
            exports().changed(GgufExports::kRows192, [](at::Tensor weight) { return weight * 1e-4; });
        for (const WeightFormat format : {WeightFormat::Int8, WeightFormat::Int4G32})
            exports().exported(std::string(quant::nameOf(format)), GgufExports::uniform(format), {}, &small);
    }

    void wideSourcesAreRoundedFromWhatTheyHold() {
        for (const at::ScalarType type : {at::kBFloat16, at::kFloat, at::kDouble}) {
            at::Tensor source;
            const ldm::Model wide = exports().changed(GgufExports::kRows192, [&](const at::Tensor& weight) {
                source = (weight / 3).to(type);
                return source;
            });
            exports().exported("wide.gguf", GgufExports::uniform(WeightFormat::Q5_1), {}, &wide);
            const ldm::Model reopened = ldm::Model::open(exports().path("wide.gguf").string());
            QVERIFY(at::equal(GgufExports::weightOf(reopened, GgufExports::kRows192).values(),
                              quant::quantizedWeights(source.to(at::kFloat), WeightFormat::Q5_1)));
            fs::remove(exports().path("wide.gguf"));
        }
    }

    void zeroChannelsStayZero() {
        const ldm::Model zero = exports().changed(GgufExports::kRows192, [](at::Tensor weight) {
            weight.narrow(0, 0, 5).zero_();
            return weight;
        });
        for (const WeightFormat format : {WeightFormat::Q4_0, WeightFormat::Int8}) {
            const std::string file(quant::nameOf(format));
            exports().exported(file, GgufExports::uniform(format), {}, &zero);
            const ldm::Model reopened = ldm::Model::open(exports().path(file).string());
            const at::Tensor found = GgufExports::weightOf(reopened, GgufExports::kRows192).values();
            QVERIFY(found.narrow(0, 0, 5).eq(0).all().item<bool>() && found.ne(0).any().item<bool>());
        }
    }

    void unusableWeightsAreRefusedByName() {
        for (const float value : {1e5F, std::nanf(""), INFINITY}) {
            const ldm::Model damaged =
                exports().changed(GgufExports::kRows192, [&](at::Tensor weight) { return weight.fill_(value); });
            for (const WeightFormat format : {WeightFormat::Q4_0, WeightFormat::Fp32, WeightFormat::Fp8E4M3}) {
                const std::string said = failureOf(ldm::ErrorKind::BadInput, [&] {
                    quant::exportModel(damaged, GgufExports::uniform(format),
                                       {ExportFormat::Gguf, exports().path("out.gguf")});
                });
                QVERIFY2(contains(said, GgufExports::kRows192), said.c_str());
            }
            QVERIFY(!fs::exists(exports().path("out.gguf")));
        }
    }

    void treatedWeightsAreRoundedAnewAndSaidSo() {
        Recipe recipe = GgufExports::uniform(WeightFormat::Q4_0);
        recipe.rules = {{"**.attn1.to_k", WeightFormat::Int4G32, {}, {}, ""}};
        recipe.lowRank = quant::LowRank{8, {"**.attn1.to_q"}};
        recipe.errorFeedback = quant::ErrorFeedback{{"**.attn1.to_k"}};
        recipe.calibration.steps = "first";
        const auto plan = quant::planExport(info(), recipe, ExportFormat::Gguf);
        const auto carriage = [&](const std::string& layer) {
            return plan.layers.at(static_cast<std::size_t>(info().layerIndex(layer))).carriage;
        };
        QVERIFY(carriage(GgufExports::kRows192) == Carriage::Requantized);
        const std::string feedback = "unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_k";
        QVERIFY(carriage(feedback) == Carriage::Exact); // as the simulation rounds it, which reading back has checked
        const ExportReport report = exports().exported("treated.gguf", recipe);
        QVERIFY(report.worstDb && *report.worstDb > 10);
        QVERIFY2(contains(GgufExports::notesOf(report), "low-rank"), GgufExports::notesOf(report).c_str());
        const ldm::Model reopened = ldm::Model::open(exports().path("treated.gguf").string());
        const at::Tensor nearest = quant::quantizedWeights(exports().original(feedback), WeightFormat::Int4G32);
        const at::Tensor found = GgufExports::weightOf(reopened, feedback).values();
        QVERIFY(quant::errorSums(nearest, found).db() < 30); // other codes than rounding to nearest gives
    }

private:
    const GgufExports& exports() const { return *m_exports; }
    const ldm::ModelInfo& info() const { return exports().model().info(); }

    std::unique_ptr<GgufExports> m_exports;
};

NOISEFLOOR_TEST(GgufWeightsTest)
#include "tst_ggufweights.moc"
