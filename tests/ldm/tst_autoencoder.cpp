#include "support/testmain.h"

#include "failures.h"
#include "support/randomweights.h"

#include <ATen/ATen.h>
#include <ldm/autoencoder.h>
#include <ldm/tinyautoencoder.h>
#include <ldm/vae.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace {

using nlohmann::json;

constexpr double kRounding = 1e-5; ///< relative to the largest value

json klConfig() {
    return {{"_class_name", "AutoencoderKL"},
            {"block_out_channels", {8, 16, 16}},
            {"down_block_types", {"DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"}},
            {"up_block_types", {"UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"}},
            {"norm_num_groups", 4},
            {"sample_size", 32}};
}

json tinyConfig() {
    return {{"_class_name", "AutoencoderTiny"},
            {"encoder_block_out_channels", {8, 8, 8}},
            {"decoder_block_out_channels", {8, 8, 8}},
            {"num_encoder_blocks", {1, 1, 1}},
            {"num_decoder_blocks", {1, 1, 1}}};
}

std::vector<ldm::StoredTensor> wantedBy(const json& config) {
    if (config.at("_class_name") == "AutoencoderKL")
        return support::wantedBy<ldm::Vae>("vae", ldm::VaeConfig::parse(config, "vae/config.json"));
    return support::wantedBy<ldm::TinyAutoencoder>("vae", ldm::TinyConfig::parse(config, "vae/config.json"));
}

/// An autoencoder of random weights.
std::unique_ptr<ldm::Autoencoder> autoencoderOf(const json& config) {
    return ldm::makeAutoencoder(
        {"vae", config.at("_class_name"), config, "vae/config.json", support::randomTensors(wantedBy(config))});
}

at::Tensor random(std::vector<std::int64_t> shape) {
    at::manual_seed(7);
    return at::randn(shape);
}

at::Tensor decoded(const ldm::Autoencoder& autoencoder, const at::Tensor& latent) {
    ldm::FloatArithmetic full;
    return autoencoder.decode(full, latent);
}

at::Tensor encoded(const ldm::Autoencoder& autoencoder, const at::Tensor& image) {
    ldm::FloatArithmetic full;
    return autoencoder.encode(full, image);
}

at::Tensor tiled(const ldm::Autoencoder& autoencoder, const at::Tensor& latent, int tile) {
    ldm::FloatArithmetic full;
    return ldm::decodeTiled(autoencoder, full, latent, tile);
}

double largest(const at::Tensor& x) {
    return x.abs().max().item<double>();
}

bool close(const at::Tensor& got, const at::Tensor& expected) {
    return got.sizes() == expected.sizes() && largest(got - expected) <= largest(expected) * kRounding;
}

/// Largest step between neighbouring pixels.
double largestStep(const at::Tensor& picture) {
    return std::max(largest(picture.diff(1, 2)), largest(picture.diff(1, 3)));
}

/// Sizes of what was decoded; the pixels are a nonlinear function of their own latent position alone, so any way of
/// tiling must give the same.
class PointwiseDecoder final : public ldm::Autoencoder {
public:
    PointwiseDecoder() : Autoencoder({.latentChannels = 3, .scale = 4}) {}
    at::Tensor decode(ldm::Arithmetic&, const at::Tensor& latent) const override {
        largestSide = std::max({largestSide, latent.size(2), latent.size(3)});
        ++tiles;
        return at::upsample_nearest2d(at::sin(latent), {latent.size(2) * 4, latent.size(3) * 4});
    }
    at::Tensor encode(ldm::Arithmetic&, const at::Tensor& image) const override {
        return at::avg_pool2d(image, {4, 4});
    }
    mutable std::int64_t largestSide = 0;
    mutable int tiles = 0;
};

/// The picture is the tile's own mean: seams are as strong as they can be.
class TileMean final : public ldm::Autoencoder {
public:
    TileMean() : Autoencoder({.latentChannels = 3, .scale = 8}) {}
    at::Tensor decode(ldm::Arithmetic&, const at::Tensor& latent) const override {
        return latent.mean({2, 3}, true).expand({latent.size(0), 3, latent.size(2) * 8, latent.size(3) * 8});
    }
    at::Tensor encode(ldm::Arithmetic&, const at::Tensor& image) const override {
        return at::avg_pool2d(image, {8, 8});
    }
};

/// "key value" with ' for ", by what the value does.
using Effects = std::map<std::string, std::vector<std::string>>;

