#include "network.h"

#include <ATen/ATen.h>

#include <cmath>

namespace analysis::flo {

Network::Network(const std::vector<std::int64_t>& widths, at::Generator& random, at::ScalarType type) {
    for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
        const std::int64_t in = widths[i];
        const std::int64_t out = widths[i + 1];
        const double limit = std::sqrt(6.0 / double(in + out));
        const at::Tensor weight = at::empty({out, in}, type).uniform_(-limit, limit, random);
        const at::Tensor bias = at::zeros({out}, type);
        m_layers.push_back({{weight, at::zeros_like(weight)}, {bias, at::zeros_like(bias)}, {}});
    }
}

at::Tensor Network::forward(at::Tensor x) {
    for (std::size_t i = 0; i < m_layers.size(); ++i) {
        Layer& layer = m_layers[i];
        layer.input = x;
        x = at::addmm(layer.bias.value, x, layer.weight.value.t());
        if (i + 1 < m_layers.size()) x.relu_();
    }
    return x;
}

at::Tensor Network::backwardToFirst(at::Tensor gradient) {
    for (std::size_t i = m_layers.size(); i-- > 0;) {
        Layer& layer = m_layers[i];
        at::mm_out(layer.weight.gradient, gradient.t(), layer.input);
        at::sum_out(layer.bias.gradient, gradient, 0);
        if (i > 0) gradient = at::threshold_backward(at::mm(gradient, layer.weight.value), layer.input, 0);
    }
    return gradient;
}

void Network::backward(const at::Tensor& gradient) {
    backwardToFirst(gradient);
}

at::Tensor Network::backwardToInput(const at::Tensor& gradient) {
    return at::mm(backwardToFirst(gradient), m_layers.front().weight.value);
}

void Network::appendTo(Parameters& parameters) {
    for (Layer& layer : m_layers) {
        parameters.push_back(&layer.weight);
        parameters.push_back(&layer.bias);
    }
}

Adam::Adam(const Parameters& parameters, double learningRate) : m_learningRate(learningRate) {
    std::vector<at::Tensor> values;
    for (const Parameter* parameter : parameters) values.push_back(parameter->value.flatten());
    m_values = at::cat(values);
    m_gradients = at::zeros_like(m_values);
    m_mean = at::zeros_like(m_values);
    m_square = at::zeros_like(m_values);
    std::int64_t start = 0;
    for (Parameter* parameter : parameters) {
        const auto shape = parameter->value.sizes().vec();
        const std::int64_t count = parameter->value.numel();
        parameter->value = m_values.narrow(0, start, count).view(shape);
        parameter->gradient = m_gradients.narrow(0, start, count).view(shape);
        start += count;
    }
}

void Adam::step() {
    constexpr double kMeanDecay = 0.9;
    constexpr double kSquareDecay = 0.999;
    constexpr double kEpsilon = 1e-8;
    ++m_steps;
    m_mean.lerp_(m_gradients, 1 - kMeanDecay);
    m_square.mul_(kSquareDecay).addcmul_(m_gradients, m_gradients, 1 - kSquareDecay);
    const double rate = m_learningRate / (1 - std::pow(kMeanDecay, m_steps));
    const double spread = std::sqrt(1 - std::pow(kSquareDecay, m_steps));
    m_values.addcdiv_(m_mean, m_square.sqrt().div_(spread).add_(kEpsilon), -rate);
}

} // namespace analysis::flo
