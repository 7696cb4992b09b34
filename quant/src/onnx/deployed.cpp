#include "deployed.h"

#include "interpreter.h"

#include <ldm/error.h>

#include <ATen/ATen.h>

#include <algorithm>
#include <optional>

namespace quant::onnx {

namespace {

const Initializer* constantNamed(const Graph& graph, const std::string& name) {
    const auto found = std::ranges::find(graph.initializers, name, &Initializer::name);
    return found == graph.initializers.end() ? nullptr : &*found;
}

ldm::Error foreign(const std::string& layer, const std::string& fault) {
    return ldm::badInput("The graph " + fault + " layer " + ldm::inQuotes(layer) +
                         "; name the model that it was exported from.");
}

/// The pairs of QuantizeLinear and DequantizeLinear in a graph.
class Roundings {
public:
    explicit Roundings(const Graph& graph) : m_graph(graph) {
        for (const Value& output : graph.outputs) ++m_reads[output.name];
        for (const Node& node : graph.nodes) {
            for (const std::string& input : node.inputs) ++m_reads[input];
            if (node.op == "QuantizeLinear") m_quantized[node.outputs.at(0)] = &node;
            if (node.op != "DequantizeLinear" || !m_quantized.contains(node.inputs.at(0))) continue;
            const Node& before = *m_quantized.at(node.inputs.front());
            m_roundings[node.outputs.at(0)] = scaleOf(node);
            m_roundedFrom[before.inputs.at(0)] = scaleOf(node);
        }
    }

    /// How a value came about, if by rounding.
    std::optional<ActivationScale> before(const std::string& value) const { return in(m_roundings, value); }
    /// How all that read it see it, if so.
    std::optional<ActivationScale> after(const std::string& value) const {
        return m_reads.at(value) == 1 ? in(m_roundedFrom, value) : std::nullopt;
    }

private:
    using Scales = std::map<std::string, ActivationScale>;

    static std::optional<ActivationScale> in(const Scales& scales, const std::string& value) {
        const auto found = scales.find(value);
        return found == scales.end() ? std::nullopt : std::optional(found->second);
    }

    ActivationScale scaleOf(const Node& node) const {
        const Initializer* scale = node.inputs.size() == 3 ? constantNamed(m_graph, node.inputs[1]) : nullptr;
        const Initializer* zero = node.inputs.size() == 3 ? constantNamed(m_graph, node.inputs[2]) : nullptr;
        if (!scale || !zero || elements(scale->shape) != 1 || zero->type != ElementType::UInt8 ||
            elements(zero->shape) != 1 || scale->type != ElementType::Float)
            throw ldm::badInput("The graph's node " + ldm::inQuotes(node.name) +
                                " is none that Noisefloor writes; export the model again.");
        return {tensorOf(*scale).item<float>(), tensorOf(*zero).to(at::kInt).item<int>(), 255};
    }

    const Graph& m_graph;
    std::map<std::string, const Node*> m_quantized;
    std::map<std::string, int> m_reads;
    Scales m_roundings;   ///< by the value that comes of it
    Scales m_roundedFrom; ///< by the value that goes in
};

} // namespace

at::Tensor rounded(const at::Tensor& x, const ActivationScale& scale) {
    const auto lo = static_cast<double>(-scale.zeroPoint), hi = static_cast<double>(scale.levels - scale.zeroPoint);
    return x.div(scale.scale).round_().clamp_(lo, hi).mul_(scale.scale);
}

at::Tensor DeployedArithmetic::run(const ldm::Layer& layer, const at::Tensor& x) {
    const LayerPrecision& precision = m_layers.at(static_cast<std::size_t>(layer.id));
    const auto prepare = [&] { return ldm::PreparedLayer(layer, m_weight(layer).to(x.device())); };
    const at::Tensor input = precision.input ? rounded(x, *precision.input) : x;
    const at::Tensor output = m_prepared.get(layer.id, prepare).run(input);
    return precision.output ? rounded(output, *precision.output) : output;
}

std::vector<LayerPrecision> precisionsIn(const Graph& graph, const std::vector<const ldm::Layer*>& layers) {
    const Roundings roundings(graph);
    std::map<std::string, const Node*> nodes;
    for (const Node& node : graph.nodes) nodes[node.name] = &node;
    std::vector<LayerPrecision> result;
    for (const ldm::Layer* layer : layers) {
        const auto node = nodes.find(layer->name);
        const Initializer* weight = constantNamed(graph, layer->name + ".weight");
        if (node == nodes.end() || !weight) throw foreign(layer->name, "does not have");
        LayerPrecision& precision = result.emplace_back();
        precision.integerWeights = weight->type == ElementType::Int8;
        precision.input = roundings.before(node->second->inputs.at(0));
        if (layer->kind == ldm::LayerKind::Conv2d) precision.output = roundings.after(node->second->outputs.at(0));
    }
    return result;
}

at::Tensor GraphWeight::values() const {
    const at::Tensor stored = tensorOf(*constant);
    if (!scale) return stored;
    Shape perChannel(constant->shape.size(), 1);
    perChannel.front() = -1;
    return stored.to(at::kFloat).mul_(tensorOf(*scale).view(perChannel));
}

std::optional<GraphWeight> weightOf(const Graph& graph, const Initializer& constant) {
    if (constant.type == ElementType::Float) return GraphWeight{&constant, nullptr};
    const Initializer* scale = constantNamed(graph, constant.name + "_scale");
    const bool isKnown = constant.type == ElementType::Int8 && !constant.shape.empty() && scale &&
                         scale->shape == Shape{constant.shape.front()};
    return isKnown ? std::optional(GraphWeight{&constant, scale}) : std::nullopt;
}

at::Tensor weightIn(const Graph& graph, const ldm::Layer& layer) {
    const Initializer* constant = constantNamed(graph, layer.name + ".weight");
    if (!constant) throw foreign(layer.name, "does not have");
    if (constant->shape != layer.weight.shape) throw foreign(layer.name, "has another shape of");
    const std::optional<GraphWeight> weight = weightOf(graph, *constant);
    if (!weight) throw foreign(layer.name, "has no such weights as Noisefloor writes of");
    return weight->values();
}

} // namespace quant::onnx
