#include "support/testmain.h"

#include "failures.h"
#include "smallunet.h"

#include <cmath>
#include <map>
#include <stdexcept>

namespace {

using nlohmann::json;
using support::close;
using support::conditionFor;
using support::latentFor;
using support::networkOf;
using support::outputOf;
using support::random;
using support::sdxlConfig;
using support::smallConfig;
using support::withKey;

/// Keeps what every module put out.
class Recorder final : public ldm::ForwardingArithmetic {
public:
    using ForwardingArithmetic::ForwardingArithmetic;
    void produced(std::string_view module, const at::Tensor& output) override {
        outputs["unet." + std::string(module.substr(5))] = output.clone();
    }
    std::map<std::string, at::Tensor> outputs;
};

std::map<std::string, at::Tensor> recorded(const ldm::UNet& unet) {
    ldm::FloatArithmetic full;
    Recorder recorder(full);
    outputOf(unet, recorder);
    return recorder.outputs;
}

const ldm::Layer& layer(const ldm::UNet& unet, const std::string& name) {
    for (const ldm::Layer* one : unet.layers())
        if (one->name == name) return *one;
    throw std::runtime_error("no layer " + name);
}

at::Tensor linear(const ldm::UNet& unet, const std::string& name, const at::Tensor& x) {
    const ldm::Layer& one = layer(unet, name);
    return at::linear(x, one.weight.values(), one.bias.defined() ? one.bias.values() : at::Tensor());
}

/// [1, n] of cosines, then sines, as the paper on transformers has them.
at::Tensor sinusoids(double value, int channels) {
    at::Tensor result = at::zeros({1, channels});
    const int half = channels / 2;
    for (int i = 0; i < half; ++i) {
        const double angle = value * std::pow(10000.0, -static_cast<double>(i) / half);
        result[0][i] = std::cos(angle);
        result[0][half + i] = std::sin(angle);
    }
    return result;
}

/// Blocks of each transformer by name.
std::map<std::string, int> depthsOf(const ldm::UNet& unet) {
    std::map<std::string, int> depths;
    for (const ldm::Layer* one : unet.layers()) {
        const std::size_t blocks = one->name.find(".transformer_blocks.");
        if (blocks != std::string::npos && one->name.ends_with("attn1.to_q")) ++depths[one->name.substr(5, blocks - 5)];
    }
    return depths;
}

} // namespace

class TestUNetFamilies : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void linearProjectionsComputeWhatPointwiseConvolutionsDo();
    void latentsOfZeroToOneAreCentred();
    void theTimestepsSinusoidsGoThroughTwoLayers();
    void activationsOfTheTimeEmbeddingComeAfterIt();
    void theGuidanceScaleIsAddedToTheSinusoids();
    void pooledTextAndSizesAreAddedToTheTimeEmbedding();
    void theBatchRepeatsTheRowsOfACondition();
    void aConditionThatDoesNotFitIsRefused();
    void theMiddlesResnetsDivideTheirOutputs();
    void downsamplersPadBelowAndRightWhereAsked();
    void transformersOfTheTextAloneReadItTwice();
    void transformersHaveTheDepthOfTheirLevel();
    void asymmetricDepthsAreGivenPerLayer();
    void levelsMayHaveDifferentNumbersOfLayers();
    void inpaintingNetworksTakeNineChannels();

private:
    const at::NoGradGuard m_noGrad;
};

void TestUNetFamilies::linearProjectionsComputeWhatPointwiseConvolutionsDo() {
    QVERIFY(close(outputOf(withKey("use_linear_projection", true)), outputOf(smallConfig())));
    QCOMPARE(layer(networkOf(withKey("use_linear_projection", true)), "unet.mid_block.attentions.0.proj_in").kind,
             ldm::LayerKind::Linear);
}

void TestUNetFamilies::latentsOfZeroToOneAreCentred() {
    const ldm::UNet plain = networkOf(smallConfig()), centring = networkOf(withKey("center_input_sample", true));
    const at::Tensor latent = latentFor(plain.config(), 1), time = at::full({1}, 12);
    const ldm::Condition condition = conditionFor(plain.config(), 1);
    ldm::FloatArithmetic one, other;
    QVERIFY(at::equal(centring.finish(one, centring.start(latent, time, condition)),
                      plain.finish(other, plain.start(2 * latent - 1, time, condition))));
}

