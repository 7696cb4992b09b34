#include "lorafixture.h"
#include "support/proceduralweights.h"
#include "support/testmain.h"

#include <QTemporaryDir>
#include <QTest>
#include <ldm/denoise.h>

#include <algorithm>
#include <cmath>
#include <optional>

using ldm::Checkpoint;
using ldm::ErrorKind;
using support::changed;
using support::contains;
using support::failureOf;
using support::fixture;
using support::kohya;
using support::linear;
using support::random;
using support::Tensors;
using support::weightOf;

namespace fs = std::filesystem;

namespace {

constexpr const char* kQuery = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q";
constexpr const char* kKohyaQuery = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q";
constexpr const char* kConv = "lora_unet_down_blocks_0_resnets_0_conv1";
constexpr const char* kConvModule = "down_blocks.0.resnets.0.conv1";

/// base + factor * up * down, computed in float64.
at::Tensor byHand(const at::Tensor& base, const at::Tensor& down, const at::Tensor& up, double factor) {
    const at::Tensor delta = at::mm(up.to(at::kDouble).flatten(1), down.to(at::kDouble).flatten(1));
    return base.to(at::kDouble) + factor * delta.view(base.sizes());
}

double largestDifference(const at::Tensor& a, const at::Tensor& b) {
    return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

} // namespace

Q_DECLARE_METATYPE(Tensors)

class LoraTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() {
        at::manual_seed(1);
        m_sd1 = ldm::openCheckpoint({fixture("sd1_tiny").string(), {}, {}, {}, {}});
        m_sdxlFolder = support::withWeights(fixture("sdxl_tiny"), path("sdxl"));
        m_sdxl = ldm::openCheckpoint({m_sdxlFolder.string(), {}, {}, {}, {}});
    }

    void mergedWeightsAreTheProductsComputedByHand_data() {
        QTest::addColumn<double>("weight");
        QTest::addColumn<double>("alpha");
        QTest::addColumn<double>("factor"); // of up * down
        QTest::newRow("plain") << 1.0 << 0.0 << 1.0;
        QTest::newRow("weighted") << 0.75 << 0.0 << 0.75;
        QTest::newRow("negative") << -0.5 << 0.0 << -0.5;
        QTest::newRow("alpha") << 1.0 << 1.0 << 0.5; // of rank 2
        QTest::newRow("weight and alpha") << 0.5 << 8.0 << 2.0;
    }

    void mergedWeightsAreTheProductsComputedByHand() {
        QFETCH(double, weight);
        QFETCH(double, alpha);
        QFETCH(double, factor);
        Tensors tensors = kohya(kKohyaQuery, 16, 16);
        if (alpha != 0) tensors[std::string(kKohyaQuery) + ".alpha"] = at::scalar_tensor(alpha, at::kFloat);
        const ldm::StoredTensor merged = weightOf(with(*m_sd1, tensors, weight), "unet", kQuery);
        const at::Tensor base = weightOf(*m_sd1, "unet", kQuery).values();
        const at::Tensor expected = byHand(base, tensors.at(std::string(kKohyaQuery) + ".lora_down.weight"),
                                           tensors.at(std::string(kKohyaQuery) + ".lora_up.weight"), factor);
        QVERIFY(largestDifference(merged.values(), expected) < 1e-5);
        QVERIFY(merged.type == ldm::DType::F32);
        QCOMPARE(merged.storedAs, std::string("F32"));
        QVERIFY(merged.stored.empty());
    }

