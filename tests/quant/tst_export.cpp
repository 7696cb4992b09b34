#include "ldm/failures.h"
#include "ldm/filesizelimit.h"
#include "support/testmain.h"

#include <quant/export.h>
#include <quant/quantize.h>
#include <quant/simulation.h>

#include <ldm/ldmnames.h>
#include <ldm/networks.h>
#include <ldm/weights.h>

#include <ATen/ATen.h>

#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <set>
#include <span>

using quant::ActivationFormat;
using quant::ExportFormat;
using quant::ExportReport;
using quant::Recipe;
using quant::WeightFormat;
using support::contains;
using support::contentOf;
using support::failureOf;
using support::namesIn;

namespace fs = std::filesystem;

namespace {

Recipe mixed() {
    Recipe recipe;
    recipe.name = "mixed";
    recipe.base = {WeightFormat::Int8, ActivationFormat::Fp32};
    recipe.rules = {{"unet.mid_block", WeightFormat::Int4, {}, {}, ""},
                    {"unet.up_blocks.0.**", WeightFormat::Fp8E4M3, {}, {}, ""},
                    {"unet.down_blocks.1.**", WeightFormat::Q4_K, {}, {}, ""},
                    {"unet.down_blocks.2.**", WeightFormat::Int4G64, {}, {}, ""},
                    {"unet.conv_out", WeightFormat::Fp32, {}, {}, ""}};
    return recipe;
}

at::Tensor tensorOf(const ldm::SafetensorsFile& file, const std::string& name) {
    const ldm::TensorEntry* entry = file.find(name);
    return entry ? ldm::view(file, *entry) : at::Tensor();
}

double rootMeanSquare(const ldm::Image& a, const ldm::Image& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.rgb.size(); ++i) sum += std::pow(double(a.rgb[i]) - double(b.rgb[i]), 2);
    return std::sqrt(sum / static_cast<double>(a.rgb.size()));
}

ldm::GenerateSettings settings() {
    ldm::GenerateSettings result;
    result.prompt = "a red heart";
    result.steps = 3;
    return result;
}

/// The name in a single file of SD 1.x.
std::string ldmName(const ldm::PartSource& part, const std::string& name) {
    const auto names = part.name == "unet" ? ldm::LdmNames::unet(ldm::UNetLayout::ofDiffusers(part.tensors))
                       : part.name == "vae"
                           ? ldm::LdmNames::autoencoder(ldm::AutoencoderLayout::ofDiffusers(part.tensors))
                           : ldm::LdmNames::clip();
    return ldm::ldmPrefix(part.name, false, false) + names.toLdm(name);
}

/// Same values, whatever the sign of zeros.
bool same(const at::Tensor& a, const at::Tensor& b) {
    return a.scalar_type() == b.scalar_type() && a.sizes() == b.sizes() && at::equal(a, b);
}

} // namespace

class ExportTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { m_model = std::make_unique<ldm::Model>(ldm::Model::open("emoji-ldm")); }
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void cleanup() { m_folder.reset(); }

    void everyFormatHasItsOwnName() {
        std::set<std::string_view> names;
        for (const auto& info : quant::exportFormats()) {
            QVERIFY(names.insert(info.name).second);
            QCOMPARE(quant::infoOf(info.format).name, info.name);
        }
    }

    void aFolderHoldsTheQuantizedValuesInHalves() {
        const ExportReport report = exported(ExportFormat::Diffusers, "out");
        const quant::Plan plan = quant::resolve(mixed(), info());
        const ldm::Model reopened = ldm::Model::open((folder() / "out").string());
        QCOMPARE(reopened.info().layers.size(), info().layers.size());
        const auto file = ldm::SafetensorsFile::open(folder() / "out/unet/diffusion_pytorch_model.safetensors");
        const auto source = ldm::SafetensorsFile::open(info().path / "unet/diffusion_pytorch_model.safetensors");
        QCOMPARE(file.entries().size(), source.entries().size());
        std::int64_t quantized = 0;
        for (const ldm::TensorEntry& entry : source.entries()) {
            at::Tensor expected = ldm::view(source, entry);
            const std::string layer = "unet." + entry.name.substr(0, entry.name.rfind('.'));
            const int index = entry.name.ends_with(".weight") ? info().layerIndex(layer) : -1;
            if (index >= 0) {
                const WeightFormat format = plan.at(0)[static_cast<std::size_t>(index)].weights;
                expected = quant::quantizedWeights(expected, format).to(at::kHalf);
                quantized += bits(quant::storedAs(format, expected.sizes())) <= 8;
            }
            QVERIFY2(same(tensorOf(file, entry.name), expected.to(at::kHalf)), entry.name.c_str());
        }
        QCOMPARE(report.bakedLayers, quantized);
        QCOMPARE(report.floatLayers, std::int64_t(info().layers.size())); // a folder of floats holds no integers
        QCOMPARE(report.exactLayers + report.requantizedLayers, std::int64_t{0});
    }

    void theOtherPartsAndFilesGoAlong() {
        const ExportReport report = exported(ExportFormat::Diffusers, "out");
        std::int64_t tensors = 0;
        for (const char* name : {"vae/diffusion_pytorch_model.safetensors", "text_encoder/model.safetensors"}) {
            const auto file = ldm::SafetensorsFile::open(folder() / "out" / name);
            const auto source = ldm::SafetensorsFile::open(info().path / name);
            for (const ldm::TensorEntry& entry : file.entries())
                QVERIFY(same(tensorOf(file, entry.name), tensorOf(source, entry.name).to(at::kHalf)));
            tensors += static_cast<std::int64_t>(file.entries().size());
        }
        for (const char* name : {"model_index.json", "unet/config.json", "vae/config.json", "tokenizer/merges.txt",
                                 "tokenizer/vocab.json", "scheduler/scheduler_config.json"})
            QCOMPARE(contentOf(folder() / "out" / name), contentOf(info().path / name));
        std::int64_t all = 0;
        std::uint64_t bytes = 0;
        for (const ldm::PartInfo& part : info().parts) all += part.tensors;
        for (const auto& entry : fs::recursive_directory_iterator(folder() / "out"))
            if (entry.is_regular_file()) bytes += entry.file_size();
        QVERIFY(tensors > 0 && tensors < all);
        QCOMPARE(report.tensors, all);
        QCOMPARE(report.bytes, bytes);
        QCOMPARE(report.path, folder() / "out");
    }

    void theFolderTellsWhereItComesFrom() {
        exported(ExportFormat::Diffusers, "out");
        const Recipe kept = quant::loadRecipe(folder() / "out/noisefloor.recipe.json");
        QCOMPARE(kept.model.fingerprint, info().fingerprint);
        QVERIFY(kept.rules == mixed().rules);
        const auto file = ldm::SafetensorsFile::open(folder() / "out/unet/diffusion_pytorch_model.safetensors");
        QCOMPARE(file.metadata().at("format"), std::string("pt"));
        QVERIFY(contains(file.metadata().at("noisefloor.source"), info().fingerprint));
        QVERIFY(quant::parseRecipe(file.metadata().at("noisefloor.recipe"), "metadata") == kept);
    }

    /// The only difference to the simulation is that quantized values were rounded to halves.
    void theFolderMakesThePicturesOfTheSimulation() {
        exported(ExportFormat::Diffusers, "out");
        quant::Simulation original(*m_model);
        quant::Simulation reopened(ldm::Model::open((folder() / "out").string()));
        const auto simulated = original.quantized(mixed(), settings());
        const auto full = original.full(settings());
        const auto baked = reopened.full(settings());
        QVERIFY(simulated && full && baked);
        const double difference = rootMeanSquare(*simulated, *baked);
        QVERIFY2(difference < 1, std::to_string(difference).c_str());
        QVERIFY(rootMeanSquare(*full, *baked) > 2 * difference);
    }

    void aCheckpointHoldsTheSameTensorsUnderTheOriginalNames() {
        exported(ExportFormat::Diffusers, "folder");
        const ExportReport report = exported(ExportFormat::Checkpoint, "model.safetensors");
        const auto file = ldm::SafetensorsFile::open(folder() / "model.safetensors");
        std::size_t tensors = 0;
        for (const auto& [part, name] :
             {std::pair<std::string, std::string>{"unet", "unet/diffusion_pytorch_model.safetensors"},
              {"vae", "vae/diffusion_pytorch_model.safetensors"},
              {"text_encoder", "text_encoder/model.safetensors"}}) {
            const auto source = ldm::SafetensorsFile::open(folder() / "folder" / name);
            for (const ldm::TensorEntry& entry : source.entries()) {
                const at::Tensor found =
                    tensorOf(file, ldmName(*m_model->networks().checkpoint.find(part), entry.name));
                QVERIFY2(found.defined(), entry.name.c_str());
                at::Tensor expected = ldm::view(source, entry);
                if (part == "vae" && expected.dim() == 2) expected = expected.unsqueeze(2).unsqueeze(3);
                QVERIFY2(same(found, expected), entry.name.c_str());
                ++tensors;
            }
        }
        QCOMPARE(file.entries().size(), tensors);
        QCOMPARE(report.tensors, static_cast<std::int64_t>(tensors));
        QCOMPARE(report.bytes, fs::file_size(folder() / "model.safetensors"));
        const at::Tensor query = tensorOf(file, "first_stage_model.decoder.mid.attn_1.q.weight");
        QCOMPARE(query.dim(), std::int64_t{4});
    }

    void theRecipeAloneIsWrittenToo() {
        Recipe recipe = mixed();
        recipe.rules.push_back({"unet.conv_in", WeightFormat::Fp16, {}, {{0, 200}}, "late steps"});
        const ExportReport report = exported(ExportFormat::Recipe, "a.recipe.json", recipe);
        recipe.model = {info().name, info().fingerprint};
        QVERIFY(quant::loadRecipe(folder() / "a.recipe.json") == recipe);
        QCOMPARE(report.bytes, fs::file_size(folder() / "a.recipe.json"));
    }

    void whatAFormatCannotCarryIsSaid() {
        Recipe recipe = mixed();
        QVERIFY(exported(ExportFormat::Diffusers, "a", recipe).notes.empty());
        recipe.base.activations = ActivationFormat::Int8;
        const auto notes = exported(ExportFormat::Diffusers, "b", recipe).notes;
        QCOMPARE(notes.size(), std::size_t{1});
        QVERIFY(contains(notes[0], "activation"));
    }

    void weightsThatVaryOverTimeAreNotBaked() {
        Recipe recipe = mixed();
        recipe.rules.push_back({"unet.conv_in", WeightFormat::Fp16, {}, {{0, 200}}, ""});
        for (const ExportFormat format : {ExportFormat::Diffusers, ExportFormat::Checkpoint})
            QVERIFY(contains(refusal(ldm::ErrorKind::BadInput, format, "out", recipe), "export it as a recipe"));
        QVERIFY(namesIn(folder()).empty());
        recipe.rules.back() = {"unet.conv_in", {}, ActivationFormat::Fp16, {{0, 200}}, ""};
        exported(ExportFormat::Checkpoint, "out.safetensors", recipe);
    }

    void existingTargetsAreKeptUnlessOverwritten_data() {
        QTest::addColumn<int>("format");
        for (const auto& info : quant::exportFormats())
            QTest::newRow(info.name.data()) << static_cast<int>(info.format);
    }

    void existingTargetsAreKeptUnlessOverwritten() {
        QFETCH(int, format);
        const auto which = static_cast<ExportFormat>(format);
        const bool isFolder = quant::infoOf(which).suffix.empty();
        const fs::path kept = isFolder ? folder() / "out" / quant::kExportedRecipeFile : folder() / "out";
        support::put(kept, "mine");
        QVERIFY(contains(refusal(ldm::ErrorKind::WriteFailed, which, "out"), (folder() / "out").string()));
        QCOMPARE(contentOf(kept), std::string("mine"));
        QVERIFY(namesIn(folder()) == std::set<std::string>{"out"});
        QVERIFY(quant::exportModel(*m_model, mixed(), {which, folder() / "out", true, {}, measured()}));
        QVERIFY(contentOf(kept) != "mine");
        QVERIFY(namesIn(folder()) == std::set<std::string>{"out"});
    }

    void theSourceIsNeverTouched() {
        const fs::path copy = folder() / "source";
        fs::copy(info().path, copy, fs::copy_options::recursive);
        const ldm::Model source = ldm::Model::open(copy.string());
        for (const fs::path& target : {copy, folder(), copy / "unet/diffusion_pytorch_model.safetensors", copy / "new"})
            for (const ExportFormat format : {ExportFormat::Diffusers, ExportFormat::Checkpoint}) {
                const std::string said = failureOf(ldm::ErrorKind::WriteFailed, [&] {
                    quant::exportModel(source, mixed(), {format, target, true});
                });
                QVERIFY2(contains(said, target.string()), said.c_str());
            }
        QCOMPARE(ldm::Model::open(copy.string()).info().fingerprint, source.info().fingerprint);
    }

    void unwritableTargetsAreNamed() {
        for (const auto& info : quant::exportFormats()) {
            const std::string said = refusal(ldm::ErrorKind::WriteFailed, info.format, "missing/out");
            QVERIFY2(contains(said, "missing/out"), said.c_str());
        }
        QVERIFY(namesIn(folder()).empty());
    }

    void aFullDiskLeavesNothing_data() {
        QTest::addColumn<int>("format");
        QTest::addColumn<qulonglong>("limit");
        QTest::newRow("copied file") << static_cast<int>(ExportFormat::Diffusers) << qulonglong{100};
        QTest::newRow("weights of a part") << static_cast<int>(ExportFormat::Diffusers) << qulonglong{1'500'000};
        QTest::newRow("single file") << static_cast<int>(ExportFormat::Checkpoint) << qulonglong{1'500'000};
        QTest::newRow("recipe") << static_cast<int>(ExportFormat::Recipe) << qulonglong{10};
    }

    void aFullDiskLeavesNothing() {
        QFETCH(int, format);
        QFETCH(qulonglong, limit);
        support::put(folder() / "out/mine.txt", "mine");
        std::string said;
        {
            const support::FileSizeLimit full(limit);
            said = refusal(ldm::ErrorKind::WriteFailed, static_cast<ExportFormat>(format), "fresh");
        }
        QVERIFY2(contains(said, (folder() / "fresh").string()) && !contains(said, "partial"), said.c_str());
        QVERIFY(namesIn(folder()) == std::set<std::string>{"out"});
    }

    void aStoppedExportLeavesNothing() {
        for (const ExportFormat format : {ExportFormat::Diffusers, ExportFormat::Checkpoint})
            for (const std::int64_t after : {std::int64_t{1}, std::int64_t{300}}) {
                std::stop_source stop;
                const auto listener = [&](const ldm::Progress& progress) {
                    QVERIFY(progress.done <= progress.total);
                    if (progress.done >= after) stop.request_stop();
                };
                QVERIFY(!quant::exportModel(*m_model, mixed(), {format, folder() / "out", false}, stop.get_token(),
                                            listener));
                QVERIFY(namesIn(folder()).empty());
            }
    }

    void valuesBeyondHalvesAreRefusedByName() {
        for (const float value : {70'000.0F, std::nanf("")}) {
            const fs::path copy = folder() / "source";
            fs::copy(info().path, copy, fs::copy_options::recursive);
            replaceTensor(copy / "vae/diffusion_pytorch_model.safetensors", "decoder.conv_out.bias", value);
            const ldm::Model damaged = ldm::Model::open(copy.string());
            const std::string said = failureOf(ldm::ErrorKind::BadInput, [&] {
                quant::exportModel(damaged, mixed(), {ExportFormat::Diffusers, folder() / "out", false});
            });
            QVERIFY2(contains(said, "vae.decoder.conv_out.bias"), said.c_str());
            QVERIFY(namesIn(folder()) == std::set<std::string>{"source"});
            fs::remove_all(copy);
        }
    }

    void wideSourcesAreRoundedAndSaidSo() {
        const fs::path copy = folder() / "source";
        fs::copy(info().path, copy, fs::copy_options::recursive);
        replaceTensor(copy / "vae/diffusion_pytorch_model.safetensors", "decoder.conv_out.bias", 1.0F / 3);
        const auto report = quant::exportModel(ldm::Model::open(copy.string()), mixed(),
                                               {ExportFormat::Diffusers, folder() / "out", false});
        QVERIFY(report && report->notes.size() == 1 && contains(report->notes[0], "1 tensor"));
        const auto file = ldm::SafetensorsFile::open(folder() / "out/vae/diffusion_pytorch_model.safetensors");
        QVERIFY(same(tensorOf(file, "decoder.conv_out.bias"), at::full({3}, 1.0 / 3).to(at::kHalf)));
    }

    void otherPartsAndHiddenFilesAreSortedOut() {
        const fs::path copy = folder() / "source";
        fs::copy(info().path, copy, fs::copy_options::recursive);
        support::put(copy / "safety_checker/model.safetensors", "checker");
        support::put(copy / "safety_checker/pytorch_model.bin", "pickle");
        support::put(copy / ".git/objects/1", "history");
        support::put(copy / "unet/diffusion_pytorch_model.fp16.safetensors", "variant");
        support::put(copy / "pruned.safetensors", "single file");
        support::put(copy / "LICENSE", "free");
        QVERIFY(quant::exportModel(ldm::Model::open(copy.string()), mixed(),
                                   {ExportFormat::Diffusers, folder() / "out", false}));
        const fs::path out = folder() / "out";
        QCOMPARE(contentOf(out / "safety_checker/model.safetensors"), std::string("checker"));
        QCOMPARE(contentOf(out / "LICENSE"), std::string("free"));
        // A part that is not ours goes along whole: which of its containers a pipeline reads is not for us to say.
        QVERIFY((namesIn(out / "safety_checker") == std::set<std::string>{"model.safetensors", "pytorch_model.bin"}));
        QVERIFY((namesIn(out / "unet") == std::set<std::string>{"config.json", "diffusion_pytorch_model.safetensors"}));
        QVERIFY(!fs::exists(out / ".git") && !fs::exists(out / "pruned.safetensors"));
    }

    void recipesThatDoNotFitAreRefused() {
        Recipe recipe = mixed();
        recipe.rules.push_back({"unet.nowhere", WeightFormat::Int8, {}, {}, ""});
        QVERIFY(contains(refusal(ldm::ErrorKind::BadInput, ExportFormat::Recipe, "r.json", recipe), "rule 6"));
        QVERIFY(namesIn(folder()).empty());
    }

private:
    fs::path folder() const { return fs::canonical(m_folder->path().toStdString()); }
    const ldm::ModelInfo& info() const { return m_model->info(); }

    ExportReport exported(ExportFormat format, const char* name, const Recipe& recipe = mixed()) const {
        const auto report = quant::exportModel(*m_model, recipe, {format, folder() / name, false, {}, measured()});
        return report.value();
    }

    /// With the numbers that one of the formats tells.
    quant::ExportOptions measured() const {
        quant::ExportOptions options;
        options.layerDb.assign(info().layers.size(), 30.0);
        return options;
    }

    std::string refusal(ldm::ErrorKind kind, ExportFormat format, const char* name,
                        const Recipe& recipe = mixed()) const {
        return failureOf(kind, [&] { exported(format, name, recipe); });
    }

    /// Rewrites a file with one tensor in float32, all its elements of one value.
    static void replaceTensor(const fs::path& path, const std::string& name, float value) {
        const auto file = ldm::SafetensorsFile::open(path);
        std::vector<ldm::TensorToWrite> tensors;
        std::vector<float> values;
        for (const ldm::TensorEntry& entry : file.entries()) {
            tensors.push_back({entry.name, entry.dtype, entry.shape, file.bytes(entry)});
            if (entry.name != name) continue;
            values.assign(static_cast<std::size_t>(entry.elements()), value);
            tensors.back().dtype = ldm::DType::F32;
            tensors.back().data = std::as_bytes(std::span(values));
        }
        ldm::writeSafetensors(path, tensors);
    }

    std::unique_ptr<ldm::Model> m_model;
    std::unique_ptr<QTemporaryDir> m_folder;
};

NOISEFLOOR_TEST(ExportTest)
#include "tst_export.moc"
