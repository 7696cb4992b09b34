#pragma once

#include <analysis/evaluator.h>

#include <ATen/core/Tensor.h>

namespace analysis {

/// evaluator.json, checked.
struct EvaluatorConfig {
    int side = 0;
    std::vector<int> channels; ///< by stage
    std::vector<int> layers;   ///< by stage
    std::vector<std::string> classes;
};

/// Of batch norm.
inline constexpr double kEvaluatorEpsilon = 1e-5;

/// The side of a stage's first layer is half that of its input.
inline std::int64_t strideOf(int layer) {
    return layer == 0 ? 2 : 1;
}

/// "stages.I.J", as evaluator.safetensors names layer J of stage I.
inline std::string layerName(std::size_t stage, int layer) {
    return "stages." + std::to_string(stage) + "." + std::to_string(layer);
}

/// A 3x3 convolution with its batch norm folded in, which ReLU follows.
struct EvaluatorLayer {
    at::Tensor weight;
    at::Tensor bias;
    std::int64_t stride = 1;
};

struct Evaluator::Network {
    EvaluatorConfig config;
    std::vector<std::vector<EvaluatorLayer>> stages;
    at::Tensor headWeight; ///< [classes, features]
    at::Tensor headBias;
};

/// The picture as the evaluator takes it: [1, 3, side, side] in [-1, 1]. Throws BadInput for an empty picture.
at::Tensor evaluatorInput(const ldm::Image& image, int side);

} // namespace analysis
