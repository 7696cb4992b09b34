#include "support/testmain.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ldm/error.h>
#include <ldm/jsonreading.h>
#include <ldm/textencoder.h>
#include <ldm/unet.h>
#include <nlohmann/json.hpp>

#include <map>
#include <set>

namespace {

using nlohmann::json;

constexpr double kRounding = 1e-5; ///< relative to the largest value: another order of summation, nothing more

std::filesystem::path fixture() {
    return std::filesystem::path(NOISEFLOOR_TEST_DATA) / "reference/sd1_tiny";
}

json configOf(const char* part) {
    return ldm::readJsonObject(fixture() / part / "config.json");
}

ldm::UNet openUNet() {
    ldm::WeightSource weights("unet",
                              ldm::SafetensorsFile::open(fixture() / "unet/diffusion_pytorch_model.safetensors"));
    return ldm::UNet(ldm::UNetConfig::parse(configOf("unet"), "unet/config.json"), weights);
}

double relativeError(const at::Tensor& got, const at::Tensor& expected) {
    return ((got - expected).abs().max() / expected.abs().max()).item<double>();
}

/// Counts how often each layer was computed.
class Counter final : public ldm::ForwardingArithmetic {
public:
    using ForwardingArithmetic::ForwardingArithmetic;
    at::Tensor linear(const ldm::Layer& layer, const at::Tensor& x) override {
        calls.push_back(layer.id);
        rows[layer.name] = x.size(0);
        return ForwardingArithmetic::linear(layer, x);
    }
    at::Tensor conv2d(const ldm::Layer& layer, const at::Tensor& x) override {
        calls.push_back(layer.id);
        at::Tensor result = ForwardingArithmetic::conv2d(layer, x);
        heights[layer.id] = result.size(2);
        return result;
    }
    std::vector<int> calls;
    std::map<std::string, std::int64_t> rows;
    std::map<int, std::int64_t> heights; ///< of the outputs of convolutions
};

struct Inputs {
    at::Tensor latent;
    at::Tensor timestep;
    at::Tensor context;
};

Inputs inputs(std::int64_t batch, std::int64_t texts, std::int64_t size = 8) {
    at::manual_seed(1);
    return {at::randn({batch, 4, size, size}), at::linspace(37, 981, batch), at::randn({texts, 77, 32})};
}

ldm::Condition of(const at::Tensor& context) {
    ldm::Condition condition;
    condition.context = context;
    return condition;
}

ldm::TextEncoderConfig textConfig(const json& config, const std::string& file) {
    return ldm::TextEncoderConfig::parse(config, file, "CLIPTextModel");
}

void expectRefused(const json& config, const std::string& key) {
    try {
        textConfig(config, "part/config.json");
        QFAIL(("accepted: " + config.dump()).c_str());
    } catch (const ldm::Error& error) {
        QCOMPARE(error.kind(), ldm::ErrorKind::BadInput);
        QVERIFY2(std::string(error.what()).find("\"" + key + "\"") != std::string::npos, error.what());
        QVERIFY2(std::string(error.what()).starts_with("part/config.json"), error.what());
    }
}

} // namespace

class TestUNet : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void stageByStageEqualsWhole();
    void theTailFromASavedStateGivesTheSameBits();
    void batchOfTwoTimestepsEqualsTwoSingleRuns();
    void smallContextEqualsTheRepeatedOne();
    void cachedKeysAndValuesAreComputedOnceAndChangeNothing();
    void resultsDoNotDependOnTheNumberOfThreads();
    void blocksAreThoseOfTheDesignInOrderOfExecution();
    void layersRunInOrderOfTheirIdsAtTheStatedScale();
    void everyParameterBelongsToOneBlock();
    void inputsOfWrongShapeAreRefused();
    void textEncoderValuesItCannotComputeAreRefusedByName();
    void missingTensorsAreNamed();
    void tokensBeyondTheVocabularyAreRefused();
    void attentionInSlicesEqualsTheFormula();

private:
    const at::NoGradGuard m_noGrad;
    ldm::UNet m_unet = openUNet();
    ldm::FloatArithmetic m_full;
};

void TestUNet::stageByStageEqualsWhole() {
    const Inputs in = inputs(2, 2);
    ldm::UNetState state = m_unet.start(in.latent, in.timestep, of(in.context));
    const at::Tensor whole = m_unet.finish(m_full, state);
    for (const ldm::Stage& stage : m_unet.stages()) stage.run(m_full, state);
    QVERIFY(at::equal(state.hidden, whole));
    QVERIFY(state.skips.empty());
}

void TestUNet::theTailFromASavedStateGivesTheSameBits() {
    const Inputs in = inputs(2, 2);
    ldm::UNetState state = m_unet.start(in.latent, in.timestep, of(in.context));
    const at::Tensor whole = m_unet.finish(m_full, state);
    for (std::size_t i = 0; i < m_unet.stages().size(); ++i) {
        const at::Tensor before = state.hidden.clone();
        QVERIFY2(at::equal(m_unet.finish(m_full, state, i), whole), m_unet.stages()[i].id.c_str());
        QVERIFY2(at::equal(state.hidden, before), m_unet.stages()[i].id.c_str()); // the saved state is untouched
        m_unet.stages()[i].run(m_full, state);
    }
}