void TestUNetFamilies::theTimestepsSinusoidsGoThroughTwoLayers() {
    const ldm::UNet unet = networkOf(smallConfig());
    const auto outputs = recorded(unet);
    QVERIFY(close(outputs.at("unet.time_proj"), sinusoids(321.5, 16)));
    const at::Tensor hidden = at::silu(linear(unet, "unet.time_embedding.linear_1", sinusoids(321.5, 16)));
    QVERIFY(close(outputs.at("unet.time_embedding"), linear(unet, "unet.time_embedding.linear_2", hidden)));
}

void TestUNetFamilies::activationsOfTheTimeEmbeddingComeAfterIt() {
    const auto embeddingOf = [](const json& config) {
        const ldm::UNet unet = networkOf(config);
        ldm::UNetState state =
            unet.start(latentFor(unet.config(), 1), at::full({1}, 321.5), conditionFor(unet.config(), 1));
        ldm::FloatArithmetic full;
        unet.stages().front().run(full, state);
        return ldm::UNet::output(unet.stages().front(), state);
    };
    const at::Tensor plain = embeddingOf(smallConfig()), sdxl = embeddingOf(sdxlConfig());
    QVERIFY(close(embeddingOf(withKey("timestep_post_act", "gelu")), at::gelu(plain)));
    QVERIFY(close(embeddingOf(withKey("time_embedding_act_fn", "silu")), at::silu(plain)));
    json both = sdxlConfig();
    both["timestep_post_act"] = "mish";
    both["time_embedding_act_fn"] = "gelu";
    QVERIFY(close(embeddingOf(both), at::gelu(at::mish(plain) + (sdxl - plain))));
}

void TestUNetFamilies::theGuidanceScaleIsAddedToTheSinusoids() {
    const ldm::UNet unet = networkOf(withKey("time_cond_proj_dim", 6));
    const at::Tensor guidance = conditionFor(unet.config(), 1).guidance;
    const at::Tensor input = sinusoids(321.5, 16) + linear(unet, "unet.time_embedding.cond_proj", guidance);
    QVERIFY(!layer(unet, "unet.time_embedding.cond_proj").bias.defined());
    const at::Tensor hidden = at::silu(linear(unet, "unet.time_embedding.linear_1", input));
    QVERIFY(close(recorded(unet).at("unet.time_embedding"), linear(unet, "unet.time_embedding.linear_2", hidden)));
}

void TestUNetFamilies::pooledTextAndSizesAreAddedToTheTimeEmbedding() {
    const ldm::UNet unet = networkOf(sdxlConfig());
    QCOMPARE(unet.config().pooledDim, 10);
    const ldm::Condition condition = conditionFor(unet.config(), 1);
    std::vector<at::Tensor> parts = {condition.pooled};
    for (int i = 0; i < ldm::kTimeIds; ++i) parts.push_back(sinusoids(condition.timeIds[0][i].item<double>(), 4));
    const at::Tensor hidden = at::silu(linear(unet, "unet.add_embedding.linear_1", at::cat(parts, 1)));
    const at::Tensor added = linear(unet, "unet.add_embedding.linear_2", hidden);
    const auto outputs = recorded(unet);
    QVERIFY(close(outputs.at("unet.add_embedding"), added));

    ldm::UNetState state = unet.start(latentFor(unet.config(), 1), at::full({1}, 321.5), condition);
    ldm::FloatArithmetic full;
    unet.stages().front().run(full, state);
    QVERIFY(close(state.timeEmbedding, outputs.at("unet.time_embedding") + added));
    for (const ldm::LayerInfo& info : unet.layerInfos())
        if (info.name.starts_with("unet.add_embedding")) QCOMPARE(info.block, std::string("unet.time_embedding"));
}

void TestUNetFamilies::theBatchRepeatsTheRowsOfACondition() {
    json config = sdxlConfig();
    config["time_cond_proj_dim"] = 6;
    const ldm::UNet unet = networkOf(config);
    const at::Tensor latent = latentFor(unet.config(), 4), time = at::linspace(10, 900, 4);
    const ldm::Condition two = conditionFor(unet.config(), 2);
    const ldm::Condition four{two.context.repeat({2, 1, 1}), two.pooled.repeat({2, 1}), two.timeIds.repeat({2, 1}),
                              two.guidance.repeat({2, 1})};
    ldm::FloatArithmetic full;
    QVERIFY(close(unet.finish(full, unet.start(latent, time, two)), unet.finish(full, unet.start(latent, time, four))));
}

