#include "lowering.h"

#include <ldm/error.h>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <memory>

namespace quant::onnx {

namespace {

Value described(const std::string& name, const RecordedValue& value) {
    return {name, elementType(value.type), value.shape};
}

/// Codes and scales of one layer, made when the first of the two is written.
class LazyCodes {
public:
    explicit LazyCodes(std::function<IntegerWeights()> make) : m_make(std::move(make)) {}

    ldm::OwnedBytes codes() {
        const IntegerWeights weights = m_make();
        m_scale = positive(weights.scale);
        return bytesOf(weights.codes);
    }
    ldm::OwnedBytes scale() {
        if (!m_scale.defined()) m_scale = positive(m_make().scale);
        return bytesOf(m_scale);
    }

private:
    /// Channels of zeros have any scale; consumers divide by it, and one like the others serves a bias best.
    static at::Tensor positive(const at::Tensor& scale) {
        const at::Tensor used = scale.masked_select(scale > 0);
        return at::where(scale > 0, scale, used.numel() > 0 ? used.min() : at::ones({}));
    }

    std::function<IntegerWeights()> m_make;
    at::Tensor m_scale;
};

} // namespace

std::int64_t Lowering::dim(std::size_t operand) const {
    const std::int64_t given = plain(operand).toInt();
    return given < 0 ? given + static_cast<std::int64_t>(value(0).shape.size()) : given;
}

const RecordedValue& Lowering::value(std::size_t operand, std::size_t index) const {
    return m_recording.values.at(static_cast<std::size_t>(m_step->operands.at(operand).values.at(index)));
}

const RecordedValue& Lowering::result(std::size_t index) const {
    return m_recording.values.at(static_cast<std::size_t>(m_step->results.at(index)));
}

std::string Lowering::input(std::size_t operand, std::size_t index) {
    return nameOf(m_step->operands.at(operand).values.at(index));
}

std::string Lowering::input(std::size_t operand, at::ScalarType type) {
    if (!isTensor(operand)) return m_graph.constant(at::scalar_tensor(plain(operand).toScalar(), type));
    const RecordedValue& given = value(operand);
    if (given.type == type) return input(operand);
    if (given.constant.defined()) return m_graph.constant(given.constant.to(type));
    return m_graph.add("Cast", {input(operand)}, {{"to", static_cast<std::int64_t>(elementType(type))}});
}

std::string Lowering::reshapedParameter(std::size_t operand, const Shape& shape) {
    const RecordedValue& given = value(operand);
    if (!given.parameter.empty()) return parameter(given.parameter, shape);
    return m_graph.add("Reshape", {input(operand), m_graph.integers(shape)});
}

std::string Lowering::nameOf(int index) {
    std::string& name = m_names.at(static_cast<std::size_t>(index));
    if (!name.empty()) return name;
    const RecordedValue& value = m_recording.values.at(static_cast<std::size_t>(index));
    if (!value.parameter.empty()) return name = parameter(value.parameter, value.shape);
    if (value.constant.defined()) return name = m_graph.constant(value.constant);
    refuse("reads a value that nothing computed");
}

std::string Lowering::parameter(const std::string& name, const Shape& shape) {
    const auto make = [values = m_weights.values, name] { return bytesOf(values(name).to(at::kFloat)); };
    return m_graph.initializer({name, ElementType::Float, shape, make});
}

LayerPrecision Lowering::precision() const {
    return m_weights.layers.empty() ? LayerPrecision{}
                                    : m_weights.layers.at(static_cast<std::size_t>(m_step->layer->id));
}

std::string Lowering::weight() {
    if (precision().integerWeights) return integerWeight();
    return parameter(m_step->layer->name + ".weight", m_step->layer->weight.shape);
}

std::string Lowering::integerWeight() {
    const ldm::Layer& layer = *m_step->layer;
    const Shape channels = {layer.weight.shape.front()};
    const auto lazy = std::make_shared<LazyCodes>([codes = m_weights.codes, id = layer.id] { return codes(id); });
    const std::string name = layer.name + ".weight";
    const auto zeros = [channels] { return bytesOf(at::zeros(channels, at::kChar)); };
    return m_graph.add(
        "DequantizeLinear",
        {m_graph.initializer({name, ElementType::Int8, layer.weight.shape, [lazy] { return lazy->codes(); }}),
         m_graph.initializer({name + "_scale", ElementType::Float, channels, [lazy] { return lazy->scale(); }}),
         m_graph.initializer({name + "_zero_point", ElementType::Int8, channels, zeros})},
        {{"axis", std::int64_t{0}}}, name + ".dequantized");
}

std::string Lowering::bias(const Shape& shape) {
    return parameter(m_step->layer->name + ".bias", shape);
}

std::string Lowering::quantized(const std::string& value, const ActivationScale& scale, const std::string& wanted) {
    const std::string key =
        value + "/" + std::to_string(std::bit_cast<std::uint32_t>(scale.scale)) + "/" + std::to_string(scale.zeroPoint);
    std::string& name = m_quantized[key];
    if (!name.empty()) return name;
    const std::string step = m_graph.constant(at::scalar_tensor(scale.scale, at::kFloat));
    const std::string zero = m_graph.constant(at::scalar_tensor(scale.zeroPoint, at::kByte));
    const std::string codes = m_graph.add("QuantizeLinear", {value, step, zero}, {}, value + ".quantized");
    name = m_graph.add("DequantizeLinear", {codes, step, zero}, {}, wanted.empty() ? value + ".dequantized" : wanted);
    return name;
}

std::string Lowering::wantedName() const {
    if (const auto output = m_outputNames.find(m_step->results.front()); output != m_outputNames.end())
        return output->second;
    if (!result().producedBy.empty()) return result().producedBy;
    return m_step->layer ? m_step->layer->name : std::string();
}

void Lowering::emit(const std::string& op, std::vector<std::string> inputs, Attributes attributes,
                    const std::string& node) {
    become(m_graph.add(op, std::move(inputs), std::move(attributes), wantedName(), node));
}

void Lowering::emitTransposed(const std::string& input, const Shape& permutation) {
    become(m_graph.transpose(input, permutation, wantedName()));
}

void Lowering::emitQuantized(const std::string& value, const ActivationScale& scale) {
    become(quantized(value, scale, wantedName()));
}

void Lowering::become(const std::string& name, std::size_t index) {
    m_names.at(static_cast<std::size_t>(m_step->results.at(index))) = name;
}

void Lowering::refuse(const std::string& why) const {
    throw ldm::Error(ldm::ErrorKind::Failed, "The network's operation " + m_step->op + " " + why +
                                                 "; this version has no ONNX form for this model.");
}

void Lowering::addOutputs() {
    for (const auto& [name, index] : m_recording.outputs)
        m_graph.output(described(name, m_recording.values.at(static_cast<std::size_t>(index))), nameOf(index));
}

/// Those that an output depends on.
std::vector<bool> Lowering::neededSteps() const {
    std::vector<bool> neededSteps(m_recording.steps.size()), neededValues(m_recording.values.size());
    for (const auto& [name, value] : m_recording.outputs) neededValues[static_cast<std::size_t>(value)] = true;
    for (std::size_t i = neededSteps.size(); i-- > 0;) {
        const RecordedStep& step = m_recording.steps[i];
        neededSteps[i] =
            std::ranges::any_of(step.results, [&](int value) { return neededValues[static_cast<std::size_t>(value)]; });
        if (!neededSteps[i]) continue;
        for (const Operand& operand : step.operands)
            for (const int value : operand.values) neededValues[static_cast<std::size_t>(value)] = true;
    }
    return neededSteps;
}

Model Lowering::run() && {
    for (const auto& [name, index] : m_recording.inputs) {
        m_names.at(static_cast<std::size_t>(index)) = name;
        m_graph.input(described(name, m_recording.values.at(static_cast<std::size_t>(index))));
    }
    for (const auto& [name, index] : m_recording.outputs) m_outputNames.emplace(index, name);
    const std::vector<bool> needed = neededSteps();
    for (std::size_t i = 0; i < needed.size(); ++i) {
        if (!needed[i]) continue;
        m_step = &m_recording.steps[i];
        if (!lowerArithmetic(*this) && !lowerAten(*this)) refuse("is unknown");
    }
    addOutputs();

    nlohmann::ordered_json modules = nlohmann::ordered_json::object();
    std::map<std::string, Value> values;
    for (const auto& [module, index] : m_recording.modules) {
        if (m_names.at(static_cast<std::size_t>(index)).empty()) continue; // no output depends on it
        modules[module] = nameOf(index);
        if (m_outputNames.contains(index)) continue;
        values.emplace(nameOf(index), described(nameOf(index), m_recording.values.at(static_cast<std::size_t>(index))));
    }
    for (auto& [name, value] : values) m_graph.describe(std::move(value));
    return {{{kModulesKey, modules.dump()}}, std::move(m_graph).finish()};
}

Model lowered(const Recording& recording, const GraphWeights& weights, const std::string& name) {
    return Lowering(recording, weights, name).run();
}

} // namespace quant::onnx