    void aHalfPrecisionBaseKeepsTheAccuracyOfTheSum() {
        const std::string module = "mid_block.attentions.0.transformer_blocks.0.attn1.to_q";
        const ldm::StoredTensor& base = weightOf(*m_sdxl, "unet", module);
        QCOMPARE(base.storedAs, std::string("F16"));
        const std::int64_t size = base.shape[0];
        Tensors tensors = linear(module + ".lora_A.weight", module + ".lora_B.weight", size, size);
        for (auto& [name, values] : tensors) values = (values * 1e-3).to(at::kHalf);
        const ldm::StoredTensor merged = weightOf(with(*m_sdxl, tensors), "unet", module);
        const at::Tensor expected =
            byHand(base.values(), tensors.at(module + ".lora_A.weight"), tensors.at(module + ".lora_B.weight"), 1);
        QVERIFY(largestDifference(merged.values(), expected) < 1e-7);
        QCOMPARE(merged.storedAs, std::string("F16"));
        QCOMPARE(merged.bytes, base.bytes);
    }

    void convolutionsAreUpdatedInEveryForm_data() {
        QTest::addColumn<QString>("module");
        QTest::addColumn<QString>("layer");
        QTest::addColumn<Tensors>("tensors"); // "down", "up"
        const QString conv = kConv;
        QTest::newRow("3x3 then 1x1") << conv << kConvModule
                                      << Tensors{{"down", random({2, 16, 3, 3})}, {"up", random({16, 2, 1, 1})}};
        QTest::newRow("3x3 then linear") << conv << kConvModule
                                         << Tensors{{"down", random({2, 16, 3, 3})}, {"up", random({16, 2})}};
        const QString projection = "lora_unet_mid_block_attentions_0_proj_in";
        const QString layer = "mid_block.attentions.0.proj_in";
        QTest::newRow("1x1 for 1x1") << projection << layer
                                     << Tensors{{"down", random({1, 24, 1, 1})}, {"up", random({24, 1, 1, 1})}};
        QTest::newRow("linear for 1x1") << projection << layer
                                        << Tensors{{"down", random({4, 24})}, {"up", random({24, 4})}};
        QTest::newRow("1x1 for linear") << kKohyaQuery << kQuery
                                        << Tensors{{"down", random({3, 16, 1, 1})}, {"up", random({16, 3, 1, 1})}};
    }

    void convolutionsAreUpdatedInEveryForm() {
        QFETCH(QString, module);
        QFETCH(QString, layer);
        QFETCH(Tensors, tensors);
        const std::string name = module.toStdString();
        const Checkpoint merged = with(
            *m_sd1, {{name + ".lora_down.weight", tensors.at("down")}, {name + ".lora_up.weight", tensors.at("up")}});
        const at::Tensor base = weightOf(*m_sd1, "unet", layer.toStdString()).values();
        const at::Tensor values = weightOf(merged, "unet", layer.toStdString()).values();
        QVERIFY(values.sizes() == base.sizes());
        QVERIFY(largestDifference(values, byHand(base, tensors.at("down"), tensors.at("up"), 1)) < 1e-5);
    }

    /// Three convolutions one after the other are one whose kernel is their product.
    void aMiddleHalfIsMultipliedIn() {
        const Tensors tensors = {{std::string(kConv) + ".lora_down.weight", random({2, 16, 1, 1})},
                                 {std::string(kConv) + ".lora_mid.weight", random({2, 2, 3, 3})},
                                 {std::string(kConv) + ".lora_up.weight", random({16, 2, 1, 1})}};
        const at::Tensor base = weightOf(*m_sd1, "unet", kConvModule).values();
        const at::Tensor merged = weightOf(with(*m_sd1, tensors), "unet", kConvModule).values();
        const at::Tensor input = random({1, 16, 5, 5});
        at::Tensor expected = at::conv2d(input, base, {}, 1, 1);
        at::Tensor update = at::conv2d(input, tensors.at(std::string(kConv) + ".lora_down.weight"));
        update = at::conv2d(update, tensors.at(std::string(kConv) + ".lora_mid.weight"), {}, 1, 1);
        expected = expected + at::conv2d(update, tensors.at(std::string(kConv) + ".lora_up.weight"));
        QVERIFY(largestDifference(at::conv2d(input, merged, {}, 1, 1), expected) < 1e-3);
    }