const Effects kKlEffects = {
    {"none",
     {"act_fn 'swish'", "force_upcast true", "latents_mean null", "mid_block_add_attention true", "sample_size 64",
      "sample_size [32, 32]", "sample_size [64, 32]", "scaling_factor 0.5", "shift_factor 0", "shift_factor null",
      "use_post_quant_conv true"}},
    {"another result",
     {"act_fn 'relu'", "block_out_channels [8, 16, 32]", "layers_per_block 2", "mid_block_add_attention false",
      "norm_num_groups 8", "use_post_quant_conv false", "latent_channels 16"}},
    {"refused",
     {"_class_name 'VQModel'", "act_fn 'tanh'", "block_out_channels [8, 0, 8]", "in_channels 4",
      "latents_mean [0.1, 0.2, 0.3, 0.4]", "latents_std [1, 1, 1, 1]", "mid_block_add_attention 1", "norm_num_groups 3",
      "out_channels 1", "sample_size [8]", "sample_size 0.5", "scaling_factor 0", "shift_factor 0.5",
      "shift_factor 'none'", "tomorrow 1", "up_block_types ['UpBlock2D']", "use_quant_conv 'yes'"}}};

const Effects kTinyEffects = {
    {"none",
     {"block_out_channels [64, 64]", "force_upcast true", "latent_magnitude 4", "latent_shift 0.1", "scaling_factor 2",
      "shift_factor 0.0", "upsample_fn 'nearest'"}},
    {"another result",
     {"act_fn 'silu'", "decoder_block_out_channels [4, 4, 4]", "num_decoder_blocks [1, 2, 1]", "latent_channels 16"}},
    {"refused",
     {"act_fn 'tanh'", "decoder_block_out_channels [8, 8]", "decoder_block_out_channels [8, 16, 8]",
      "encoder_block_out_channels [8, 8, 0]", "in_channels 1", "num_decoder_blocks [1, 1]", "num_encoder_blocks 3",
      "out_channels 4", "scaling_factor 0", "shift_factor 0.1", "tomorrow true", "upsample_fn 'bilinear'",
      "upsampling_scaling_factor 3"}}};

} // namespace

class TestAutoencoder : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void keysAreHonouredOrRefusedByName_data();
    void keysAreHonouredOrRefusedByName();
    void factsAreThoseOfTheConfiguration();
    void otherAutoencodersAreRefusedByName();
    void encodersWithoutAConvolutionAtTheEndHaveAnotherMean();
    void logarithmsOfVariancesAreClamped();
    void oldNamesAndShapesOfAttentionGiveTheSame();
    void tinyDecodersSqueezeLatentsAndShiftImages();
    void tinyDecodersMayEnlargeMoreInFewerLevels();
    void sidesThatDoNotHalveEvenlyAreDecoded();
    void smallLatentsAreDecodedWhole();
    void tilesCoverEveryShape_data();
    void tilesCoverEveryShape();
    void tilesOverlapByAQuarterAndBlendLinearly();
    void tilesAgreeWithTheWholeAwayFromSeams();
    void constantLatentsHaveNoSeams();

private:
    const at::NoGradGuard m_noGrad;
};

void TestAutoencoder::keysAreHonouredOrRefusedByName_data() {
    QTest::addColumn<bool>("tiny");
    QTest::addColumn<QString>("effect");
    for (const bool tiny : {false, true})
        for (const auto& [effect, entries] : tiny ? kTinyEffects : kKlEffects)
            for (const std::string& entry : entries)
                QTest::newRow(((tiny ? "tiny " : "kl ") + entry).c_str()) << tiny << QString::fromStdString(effect);
}

void TestAutoencoder::keysAreHonouredOrRefusedByName() {
    QFETCH(bool, tiny);
    QFETCH(QString, effect);
    const std::string tag = QTest::currentDataTag(), entry = tag.substr(tag.find(' ') + 1);
    const std::string key = entry.substr(0, entry.find(' '));
    std::string value = entry.substr(key.size() + 1);
    std::replace(value.begin(), value.end(), '\'', '"');
    const json usual = tiny ? tinyConfig() : klConfig();
    json config = usual;
    config[key] = json::parse(value);
    if (effect == "refused") {
        const std::string said = support::failureOf(ldm::ErrorKind::BadInput, [&] {
            if (tiny)
                ldm::TinyConfig::parse(config, "vae/config.json");
            else
                ldm::VaeConfig::parse(config, "vae/config.json");
        });
        QVERIFY2(support::contains(said, key), said.c_str());
        QVERIFY2(said.starts_with("vae/config.json"), said.c_str());
        return;
    }
    const auto autoencoder = autoencoderOf(config);
    const at::Tensor result = decoded(*autoencoder, random({1, autoencoder->facts().latentChannels, 5, 6}));
    QCOMPARE(result.sizes(), at::IntArrayRef({1, 3, 20, 24}));
    const at::Tensor plain = decoded(*autoencoderOf(usual), random({1, 4, 5, 6}));
    QCOMPARE(at::equal(result, plain), effect == "none");
    if (effect != "none") QVERIFY(!close(result, plain));
}

