#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace analysis::wbp {

/// How ReLU and leaky ReLU let weights back through.
enum class Gate {
    AsSeen, ///< with the slope of the side that the forward pass was on: the network's linear map for this input
    Open,   ///< whatever was seen
    Guided, ///< as seen, and nothing that is negative (Springenberg et al. 2015)
};

struct Window {
    std::int64_t side = 2;
    std::int64_t stride = 2;
    std::int64_t padding = 0;
};

struct Step {
    std::int64_t stride = 1;
    std::int64_t padding = 0;
    std::int64_t groups = 1;
    std::int64_t dilation = 1;
};

/// A layer's place in its network; what it hands on is that place in the values of a forward pass.
using Node = std::size_t;

/// A classifier as a list of layers, each of which reads what earlier ones hand on; [n, channels, height, width] up to
/// a pooling over all positions, [n, features] after it. Everything is an operation that autograd can follow.
class Network {
public:
    /// A layer knows its map forwards, and how weights go back through its linear part: biases play no role there.
    class Layer {
    public:
        virtual ~Layer() = default;
        virtual at::Tensor forward(const std::vector<at::Tensor>& inputs) const = 0;
        /// From the weights at its output to those at each of its inputs.
        virtual std::vector<at::Tensor> back(const at::Tensor& weights, const std::vector<at::Tensor>& inputs,
                                             Gate gate) const = 0;
    };

    static constexpr Node kInput = 0;

    Node linear(Node from, at::Tensor weight, at::Tensor bias);
    Node convolution(Node from, at::Tensor kernel, at::Tensor bias, const Step& step);
    /// Batch norm with fixed statistics.
    Node norm(Node from, const at::Tensor& gamma, const at::Tensor& beta, const at::Tensor& mean,
              const at::Tensor& variance, double epsilon);
    Node rectifier(Node from, double slope = 0);
    Node averagePool(Node from, const Window& window);
    Node maxPool(Node from, const Window& window);
    /// The average over all positions: [n, c, h, w] -> [n, c].
    Node globalPool(Node from);
    /// [n, c, h, w] -> [n, c h w].
    Node flatten(Node from);
    Node sum(Node a, Node b);
    /// Along channels.
    Node concatenation(std::vector<Node> from);

    /// What every node hands on; the input first.
    std::vector<at::Tensor> forward(const at::Tensor& x) const;
    /// `weights` at the last node, carried back to `to`. `values` are those of the forward pass.
    at::Tensor back(const std::vector<at::Tensor>& values, const at::Tensor& weights, Gate gate,
                    Node to = kInput) const;

private:
    struct Placed {
        std::shared_ptr<const Layer> layer;
        std::vector<Node> from;
    };
    Node add(std::shared_ptr<const Layer> layer, std::vector<Node> from);
    static std::vector<at::Tensor> inputsOf(const Placed& placed, const std::vector<at::Tensor>& values);

    std::vector<Placed> m_layers; ///< node i + 1
};

} // namespace analysis::wbp
