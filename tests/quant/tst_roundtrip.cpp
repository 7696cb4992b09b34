#include "ldm/failures.h"
#include "support/proceduralweights.h"
#include "support/testmain.h"

#include <quant/export.h>
#include <quant/simulation.h>

#include <ldm/networks.h>

#include <ATen/ATen.h>

#include <QTemporaryDir>
#include <QTest>

using quant::ExportFormat;

namespace fs = std::filesystem;

namespace {

/// A recipe that leaves all values as they are, but for the rounding to halves.
quant::Recipe untouched() {
    quant::Recipe recipe;
    recipe.name = "untouched";
    recipe.base = {quant::WeightFormat::Fp32, quant::ActivationFormat::Fp32};
    return recipe;
}

ldm::Image pictureOf(const ldm::Model& model) {
    ldm::GenerateSettings settings;
    settings.prompt = "a small red flag";
    settings.steps = 2;
    return quant::Simulation(model).full(settings).value();
}

/// Empty if both hold the same tensors in the same shapes, else the first difference.
std::string difference(const ldm::Checkpoint& got, const ldm::Checkpoint& expected) {
    if (got.parts.size() != expected.parts.size()) return "number of parts";
    for (const ldm::PartSource& part : expected.parts) {
        const ldm::PartSource* found = got.find(part.name);
        if (!found || found->tensors.tensors().size() != part.tensors.tensors().size()) return part.name;
        for (const ldm::StoredTensor& tensor : part.tensors.tensors()) {
            const ldm::StoredTensor* other = found->tensors.find(tensor.name);
            if (!other || other->shape != tensor.shape) return tensor.name;
            if (!at::equal(other->values(), tensor.values())) return tensor.name + " has other values";
        }
        if (found->config != part.config) return part.name + "/config.json";
        if (found->tokenizer.texts != part.tokenizer.texts) return part.name + "'s tokenizer";
    }
    return {};
}

} // namespace

class RoundTripTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void modelsSurviveFolderAndSingleFile_data() {
        QTest::addColumn<QString>("fixture");
        QTest::addColumn<QString>("textName");
        QTest::newRow("SD 1.x") << "sd1_tiny"
                                << "cond_stage_model.transformer.text_model.final_layer_norm.bias";
        QTest::newRow("SD 1.x of four levels") << "sd1_4level_proc"
                                               << "cond_stage_model.transformer.text_model.final_layer_norm.bias";
        QTest::newRow("old names") << "sd1_f16"
                                   << "cond_stage_model.transformer.text_model.final_layer_norm.bias";
        QTest::newRow("SD 2.x") << "sd2_tiny"
                                << "cond_stage_model.model.transformer.resblocks.1.attn.in_proj_weight";
        QTest::newRow("SDXL") << "sdxl_tiny"
                              << "conditioner.embedders.1.model.transformer.resblocks.2.attn.in_proj_bias";
        QTest::newRow("LCM in shards") << "lcm_tiny_sharded"
                                       << "model.diffusion_model.time_embed.cond_proj.weight";
    }

    /// The folder's values are halves already, so that the single file must hold exactly the same.
    void modelsSurviveFolderAndSingleFile() {
        QFETCH(QString, fixture);
        QFETCH(QString, textName);
        const fs::path source =
            support::withWeights(fs::path(NOISEFLOOR_TEST_DATA) / "reference" / fixture.toStdString(), folder());
        const ldm::Model original = ldm::Model::open(source.string());
        exported(original, ExportFormat::Diffusers, "halves");
        const ldm::Model halves = ldm::Model::open((folder() / "halves").string());
        exported(halves, ExportFormat::Checkpoint, "halves.safetensors");
        const ldm::Model single = ldm::Model::open((folder() / "halves.safetensors").string());

        QCOMPARE(single.info().container, std::string("single-file checkpoint"));
        QCOMPARE(single.info().family, halves.info().family);
        QCOMPARE(single.info().scheduler, halves.info().scheduler);
        const auto file = ldm::SafetensorsFile::open(folder() / "halves.safetensors");
        QVERIFY2(file.find(textName.toStdString()), "the original layout's name is missing");
        if (fixture != "sd1_f16") // there the autoencoder's attention changes its names
            QCOMPARE(difference(single.networks().checkpoint, halves.networks().checkpoint), std::string());
        QVERIFY(pictureOf(single).rgb == pictureOf(halves).rgb);

        exported(single, ExportFormat::Diffusers, "again");
        const ldm::Model again = ldm::Model::open((folder() / "again").string());
        QCOMPARE(difference(again.networks().checkpoint, single.networks().checkpoint), std::string());
        if (fixture != "sdxl_tiny") // whose text projection lies transposed in the file
            QCOMPARE(again.info().fingerprint, single.info().fingerprint);
    }

    void theEmbeddedModelKeepsItsOwnVocabulary() {
        const ldm::Model original = ldm::Model::open("emoji-ldm");
        exported(original, ExportFormat::Checkpoint, "emoji.safetensors");
        const ldm::Model single = ldm::Model::open((folder() / "emoji.safetensors").string());
        QCOMPARE(difference(single.networks().checkpoint, original.networks().checkpoint), std::string());
        QVERIFY(pictureOf(single).rgb == pictureOf(original).rgb);
    }

    void lentPartsAreWrittenAlong() {
        const ldm::Model lender = ldm::Model::open("emoji-ldm");
        const auto& unet = *lender.networks().checkpoint.find("unet");
        std::vector<ldm::TensorToWrite> tensors;
        for (const ldm::StoredTensor& tensor : unet.tensors.tensors())
            tensors.push_back({tensor.name, tensor.type, tensor.shape, tensor.stored});
        ldm::writeSafetensors(folder() / "unet.safetensors", tensors);
        const ldm::Model model =
            ldm::Model::open(ldm::OpenRequest{(folder() / "unet.safetensors").string(), {}, "emoji-ldm", {}, {}});
        exported(model, ExportFormat::Diffusers, "whole");
        const ldm::Model whole = ldm::Model::open((folder() / "whole").string());
        QVERIFY(whole.info().generates);
        QCOMPARE(difference(whole.networks().checkpoint, lender.networks().checkpoint), std::string());
    }

    void whatIsMissingStaysMissing() {
        const fs::path copy = folder() / "copy";
        support::copyWritable(ldm::Model::open("emoji-ldm").info().path, copy);
        std::string index = support::contentOf(copy / "model_index.json");
        const std::size_t entry = index.find('[', index.find("\"vae\""));
        index.replace(entry, index.find(']', entry) + 1 - entry, "[null, null]");
        support::put(copy / "model_index.json", index);
        const ldm::Model lacking = ldm::Model::open(copy.string());
        for (const auto& [format, name] : {std::pair{ExportFormat::Checkpoint, "lacking.safetensors"},
                                           std::pair{ExportFormat::Diffusers, "lacking"}}) {
            exported(lacking, format, name);
            const ldm::Model opened = ldm::Model::open((folder() / name).string());
            QVERIFY(!opened.info().generates);
            QCOMPARE(difference(opened.networks().checkpoint, lacking.networks().checkpoint), std::string());
        }
    }

    void aTinyAutoencoderHasNoPlaceInASingleFile() {
        const fs::path reference = fs::path(NOISEFLOOR_TEST_DATA) / "reference";
        support::copyWritable(reference / "sd1_tiny", folder() / "tiny");
        fs::remove_all(folder() / "tiny/vae");
        support::copyWritable(reference / "taesd_tiny/vae", folder() / "tiny/vae");
        std::string index = support::contentOf(folder() / "tiny/model_index.json");
        index.replace(index.find("AutoencoderKL"), std::string("AutoencoderKL").size(), "AutoencoderTiny");
        support::put(folder() / "tiny/model_index.json", index);
        const ldm::Model model = ldm::Model::open((folder() / "tiny").string());
        const std::string said = support::failureOf(
            ldm::ErrorKind::BadInput, [&] { exported(model, ExportFormat::Checkpoint, "tiny.safetensors"); });
        QVERIFY2(support::contains(said, "AutoencoderTiny") && support::contains(said, "folder"), said.c_str());
        QVERIFY(!fs::exists(folder() / "tiny.safetensors"));
        exported(model, ExportFormat::Diffusers, "out");
        QCOMPARE(ldm::Model::open((folder() / "out").string()).info().parts[1].className,
                 std::string("AutoencoderTiny"));
    }

private:
    fs::path folder() const { return fs::canonical(m_folder->path().toStdString()); }

    void exported(const ldm::Model& model, ExportFormat format, const char* name) const {
        quant::exportModel(model, untouched(), {format, folder() / name, false}).value();
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

NOISEFLOOR_TEST(RoundTripTest)
#include "tst_roundtrip.moc"
