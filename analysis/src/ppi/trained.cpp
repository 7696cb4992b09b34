#include "trainee.h"

#include "../evaluatornetwork.h"

#include <ldm/files.h>
#include <ldm/safetensors.h>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

namespace analysis::ppi {

struct Trained::Weights {
    EvaluatorConfig config;
    std::vector<std::pair<std::string, at::Tensor>> tensors;
    Evaluator::Network network;
};

namespace {

EvaluatorConfig configOf(const Trainee& trainee, const Objects& objects) {
    EvaluatorConfig config{objects.side, {}, std::vector<int>(trainee.layers().size(), 1), objects.names};
    for (const TraineeLayer& layer : trainee.layers()) config.channels.push_back(int(layer.kernel.value.size(0)));
    return config;
}

EvaluatorLayer folded(const TraineeLayer& layer) {
    const at::Tensor scale = layer.gamma.value / (layer.variance + kEvaluatorEpsilon).sqrt();
    return {layer.kernel.value * scale.view({-1, 1, 1, 1}), layer.beta.value - layer.mean * scale, strideOf(0)};
}

std::shared_ptr<const Trained::Weights> weightsOf(const Trainee& trainee, const EvaluatorConfig& config) {
    const at::NoGradGuard noGrad;
    auto weights = std::make_shared<Trained::Weights>();
    weights->config = config;
    weights->network.config = config;
    const auto keep = [&](const std::string& name, const at::Tensor& value) {
        weights->tensors.emplace_back(name, value.detach().clone().contiguous());
    };
    for (std::size_t stage = 0; stage < trainee.layers().size(); ++stage) {
        const TraineeLayer& layer = trainee.layers()[stage];
        const std::string name = layerName(stage, 0);
        keep(name + ".conv.weight", layer.kernel.value);
        keep(name + ".norm.weight", layer.gamma.value);
        keep(name + ".norm.bias", layer.beta.value);
        keep(name + ".norm.running_mean", layer.mean);
        keep(name + ".norm.running_var", layer.variance);
        weights->network.stages.push_back({folded(layer)});
    }
    keep("head.weight", trainee.headWeight().value);
    keep("head.bias", trainee.headBias().value);
    weights->network.headWeight = trainee.headWeight().value.detach().clone();
    weights->network.headBias = trainee.headBias().value.detach().clone();
    return weights;
}

} // namespace

Trained trained(const Trainee& trainee, const Objects& objects) {
    return Trained(weightsOf(trainee, configOf(trainee, objects)));
}

Evaluator Trained::evaluator() const {
    return Evaluator(std::shared_ptr<const Evaluator::Network>(m_weights, &m_weights->network));
}

void Trained::save(const std::filesystem::path& folder) const {
    const EvaluatorConfig& config = m_weights->config;
    const nlohmann::json json{{"noisefloor_evaluator", 1},
                              {"side", config.side},
                              {"channels", config.channels},
                              {"layers", config.layers},
                              {"classes", config.classes}};
    std::vector<ldm::TensorToWrite> tensors;
    for (const auto& [name, values] : m_weights->tensors) {
        const auto* const bytes = static_cast<const std::byte*>(values.data_ptr());
        tensors.push_back({name, ldm::DType::F32, values.sizes().vec(), {bytes, std::size_t(values.numel()) * 4}});
    }
    ldm::writeTextFile(folder / "evaluator.json", json.dump(2) + '\n');
    ldm::writeSafetensors(folder / "evaluator.safetensors", tensors);
}

} // namespace analysis::ppi