    void settingsOfPeftGiveTheAlpha_data() {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("value");
        QTest::addColumn<double>("factor");
        const char* diffusers = "lora_adapter_metadata";
        QTest::newRow("none") << "note"
                              << "nothing" << 1.0;
        QTest::newRow("of the part") << diffusers << "{\"unet.r\": 2, \"unet.lora_alpha\": 6}" << 3.0;
        QTest::newRow("of another part") << diffusers << "{\"text_encoder.lora_alpha\": 6}" << 1.0;
        QTest::newRow("pattern") << diffusers << "{\"unet.lora_alpha\": 6, \"unet.alpha_pattern\": {\"attn1.to_q\": 1}}"
                                 << 0.5;
        QTest::newRow("pattern of another layer")
            << diffusers << "{\"unet.lora_alpha\": 6, \"unet.alpha_pattern\": {\"^attn1.to_q\": 1, \"to_k\": 1}}"
            << 3.0;
        QTest::newRow("of all parts") << "adapter_config"
                                      << "{\"lora_alpha\": 4, \"peft_type\": \"LORA\"}" << 2.0;
        QTest::newRow("a number") << "lora_alpha"
                                  << "5" << 2.5;
        QTest::newRow("stabilized") << "adapter_config"
                                    << "{\"lora_alpha\": 4, \"use_rslora\": true}" << 4 / std::sqrt(2.0);
    }

    void settingsOfPeftGiveTheAlpha() {
        QFETCH(QString, key);
        QFETCH(QString, value);
        QFETCH(double, factor);
        const std::string module = "unet." + std::string(kQuery);
        const Tensors tensors = linear(module + ".lora_A.weight", module + ".lora_B.weight", 16, 16);
        const Checkpoint merged = with(*m_sd1, tensors, 1, {{key.toStdString(), value.toStdString()}});
        const at::Tensor expected =
            byHand(weightOf(*m_sd1, "unet", kQuery).values(), tensors.at(module + ".lora_A.weight"),
                   tensors.at(module + ".lora_B.weight"), factor);
        QVERIFY(largestDifference(weightOf(merged, "unet", kQuery).values(), expected) < 1e-5);
    }

    void theConfigurationBesideAnAdapterCounts() {
        const Tensors tensors = linear("base_model.model." + std::string(kQuery) + ".lora_A.weight",
                                       "base_model.model." + std::string(kQuery) + ".lora_B.weight", 16, 16);
        support::put(path("adapter/adapter_config.json"), "{\"r\": 2, \"lora_alpha\": 1}");
        support::writeLora(path("adapter/adapter_model.safetensors"), tensors);
        Checkpoint merged = *m_sd1;
        ldm::mergeLora(merged, {path("adapter/adapter_model.safetensors"), 1});
        const at::Tensor expected = byHand(weightOf(*m_sd1, "unet", kQuery).values(), tensors.begin()->second,
                                           std::next(tensors.begin())->second, 0.5);
        QVERIFY(largestDifference(weightOf(merged, "unet", kQuery).values(), expected) < 1e-5);
    }

    void severalLorasAddUp() {
        const Tensors first = kohya(kKohyaQuery, 16, 16);
        const Tensors second = kohya(kKohyaQuery, 16, 16);
        const Checkpoint both = with(with(*m_sd1, first, 0.5), second, -2);
        const at::Tensor base = weightOf(*m_sd1, "unet", kQuery).values();
        const at::Tensor once = byHand(base, first.begin()->second, std::next(first.begin())->second, 0.5);
        const at::Tensor expected = byHand(once, second.begin()->second, std::next(second.begin())->second, -2);
        QVERIFY(largestDifference(weightOf(both, "unet", kQuery).values(), expected) < 1e-4);
        QCOMPARE(both.loras.size(), 2U);
        QCOMPARE(both.loras[0].name, std::string("lora"));
        QCOMPARE(both.loras[0].weight, 0.5);
        QCOMPARE(both.loras[1].weight, -2.0);
        QVERIFY(both.loras[0].fingerprint.starts_with("sha256:"));
        QVERIFY(both.loras[0].fingerprint != both.loras[1].fingerprint);
    }