void TestAutoencoder::factsAreThoseOfTheConfiguration() {
    json kl = klConfig();
    kl["scaling_factor"] = 0.25;
    kl["latent_channels"] = 8;
    const auto first = autoencoderOf(kl);
    QCOMPARE(first->facts().latentChannels, 8);
    QCOMPARE(first->facts().scale, 4);
    QCOMPARE(first->facts().scalingFactor, 0.25);
    QCOMPARE(first->facts().sampleSize, 32);
    const auto second = autoencoderOf(tinyConfig());
    QCOMPARE(second->facts().scale, 4);
    QCOMPARE(second->facts().scalingFactor, 1.0);
    QCOMPARE(second->facts().sampleSize, 0);
}

void TestAutoencoder::otherAutoencodersAreRefusedByName() {
    const std::string said = support::failureOf(ldm::ErrorKind::BadInput, [] {
        ldm::makeAutoencoder({"vae", "VQModel", klConfig(), "vae/config.json", ldm::TensorTable("weights")});
    });
    QVERIFY2(support::contains(said, "\"VQModel\""), said.c_str());
}

void TestAutoencoder::encodersWithoutAConvolutionAtTheEndHaveAnotherMean() {
    json without = klConfig();
    without["use_quant_conv"] = false;
    const at::Tensor image = random({1, 3, 16, 24}).clamp(-1, 1);
    const at::Tensor plain = encoded(*autoencoderOf(klConfig()), image);
    QCOMPARE(plain.sizes(), at::IntArrayRef({1, 4, 4, 6}));
    QVERIFY(!close(encoded(*autoencoderOf(without), image), plain));
}

void TestAutoencoder::logarithmsOfVariancesAreClamped() {
    json config = klConfig();
    config["use_quant_conv"] = false;
    const ldm::VaeConfig parsed = ldm::VaeConfig::parse(config, "config.json");
    ldm::TensorTable table = support::randomTensors(wantedBy(config));
    table.replace(ldm::held("encoder.conv_out.bias", at::tensor({0.F, 0.F, 0.F, 0.F, -100.F, 100.F, 100.F, 0.F})));
    ldm::WeightSource weights("vae", table);
    const ldm::Vae vae(parsed, weights);
    ldm::FloatArithmetic full;
    const ldm::Vae::Posterior posterior = vae.posterior(full, random({1, 3, 16, 16}));
    QCOMPARE(posterior.logVar.min().item<double>(), -30.0);
    QCOMPARE(posterior.logVar.max().item<double>(), 20.0);
    QVERIFY(at::equal(vae.encode(full, random({1, 3, 16, 16})), posterior.mean));
}

void TestAutoencoder::oldNamesAndShapesOfAttentionGiveTheSame() {
    const std::map<std::string, std::string> names = {
        {"to_q", "query"}, {"to_k", "key"}, {"to_v", "value"}, {"to_out.0", "proj_attn"}};
    ldm::TensorTable old("old names");
    const ldm::TensorTable present = support::randomTensors(wantedBy(klConfig()));
    for (const ldm::StoredTensor& tensor : present.tensors()) {
        std::string name = tensor.name;
        at::Tensor values = tensor.values();
        for (const auto& [now, then] : names)
            if (const std::size_t at = name.find(".attentions.0." + now + "."); at != std::string::npos) {
                name.replace(at + 14, now.size(), then);
                if (values.dim() == 2) values = values.unsqueeze(-1).unsqueeze(-1);
            }
        old.add(ldm::held(name, values));
    }
    ldm::WeightSource weights("vae", old);
    const at::Tensor latent = random({1, 4, 5, 6});
    const ldm::Vae kl(ldm::VaeConfig::parse(klConfig(), "config.json"), weights);
    QVERIFY(at::equal(decoded(kl, latent), decoded(*autoencoderOf(klConfig()), latent)));
}

void TestAutoencoder::tinyDecodersSqueezeLatentsAndShiftImages() {
    const auto tiny = autoencoderOf(tinyConfig());
    const at::Tensor latent = random({1, 4, 5, 6});
    // Far out, tanh has reached its end: a hundred times the sign is as good as a million times.
    QVERIFY(close(decoded(*tiny, latent.sign() * 100), decoded(*tiny, latent.sign() * 1e6)));
    QVERIFY(!close(decoded(*tiny, latent), decoded(*tiny, latent * 2)));
    QCOMPARE(encoded(*tiny, random({1, 3, 20, 24})).sizes(), latent.sizes());
}

