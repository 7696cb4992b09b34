#include "ldm/smallunet.h"
#include "onnx/deployed.h"
#include "quant/onnxnetworks.h"
#include "support/testmain.h"

#include <QTest>

#include <set>

using quant::ActivationFormat;
using quant::ActivationScale;
using quant::WeightFormat;
using quant::onnx::Graph;
using quant::onnx::GraphWeights;
using quant::onnx::LayerPrecision;
using support::nodes;

namespace {

ldm::PartSource partOf(const nlohmann::json& config) {
    const auto wanted = support::wantedBy<ldm::UNet>("unet", ldm::UNetConfig::parse(config, "unet"));
    return {"unet", "UNet2DConditionModel", config, "unet/config.json", support::randomTensors(wanted), {}};
}

/// Ranges that clip some values, so that rounding is seen; the three projections of an attention share one.
ActivationScale scaleFor(const std::string& layer) {
    const std::string shared = layer.substr(0, layer.rfind(".to_"));
    const float width = 2 + 0.01F * static_cast<float>(std::hash<std::string>()(shared) % 100);
    return quant::activationScale({-width, width + 0.5F}, ActivationFormat::Int8);
}

} // namespace

class OnnxQdqTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() {
        m_part = partOf(support::smallConfig());
        ldm::WeightSource weights("unet", m_part.tensors);
        m_unet = std::make_unique<ldm::UNet>(ldm::UNetConfig::parse(m_part.config, "unet"), weights);
    }

    void eightBitLayersAreQuantizedAsKernelsForIntegersNeedIt() {
        const Graph graph = graphOf(allEight());
        const auto layers = static_cast<std::ptrdiff_t>(m_unet->layers().size());
        std::ptrdiff_t convolutions = 0;
        std::set<std::string> inputs;
        for (const ldm::Layer* layer : m_unet->layers()) {
            const quant::onnx::Node& node = *nodeOf(graph, layer->name);
            inputs.insert(node.inputs.front());
            QCOMPARE(producerOf(graph, node.inputs.front())->op, std::string("DequantizeLinear"));
            if (layer->kind != ldm::LayerKind::Conv2d) continue;
            ++convolutions;
            QCOMPARE(consumerOf(graph, node.outputs.front())->op, std::string("QuantizeLinear"));
        }
        // Projections that read the same tensor share one rounding.
        QCOMPARE(nodes(graph, "QuantizeLinear"), static_cast<std::ptrdiff_t>(inputs.size()) + convolutions);
        QCOMPARE(nodes(graph, "DequantizeLinear"), nodes(graph, "QuantizeLinear") + layers);
        QVERIFY(static_cast<std::ptrdiff_t>(inputs.size()) < layers);
    }

    void projectionsOfOneAttentionShareTheirInput() {
        const Graph graph = graphOf(allEight());
        const std::string attention = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.";
        const std::string& query = nodeOf(graph, attention + "to_q")->inputs.front();
        QCOMPARE(nodeOf(graph, attention + "to_k")->inputs.front(), query);
        QCOMPARE(nodeOf(graph, attention + "to_v")->inputs.front(), query);
    }

    void biasesOfIntegerProductsHaveTwoDimensions() {
        std::vector<LayerPrecision> layers = allEight();
        const std::size_t last = m_unet->layers().size() - 1;
        const auto isLinear = [&](std::size_t i) { return m_unet->layers()[i]->kind == ldm::LayerKind::Linear; };
        std::size_t plain = last;
        while (!isLinear(plain) || !m_unet->layers()[plain]->bias.defined()) --plain;
        layers[plain] = {};
        const Graph graph = graphOf(layers);
        for (std::size_t i = 0; i < layers.size(); ++i) {
            const ldm::Layer& layer = *m_unet->layers()[i];
            if (!isLinear(i) || !layer.bias.defined()) continue;
            const auto* bias = support::constantNamed(graph, layer.name + ".bias");
            QCOMPARE(bias->shape.size(), i == plain ? std::size_t{1} : std::size_t{2});
            QCOMPARE(bias->shape.back(), layer.weight.shape.front());
        }
    }

    /// ONNX Runtime would compute a product of matrices and its bias as a Gemm of floats.
    void integerProductsAreNotOfMatrices() {
        const Graph integers = graphOf(allEight());
        int lifted = 0;
        for (const ldm::Layer* layer : m_unet->layers()) {
            if (!layer->name.ends_with("time_emb_proj") && !layer->name.starts_with("unet.time_embedding.")) continue;
            ++lifted;
            const quant::onnx::Node* dequantized = producerOf(integers, nodeOf(integers, layer->name)->inputs.front());
            const quant::onnx::Node* quantized = producerOf(integers, dequantized->inputs.front());
            const quant::onnx::Node* reshaped = producerOf(integers, quantized->inputs.front());
            QCOMPARE(reshaped->op, std::string("Reshape"));
            const auto* shape = support::constantNamed(integers, reshaped->inputs.back());
            const at::Tensor sizes = quant::onnx::tensorOf(*shape);
            QCOMPARE(sizes.numel(), std::int64_t{3});
            QCOMPARE(sizes[0].item<std::int64_t>(), std::int64_t{1});
        }
        QCOMPARE_GT(lifted, 2);
    }

    void integersAreStoredWithOneScalePerOutputChannel() {
        const Graph graph = graphOf(allEight());
        for (const ldm::Layer* layer : m_unet->layers()) {
            const auto* codes = support::constantNamed(graph, layer->name + ".weight");
            const auto* scale = support::constantNamed(graph, layer->name + ".weight_scale");
            const auto* zero = support::constantNamed(graph, layer->name + ".weight_zero_point");
            QVERIFY(codes && scale && zero);
            QCOMPARE(codes->type, quant::onnx::ElementType::Int8);
            QCOMPARE(zero->type, quant::onnx::ElementType::Int8);
            QCOMPARE(scale->shape, std::vector<std::int64_t>{layer->weight.shape.front()});
            QVERIFY(at::equal(quant::onnx::tensorOf(*codes), codesOf(*layer).codes));
            QVERIFY(at::equal(quant::onnx::tensorOf(*scale), codesOf(*layer).scale));
            const auto& axis = consumerOf(graph, codes->name)->attributes.at("axis");
            QCOMPARE(std::get<std::int64_t>(axis), std::int64_t{0});
        }
    }

    void channelsOfZerosHaveAScaleLikeTheOthers() {
        GraphWeights weights = weightsFor(allEight());
        weights.codes = [inner = weights.codes](int layer) {
            quant::IntegerWeights made = inner(layer);
            made.codes = made.codes.clone();
            made.scale = made.scale.clone();
            made.codes[0].zero_();
            made.scale[0] = 0;
            return made;
        };
        const Graph graph = graphOf(weights);
        for (const ldm::Layer* layer : m_unet->layers()) {
            const at::Tensor scale =
                quant::onnx::tensorOf(*support::constantNamed(graph, layer->name + ".weight_scale"));
            QVERIFY((scale > 0).all().item<bool>());
            QCOMPARE(scale[0].item<float>(), scale.slice(0, 1).min().item<float>());
        }
    }

    void aLayerOfZerosHasAScale() {
        GraphWeights weights = weightsFor(allEight());
        weights.codes = [inner = weights.codes](int layer) {
            const quant::IntegerWeights made = inner(layer);
            return quant::IntegerWeights{at::zeros_like(made.codes), at::zeros_like(made.scale)};
        };
        const Graph graph = graphOf(weights);
        const auto* scale = support::constantNamed(graph, "unet.conv_in.weight_scale");
        QVERIFY((quant::onnx::tensorOf(*scale) > 0).all().item<bool>());
    }

    void weightsAloneAreDequantizedAlone() {
        std::vector<LayerPrecision> layers(m_unet->layers().size());
        for (LayerPrecision& layer : layers) layer.integerWeights = true;
        const Graph graph = graphOf(layers);
        QCOMPARE(nodes(graph, "QuantizeLinear"), std::ptrdiff_t{0});
        QCOMPARE(nodes(graph, "DequantizeLinear"), static_cast<std::ptrdiff_t>(layers.size()));
    }

    void whatAGraphHoldsIsReadFromIt() {
        std::vector<LayerPrecision> layers = allEight();
        layers[2] = {};                          // floats
        layers[3].input = layers[3].output = {}; // weights alone
        layers[5].integerWeights = false;        // inputs alone
        layers[5].output = {};
        const auto found = quant::onnx::precisionsIn(graphOf(layers), m_unet->layers());
        QCOMPARE(found.size(), layers.size());
        for (std::size_t i = 0; i < layers.size(); ++i) {
            QCOMPARE(found[i].integerWeights, layers[i].integerWeights);
            QVERIFY(same(found[i].input, layers[i].input));
            QVERIFY(same(found[i].output, layers[i].output));
        }
    }

    /// One layer at a time: where many are rounded, a last digit that differs becomes a step of the next one.
    void everyLayerIsComputedAsTheArithmeticReadFromTheGraphDoes() {
        for (std::size_t i = 0; i < m_unet->layers().size(); ++i) {
            std::vector<LayerPrecision> layers(m_unet->layers().size());
            layers[i] = allEight()[i];
            const quant::onnx::Model model{{}, graphOf(layers)};
            const auto inputs = support::inputsFor(model.graph);
            const at::Tensor got = quant::onnx::Interpreter(model, "the graph").run(inputs)->at("out_sample");
            ldm::FloatArithmetic full;
            quant::onnx::DeployedArithmetic deployed(
                full, quant::onnx::precisionsIn(model.graph, m_unet->layers()),
                [&](const ldm::Layer& layer) { return quant::onnx::weightIn(model.graph, layer); });
            const double deployedDb = quant::errorSums(outputOf(deployed, inputs), got).db();
            const double fullDb = quant::errorSums(outputOf(full, inputs), got).db();
            QVERIFY2(deployedDb > fullDb + 10, qPrintable(QString("%1: %2 dB, and %3 dB against full precision")
                                                              .arg(m_unet->layers()[i]->name.c_str())
                                                              .arg(deployedDb)
                                                              .arg(fullDb)));
        }
    }

    void roundingIsThatOfTheSimulation() {
        const at::Tensor x = at::linspace(-3, 4, 4001);
        const quant::Range range{-1.7F, 2.9F};
        QVERIFY(at::equal(quant::onnx::rounded(x, quant::activationScale(range, ActivationFormat::Int8)),
                          quant::quantizedActivations(x, ActivationFormat::Int8, range)));
    }