    void theWeightZeroChangesNothing() {
        const Checkpoint merged = with(*m_sd1, kohya(kKohyaQuery, 16, 16), 0);
        QVERIFY(changed(*m_sd1, merged).empty());
        QVERIFY(merged.loras.empty());
        QVERIFY(weightOf(merged, "unet", kQuery).stored.data() == weightOf(*m_sd1, "unet", kQuery).stored.data());
    }

    void aModelWithALoraIsTheModelMergedByHand() {
        const Tensors tensors = kohya(kKohyaQuery, 16, 16);
        support::writeLora(path("lora.safetensors"), tensors);
        const at::Tensor base = weightOf(*m_sd1, "unet", kQuery).values();
        const at::Tensor merged =
            byHand(base, tensors.begin()->second, std::next(tensors.begin())->second, 0.8).to(at::kFloat);
        const ldm::Model added =
            ldm::Model::open({fixture("sd1_tiny").string(), {{path("lora.safetensors"), 0.8}}, {}, {}, {}});
        const ldm::Model byHand = ldm::Model::open(withWeight(kQuery, merged).string());
        const ldm::Model plain = ldm::Model::open(fixture("sd1_tiny").string());
        const ldm::Image expected = picture(byHand);
        QVERIFY(colourDifference(picture(added), expected) <= 1);
        QVERIFY(colourDifference(picture(plain), expected) > 1);
        QCOMPARE(added.info().loras.size(), 1U);
        QVERIFY(added.info().fingerprint != plain.info().fingerprint);
    }

    void badLorasAreRefusedWithThePlace_data() {
        QTest::addColumn<Tensors>("tensors");
        QTest::addColumn<QString>("place");
        const std::string key = kKohyaQuery;
        const auto down = [&](at::Tensor values) { return std::pair(key + ".lora_down.weight", std::move(values)); };
        const auto up = [&](at::Tensor values) { return std::pair(key + ".lora_up.weight", std::move(values)); };
        const auto row = [](const char* name, const Tensors& tensors, const std::string& place) {
            QTest::newRow(name) << tensors << QString::fromStdString(place);
        };
        const at::Tensor goodDown = random({2, 16});
        const at::Tensor goodUp = random({16, 2});
        row("no down", {up(goodUp)}, "lora_up.weight\" has no down half");
        row("no up", {down(goodDown)}, "lora_down.weight\" has no up half");
        row("alpha alone", {{key + ".alpha", at::ones({})}}, ".alpha\" has no down half");
        row("rank 0", {down(at::empty({0, 16})), up(at::empty({16, 0}))}, "has rank 0");
        row("input", {down(random({2, 20})), up(goodUp)},
            "has shape [2, 20] where layer \"unet." + std::string(kQuery));
        row("output", {down(goodDown), up(random({20, 2}))}, "has shape [20, 2] where");
        row("expectation", {down(goodDown), up(random({20, 2}))}, "of shape [16, 16] needs [16, 2]; it is a LoRA for");
        row("ranks that differ", {down(goodDown), up(random({16, 3}))}, "has shape [16, 3]");
        row("a vector", {down(random({16})), up(goodUp)}, "needs [rank, 16]");
        row("kernel for a linear layer", {down(random({2, 16, 3, 3})), up(goodUp)}, "has shape [2, 16, 3, 3]");
        row("middle for a linear layer", {down(goodDown), up(goodUp), {key + ".lora_mid.weight", random({2, 2})}},
            "lora_mid.weight\" has shape");
        row("not finite", {down(at::full({2, 16}, NAN)), up(goodUp)}, "lora_down.weight\" holds values that are not");
        row("infinite up", {down(goodDown), up(at::full({16, 2}, INFINITY))}, "lora_up.weight\" holds values that");
        row("infinite alpha", {down(goodDown), up(goodUp), {key + ".alpha", at::full({}, INFINITY)}}, ".alpha\" holds");
        row("two alphas", {down(goodDown), up(goodUp), {key + ".alpha", at::ones({2})}},
            "where one number is expected");
        row("integers", {down(at::ones({2, 16}, at::kInt)), up(goodUp)}, "dtype I32, which is no floating-point type");
        row("two names of one layer",
            {down(goodDown), up(goodUp), {"unet." + std::string(kQuery) + ".lora_A.weight", goodDown}},
            "are for the same layer");
        for (const auto& [ending, kind] :
             std::vector<std::pair<const char*, const char*>>{{".dora_scale", "a DoRA"},
                                                              {".lora_magnitude_vector", "a DoRA"},
                                                              {".hada_w1_a", "a LoHa"},
                                                              {".lokr_w1", "a LoKr"},
                                                              {".oft_blocks", "an OFT"},
                                                              {".diff", "a difference of whole"},
                                                              {".lora_B.default.bias", "a LoRA with biases"}})
            row(ending, {down(goodDown), up(goodUp), {key + ending, goodDown}}, "belongs to " + std::string(kind));
        row("no tensors", {}, "holds no tensors");
    }

