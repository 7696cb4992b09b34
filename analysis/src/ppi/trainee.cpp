#include "trainee.h"

#include "../evaluatornetwork.h"
#include "../wbp/maps.h"

#include <ATen/ATen.h>

#include <cmath>

namespace analysis::ppi {

namespace {

constexpr double kMomentum = 0.1; ///< of the statistics of batch norm

flo::Parameter parameter(const at::Tensor& value) {
    return {value, at::zeros_like(value)};
}

at::Tensor uniform(const std::vector<std::int64_t>& shape, std::int64_t inputs, at::Generator& random) {
    const double limit = 1 / std::sqrt(double(inputs));
    return at::empty(shape).uniform_(-limit, limit, random);
}

} // namespace

Trainee::Trainee(const std::vector<int>& channels, std::int64_t classes, at::Generator& random) {
    std::int64_t in = 3;
    for (const std::int64_t out : channels) {
        m_layers.push_back({parameter(uniform({out, in, 3, 3}, 9 * in, random)), parameter(at::ones({out})),
                            parameter(at::zeros({out})), at::zeros({out}), at::ones({out})});
        in = out;
    }
    m_headWeight = parameter(uniform({classes, in}, in, random));
    m_headBias = parameter(at::zeros({classes}));
}

at::Tensor Trainee::logits(at::Tensor x) {
    for (TraineeLayer& layer : m_layers) {
        x = at::conv2d(x, layer.kernel.value, {}, strideOf(0), 1);
        x = at::relu(at::batch_norm(x, layer.gamma.value, layer.beta.value, layer.mean, layer.variance, true, kMomentum,
                                    kEvaluatorEpsilon, false));
    }
    return at::linear(x.mean({2, 3}), m_headWeight.value, m_headBias.value);
}

at::Tensor Trainee::contributions(const at::Tensor& x, const at::Tensor& labels) const {
    wbp::Network net;
    wbp::Node last = wbp::Network::kInput;
    for (const TraineeLayer& layer : m_layers) {
        last = net.convolution(last, layer.kernel.value, {}, {strideOf(0), 1});
        last = net.norm(last, layer.gamma.value, layer.beta.value, layer.mean.clone(), layer.variance.clone(),
                        kEvaluatorEpsilon);
        last = net.rectifier(last);
    }
    net.linear(net.globalPool(last), m_headWeight.value, m_headBias.value);
    const auto values = net.forward(x);
    const at::Tensor weights = net.back(values, wbp::oneHot(labels, values.back()), wbp::Gate::AsSeen);
    return wbp::contributions(weights, x - wbp::edgeColour(x));
}

flo::Parameters Trainee::parameters() {
    flo::Parameters all;
    for (TraineeLayer& layer : m_layers) all.insert(all.end(), {&layer.kernel, &layer.gamma, &layer.beta});
    all.insert(all.end(), {&m_headWeight, &m_headBias});
    return all;
}

} // namespace analysis::ppi
