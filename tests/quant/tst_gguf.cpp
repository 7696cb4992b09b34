#include "ggufexports.h"
#include "ldm/filesizelimit.h"
#include "support/familymodels.h"
#include "support/testmain.h"

#include <quant/simulation.h>

#include <QTest>

#include <cmath>
#include <set>

using quant::ExportFormat;
using quant::ExportOptions;
using quant::ExportReport;
using quant::Recipe;
using quant::WeightFormat;
using support::contains;
using support::failureOf;
using support::GgufExports;
using support::namesIn;

namespace fs = std::filesystem;

namespace {

double rootMeanSquare(const ldm::Image& a, const ldm::Image& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.rgb.size(); ++i) sum += std::pow(double(a.rgb[i]) - double(b.rgb[i]), 2);
    return std::sqrt(sum / static_cast<double>(a.rgb.size()));
}

std::uint64_t number(const ldm::GgufFile& file, const std::string& key) {
    return std::get<std::uint64_t>(std::get<ldm::GgufScalar>(file.metadata().at(key)));
}

} // namespace

class GgufTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { m_exports = std::make_unique<GgufExports>(); }
    void cleanup() { m_exports.reset(); }

    void floatsAreThoseChosen() {
        ExportOptions options;
        options.floats = quant::FloatFormat::Fp32;
        const auto plan =
            quant::planExport(info(), GgufExports::uniform(WeightFormat::Fp32), ExportFormat::Gguf, options);
        for (const auto& layer : plan.layers) QCOMPARE(layer.type, std::string("F32"));
        exports().exported("f32.gguf", GgufExports::uniform(WeightFormat::Fp32), options);
        const ldm::GgufFile wide = exports().open("f32.gguf");
        for (const auto& tensor : wide.entries()) QCOMPARE(tensor.typeName, std::string("F32"));
        options.floats = quant::FloatFormat::Bf16;
        exports().exported("bf16.gguf", GgufExports::uniform(WeightFormat::Fp32), options);
        const ldm::GgufFile file = exports().open("bf16.gguf");
        for (const auto& tensor : file.entries())
            QCOMPARE(tensor.typeName, std::string(tensor.shape.size() == 1   ? "F32"
                                                  : tensor.shape.size() == 2 ? "BF16"
                                                                             : "F16"));
        QCOMPARE(number(file, "general.file_type"), std::uint64_t{32});
    }

    void theUnetAloneHasNamesThatGgmlReads() {
        exports().exported("plain.gguf", GgufExports::mixed(), GgufExports::unetAlone());
        const ldm::GgufFile plain = exports().open("plain.gguf");
        for (const auto& tensor : plain.entries()) {
            QVERIFY(!contains(tensor.name, "diffusion_model"));
            QVERIFY2(tensor.name.size() <= 63, tensor.name.c_str());
        }
        const ExportReport report =
            exports().exported("prefixed.gguf", GgufExports::mixed(), GgufExports::unetAlone(true));
        const ldm::GgufFile prefixed = exports().open("prefixed.gguf");
        for (const auto& tensor : prefixed.entries())
            QVERIFY2(tensor.name.starts_with("model.diffusion_model."), tensor.name.c_str());
        QVERIFY2(contains(GgufExports::notesOf(report), "more than 63 bytes"), GgufExports::notesOf(report).c_str());
    }

    void theUnetAloneOpensWithAndWithoutAModelThatLendsTheRest() {
        for (const bool prefixed : {false, true}) {
            const std::string file = prefixed ? "prefixed.gguf" : "plain.gguf";
            exports().exported(file, GgufExports::mixed(), GgufExports::unetAlone(prefixed));
            const ldm::Model alone = ldm::Model::open(exports().path(file).string());
            QCOMPARE(alone.info().layers.size(), info().layers.size());
            ldm::OpenRequest request;
            request.model = exports().path(file).string();
            request.base = "emoji-ldm";
            const ldm::Model whole = ldm::Model::open(request);
            QCOMPARE(whole.info().parts.size(), info().parts.size());
            QCOMPARE(whole.networks().checkpoint.pipelineClass, exports().model().networks().checkpoint.pipelineClass);
        }
    }

    /// Decoded blocks are the simulation's own values; integers differ by the rounding of their scales.
    void theFileMakesThePicturesOfTheSimulation() {
        exports().exported("m.gguf", GgufExports::mixed());
        quant::Simulation simulation(exports().model());
        quant::Simulation reopened(ldm::Model::open(exports().path("m.gguf").string()));
        const auto simulated = simulation.quantized(GgufExports::mixed(), GgufExports::settings());
        const auto full = simulation.full(GgufExports::settings());
        const auto found = reopened.full(GgufExports::settings());
        QVERIFY(simulated && full && found);
        const double difference = rootMeanSquare(*simulated, *found);
        QVERIFY2(difference < 1, std::to_string(difference).c_str());
        QVERIFY(rootMeanSquare(*full, *found) > 2 * difference);
    }

    void metadataSayWhatItIs() {
        Recipe recipe = GgufExports::uniform(WeightFormat::Q4_K);
        recipe.rules = {{GgufExports::kRows256, WeightFormat::Q6_K, {}, {}, ""}};
        exports().exported("m.gguf", recipe, GgufExports::unetAlone());
        const ldm::GgufFile file = exports().open("m.gguf");
        QCOMPARE(*file.text("general.architecture"), std::string("sd1"));
        QCOMPARE(*file.text("general.type"), std::string("model"));
        QCOMPARE(*file.text("general.name"), info().name);
        QVERIFY(file.text("general.quantized_by")->starts_with("Noisefloor "));
        QCOMPARE(number(file, "general.quantization_version"), std::uint64_t{2});
        QCOMPARE(number(file, "general.file_type"), std::uint64_t{7}); // most rows fall back to Q8_0
        recipe.model = quant::modelRef(info());
        QVERIFY(quant::parseRecipe(*file.text("noisefloor.recipe"), "metadata") == recipe);
        QVERIFY(contains(*file.text("noisefloor.source"), info().fingerprint));
    }

    void theLicenseIsThatOfTheModelCard_data() {
        QTest::addColumn<QString>("card");
        QTest::addColumn<QString>("license");
        QTest::newRow("said") << "---\ntags:\n- art\nlicense: creativeml-openrail-m \n---\n# A model\n"
                              << "creativeml-openrail-m";
        QTest::newRow("no table") << "# A model\nlicense: mit\n"
                                  << "";
        QTest::newRow("after the table") << "---\ntags: a\n---\nlicense: mit\n"
                                         << "";
        QTest::newRow("several") << "---\nlicense:\n- mit\n- gpl\n---\n"
                                 << "";
        QTest::newRow("nothing but a line") << "---\n"
                                            << "";
    }

    void theLicenseIsThatOfTheModelCard() {
        QFETCH(QString, card);
        QFETCH(QString, license);
        std::filesystem::copy(info().path, exports().path("source"), std::filesystem::copy_options::recursive);
        support::put(exports().path("source/README.md"), card.toStdString());
        const ldm::Model source = ldm::Model::open(exports().path("source").string());
        exports().exported("m.gguf", GgufExports::uniform(WeightFormat::Q8_0), GgufExports::unetAlone(), &source);
        const ldm::GgufFile file = exports().open("m.gguf");
        const std::string* found = file.text("general.license");
        QCOMPARE(found ? QString::fromStdString(*found) : QString(), license);
    }

    void everyFamilyKeepsItsTensors_data() {
        QTest::addColumn<int>("family");
        QTest::addColumn<QString>("architecture");
        QTest::newRow("SD 1") << static_cast<int>(support::ModelFamily::Sd1) << "sd1";
        QTest::newRow("SD 2") << static_cast<int>(support::ModelFamily::Sd2) << "sd1";
        QTest::newRow("SDXL") << static_cast<int>(support::ModelFamily::Sdxl) << "sdxl";
    }

    void everyFamilyKeepsItsTensors() {
        QFETCH(int, family);
        QFETCH(QString, architecture);
        const ldm::Checkpoint made = support::familyModel(static_cast<support::ModelFamily>(family));
        const auto tensors = support::inOriginalLayout(made);
        support::writeTensors(exports().path("source.safetensors"), tensors);
        const ldm::Model source = ldm::Model::open(exports().path("source.safetensors").string());
        exports().exported("full.gguf", GgufExports::uniform(WeightFormat::Q5_1), {}, &source);
        exports().exported("unet.gguf", GgufExports::uniform(WeightFormat::Q5_1), GgufExports::unetAlone(), &source);
        const ldm::GgufFile file = exports().open("full.gguf");
        QCOMPARE(*file.text("general.architecture"), architecture.toStdString());
        std::set<std::string> written;
        for (const auto& tensor : file.entries()) written.insert(tensor.name);
        for (const ldm::StoredTensor& tensor : tensors)
            if (source.networks().checkpoint.find("text_encoder_2") || !contains(tensor.name, "resblocks.23"))
                QVERIFY2(written.contains(tensor.name) || ldm::isIgnorable(tensor.name), tensor.name.c_str());
        const ldm::Model reopened = ldm::Model::open(exports().path("full.gguf").string());
        QCOMPARE(reopened.networks().checkpoint.pipelineClass, source.networks().checkpoint.pipelineClass);
        QCOMPARE(reopened.info().parts.size(), source.info().parts.size());
    }

    void thePredictedSizeIsThatOfTheFile() {
        for (const bool alone : {false, true}) {
            const ExportOptions options = alone ? GgufExports::unetAlone() : ExportOptions{};
            const auto plan = quant::planExport(info(), GgufExports::mixed(), ExportFormat::Gguf, options);
            const auto bytes = static_cast<double>(
                exports().exported(alone ? "a.gguf" : "b.gguf", GgufExports::mixed(), options).bytes);
            QVERIFY2(std::abs(static_cast<double>(plan.bytes) / bytes - 1) < 0.03,
                     (std::to_string(plan.bytes) + " " + std::to_string(bytes)).c_str());
        }
    }

    void aFullDiskLeavesNothing() {
        std::string said;
        {
            const support::FileSizeLimit full(1'500'000);
            said = failureOf(ldm::ErrorKind::WriteFailed, [&] { exports().exported("m.gguf", GgufExports::mixed()); });
        }
        QVERIFY2(contains(said, exports().path("m.gguf").string()) && contains(said, "free some space"), said.c_str());
        QVERIFY(namesIn(exports().folder()).empty());
    }

    void aStoppedExportLeavesNothing() {
        for (const std::int64_t after : {std::int64_t{1}, std::int64_t{300}, std::int64_t{900}}) {
            std::stop_source stop;
            const auto listener = [&](const ldm::Progress& progress) {
                QVERIFY(progress.done <= progress.total);
                if (progress.done >= after) stop.request_stop();
            };
            QVERIFY(!quant::exportModel(exports().model(), GgufExports::mixed(),
                                        {ExportFormat::Gguf, exports().path("m.gguf")}, stop.get_token(), listener));
            QVERIFY(namesIn(exports().folder()).empty());
        }
    }

    void weightsThatVaryOverTimeAreRefused() {
        Recipe recipe = GgufExports::mixed();
        recipe.rules.push_back({GgufExports::kConvolution, WeightFormat::Fp16, {}, {{0, 200}}, ""});
        QVERIFY(
            contains(failureOf(ldm::ErrorKind::BadInput, [&] { exports().exported("m.gguf", recipe); }), "timesteps"));
    }

private:
    const GgufExports& exports() const { return *m_exports; }
    const ldm::ModelInfo& info() const { return exports().model().info(); }

    std::unique_ptr<GgufExports> m_exports;
};

NOISEFLOOR_TEST(GgufTest)
#include "tst_gguf.moc"