void TestUNet::batchOfTwoTimestepsEqualsTwoSingleRuns() {
    const Inputs in = inputs(2, 2);
    const at::Tensor both = m_unet.finish(m_full, m_unet.start(in.latent, in.timestep, of(in.context)));
    for (int i = 0; i < 2; ++i) {
        const at::Tensor single =
            m_unet.finish(m_full, m_unet.start(in.latent.narrow(0, i, 1), in.timestep.narrow(0, i, 1),
                                               of(in.context.narrow(0, i, 1))));
        QVERIFY(relativeError(both.narrow(0, i, 1), single) < kRounding);
    }
}

void TestUNet::smallContextEqualsTheRepeatedOne() {
    const Inputs in = inputs(6, 2);
    Counter counter(m_full);
    const at::Tensor small = m_unet.finish(counter, m_unet.start(in.latent, in.timestep, of(in.context)));
    const at::Tensor large =
        m_unet.finish(m_full, m_unet.start(in.latent, in.timestep, of(in.context.repeat({3, 1, 1}))));
    QVERIFY(relativeError(small, large) < kRounding);
    for (const ldm::LayerInfo& layer : m_unet.layerInfos())
        if (layer.domain == ldm::Domain::Context) QCOMPARE(counter.rows.at(layer.name), 2);
}

void TestUNet::cachedKeysAndValuesAreComputedOnceAndChangeNothing() {
    const Inputs in = inputs(2, 2);
    ldm::UNetState state = m_unet.start(in.latent, in.timestep, of(in.context));
    const at::Tensor plain = m_unet.finish(m_full, state);
    state.keyValues = std::make_shared<ldm::KeyValueCache>();
    Counter counter(m_full);
    QVERIFY(at::equal(m_unet.finish(counter, state), plain));
    const std::size_t first = counter.calls.size();
    QVERIFY(at::equal(m_unet.finish(counter, state), plain));
    std::size_t ofContext = 0;
    for (const ldm::LayerInfo& layer : m_unet.layerInfos()) ofContext += layer.domain == ldm::Domain::Context;
    QVERIFY(ofContext > 0);
    QCOMPARE(state.keyValues->size(), ofContext);
    QCOMPARE(counter.calls.size() - first, first - ofContext);
}

void TestUNet::resultsDoNotDependOnTheNumberOfThreads() {
    const Inputs in = inputs(2, 2);
    const int threads = at::get_num_threads();
    std::vector<at::Tensor> results;
    for (const int count : {1, 2, 3}) {
        at::set_num_threads(count);
        results.push_back(m_unet.finish(m_full, m_unet.start(in.latent, in.timestep, of(in.context))));
    }
    at::set_num_threads(threads);
    QVERIFY(relativeError(results[1], results[0]) < kRounding);
    QVERIFY(relativeError(results[2], results[0]) < kRounding);
}

void TestUNet::blocksAreThoseOfTheDesignInOrderOfExecution() {
    const std::vector<std::string> expected = {
        "unet.time_embedding",  "unet.conv_in",       "unet.down_blocks.0.0", "unet.down_blocks.0.down",
        "unet.down_blocks.1.0", "unet.mid_block",     "unet.up_blocks.0.0",   "unet.up_blocks.0.1",
        "unet.up_blocks.1.0",   "unet.up_blocks.1.1", "unet.conv_out"};
    std::vector<std::string> stages, blocks;
    for (const ldm::Stage& stage : m_unet.stages()) stages.push_back(stage.id);
    for (const ldm::BlockInfo& block : m_unet.blockInfos()) blocks.push_back(block.id);
    QCOMPARE(stages, expected);
    QCOMPARE(blocks, expected);
}

void TestUNet::layersRunInOrderOfTheirIdsAtTheStatedScale() {
    const Inputs in = inputs(1, 1);
    Counter counter(m_full);
    m_unet.finish(counter, m_unet.start(in.latent, in.timestep, of(in.context)));
    // Every layer once, and within a block in order; the time embedding's and the shortcut's places included.
    QCOMPARE(counter.calls.size(), m_unet.layers().size());
    for (std::size_t i = 0; i < counter.calls.size(); ++i) QCOMPARE(counter.calls[i], static_cast<int>(i));
    for (const auto& [id, height] : counter.heights) {
        const ldm::LayerInfo& info = m_unet.layerInfos()[static_cast<std::size_t>(id)];
        QCOMPARE(info.domain, ldm::Domain::Image);
        QVERIFY2(height == 8 / info.downscale, info.name.c_str());
    }
    for (const ldm::Layer* layer : m_unet.layers()) {
        const ldm::LayerInfo& info = m_unet.layerInfos()[static_cast<std::size_t>(layer->id)];
        QCOMPARE(info.name, layer->name);
        QCOMPARE(info.weightShape, layer->weight.shape);
        QCOMPARE(info.hasBias, layer->bias.defined());
    }
}

