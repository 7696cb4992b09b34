#include "interpreter.h"

#include <ldm/error.h>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cstring>
#include <set>

namespace quant::onnx {

namespace {

OperatorTable allOperators() {
    OperatorTable table;
    addElementwiseOperators(table);
    addLayerOperators(table);
    addShapeOperators(table);
    addQuantizationOperators(table);
    return table;
}

/// By node: what it reads or produces and no later node reads.
std::vector<std::vector<std::string>> lastUsesOf(const Graph& graph) {
    std::vector<std::vector<std::string>> lastUses(graph.nodes.size());
    std::set<std::string> seen;
    for (std::size_t i = graph.nodes.size(); i-- > 0;) {
        const Node& node = graph.nodes[i];
        for (const auto* names : {&node.inputs, &node.outputs})
            for (const std::string& name : *names)
                if (!name.empty() && seen.insert(name).second) lastUses[i].push_back(name);
    }
    return lastUses;
}

std::string shapeText(at::IntArrayRef shape) {
    std::string text = "[";
    for (const std::int64_t size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
    return text + "]";
}

bool isDeclared(const Value& value, const at::Tensor& tensor) {
    return tensor.scalar_type() == scalarType(value.type) && tensor.sizes() == at::IntArrayRef(value.shape);
}

} // namespace

at::Tensor tensorOf(const Initializer& constant) {
    const at::ScalarType type = scalarType(constant.type);
    const ldm::OwnedBytes bytes = constant.bytes();
    const auto size = elements(constant.shape) * sizeOf(constant.type);
    if (bytes.bytes.size() != size)
        throw ldm::badInput("The ONNX constant " + ldm::inQuotes(constant.name) + " does not have the bytes of its " +
                            "shape; export the model again.");
    if (size == 0) return at::empty(constant.shape, type);
    if (reinterpret_cast<std::uintptr_t>(bytes.bytes.data()) % sizeOf(constant.type) != 0) {
        const at::Tensor copy = at::empty(constant.shape, type);
        std::memcpy(copy.data_ptr(), bytes.bytes.data(), bytes.bytes.size());
        return copy;
    }
    auto* data = const_cast<std::byte*>(bytes.bytes.data()); // ATen knows no tensors of constants; none is written to
    return at::from_blob(
        data, constant.shape, [owner = bytes.owner](void*) {}, at::TensorOptions(type));
}

Interpreter::Interpreter(Model model, std::string source)
    : m_model(std::move(model)), m_source(std::move(source)), m_operators(allOperators()),
      m_lastUses(lastUsesOf(m_model.graph)) {
    checkModel(m_model, m_source);
    for (const Node& node : m_model.graph.nodes) check(node);
    for (const Initializer& constant : m_model.graph.initializers) m_constants[constant.name] = &constant;
    for (const auto* values : {&m_model.graph.values, &m_model.graph.outputs})
        for (const Value& value : *values) m_declared[value.name] = &value;
}

void Interpreter::check(const Node& node) const {
    const auto refuse = [&](const std::string& complaint) {
        throw ldm::badInput(m_source + " cannot be run: " + describe(node) + " " + complaint + ".");
    };
    const auto found = m_operators.find(node.op);
    if (found == m_operators.end()) refuse("is an operator that is not known here");
    const Operator& known = found->second;
    for (const auto& [name, value] : node.attributes)
        if (std::find(known.attributes.begin(), known.attributes.end(), name) == known.attributes.end())
            refuse("has the attribute " + ldm::inQuotes(name) + ", which is not known here");
    if (node.inputs.size() < known.fewestInputs || node.inputs.size() > known.mostInputs)
        refuse("cannot have " + std::to_string(node.inputs.size()) + " inputs");
    if (node.outputs.empty() || node.outputs.size() > known.mostOutputs)
        refuse("cannot have " + std::to_string(node.outputs.size()) + " outputs");
}

void Interpreter::checkInputs(const NamedTensors& inputs) const {
    for (const Value& wanted : m_model.graph.inputs) {
        const auto found = inputs.find(wanted.name);
        if (found == inputs.end())
            throw ldm::badInput(m_source + " asks for an input " + ldm::inQuotes(wanted.name) + " that was not given.");
        if (!isDeclared(wanted, found->second))
            throw ldm::badInput(m_source + " asks for its input " + ldm::inQuotes(wanted.name) + " as " +
                                std::string(nameOf(wanted.type)) + " of shape " + shapeText(wanted.shape) + ", not " +
                                shapeText(found->second.sizes()) + "; export it for this size.");
    }
    if (inputs.size() != m_model.graph.inputs.size())
        throw ldm::badInput(m_source + " has fewer inputs than were given.");
}

void Interpreter::checkDeclared(const std::string& name, const at::Tensor& tensor) const {
    const auto found = m_declared.find(name);
    if (found == m_declared.end() || isDeclared(*found->second, tensor)) return;
    throw ldm::badInput(m_source + " says that " + ldm::inQuotes(name) + " is of shape " +
                        shapeText(found->second->shape) + ", but it becomes " + shapeText(tensor.sizes()) +
                        "; export the model again.");
}

at::Tensor Interpreter::find(const std::string& name, const NamedTensors& live) const {
    if (name.empty()) return {};
    if (const auto found = live.find(name); found != live.end()) return found->second;
    if (const auto found = m_constants.find(name); found != m_constants.end()) return tensorOf(*found->second);
    throw ldm::badInput(m_source + " has no value " + ldm::inQuotes(name) + ".");
}

Tensors Interpreter::compute(const Node& node, const NamedTensors& live) const {
    Tensors inputs;
    for (const std::string& name : node.inputs) inputs.push_back(find(name, live));
    const auto failed = [&](const std::string& why) {
        return ldm::badInput(m_source + " cannot be run: " + describe(node) +
                             " fails: " + why.substr(0, why.find('\n')));
    };
    try {
        return m_operators.at(node.op).run(Call(node, std::move(inputs)));
    } catch (const ldm::Error&) {
        throw;
    } catch (const c10::Error& error) {
        throw failed(error.what_without_backtrace());
    } catch (const std::runtime_error& error) { // ATen's own about shapes
        throw failed(error.what());
    }
}

std::optional<NamedTensors> Interpreter::run(const NamedTensors& inputs, const std::vector<std::string>& also,
                                             std::stop_token stop, const ldm::ProgressSink& progress) const {
    const at::NoGradGuard noGrad;
    checkInputs(inputs);
    std::set<std::string> wanted(also.begin(), also.end());
    for (const Value& output : m_model.graph.outputs) wanted.insert(output.name);

    NamedTensors live = inputs;
    NamedTensors results;
    const std::vector<Node>& nodes = m_model.graph.nodes;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (stop.stop_requested()) return std::nullopt;
        ldm::report(progress, "running the ONNX graph", static_cast<std::int64_t>(i),
                    static_cast<std::int64_t>(nodes.size()));
        const Tensors outputs = compute(nodes[i], live);
        for (std::size_t k = 0; k < nodes[i].outputs.size(); ++k) {
            const std::string& name = nodes[i].outputs[k];
            if (name.empty()) continue;
            checkDeclared(name, outputs.at(k));
            live[name] = outputs[k];
            if (wanted.contains(name)) results[name] = outputs[k];
        }
        for (const std::string& name : m_lastUses[i]) live.erase(name);
    }
    for (const std::string& name : wanted)
        if (!results.contains(name)) results[name] = find(name, inputs); // inputs and constants, passed on as they are
    return results;
}

} // namespace quant::onnx
