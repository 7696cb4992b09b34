#include "network.h"

#include "layers.h"

#include <ATen/ATen.h>

namespace analysis::wbp {

Node Network::add(std::shared_ptr<const Layer> layer, std::vector<Node> from) {
    m_layers.push_back({std::move(layer), std::move(from)});
    return m_layers.size();
}

Node Network::linear(Node from, at::Tensor weight, at::Tensor bias) {
    return add(std::make_shared<Linear>(std::move(weight), std::move(bias)), {from});
}

Node Network::convolution(Node from, at::Tensor kernel, at::Tensor bias, const Step& step) {
    return add(std::make_shared<Convolution>(std::move(kernel), std::move(bias), step), {from});
}

Node Network::norm(Node from, const at::Tensor& gamma, const at::Tensor& beta, const at::Tensor& mean,
                   const at::Tensor& variance, double epsilon) {
    const at::Tensor scale = gamma / (variance + epsilon).sqrt();
    const at::Tensor shift = beta - mean * scale;
    return add(std::make_shared<Norm>(scale.view({1, -1, 1, 1}), shift.view({1, -1, 1, 1})), {from});
}

Node Network::rectifier(Node from, double slope) {
    return add(std::make_shared<Rectifier>(slope), {from});
}

Node Network::averagePool(Node from, const Window& window) {
    return add(std::make_shared<AveragePool>(window), {from});
}

Node Network::maxPool(Node from, const Window& window) {
    return add(std::make_shared<MaxPool>(window), {from});
}

Node Network::globalPool(Node from) {
    return add(std::make_shared<GlobalPool>(), {from});
}

Node Network::flatten(Node from) {
    return add(std::make_shared<Flatten>(), {from});
}

Node Network::sum(Node a, Node b) {
    return add(std::make_shared<Sum>(), {a, b});
}

Node Network::concatenation(std::vector<Node> from) {
    return add(std::make_shared<Concatenation>(), std::move(from));
}

std::vector<at::Tensor> Network::inputsOf(const Placed& placed, const std::vector<at::Tensor>& values) {
    std::vector<at::Tensor> inputs;
    for (const Node node : placed.from) inputs.push_back(values[node]);
    return inputs;
}

std::vector<at::Tensor> Network::forward(const at::Tensor& x) const {
    std::vector<at::Tensor> values{x};
    for (const Placed& placed : m_layers) values.push_back(placed.layer->forward(inputsOf(placed, values)));
    return values;
}

at::Tensor Network::back(const std::vector<at::Tensor>& values, const at::Tensor& weights, Gate gate, Node to) const {
    std::vector<at::Tensor> carried(values.size());
    carried.back() = weights;
    for (Node node = m_layers.size(); node > to; --node) {
        if (!carried[node].defined()) continue; // nothing that counts reads it
        const Placed& placed = m_layers[node - 1];
        const auto parts = placed.layer->back(carried[node], inputsOf(placed, values), gate);
        for (std::size_t i = 0; i < parts.size(); ++i) {
            at::Tensor& sum = carried[placed.from[i]];
            sum = sum.defined() ? sum + parts[i] : parts[i];
        }
        carried[node].reset();
    }
    return carried[to].defined() ? carried[to] : at::zeros_like(values[to]);
}

} // namespace analysis::wbp
