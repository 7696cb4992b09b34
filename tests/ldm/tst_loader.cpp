#include "damage.h"
#include "failures.h"
#include "support/proceduralweights.h"
#include "support/testmain.h"

#include <ldm/files.h>
#include <ldm/jsonreading.h>
#include <ldm/model.h>
#include <ldm/networks.h>

#include <nlohmann/json.hpp>

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <functional>
#include <numeric>

using ldm::ErrorKind;
using ldm::Model;
using ldm::ModelInfo;
using ldm::TensorToWrite;
using support::contains;
using support::Damage;
using support::failureOf;
using support::named;
using support::put;
using support::removing;
using support::renaming;
using support::rewriting;
using support::setting;

namespace fs = std::filesystem;

namespace {

constexpr const char* kUnetWeights = "unet/diffusion_pytorch_model.safetensors";

fs::path embeddedFolder() {
    return ldm::resourceFolder() / "models" / "emoji-ldm";
}

Damage replacing(const std::string& part) {
    return [=](const fs::path& model) {
        fs::remove_all(model / part);
        fs::copy(embeddedFolder() / part, model / part, fs::copy_options::recursive);
    };
}

} // namespace

Q_DECLARE_METATYPE(Damage)

class LoaderTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() {
        m_folder = std::make_unique<QTemporaryDir>();
        fs::copy(fs::path(NOISEFLOOR_TEST_DATA) / "reference" / "sd1_tiny", model(), fs::copy_options::recursive);
        for (const auto& entry : fs::recursive_directory_iterator(model()))
            fs::permissions(entry.path(), fs::perms::owner_write, fs::perm_options::add);
    }

    void theDescriptionFollowsTheFiles() {
        const ModelInfo info = Model::open(model().string()).info();
        QCOMPARE(info.name, std::string("model"));
        QCOMPARE(info.path, fs::canonical(model()));
        QCOMPARE(info.scheduler, std::string("PNDMScheduler"));
        QCOMPARE(info.latentChannels, 4);
        QCOMPARE(info.vaeScale, 2);
        QCOMPARE(info.defaultWidth, 16);
        QCOMPARE(info.contextTokens, 77);
        QCOMPARE(info.parts.size(), std::size_t{3});
        QCOMPARE(info.parts[0].name, std::string("unet"));
        QCOMPARE(info.parts[1].className, std::string("AutoencoderKL"));
        QCOMPARE(info.parts[2].storedAs, std::string("F32"));
        const auto file = ldm::SafetensorsFile::open(model() / kUnetWeights);
        QCOMPARE(info.parts[0].tensors, static_cast<std::int64_t>(file.entries().size()));
        QCOMPARE(info.parts[0].bytes, file.entries().back().end);
        QCOMPARE(info.parts[0].parameters * 4, static_cast<std::int64_t>(info.parts[0].bytes));
        QCOMPARE(info.container, std::string("diffusers folder"));
        QCOMPARE(info.sampler, std::string("pndm"));
        QVERIFY(info.generates && info.loras.empty());
    }

    void everyFamilyOpens_data() {
        QTest::addColumn<QString>("fixture");
        QTest::addColumn<QString>("family");
        QTest::addColumn<int>("parts");
        QTest::newRow("SD 1.x") << "sd1_4level_proc"
                                << "SD 1.x" << 3;
        QTest::newRow("SD 2.x") << "sd2_tiny"
                                << "SD 2.x" << 3;
        QTest::newRow("SDXL") << "sdxl_tiny"
                              << "SDXL" << 4;
        QTest::newRow("LCM in shards") << "lcm_tiny_sharded"
                                       << "SD 1.x, LCM" << 3;
    }

    void everyFamilyOpens() {
        QFETCH(QString, fixture);
        QFETCH(QString, family);
        QFETCH(int, parts);
        const ModelInfo info = Model::open(fixtureCopy(fixture.toStdString()).string()).info();
        QCOMPARE(info.family, family.toStdString());
        QCOMPARE(info.parts.size(), static_cast<std::size_t>(parts));
        QVERIFY(info.generates);
        QCOMPARE(info.contextTokens, 77);
    }

    void inpaintingModelsOpen() {
        setting("unet/config.json", {{"in_channels", 9}})(model());
        setting("model_index.json", {{"_class_name", "StableDiffusionInpaintPipeline"}})(model());
        static const std::vector<std::byte> zeros(1 << 16);
        rewriting(kUnetWeights, [](std::vector<TensorToWrite>& tensors) {
            auto& weight = named(tensors, "conv_in.weight");
            weight.shape[1] = 9;
            weight.data = std::span(zeros).first(static_cast<std::size_t>(weight.shape[0]) * 9 * 9 * 4);
        })(model());
        const ModelInfo info = Model::open(model().string()).info();
        QCOMPARE(info.family, std::string("SD 1.x, inpainting"));
        QCOMPARE(info.latentChannels, 4);
    }

    void tinyAutoencodersOpen() {
        fs::remove_all(model() / "vae");
        support::copyWritable(fs::path(NOISEFLOOR_TEST_DATA) / "reference" / "taesd_tiny" / "vae", model() / "vae");
        setting("model_index.json", {{"vae", {"diffusers", "AutoencoderTiny"}}})(model());
        const ModelInfo info = Model::open(model().string()).info();
        QCOMPARE(info.parts[1].className, std::string("AutoencoderTiny"));
        QCOMPARE(info.vaeScale, 8);
    }

    void partsThatAreNullAreMissingAndMayBeLent() {
        const std::string whole = Model::open(model().string()).info().fingerprint;
        support::copyWritable(model(), folder() / "whole");
        setting("model_index.json", {{"vae", {nullptr, nullptr}}})(model());
        const Model lacking = Model::open(model().string());
        QVERIFY(!lacking.info().generates);
        QVERIFY(contains(failureOf(ErrorKind::BadInput, [&] { lacking.networks().autoencoder(); }), "autoencoder"));
        const ModelInfo lent =
            Model::open(ldm::OpenRequest{model().string(), {}, (folder() / "whole").string(), {}, {}}).info();
        QVERIFY(lent.generates);
        QCOMPARE(lent.fingerprint, whole);
    }

    void everyLayerNamesATensorAndBelongsToOneBlock_data() {
        QTest::addColumn<QString>("path");
        QTest::newRow("reference") << "";
        QTest::newRow("embedded") << "emoji-ldm";
    }

    void everyLayerNamesATensorAndBelongsToOneBlock() {
        QFETCH(QString, path);
        const ModelInfo info = Model::open(path.isEmpty() ? model().string() : path.toStdString()).info();
        const auto file = ldm::SafetensorsFile::open(info.path / kUnetWeights);
        std::uint64_t layerBytes = 0;
        std::vector<int> seen(info.layers.size());
        std::int64_t parameters = 0;
        for (const ldm::BlockInfo& block : info.blocks) {
            QCOMPARE(info.findBlock(block.id), &block);
            parameters += block.parameters;
            for (const int index : block.layers) {
                const ldm::LayerInfo& layer = info.layers.at(static_cast<std::size_t>(index));
                ++seen[static_cast<std::size_t>(index)];
                QCOMPARE(layer.block, block.id);
                QCOMPARE(info.layerIndex(layer.name), index);
                const ldm::TensorEntry* weight = file.find(layer.name.substr(5) + ".weight");
                QVERIFY2(layer.name.starts_with("unet.") && weight, layer.name.c_str());
                QCOMPARE(weight->shape, layer.weightShape);
                QCOMPARE(std::string(ldm::nameOf(weight->dtype)), layer.storedAs);
                QCOMPARE(weight->end - weight->begin, layer.storedBytes);
                QCOMPARE(file.find(layer.name.substr(5) + ".bias") != nullptr, layer.hasBias);
                layerBytes += weight->end - weight->begin;
            }
        }
        QVERIFY(std::all_of(seen.begin(), seen.end(), [](int times) { return times == 1; }));
        QCOMPARE(parameters, info.parts[0].parameters);
        QCOMPARE(layerBytes + info.otherUnetBytes, info.parts[0].bytes);
        QVERIFY(!info.findBlock("unet.down_blocks") && info.layerIndex("unet.conv_in.weight") == -1);
    }

    void theBlocksAreThoseOfTheDesign() {
        const ModelInfo info = Model::open(model().string()).info();
        std::set<std::string> ids;
        for (const ldm::BlockInfo& block : info.blocks) ids.insert(block.id);
        QCOMPARE(ids, (std::set<std::string>{"unet.conv_in", "unet.conv_out", "unet.down_blocks.0.0",
                                             "unet.down_blocks.0.down", "unet.down_blocks.1.0", "unet.mid_block",
                                             "unet.time_embedding", "unet.up_blocks.0.0", "unet.up_blocks.0.1",
                                             "unet.up_blocks.1.0", "unet.up_blocks.1.1"}));
        QCOMPARE(info.blocks.back().id, std::string("unet.conv_out"));
    }

    void operationsAreCountedByPositions() {
        ldm::LayerInfo layer;
        layer.weightShape = {8, 4, 3, 3};
        QCOMPARE(ldm::macs(layer, 16, 24, 77), std::int64_t{8 * 4 * 9 * 16 * 24});
        layer.downscale = 4;
        QCOMPARE(ldm::macs(layer, 15, 24, 77), std::int64_t{8 * 4 * 9 * 4 * 6});
        layer.weightShape = {8, 4};
        layer.domain = ldm::Domain::Context;
        QCOMPARE(ldm::macs(layer, 16, 24, 77), std::int64_t{8 * 4 * 77});
        layer.domain = ldm::Domain::Vector;
        QCOMPARE(ldm::macs(layer, 16, 24, 77), std::int64_t{8 * 4});
    }

    void theEmbeddedModelOpensByNameAndByPath() {
        const std::vector<std::string> names = ldm::embeddedModels();
        QVERIFY(std::find(names.begin(), names.end(), "emoji-ldm") != names.end());
        const ModelInfo byName = Model::open("emoji-ldm").info();
        const ModelInfo byPath = Model::open(embeddedFolder().string()).info();
        QCOMPARE(byName.name, std::string("emoji-ldm"));
        QCOMPARE(byName.fingerprint, byPath.fingerprint);
        QCOMPARE(byName.defaultWidth, 64);
        QCOMPARE(byName.contextTokens, 32);
    }

    void theFingerprintKnowsTheModelNotItsPlace() {
        const std::string before = Model::open(model().string()).info().fingerprint;
        QVERIFY(before.starts_with("sha256:") && before.size() == 7 + 64);
        fs::rename(model(), folder() / "elsewhere");
        QCOMPARE(Model::open((folder() / "elsewhere").string()).info().fingerprint, before);
        fs::rename(folder() / "elsewhere", model());
        put(model() / "README.md", "a note");
        QCOMPARE(Model::open(model().string()).info().fingerprint, before);
    }

    void theFingerprintSeesEveryChange_data() {
        QTest::addColumn<Damage>("change");
        QTest::newRow("configuration") << setting("vae/config.json", {{"scaling_factor", 0.5}});
        QTest::newRow("scheduler") << setting("scheduler/scheduler_config.json", {{"beta_end", 0.013}});
        QTest::newRow("one weight") << rewriting(kUnetWeights, [](std::vector<TensorToWrite>& tensors) {
            static const std::vector<std::byte> zeros(1 << 16);
            named(tensors, "conv_out.bias").data = std::span(zeros).first(4 * 4);
        });
    }

    void theFingerprintSeesEveryChange() {
        QFETCH(Damage, change);
        const std::string before = Model::open(model().string()).info().fingerprint;
        change(model());
        QVERIFY(Model::open(model().string()).info().fingerprint != before);
    }

    void theHalfPrecisionVariantIsTakenWhereThereIsNoOther() {
        fs::rename(model() / kUnetWeights, model() / "unet/diffusion_pytorch_model.fp16.safetensors");
        fs::rename(model() / "text_encoder/model.safetensors", model() / "text_encoder/model.fp16.safetensors");
        QCOMPARE(Model::open(model().string()).info().parts.size(), std::size_t{3});
    }

    void positionIdsOfOlderFilesAreNotCounted() {
        const std::int64_t before = Model::open(model().string()).info().parts[2].parameters;
        static const std::vector<std::byte> ids(77 * 8);
        rewriting("text_encoder/model.safetensors", [](std::vector<TensorToWrite>& tensors) {
            tensors.push_back({"text_model.embeddings.position_ids", ldm::DType::I64, {1, 77}, ids});
        })(model());
        const ModelInfo info = Model::open(model().string()).info();
        QCOMPARE(info.parts[2].parameters, before);
        QCOMPARE(info.parts[2].storedAs, std::string("F32"));
    }

    void brokenModelsAreRefusedWithFileAndRemedy_data() {
        QTest::addColumn<Damage>("damage");
        QTest::addColumn<QStringList>("parts");
        const auto row = [](const char* name, const Damage& damage, const QStringList& parts) {
            QTest::newRow(name) << damage << parts;
        };
        row("no index", removing("model_index.json"), {"model has no model_index.json", "folder of a diffusers"});
        row("other pipeline", setting("model_index.json", {{"_class_name", "StableDiffusion3Pipeline"}}),
            {"model_index.json", "StableDiffusion3Pipeline", "StableDiffusionXLPipeline"});
        row("SDXL without its second encoder",
            setting("model_index.json", {{"_class_name", "StableDiffusionXLPipeline"}}),
            {"model_index.json", "\"text_encoder_2\""});
        row("other autoencoder", setting("model_index.json", {{"vae", {"diffusers", "VQModel"}}}),
            {"model_index.json", "vae", "VQModel", "AutoencoderTiny"});
        row("another network", setting("model_index.json", {{"controlnet", {"diffusers", "ControlNetModel"}}}),
            {"model_index.json", "\"controlnet\"", "ControlNetModel"});
        row("no class", setting("model_index.json", {{"unet", nullptr}}), {"model_index.json", "\"unet\""});
        row("no UNet", removing("unet"), {"unet"});
        row("no configuration", removing("vae/config.json"), {"vae/config.json does not exist"});
        row("broken configuration", [](const fs::path& path) { put(path / "vae/config.json", "{\"a\": "); },
            {"vae/config.json", "line 1"});
        row("no weights", removing(kUnetWeights), {kUnetWeights, "fetch the model's weights"});
        row("shards", renaming(kUnetWeights, "unet/diffusion_pytorch_model-00001-of-00002.safetensors"),
            {"shards without their index"});
        row("pickled weights", renaming(kUnetWeights, "unet/diffusion_pytorch_model.bin"),
            {"pickled", "safe_serialization"});
        row("truncated weights", [](const fs::path& path) { fs::resize_file(path / kUnetWeights, 500000); },
            {kUnetWeights, "truncated"});
        row("missing tensor", rewriting(kUnetWeights, [](auto& tensors) { tensors.erase(tensors.begin()); }),
            {kUnetWeights, "lacks 1 tensor (\"conv_in.bias\")", "config.json"});
        row("surplus tensor",
            rewriting(kUnetWeights,
                      [](auto& tensors) {
                          tensors.push_back({"extra.weight", ldm::DType::F32, {0}, {}});
                      }),
            {kUnetWeights, "holds 1 tensor (\"extra.weight\")"});
        row("wrong shape",
            rewriting(kUnetWeights,
                      [](auto& tensors) {
                          named(tensors, "conv_out.bias").shape = {2, 2};
                      }),
            {"\"conv_out.bias\" has shape [2, 2]", "asks for [4]"});
        row("type without arithmetic",
            rewriting(kUnetWeights,
                      [](auto& tensors) {
                          auto& bias = named(tensors, "conv_out.bias");
                          bias.dtype = ldm::DType::U32;
                      }),
            {"\"conv_out.bias\" has dtype U32", "convert"});
        row("configuration of another model", setting("unet/config.json", {{"block_out_channels", {16, 32}}}),
            {kUnetWeights, "has shape", "config.json"});
        row("text encoder of another model",
            [](const fs::path& path) {
                replacing("text_encoder")(path);
                replacing("tokenizer")(path);
            },
            {"hidden_size of the text encoder is 128 but cross_attention_dim of the UNet is 32", "one model"});
        row("tokenizer of another model", replacing("tokenizer"), {"vocabulary", "734"});
        row("no vocabulary", removing("tokenizer/vocab.json"), {"tokenizer/vocab.json does not exist"});
        row("no scheduler", removing("scheduler/scheduler_config.json"), {"scheduler_config.json does not exist"});
    }

    void brokenModelsAreRefusedWithFileAndRemedy() {
        QFETCH(Damage, damage);
        QFETCH(QStringList, parts);
        damage(model());
        const std::string message = failureOf(ErrorKind::BadInput, [&] { Model::open(model().string()); });
        for (const QString& part : parts) QVERIFY2(contains(message, part.toStdString()), message.c_str());
        QVERIFY2(contains(message, ";"), message.c_str());
    }

    void whatIsNoFolderIsRefusedByName() {
        QVERIFY(contains(failureOf(ErrorKind::BadInput, [] { Model::open("no-such-model"); }), "emoji-ldm"));
    }

    void resourcesAreLookedForWhereTheEnvironmentSays() {
        const QByteArray before = qgetenv("NOISEFLOOR_RESOURCES");
        fs::create_directory(folder() / "models");
        fs::copy(model(), folder() / "models" / "tiny", fs::copy_options::recursive);
        qputenv("NOISEFLOOR_RESOURCES", QByteArray::fromStdString(folder().string()));
        const std::vector<std::string> names = ldm::embeddedModels();
        const std::string name = Model::open("tiny").info().name;
        qputenv("NOISEFLOOR_RESOURCES", before);
        QCOMPARE(names, std::vector<std::string>{"tiny"});
        QCOMPARE(name, std::string("tiny"));
    }

private:
    fs::path folder() const { return m_folder->path().toStdString(); }
    /// A copy of another fixture, with its weights.
    fs::path fixtureCopy(const std::string& name) const {
        const fs::path source =
            support::withWeights(fs::path(NOISEFLOOR_TEST_DATA) / "reference" / name, folder() / "procedural");
        support::copyWritable(source, folder() / name);
        return folder() / name;
    }
    fs::path model() const { return folder() / "model"; }

    std::unique_ptr<QTemporaryDir> m_folder;
};

NOISEFLOOR_TEST(LoaderTest)
#include "tst_loader.moc"