    void badLorasAreRefusedWithThePlace() {
        QFETCH(Tensors, tensors);
        QFETCH(QString, place);
        Checkpoint checkpoint = *m_sd1;
        support::writeLora(path("bad.safetensors"), tensors);
        const std::string sentence = failureOf(ErrorKind::BadInput, [&] {
            ldm::mergeLora(checkpoint, {path("bad.safetensors"), 1});
        });
        QVERIFY2(contains(sentence, place.toStdString()), sentence.c_str());
        QVERIFY2(contains(sentence, path("bad.safetensors").string()), sentence.c_str());
        QVERIFY2(sentence.ends_with("."), sentence.c_str());
        QVERIFY(changed(*m_sd1, checkpoint).empty());
        QVERIFY(checkpoint.loras.empty());
    }

    void aLoraForAnotherModelIsNamedSoWithTenOfItsTensors() {
        Tensors tensors = kohya(kKohyaQuery, 16, 16);
        for (int i = 10; i < 22; ++i)
            tensors["lora_unet_down_blocks_" + std::to_string(i) + "_attentions_0_proj_in.alpha"] = at::ones({});
        Checkpoint checkpoint = *m_sd1;
        support::writeLora(path("bad.safetensors"), tensors);
        const std::string sentence = failureOf(ErrorKind::BadInput, [&] {
            ldm::mergeLora(checkpoint, {path("bad.safetensors"), 1});
        });
        QVERIFY2(contains(sentence, "12 of 14 tensors belong to no layer of this model"), sentence.c_str());
        QVERIFY2(contains(sentence, "blocks_19_attentions_0_proj_in.alpha\", ...)"), sentence.c_str());
        QVERIFY2(!contains(sentence, "blocks_20"), sentence.c_str());
        QVERIFY2(contains(sentence, "a LoRA for another model"), sentence.c_str());
    }

    void filesOfOtherKindsAreRefusedWithTheReason() {
        Checkpoint checkpoint = *m_sd1;
        const auto failure = [&](const char* name, const std::string& bytes) {
            support::put(path(name), bytes);
            return failureOf(ErrorKind::BadInput, [&] { ldm::mergeLora(checkpoint, {path(name), 1}); });
        };
        QVERIFY(contains(failure("lora.pt", std::string("PK\3\4") + std::string(20, 'x')), "is pickled"));
        QVERIFY(contains(failure("lora.gguf", "GGUF\3"), "is a GGUF file, in which no LoRA is read"));
        QVERIFY(!failure("short.safetensors", "x").empty());
    }

