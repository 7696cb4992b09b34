#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <vector>

namespace analysis::flo {

struct Parameter {
    at::Tensor value;
    at::Tensor gradient; ///< written by the backward pass, not added to
};
using Parameters = std::vector<Parameter*>;

/// Linear layers with ReLU between them. Its gradients are written out: a training step is a few dozen operations on
/// small matrices, of which autograd would need twice as many.
class Network {
public:
    /// `widths` from input to output; Xavier-uniform weights, biases 0.
    Network(const std::vector<std::int64_t>& widths, at::Generator& random, at::ScalarType type);

    /// [n, in] -> [n, out]. Keeps what backward() needs.
    at::Tensor forward(at::Tensor x);
    /// From the gradient by the output of the last forward(): writes those of the parameters.
    void backward(const at::Tensor& gradient);
    /// The same, and returns the gradient by the input.
    at::Tensor backwardToInput(const at::Tensor& gradient);

    void appendTo(Parameters& parameters);

private:
    struct Layer {
        Parameter weight; ///< [out, in]
        Parameter bias;   ///< [out]
        at::Tensor input; ///< of the last forward pass
    };
    /// Down to the gradient by the output of the first linear layer.
    at::Tensor backwardToFirst(at::Tensor gradient);
    std::vector<Layer> m_layers;
};

/// Adam (Kingma and Ba 2015) without weight decay. Moves the parameters and their gradients into one tensor each, so
/// that a step is a few operations however many there are. The owners of the parameters must outlive it.
class Adam {
public:
    Adam(const Parameters& parameters, double learningRate);
    void step();

private:
    double m_learningRate;
    int m_steps = 0;
    at::Tensor m_values;
    at::Tensor m_gradients;
    at::Tensor m_mean;
    at::Tensor m_square;
};

} // namespace analysis::flo
