#include "evaluatorgraph.h"

namespace analysis::wbp {

Classifier classifierOf(const Evaluator& evaluator) {
    const Evaluator::Network& weights = evaluator.network();
    Classifier classifier;
    Node last = Network::kInput;
    for (const auto& stage : weights.stages)
        for (const EvaluatorLayer& layer : stage) {
            last = classifier.network.convolution(last, layer.weight, layer.bias, {layer.stride, 1});
            last = classifier.network.rectifier(last);
        }
    classifier.features = last;
    last = classifier.network.globalPool(last);
    classifier.network.linear(last, weights.headWeight, weights.headBias);
    return classifier;
}

} // namespace analysis::wbp