    void whatIsNoLoraFileIsToldSo() {
        Checkpoint checkpoint = *m_sd1;
        const auto failure = [&](const fs::path& file) {
            return failureOf(ErrorKind::BadInput, [&] { ldm::mergeLora(checkpoint, {file, 1}); });
        };
        QVERIFY2(contains(failure(path("nowhere.safetensors")), "There is no LoRA file"), "missing");
        fs::create_directories(path("folder"));
        QVERIFY2(contains(failure(path("folder")), "name the LoRA's .safetensors file"), "folder");
        support::put(path("lora.txt"), "red green blue");
        QVERIFY2(contains(failure(path("lora.txt")), "is no LoRA file that this version reads"), "text");
        for (const char* part : {"unet", "vae"}) {
            const std::string said = failure(fixture("sd1_tiny") / part / "diffusion_pytorch_model.safetensors");
            QVERIFY2(contains(said, "whole weights of a model and is no LoRA"), said.c_str());
        }
        QVERIFY(changed(*m_sd1, checkpoint).empty());
    }

    void badSettingsAndWeightsAreRefused() {
        const std::string module = "unet." + std::string(kQuery);
        const Tensors tensors = linear(module + ".lora_A.weight", module + ".lora_B.weight", 16, 16);
        const auto failure = [&](const char* key, const char* value, double weight) {
            return failureOf(ErrorKind::BadInput, [&] { with(*m_sd1, tensors, weight, {{key, value}}); });
        };
        QVERIFY(contains(failure("lora_adapter_metadata", "{", 1), "metadata lora_adapter_metadata"));
        QVERIFY(contains(failure("lora_adapter_metadata", "[]", 1), "is no JSON object"));
        QVERIFY(contains(failure("adapter_config", "{\"lora_alpha\": \"x\"}", 1), "\"lora_alpha\" is no number"));
        QVERIFY(contains(failure("adapter_config", "{\"use_dora\": true}", 1), "another kind than a plain LoRA"));
        QVERIFY(contains(failure("adapter_config", "{\"alpha_pattern\": {\"to_.\": 1, \".*to_q\": 1}}", 1),
                         "write the names out"));
        QVERIFY(contains(failure("note", "", NAN), "must be a finite number"));
    }

private:
    Checkpoint with(const Checkpoint& base, const Tensors& tensors, double weight = 1,
                    const support::Metadata& metadata = {}) const {
        return support::merged(base, path("lora.safetensors"), tensors, weight, metadata);
    }

    fs::path path(const std::string& name) const { return fs::path(m_folder.path().toStdString()) / name; }

    /// The SD 1.x fixture with another weight of its UNet.
    fs::path withWeight(const std::string& module, const at::Tensor& values) {
        support::copyWritable(fixture("sd1_tiny"), path("byhand"));
        Tensors tensors;
        for (const ldm::StoredTensor& tensor : m_sd1->find("unet")->tensors.tensors())
            tensors[tensor.name] = tensor.values();
        tensors[module + ".weight"] = values;
        support::writeLora(path("byhand/unet/diffusion_pytorch_model.safetensors"), tensors);
        return path("byhand");
    }

    static ldm::Image picture(const ldm::Model& model) {
        ldm::GenerateSettings settings;
        settings.prompt = "a red fox";
        settings.steps = 2;
        settings.width = settings.height = 16;
        ldm::Networks& networks = model.networks();
        return *ldm::generate(networks, networks.unetArithmetic, settings);
    }

    /// In steps of a colour.
    static int colourDifference(const ldm::Image& a, const ldm::Image& b) {
        int largest = a.rgb.size() == b.rgb.size() ? 0 : 256;
        for (std::size_t i = 0; i < std::min(a.rgb.size(), b.rgb.size()); ++i)
            largest = std::max(largest, std::abs(int{a.rgb[i]} - int{b.rgb[i]}));
        return largest;
    }

    const at::NoGradGuard m_noGrad;
    QTemporaryDir m_folder;
    std::optional<Checkpoint> m_sd1;
    std::optional<Checkpoint> m_sdxl;
    fs::path m_sdxlFolder;
};

NOISEFLOOR_TEST(LoraTest)
#include "tst_lora.moc"