void TestUNetFamilies::aConditionThatDoesNotFitIsRefused() {
    const ldm::UNet sdxl = networkOf(sdxlConfig()), plain = networkOf(smallConfig());
    const at::Tensor latent = latentFor(sdxl.config(), 2), time = at::full({1}, 5);
    const ldm::Condition fits = conditionFor(sdxl.config(), 2);
    sdxl.start(latent, time, fits);
    const auto refuses = [&](const ldm::UNet& unet, const ldm::Condition& condition, const char* what) {
        const std::string said =
            support::failureOf(ldm::ErrorKind::BadInput, [&] { unet.start(latent, time, condition); });
        return support::contains(said, what);
    };
    ldm::Condition wrong = fits;
    wrong.pooled = at::Tensor();
    QVERIFY(refuses(sdxl, wrong, "pooled"));
    wrong.pooled = fits.pooled.narrow(1, 0, 9);
    QVERIFY(refuses(sdxl, wrong, "pooled"));
    wrong.pooled = fits.pooled.narrow(0, 0, 1);
    QVERIFY(refuses(sdxl, wrong, "pooled"));
    wrong = fits;
    wrong.timeIds = fits.timeIds.narrow(1, 0, 5);
    QVERIFY(refuses(sdxl, wrong, "time ids"));
    wrong = fits;
    wrong.guidance = at::ones({2, 6});
    QVERIFY(refuses(sdxl, wrong, "guidance"));
    QVERIFY(refuses(plain, fits, "pooled"));
    QVERIFY(refuses(networkOf(withKey("time_cond_proj_dim", 6)), conditionFor(plain.config(), 2), "guidance"));
}

void TestUNetFamilies::theMiddlesResnetsDivideTheirOutputs() {
    const auto plain = recorded(networkOf(smallConfig()));
    const auto scaled = recorded(networkOf(withKey("mid_block_scale_factor", 2)));
    QVERIFY(at::equal(scaled.at("unet.mid_block.resnets.0"), plain.at("unet.mid_block.resnets.0") / 2));
    QVERIFY(at::equal(scaled.at("unet.down_blocks.1"), plain.at("unet.down_blocks.1")));
}

void TestUNetFamilies::downsamplersPadBelowAndRightWhereAsked() {
    const ldm::UNet unet = networkOf(withKey("downsample_padding", 0));
    const auto outputs = recorded(unet);
    const ldm::Layer& conv = layer(unet, "unet.down_blocks.0.downsamplers.0.conv");
    const at::Tensor padded = at::constant_pad_nd(outputs.at("unet.down_blocks.0.attentions.0"), {0, 1, 0, 1});
    QVERIFY(close(outputs.at("unet.down_blocks.0"), at::conv2d(padded, conv.weight.values(), conv.bias.values(), 2)));
}

void TestUNetFamilies::transformersOfTheTextAloneReadItTwice() {
    const ldm::UNet unet = networkOf(withKey("only_cross_attention", json::array({true, false})));
    const auto sources = [&](const std::string& transformer) {
        return layer(unet, "unet." + transformer + ".transformer_blocks.0.attn1.to_k").weight.shape.back();
    };
    QCOMPARE(sources("down_blocks.0.attentions.0"), 12); // the text's channels
    QCOMPARE(sources("up_blocks.1.attentions.0"), 12);
    QCOMPARE(sources("mid_block.attentions.0"), 24); // the picture's
    ldm::UNetState state = unet.start(latentFor(unet.config(), 1), at::full({1}, 5), conditionFor(unet.config(), 1));
    state.keyValues = std::make_shared<ldm::KeyValueCache>();
    ldm::FloatArithmetic full;
    unet.finish(full, state);
    QCOMPARE(state.keyValues->size(), 2 * (1 + 2 * 3)); // keys and values: once in the middle, twice in three others
}