void TestUNet::everyParameterBelongsToOneBlock() {
    const auto file = ldm::SafetensorsFile::open(fixture() / "unet/diffusion_pytorch_model.safetensors");
    std::int64_t inFile = 0, inBlocks = 0;
    for (const ldm::TensorEntry& entry : file.entries()) inFile += entry.elements();
    std::set<int> layers;
    for (const ldm::BlockInfo& block : m_unet.blockInfos()) {
        inBlocks += block.parameters;
        for (const int layer : block.layers) {
            QVERIFY(layers.insert(layer).second);
            QCOMPARE(m_unet.layerInfos()[static_cast<std::size_t>(layer)].block, block.id);
        }
    }
    QCOMPARE(inBlocks, inFile);
    QCOMPARE(layers.size(), m_unet.layers().size());
}

void TestUNet::inputsOfWrongShapeAreRefused() {
    const Inputs in = inputs(2, 2);
    QVERIFY_EXCEPTION_THROWN(m_unet.start(in.latent.narrow(1, 0, 3), in.timestep, of(in.context)), ldm::Error);
    QVERIFY_EXCEPTION_THROWN(m_unet.start(in.latent, in.timestep, of(in.context.narrow(2, 0, 16))), ldm::Error);
    QVERIFY_EXCEPTION_THROWN(m_unet.start(in.latent, in.timestep, of(at::randn({3, 77, 32}))), ldm::Error);
    QVERIFY_EXCEPTION_THROWN(m_unet.start(in.latent, in.timestep, ldm::Condition()), ldm::Error);
    QVERIFY_EXCEPTION_THROWN(m_unet.start(in.latent, at::ones({3}), of(in.context)), ldm::Error);
}

void TestUNet::textEncoderValuesItCannotComputeAreRefusedByName() {
    const std::map<std::string, json> values = {{"hidden_act", "relu"},
                                                {"num_attention_heads", 5},
                                                {"vocab_size", 0},
                                                {"num_hidden_layers", -1},
                                                {"model_type", "t5"},
                                                {"max_position_embeddings", 1e12},
                                                {"quantization_config", {{"bits", 4}}}};
    for (const auto& [key, value] : values) {
        json config = configOf("text_encoder");
        config[key] = value;
        expectRefused(config, key);
    }
}

void TestUNet::missingTensorsAreNamed() {
    json config = configOf("text_encoder");
    config["num_hidden_layers"] = 4; // the file has 3
    ldm::WeightSource weights("text_encoder", ldm::SafetensorsFile::open(fixture() / "text_encoder/model.safetensors"));
    try {
        const ldm::TextEncoder encoder(textConfig(config, "config.json"), weights);
        QFAIL("a model of more layers than the file holds was opened");
    } catch (const ldm::Error& error) {
        QVERIFY2(std::string(error.what()).find("text_model.encoder.layers.3") != std::string::npos, error.what());
    }
}

void TestUNet::tokensBeyondTheVocabularyAreRefused() {
    ldm::WeightSource weights("text_encoder", ldm::SafetensorsFile::open(fixture() / "text_encoder/model.safetensors"));
    const ldm::TextEncoder encoder(textConfig(configOf("text_encoder"), "config.json"), weights);
    const int beyond = encoder.config().vocabulary;
    QVERIFY_EXCEPTION_THROWN(encoder.encode(m_full, {{0, beyond}}), ldm::Error);
    QVERIFY_EXCEPTION_THROWN(encoder.encode(m_full, {{0, -1}}), ldm::Error);
    QVERIFY_EXCEPTION_THROWN(encoder.encode(m_full, {std::vector<int>(78, 0)}), ldm::Error);
    QVERIFY_EXCEPTION_THROWN(encoder.encode(m_full, {{0, 1}, {0}}), ldm::Error);
}

void TestUNet::attentionInSlicesEqualsTheFormula() {
    at::manual_seed(2);
    // 1500 columns: more than one slice of rows, the last one shorter.
    const at::Tensor q = at::randn({2, 3, 700, 8}), k = at::randn({2, 3, 1500, 8}), v = at::randn({2, 3, 1500, 8});
    const at::Tensor mask = at::randn({700, 1500});
    const at::Tensor scores = at::matmul(q, k.transpose(2, 3)) * 0.3;
    QVERIFY(relativeError(m_full.attention(q, k, v, 0.3, at::Tensor()), at::matmul(at::softmax(scores, -1), v)) <
            kRounding);
    QVERIFY(relativeError(m_full.attention(q, k, v, 0.3, mask), at::matmul(at::softmax(scores + mask, -1), v)) <
            kRounding);
}

NOISEFLOOR_TEST(TestUNet)
#include "tst_unet.moc"