private:
    static bool same(const std::optional<ActivationScale>& a, const std::optional<ActivationScale>& b) {
        return a.has_value() == b.has_value() &&
               (!a || (a->scale == b->scale && a->zeroPoint == b->zeroPoint && a->levels == b->levels));
    }

    at::Tensor outputOf(ldm::Arithmetic& arithmetic, const quant::onnx::NamedTensors& inputs) const {
        return m_unet->finish(arithmetic,
                              m_unet->start(inputs.at("sample"), inputs.at("timestep"), support::conditionOf(inputs)));
    }

    static quant::IntegerWeights codesOf(const ldm::Layer& layer) {
        return quant::integerWeights(layer.weight.values(), WeightFormat::Int8);
    }

    std::vector<LayerPrecision> allEight() const {
        std::vector<LayerPrecision> layers;
        for (const ldm::Layer* layer : m_unet->layers()) {
            LayerPrecision& precision = layers.emplace_back();
            precision = {true, scaleFor(layer->name), {}};
            if (layer->kind == ldm::LayerKind::Conv2d) precision.output = scaleFor(layer->name + ".output");
        }
        return layers;
    }

    GraphWeights weightsFor(std::vector<LayerPrecision> layers) const {
        GraphWeights weights = support::weightsOf(m_part);
        weights.codes = [this](int layer) { return codesOf(*m_unet->layers()[static_cast<std::size_t>(layer)]); };
        weights.layers = std::move(layers);
        return weights;
    }

    Graph graphOf(const GraphWeights& weights) const {
        const auto recorded = quant::onnx::recordUNet(m_part, support::kSmallUNet);
        return quant::onnx::lowered(recorded.recording, weights, "unet").graph;
    }
    Graph graphOf(const std::vector<LayerPrecision>& layers) const { return graphOf(weightsFor(layers)); }

    static const quant::onnx::Node* nodeOf(const Graph& graph, const std::string& name) {
        return &*std::find_if(graph.nodes.begin(), graph.nodes.end(),
                              [&](const auto& node) { return node.name == name; });
    }
    static const quant::onnx::Node* producerOf(const Graph& graph, const std::string& value) {
        return &*std::find_if(graph.nodes.begin(), graph.nodes.end(),
                              [&](const auto& node) { return node.outputs.front() == value; });
    }
    static const quant::onnx::Node* consumerOf(const Graph& graph, const std::string& value) {
        return &*std::find_if(graph.nodes.begin(), graph.nodes.end(),
                              [&](const auto& node) { return node.inputs.front() == value; });
    }

    ldm::PartSource m_part{"unet", {}, {}, {}, ldm::TensorTable("nothing"), {}};
    std::unique_ptr<ldm::UNet> m_unet;
};

NOISEFLOOR_TEST(OnnxQdqTest)
#include "tst_onnxqdq.moc"
