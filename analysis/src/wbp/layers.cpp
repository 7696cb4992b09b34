#include "layers.h"

#include <ATen/ATen.h>

#include <array>

namespace analysis::wbp {

namespace {

std::array<std::int64_t, 2> square(std::int64_t side) {
    return {side, side};
}

/// What a transposed convolution leaves out at the end of `given` where strides do not divide its sides.
std::array<std::int64_t, 2> left(const at::Tensor& given, const at::Tensor& weights, const at::Tensor& kernel,
                                 const Step& step) {
    std::array<std::int64_t, 2> rest{};
    for (int i = 0; i < 2; ++i) {
        const std::int64_t reach = step.dilation * (kernel.size(2 + i) - 1) + 1;
        const std::int64_t covered = (weights.size(2 + i) - 1) * step.stride - 2 * step.padding + reach;
        rest[std::size_t(i)] = given.size(2 + i) - covered;
    }
    return rest;
}

} // namespace

at::Tensor Linear::forward(const Tensors& inputs) const {
    return at::linear(inputs[0], weight, bias);
}

Tensors Linear::back(const at::Tensor& weights, const Tensors&, Gate) const {
    return {at::matmul(weights, weight)};
}

at::Tensor Convolution::forward(const Tensors& inputs) const {
    const auto stride = square(step.stride);
    return at::conv2d(inputs[0], kernel, bias, stride, square(step.padding), square(step.dilation), step.groups);
}

Tensors Convolution::back(const at::Tensor& weights, const Tensors& inputs, Gate) const {
    return {at::conv_transpose2d(weights, kernel, {}, square(step.stride), square(step.padding),
                                 left(inputs[0], weights, kernel, step), step.groups, square(step.dilation))};
}

at::Tensor Norm::forward(const Tensors& inputs) const {
    return inputs[0] * scale + shift;
}

Tensors Norm::back(const at::Tensor& weights, const Tensors&, Gate) const {
    return {weights * scale};
}

at::Tensor Rectifier::forward(const Tensors& inputs) const {
    return slope == 0 ? at::relu(inputs[0]) : at::leaky_relu(inputs[0], slope);
}

Tensors Rectifier::back(const at::Tensor& weights, const Tensors& inputs, Gate gate) const {
    if (gate == Gate::Open) return {weights};
    const at::Tensor passed = gate == Gate::Guided ? at::relu(weights) : weights;
    return {at::where(inputs[0] > 0, passed, passed * slope)};
}

at::Tensor AveragePool::forward(const Tensors& inputs) const {
    return at::avg_pool2d(inputs[0], square(window.side), square(window.stride), square(window.padding));
}

Tensors AveragePool::back(const at::Tensor& weights, const Tensors& inputs, Gate) const {
    return {at::avg_pool2d_backward(weights, inputs[0], square(window.side), square(window.stride),
                                    square(window.padding), false, true, {})};
}

at::Tensor MaxPool::forward(const Tensors& inputs) const {
    return at::max_pool2d(inputs[0], square(window.side), square(window.stride), square(window.padding));
}

Tensors MaxPool::back(const at::Tensor& weights, const Tensors& inputs, Gate) const {
    const auto side = square(window.side);
    const auto stride = square(window.stride);
    const auto padding = square(window.padding);
    const auto winners = std::get<1>(at::max_pool2d_with_indices(inputs[0], side, stride, padding));
    return {at::max_pool2d_with_indices_backward(weights, inputs[0], side, stride, padding, square(1), false, winners)};
}

at::Tensor GlobalPool::forward(const Tensors& inputs) const {
    return inputs[0].mean({2, 3});
}

Tensors GlobalPool::back(const at::Tensor& weights, const Tensors& inputs, Gate) const {
    const double positions = double(inputs[0].size(2) * inputs[0].size(3));
    return {(weights / positions).unsqueeze(2).unsqueeze(3).expand_as(inputs[0])};
}

at::Tensor Flatten::forward(const Tensors& inputs) const {
    return inputs[0].flatten(1);
}

Tensors Flatten::back(const at::Tensor& weights, const Tensors& inputs, Gate) const {
    return {weights.reshape(inputs[0].sizes())};
}

at::Tensor Sum::forward(const Tensors& inputs) const {
    return inputs[0] + inputs[1];
}

Tensors Sum::back(const at::Tensor& weights, const Tensors&, Gate) const {
    return {weights, weights};
}

at::Tensor Concatenation::forward(const Tensors& inputs) const {
    return at::cat(inputs, 1);
}

Tensors Concatenation::back(const at::Tensor& weights, const Tensors& inputs, Gate) const {
    Tensors parts;
    std::int64_t start = 0;
    for (const at::Tensor& input : inputs) {
        parts.push_back(weights.narrow(1, start, input.size(1)));
        start += input.size(1);
    }
    return parts;
}

} // namespace analysis::wbp