void TestUNetFamilies::transformersHaveTheDepthOfTheirLevel() {
    json config = withKey("transformer_layers_per_block", {3, 2});
    config["down_block_types"] = {"CrossAttnDownBlock2D", "CrossAttnDownBlock2D"};
    config["up_block_types"] = {"CrossAttnUpBlock2D", "CrossAttnUpBlock2D"};
    const ldm::UNet unet = networkOf(config);
    const std::map<std::string, int> expected = {{"down_blocks.0.attentions.0", 3}, {"down_blocks.1.attentions.0", 2},
                                                 {"mid_block.attentions.0", 2},     {"up_blocks.0.attentions.0", 2},
                                                 {"up_blocks.0.attentions.1", 2},   {"up_blocks.1.attentions.0", 3},
                                                 {"up_blocks.1.attentions.1", 3}};
    QCOMPARE(depthsOf(unet), expected);

    ldm::FloatArithmetic full;
    ldm::UNetState state = unet.start(latentFor(unet.config(), 1), at::full({1}, 5), conditionFor(unet.config(), 1));
    const at::Tensor plain = unet.finish(full, state);
    state.keyValues = std::make_shared<ldm::KeyValueCache>();
    QVERIFY(at::equal(unet.finish(full, state), plain));
    QVERIFY(at::equal(unet.finish(full, state), plain)); // every block keeps keys and values of its own
    QCOMPARE(state.keyValues->size(), 2u * 17);
}

void TestUNetFamilies::asymmetricDepthsAreGivenPerLayer() {
    json config = withKey("transformer_layers_per_block", json::array({json::array({1, 2}), 3}));
    config["layers_per_block"] = 2;
    config["down_block_types"] = {"CrossAttnDownBlock2D", "CrossAttnDownBlock2D"};
    config["up_block_types"] = {"CrossAttnUpBlock2D", "CrossAttnUpBlock2D"};
    config["mid_block_type"] = "UNetMidBlock2D";
    config["reverse_transformer_layers_per_block"] = json::array({json::array({3, 3, 4}), 1});
    const ldm::UNet unet = networkOf(config);
    const std::map<std::string, int> expected = {{"down_blocks.0.attentions.0", 1}, {"down_blocks.0.attentions.1", 2},
                                                 {"down_blocks.1.attentions.0", 3}, {"down_blocks.1.attentions.1", 3},
                                                 {"up_blocks.0.attentions.0", 3},   {"up_blocks.0.attentions.1", 3},
                                                 {"up_blocks.0.attentions.2", 4},   {"up_blocks.1.attentions.0", 1},
                                                 {"up_blocks.1.attentions.1", 1},   {"up_blocks.1.attentions.2", 1}};
    QCOMPARE(depthsOf(unet), expected);
}

void TestUNetFamilies::levelsMayHaveDifferentNumbersOfLayers() {
    const ldm::UNet unet = networkOf(withKey("layers_per_block", {1, 3}));
    std::vector<std::string> stages;
    for (const ldm::Stage& stage : unet.stages()) stages.push_back(stage.id);
    const std::vector<std::string> expected = {
        "unet.time_embedding",  "unet.conv_in",         "unet.down_blocks.0.0", "unet.down_blocks.0.down",
        "unet.down_blocks.1.0", "unet.down_blocks.1.1", "unet.down_blocks.1.2", "unet.mid_block",
        "unet.up_blocks.0.0",   "unet.up_blocks.0.1",   "unet.up_blocks.0.2",   "unet.up_blocks.0.3",
        "unet.up_blocks.1.0",   "unet.up_blocks.1.1",   "unet.conv_out"};
    QCOMPARE(stages, expected);
    ldm::FloatArithmetic full;
    QCOMPARE(outputOf(unet, full).sizes(), latentFor(unet.config(), 1).sizes());
}

void TestUNetFamilies::inpaintingNetworksTakeNineChannels() {
    const ldm::UNet unet = networkOf(withKey("in_channels", 9));
    ldm::FloatArithmetic full;
    QCOMPARE(outputOf(unet, full).size(1), 4);
    QVERIFY_EXCEPTION_THROWN(unet.start(random({1, 4, 8, 6}), at::full({1}, 5), conditionFor(unet.config(), 1)),
                             ldm::Error);
}

NOISEFLOOR_TEST(TestUNetFamilies)
#include "tst_unetfamilies.moc"
