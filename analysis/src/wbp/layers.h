#pragma once

#include "network.h"

namespace analysis::wbp {

using Layer = Network::Layer;
using Tensors = std::vector<at::Tensor>;

struct Linear final : Layer {
    at::Tensor weight; ///< [out, in]
    at::Tensor bias;   ///< [out], may be undefined
    Linear(at::Tensor w, at::Tensor b) : weight(std::move(w)), bias(std::move(b)) {}
    at::Tensor forward(const Tensors& inputs) const override;
    Tensors back(const at::Tensor& weights, const Tensors& inputs, Gate gate) const override;
};

struct Convolution final : Layer {
    at::Tensor kernel; ///< [out, in / groups, height, width]
    at::Tensor bias;   ///< [out], may be undefined
    Step step;
    Convolution(at::Tensor k, at::Tensor b, const Step& s) : kernel(std::move(k)), bias(std::move(b)), step(s) {}
    at::Tensor forward(const Tensors& inputs) const override;
    Tensors back(const at::Tensor& weights, const Tensors& inputs, Gate gate) const override;
};

struct Norm final : Layer {
    at::Tensor scale; ///< [1, channels, 1, 1]: gamma / sigma
    at::Tensor shift; ///< the same shape
    Norm(at::Tensor factor, at::Tensor offset) : scale(std::move(factor)), shift(std::move(offset)) {}
    at::Tensor forward(const Tensors& inputs) const override;
    Tensors back(const at::Tensor& weights, const Tensors& inputs, Gate gate) const override;
};

struct Rectifier final : Layer {
    double slope; ///< on the negative side
    explicit Rectifier(double negative) : slope(negative) {}
    at::Tensor forward(const Tensors& inputs) const override;
    Tensors back(const at::Tensor& weights, const Tensors& inputs, Gate gate) const override;
};

struct AveragePool final : Layer {
    Window window;
    explicit AveragePool(const Window& w) : window(w) {}
    at::Tensor forward(const Tensors& inputs) const override;
    Tensors back(const at::Tensor& weights, const Tensors& inputs, Gate gate) const override;
};

struct MaxPool final : Layer {
    Window window;
    explicit MaxPool(const Window& w) : window(w) {}
    at::Tensor forward(const Tensors& inputs) const override;
    Tensors back(const at::Tensor& weights, const Tensors& inputs, Gate gate) const override;
};

struct GlobalPool final : Layer {
    at::Tensor forward(const Tensors& inputs) const override;
    Tensors back(const at::Tensor& weights, const Tensors& inputs, Gate gate) const override;
};

struct Flatten final : Layer {
    at::Tensor forward(const Tensors& inputs) const override;
    Tensors back(const at::Tensor& weights, const Tensors& inputs, Gate gate) const override;
};

struct Sum final : Layer {
    at::Tensor forward(const Tensors& inputs) const override;
    Tensors back(const at::Tensor& weights, const Tensors& inputs, Gate gate) const override;
};

struct Concatenation final : Layer {
    at::Tensor forward(const Tensors& inputs) const override;
    Tensors back(const at::Tensor& weights, const Tensors& inputs, Gate gate) const override;
};

} // namespace analysis::wbp