void TestAutoencoder::tinyDecodersMayEnlargeMoreInFewerLevels() {
    json config = tinyConfig();
    config["decoder_block_out_channels"] = {8, 8};
    config["num_decoder_blocks"] = {1, 1};
    config["upsampling_scaling_factor"] = 4;
    const auto tiny = autoencoderOf(config);
    QCOMPARE(tiny->facts().scale, 4);
    QCOMPARE(decoded(*tiny, random({1, 4, 5, 6})).sizes(), at::IntArrayRef({1, 3, 20, 24}));
}

void TestAutoencoder::sidesThatDoNotHalveEvenlyAreDecoded() {
    for (const json& config : {klConfig(), tinyConfig()})
        QCOMPARE(decoded(*autoencoderOf(config), random({2, 4, 7, 3})).sizes(), at::IntArrayRef({2, 3, 28, 12}));
}

void TestAutoencoder::smallLatentsAreDecodedWhole() {
    const auto kl = autoencoderOf(klConfig());
    const at::Tensor latent = random({1, 4, 16, 9});
    QVERIFY(at::equal(tiled(*kl, latent, 64), decoded(*kl, latent)));
}

void TestAutoencoder::tilesCoverEveryShape_data() {
    QTest::addColumn<int>("height");
    QTest::addColumn<int>("width");
    for (const auto& [height, width] : std::vector<std::pair<int, int>>{
             {17, 17}, {16, 17}, {17, 3}, {40, 16}, {33, 47}, {100, 8}, {64, 64}, {28, 29}, {1, 200}})
        QTest::newRow((std::to_string(height) + "x" + std::to_string(width)).c_str()) << height << width;
}

void TestAutoencoder::tilesCoverEveryShape() {
    QFETCH(int, height);
    QFETCH(int, width);
    const PointwiseDecoder decoder;
    const at::Tensor latent = random({1, 3, height, width});
    const at::Tensor whole = decoded(decoder, latent);
    decoder.largestSide = decoder.tiles = 0;
    QVERIFY(close(tiled(decoder, latent, 64), whole));
    QVERIFY(decoder.tiles > 1);
    QVERIFY(decoder.largestSide <= 16); // 64 pixels: memory does not grow with the picture
}

void TestAutoencoder::tilesOverlapByAQuarterAndBlendLinearly() {
    // Two tiles of 8 positions over 14: an overlap of two, 16 pixels, in which the mean moves from one to the other.
    at::Tensor latent = at::zeros({1, 3, 8, 14});
    latent.narrow(3, 8, 6).fill_(1);
    const at::Tensor picture = tiled(TileMean(), latent, 64)[0][0][0];
    QCOMPARE(picture.size(0), 14 * 8);
    QVERIFY(largest(picture.narrow(0, 0, 48)) == 0);
    QVERIFY(close(picture.narrow(0, 64, 48), at::full({48}, 0.75)));
    QVERIFY(close(picture.narrow(0, 48, 16), (at::arange(16, at::kFloat) + 0.5) / 16 * 0.75));
}

void TestAutoencoder::tilesAgreeWithTheWholeAwayFromSeams() {
    // Two tiles of 52 positions, the second from 36 on. This decoder's convolutions see 8 positions far.
    const auto tiny = autoencoderOf(tinyConfig());
    const at::Tensor latent = random({1, 4, 40, 88});
    const at::Tensor whole = decoded(*tiny, latent), pieces = tiled(*tiny, latent, 256);
    QVERIFY(close(pieces.narrow(3, 0, 36 * 4), whole.narrow(3, 0, 36 * 4)));
    QVERIFY(close(pieces.narrow(3, 52 * 4, 36 * 4), whole.narrow(3, 52 * 4, 36 * 4)));
    QVERIFY(largestStep(pieces) < 1.05 * largestStep(whole));
}

void TestAutoencoder::constantLatentsHaveNoSeams() {
    // Only the zeros around a latent make a difference. What they do within a tile is faded out towards its border.
    const auto tiny = autoencoderOf(tinyConfig());
    const at::Tensor latent = random({1, 4, 1, 1}).expand({1, 4, 128, 128});
    const auto inside = [](const at::Tensor& picture) { return picture.narrow(2, 40, 432).narrow(3, 40, 432); };
    const at::Tensor whole = decoded(*tiny, latent), pieces = tiled(*tiny, latent, 256);
    QVERIFY(largestStep(inside(whole)) == 0);
    QVERIFY(largestStep(inside(pieces)) < 0.1 * largestStep(whole));
    const at::Tensor corner = decoded(*tiny, latent.narrow(2, 0, 64).narrow(3, 0, 64));
    const double ofBorder = largest(corner - whole.narrow(2, 0, 256).narrow(3, 0, 256));
    QVERIFY(largest(inside(pieces) - inside(whole)) < 0.1 * ofBorder);
}

NOISEFLOOR_TEST(TestAutoencoder)
#include "tst_autoencoder.moc"
