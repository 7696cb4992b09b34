#include "failures.h"
#include "support/familymodels.h"
#include "support/ggufwriter.h"
#include "support/proceduralweights.h"
#include "support/testmain.h"

#include <ATen/ATen.h>
#include <ldm/networks.h>

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

using ldm::Model;
using support::contains;
using support::failureOf;
using support::ModelFamily;

namespace fs = std::filesystem;

namespace {

using Tensors = std::vector<ldm::StoredTensor>;

bool isOf(const ldm::StoredTensor& tensor, const std::string& prefix) {
    return tensor.name.starts_with(prefix);
}

Tensors only(Tensors tensors, const std::string& prefix, const std::string& replacement) {
    std::erase_if(tensors, [&](const ldm::StoredTensor& tensor) { return !isOf(tensor, prefix); });
    for (ldm::StoredTensor& tensor : tensors) tensor.name.replace(0, prefix.size(), replacement);
    return tensors;
}

/// The parts' tensors under diffusers' names, below prefixes.
Tensors inDiffusersNames(const ldm::Checkpoint& model, const std::map<std::string, std::string>& prefixes) {
    Tensors tensors;
    for (const ldm::PartSource& part : model.parts) {
        if (!prefixes.contains(part.name)) continue;
        for (ldm::StoredTensor tensor : part.tensors.tensors()) {
            tensor.name.insert(0, prefixes.at(part.name));
            tensors.push_back(std::move(tensor));
        }
    }
    return tensors;
}

/// The same tensors as a GGUF file of float32.
support::GgufParts ggufOf(const Tensors& tensors) {
    support::GgufParts file;
    for (const ldm::StoredTensor& tensor : tensors) {
        const at::Tensor values = tensor.values().to(at::kFloat).contiguous();
        support::GgufParts::Tensor stored{tensor.name, {}, 0, {}, {}};
        stored.sizes.assign(tensor.shape.rbegin(), tensor.shape.rend());
        stored.data.assign(static_cast<const char*>(values.data_ptr()), values.nbytes());
        file.tensors.push_back(std::move(stored));
    }
    return file;
}

/// Empty if both parts hold the same tensors, else what differs.
std::string difference(const ldm::PartSource& got, const ldm::PartSource& expected) {
    if (got.tensors.tensors().size() != expected.tensors.tensors().size())
        return expected.name + ": " + std::to_string(got.tensors.tensors().size()) + " tensors";
    for (const ldm::StoredTensor& tensor : expected.tensors.tensors()) {
        const ldm::StoredTensor* found = got.tensors.find(tensor.name);
        if (!found) return expected.name + ": no " + tensor.name;
        if (found->shape != tensor.shape || found->values().sizes() != tensor.values().sizes())
            return tensor.name + " in another shape";
        if (!at::equal(found->values(), tensor.values())) return tensor.name + " has other values";
    }
    return {};
}

} // namespace

Q_DECLARE_METATYPE(ModelFamily)

class SingleFileTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void everyFamilyOpensWithTheConfigurationItsTensorsTell_data() {
        QTest::addColumn<ModelFamily>("family");
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("pipeline");
        QTest::addColumn<QString>("scheduler");
        QTest::addColumn<QString>("prediction");
        QTest::newRow("SD 1.x") << ModelFamily::Sd1 << "SD 1.x"
                                << "StableDiffusionPipeline"
                                << "PNDMScheduler"
                                << "epsilon";
        QTest::newRow("SD 2.x") << ModelFamily::Sd2 << "SD 2.x"
                                << "StableDiffusionPipeline"
                                << "DDIMScheduler"
                                << "v_prediction";
        QTest::newRow("SDXL") << ModelFamily::Sdxl << "SDXL"
                              << "StableDiffusionXLPipeline"
                              << "EulerDiscreteScheduler"
                              << "epsilon";
    }

    void everyFamilyOpensWithTheConfigurationItsTensorsTell() {
        QFETCH(ModelFamily, family);
        QFETCH(QString, name);
        QFETCH(QString, pipeline);
        QFETCH(QString, scheduler);
        QFETCH(QString, prediction);
        const ldm::Checkpoint original = support::familyModel(family);
        const Model model = opened(support::inOriginalLayout(original));
        const ldm::Checkpoint& checkpoint = model.networks().checkpoint;
        QCOMPARE(model.info().family, name.toStdString());
        QCOMPARE(model.info().container, std::string("single-file checkpoint"));
        QCOMPARE(model.info().name, std::string("model"));
        QVERIFY(model.info().generates);
        QCOMPARE(checkpoint.pipelineClass, pipeline.toStdString());
        QCOMPARE(checkpoint.scheduler["_class_name"].get<std::string>(), scheduler.toStdString());
        QCOMPARE(checkpoint.scheduler["prediction_type"].get<std::string>(), prediction.toStdString());
        QCOMPARE(checkpoint.parts.size(), original.parts.size());
        for (const ldm::PartSource& part : original.parts) {
            QCOMPARE(difference(*checkpoint.find(part.name), part), std::string());
            for (const auto& [key, value] : part.config.items())
                if (key != "transformer_layers_per_block") // one number and a list of it say the same
                    QVERIFY2(checkpoint.find(part.name)->config[key] == value, (part.name + " " + key).c_str());
        }
    }

    void whatOtherProgramsStoreAlongIsDropped() {
        const ldm::Checkpoint original = support::familyModel(ModelFamily::Sd2);
        Tensors tensors = support::inOriginalLayout(original);
        const std::string text = "cond_stage_model.model.";
        const Tensors model = tensors;
        for (const ldm::StoredTensor& tensor : model)
            if (isOf(tensor, text + "transformer.resblocks.1.")) { // one layer more, which diffusers does not keep
                ldm::StoredTensor last = tensor;
                last.name.replace(text.size(), std::string("transformer.resblocks.1.").size(),
                                  "transformer.resblocks.2.");
                tensors.push_back(last);
            }
        for (const char* name : {"model_ema.diffusion_modelinput_blocks00weight", "model_ema.decay", "betas",
                                 "alphas_cumprod", "alphas_cumprod_prev", "sqrt_alphas_cumprod", "posterior_variance",
                                 "log_one_minus_alphas_cumprod", "cond_stage_model.model.logit_scale",
                                 "cond_stage_model.model.attn_mask", "first_stage_model.loss.logvar"})
            support::addTensor(tensors, name, {3});
        support::addTensor(tensors, "cond_stage_model.model.text_projection", {64, 64});
        const Model opened_ = opened(tensors);
        for (const ldm::PartSource& part : original.parts)
            QCOMPARE(difference(*opened_.networks().checkpoint.find(part.name), part), std::string());
    }

    void matricesMayBeConvolutionsAndConvolutionsMatrices() {
        const ldm::Checkpoint original = support::familyModel(ModelFamily::Sd1);
        Tensors tensors = support::inOriginalLayout(original);
        int changed = 0;
        for (ldm::StoredTensor& tensor : tensors)
            if (contains(tensor.name, ".attn_1.q.weight")) {
                tensor = ldm::held(tensor.name, tensor.values().reshape({64, 64, 1}));
                ++changed;
            }
        QCOMPARE(changed, 2);
        const Model model = opened(tensors);
        QCOMPARE(difference(*model.networks().checkpoint.find("vae"), *original.find("vae")), std::string());
    }

    void upsamplersAreFoundInBothPlaces() {
        const ldm::Checkpoint original = support::familyModel(ModelFamily::Sd1);
        Tensors tensors = support::inOriginalLayout(original);
        for (ldm::StoredTensor& tensor : tensors)
            if (const std::size_t at = tensor.name.find("output_blocks.1.2.conv"); at != std::string::npos)
                tensor.name.replace(at, std::string("output_blocks.1.2").size(), "output_blocks.1.1");
        const Model model = opened(tensors);
        QCOMPARE(difference(*model.networks().checkpoint.find("unet"), *original.find("unet")), std::string());
    }

    void namesOfOtherProgramsAreRead_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("second");
        QTest::newRow("te") << "te."
                            << "te.1.";
        QTest::newRow("text_encoder") << "text_encoder."
                                      << "text_encoder_2.";
        QTest::newRow("cond_stage_model") << "cond_stage_model.transformer."
                                          << "cond_stage_model.1.transformer.";
    }

    void namesOfOtherProgramsAreRead() {
        QFETCH(QString, text);
        QFETCH(QString, second);
        const ldm::Checkpoint original = support::familyModel(ModelFamily::Sdxl);
        const Model model = opened(inDiffusersNames(original, {{"unet", "unet."},
                                                               {"vae", "vae."},
                                                               {"text_encoder", text.toStdString()},
                                                               {"text_encoder_2", second.toStdString()}}));
        QCOMPARE(model.info().family, std::string("SDXL"));
        QVERIFY(model.info().generates);
        for (const ldm::PartSource& part : original.parts)
            QCOMPARE(difference(*model.networks().checkpoint.find(part.name), part), std::string());
    }

    void aUNetAloneIsInspected_data() {
        QTest::addColumn<bool>("diffusers");
        QTest::addColumn<QString>("prefix");
        QTest::newRow("original names") << false << "";
        QTest::newRow("original names with prefix") << false << "model.diffusion_model.";
        QTest::newRow("diffusers names") << true << "";
        QTest::newRow("diffusers names with prefix") << true << "unet.";
    }

    void aUNetAloneIsInspected() {
        QFETCH(bool, diffusers);
        QFETCH(QString, prefix);
        const ldm::Checkpoint original = support::familyModel(ModelFamily::Sd2);
        const Model model = opened(
            diffusers ? inDiffusersNames(original, {{"unet", prefix.toStdString()}})
                      : only(support::inOriginalLayout(original), "model.diffusion_model.", prefix.toStdString()));
        QVERIFY(!model.info().generates);
        QCOMPARE(model.info().parts.size(), std::size_t{1});
        QCOMPARE(model.info().family, std::string("SD 2.x"));
        QCOMPARE(difference(*model.networks().checkpoint.find("unet"), *original.find("unet")), std::string());
        const std::string said = failureOf(ldm::ErrorKind::BadInput, [&] { model.networks().prompts(); });
        QVERIFY2(contains(said, "text encoder") && contains(said, "--base"), said.c_str());
        QVERIFY(contains(failureOf(ldm::ErrorKind::BadInput, [&] { model.networks().autoencoder(); }), "autoencoder"));
    }

    /// A small model whose heads and groups no tensor tells: they are the lending model's.
    void anotherModelLendsWhatIsMissing() {
        const fs::path base = support::withWeights(fs::path(NOISEFLOOR_TEST_DATA) / "reference/sd2_tiny", folder());
        const Model lender = Model::open(base.string());
        const ldm::Checkpoint& lent = lender.networks().checkpoint;
        support::writeTensors(folder() / "unet.safetensors", inDiffusersNames(lent, {{"unet", ""}}));
        QVERIFY(contains(failureOf(ldm::ErrorKind::BadInput, [&] { open("unet.safetensors"); }), "lend"));
        const Model model = open("unet.safetensors", base.string());
        QVERIFY(model.info().generates);
        QVERIFY(model.networks().checkpoint.borrowed);
        QCOMPARE(model.info().parts.size(), std::size_t{3});
        QVERIFY(model.networks().checkpoint.find("unet")->config == lent.find("unet")->config);
        QVERIFY(model.networks().checkpoint.scheduler == lent.scheduler);
        QCOMPARE(model.info().fingerprint, lender.info().fingerprint);
    }

    void anAutoencoderAloneTakesThePlaceOfTheLendersOne() {
        const fs::path base = support::withWeights(fs::path(NOISEFLOOR_TEST_DATA) / "reference/sdxl_tiny", folder());
        const Model lender = Model::open(base.string());
        const ldm::Checkpoint& lent = lender.networks().checkpoint;
        Tensors tensors = inDiffusersNames(lent, {{"vae", ""}});
        tensors.front() = ldm::held(tensors.front().name, tensors.front().values() * 2);
        support::writeTensors(folder() / "vae.safetensors", tensors);
        QVERIFY(contains(failureOf(ldm::ErrorKind::BadInput, [&] { open("vae.safetensors"); }), "lend"));
        const Model model = open("vae.safetensors", base.string());
        QVERIFY(model.info().generates);
        QCOMPARE(model.info().family, std::string("SDXL"));
        QCOMPARE(model.networks().checkpoint.pipelineClass, std::string("StableDiffusionXLPipeline"));
        QVERIFY(model.networks().checkpoint.find("vae")->config == lent.find("vae")->config);
        QVERIFY(model.info().fingerprint != lender.info().fingerprint);
    }

    void partsThatDoNotFitTheLenderAreRefused() {
        const Tensors tensors = support::inOriginalLayout(support::familyModel(ModelFamily::Sd1));
        support::writeTensors(folder() / "unet.safetensors", only(tensors, "model.diffusion_model.", ""));
        const std::string said = failureOf(ldm::ErrorKind::BadInput, [&] { open("unet.safetensors", "emoji-ldm"); });
        QVERIFY2(contains(said, "128") && contains(said, "cross_attention_dim of the UNet is 64"), said.c_str());
    }

    void thePredictionIsSaidByTheUserOrByMarkers() {
        Tensors tensors = support::inOriginalLayout(support::familyModel(ModelFamily::Sdxl));
        support::writeTensors(folder() / "plain.safetensors", tensors);
        QCOMPARE(predictionOf(open("plain.safetensors")), std::string("epsilon"));
        QCOMPARE(predictionOf(open("plain.safetensors", "", "v_prediction")), std::string("v_prediction"));
        support::addTensor(tensors, "v_pred", {0});
        support::addTensor(tensors, "ztsnr", {0});
        support::writeTensors(folder() / "marked.safetensors", tensors);
        const Model marked = open("marked.safetensors");
        QCOMPARE(predictionOf(marked), std::string("v_prediction"));
        QVERIFY(marked.networks().checkpoint.scheduler["rescale_betas_zero_snr"] == true);
        QVERIFY(contains(failureOf(ldm::ErrorKind::BadInput, [&] { open("plain.safetensors", "", "velocity"); }),
                         "velocity"));
        QVERIFY(contains(failureOf(ldm::ErrorKind::BadInput,
                                   [&] {
                                       Model::open({"emoji-ldm", {}, {}, "v_prediction", {}});
                                   }),
                         "epsilon"));
    }

    void anInpaintingUNetIsRecognized() {
        Tensors tensors = support::inOriginalLayout(support::familyModel(ModelFamily::Sd1));
        for (ldm::StoredTensor& tensor : tensors)
            if (tensor.name.ends_with("input_blocks.0.0.weight"))
                tensor = ldm::held(tensor.name, at::randn({64, 9, 3, 3}));
        const Model model = opened(tensors);
        QCOMPARE(model.info().family, std::string("SD 1.x, inpainting"));
        QCOMPARE(model.networks().checkpoint.pipelineClass, std::string("StableDiffusionInpaintPipeline"));
    }

    void ggufFilesAreReadUnderTheSameNames_data() {
        QTest::addColumn<ModelFamily>("family");
        QTest::addColumn<bool>("diffusers");
        QTest::newRow("SD 1.x, original names") << ModelFamily::Sd1 << false;
        QTest::newRow("SD 2.x, original names") << ModelFamily::Sd2 << false;
        QTest::newRow("SDXL, original names") << ModelFamily::Sdxl << false;
        QTest::newRow("SDXL, diffusers names") << ModelFamily::Sdxl << true;
    }

    void ggufFilesAreReadUnderTheSameNames() {
        QFETCH(ModelFamily, family);
        QFETCH(bool, diffusers);
        const ldm::Checkpoint original = support::familyModel(family);
        const Tensors tensors =
            diffusers ? inDiffusersNames(
                            original,
                            {{"unet", "unet."}, {"vae", "vae."}, {"text_encoder", "te."}, {"text_encoder_2", "te.1."}})
                      : support::inOriginalLayout(original);
        support::put(folder() / "model.gguf", ggufOf(tensors).bytes());
        const Model model = open("model.gguf");
        QCOMPARE(model.info().container, std::string("GGUF file"));
        QVERIFY(model.info().generates);
        for (const ldm::PartSource& part : original.parts)
            QCOMPARE(difference(*model.networks().checkpoint.find(part.name), part), std::string());
    }

    void aGgufFileOfAUNetTakesTheRestFromALender() {
        const Model lender = Model::open("emoji-ldm");
        const ldm::Checkpoint& lent = lender.networks().checkpoint;
        for (const std::string prefix : {"", "unet."}) {
            support::put(folder() / "unet.gguf", ggufOf(inDiffusersNames(lent, {{"unet", prefix}})).bytes());
            const Model model = open("unet.gguf", "emoji-ldm");
            QVERIFY(model.info().generates);
            QVERIFY(model.networks().checkpoint.find("unet")->config == lent.find("unet")->config);
            QCOMPARE(model.info().layers.front().storedAs, std::string("F32"));
            const ldm::StoredTensor* wide = model.networks().checkpoint.find("unet")->tensors.find("conv_in.weight");
            QVERIFY(
                at::equal(wide->values(), lent.find("unet")->tensors.find("conv_in.weight")->values().to(at::kFloat)));
        }
    }

private:
    fs::path folder() const { return fs::canonical(m_folder->path().toStdString()); }

    Model open(const std::string& name, const std::string& base = {}, const std::string& prediction = {}) const {
        return Model::open(ldm::OpenRequest{(folder() / name).string(), {}, base, prediction, {}});
    }

    Model opened(const Tensors& tensors) const {
        support::writeTensors(folder() / "model.safetensors", tensors);
        return open("model.safetensors");
    }

    static std::string predictionOf(const Model& model) {
        return model.networks().checkpoint.scheduler["prediction_type"].get<std::string>();
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

NOISEFLOOR_TEST(SingleFileTest)
#include "tst_singlefile.moc"
