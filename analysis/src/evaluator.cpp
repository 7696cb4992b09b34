#include "evaluatornetwork.h"
#include "pixels.h"

#include <ldm/error.h>
#include <ldm/jsonreading.h>
#include <ldm/model.h>
#include <ldm/weights.h>

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <set>

namespace analysis {

namespace fs = std::filesystem;

namespace {

constexpr int kMostSide = 512;
constexpr int kMostStages = 8;
constexpr int kMostLayers = 16;
constexpr int kMostChannels = 4096;

class ConfigFile {
public:
    explicit ConfigFile(const fs::path& path) : m_path(path), m_json(ldm::readJsonObject(path)) {}

    int integer(const char* key, int low, int high) const { return checked(key, value(key), low, high); }
    std::vector<int> integers(const char* key, int low, int high, std::size_t most) const {
        std::vector<int> numbers;
        for (const auto& each : list(key, most)) numbers.push_back(checked(key, each, low, high));
        return numbers;
    }
    std::vector<std::string> names(const char* key, std::size_t most) const {
        std::vector<std::string> texts;
        for (const auto& each : list(key, most)) {
            if (!each.is_string()) refuse(key, "holds something that is no text");
            texts.push_back(each.get<std::string>());
        }
        if (std::set(texts.begin(), texts.end()).size() != texts.size()) refuse(key, "holds a name twice");
        return texts;
    }
    [[noreturn]] void refuse(const std::string& key, const std::string& why) const {
        throw ldm::badInput(m_path.string() + ": \"" + key + "\" " + why + "; install the program again.");
    }

private:
    const nlohmann::json& value(const char* key) const {
        const auto found = m_json.find(key);
        if (found == m_json.end()) refuse(key, "is missing");
        return *found;
    }
    const nlohmann::json& list(const char* key, std::size_t most) const {
        const nlohmann::json& values = value(key);
        if (!values.is_array() || values.empty() || values.size() > most)
            refuse(key, "must be a list of 1 to " + std::to_string(most) + " values");
        return values;
    }
    int checked(const char* key, const nlohmann::json& number, int low, int high) const {
        if (number.is_number_integer() && number >= low && number <= high) return number.get<int>();
        std::string demand = "must hold whole numbers from ";
        demand += std::to_string(low);
        demand += " to ";
        demand += std::to_string(high);
        refuse(key, demand);
    }

    fs::path m_path;
    nlohmann::json m_json;
};

EvaluatorConfig readConfig(const fs::path& path) {
    const ConfigFile file(path);
    file.integer("noisefloor_evaluator", 1, 1); // the version
    EvaluatorConfig config{file.integer("side", 8, kMostSide), file.integers("channels", 1, kMostChannels, kMostStages),
                           file.integers("layers", 1, kMostLayers, kMostStages), file.names("classes", 65536)};
    if (config.layers.size() != config.channels.size())
        file.refuse("layers", "must name as many stages as \"channels\"");
    if (config.side >> config.channels.size() < 1) file.refuse("channels", "halves the picture to nothing");
    return config;
}

at::Tensor handedOn(const EvaluatorLayer& layer, const at::Tensor& x) {
    return at::conv2d(x, layer.weight, layer.bias, layer.stride, 1).relu_();
}

/// The float32 values of a tensor, checked; an undefined tensor where it is missing, which finish() reports.
at::Tensor taken(ldm::WeightSource& weights, const std::string& name, const std::vector<std::int64_t>& shape) {
    const ldm::StoredTensor stored = weights.take(name, shape);
    if (!stored.defined()) return {};
    at::Tensor values = stored.values().to(at::kFloat, false, true);
    if (!values.isfinite().all().item<bool>())
        throw ldm::badInput(weights.source() + ": tensor " + ldm::inQuotes(name) +
                            " holds values that are not finite; install the program again.");
    return values;
}

EvaluatorLayer readLayer(ldm::WeightSource& weights, const std::string& name, int in, int out, std::int64_t stride) {
    const at::Tensor kernel = taken(weights, name + ".conv.weight", {out, in, 3, 3});
    const at::Tensor gamma = taken(weights, name + ".norm.weight", {out});
    const at::Tensor beta = taken(weights, name + ".norm.bias", {out});
    const at::Tensor mean = taken(weights, name + ".norm.running_mean", {out});
    const at::Tensor variance = taken(weights, name + ".norm.running_var", {out});
    if (!weights.missing().empty()) return {};
    if ((variance < 0).any().item<bool>())
        throw ldm::badInput(weights.source() + ": tensor " + ldm::inQuotes(name + ".norm.running_var") +
                            " holds a negative variance; install the program again.");
    const at::Tensor scale = gamma.to(at::kDouble) / (variance.to(at::kDouble) + kEvaluatorEpsilon).sqrt();
    return {(kernel * scale.view({out, 1, 1, 1})).to(at::kFloat), (beta - mean * scale).to(at::kFloat), stride};
}

std::vector<std::vector<EvaluatorLayer>> readStages(ldm::WeightSource& weights, const EvaluatorConfig& config) {
    std::vector<std::vector<EvaluatorLayer>> stages;
    int in = 3;
    for (std::size_t stage = 0; stage < config.channels.size(); ++stage) {
        std::vector<EvaluatorLayer>& layers = stages.emplace_back();
        for (int layer = 0; layer < config.layers[stage]; ++layer) {
            layers.push_back(readLayer(weights, layerName(stage, layer), in, config.channels[stage], strideOf(layer)));
            in = config.channels[stage];
        }
    }
    return stages;
}

Evaluator::Network readNetwork(const EvaluatorConfig& config, ldm::WeightSource weights) {
    Evaluator::Network network{config, readStages(weights, config), {}, {}};
    const auto classes = std::int64_t(config.classes.size());
    network.headWeight = taken(weights, "head.weight", {classes, config.channels.back()});
    network.headBias = taken(weights, "head.bias", {classes});
    weights.finish();
    return network;
}

FeatureMap toMap(const at::Tensor& hidden) {
    const at::Tensor values = hidden.contiguous();
    const float* const data = values.data_ptr<float>();
    return {int(hidden.size(1)), int(hidden.size(2)), int(hidden.size(3)), {data, data + values.numel()}};
}

std::vector<double> toDoubles(const at::Tensor& tensor) {
    const at::Tensor values = tensor.to(at::kDouble).contiguous();
    const double* const data = values.data_ptr<double>();
    return {data, data + values.numel()};
}

} // namespace

at::Tensor evaluatorInput(const ldm::Image& image, int side) {
    if (image.empty()) throw ldm::badInput("An empty picture cannot be judged; give a picture.");
    cv::Mat sized = view(image);
    if (image.width != side || image.height != side) {
        const bool shrinks = image.width >= side && image.height >= side;
        cv::resize(view(image), sized, {side, side}, 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
    }
    const at::Tensor pixels = at::from_blob(sized.data, {side, side, 3}, at::kByte);
    return (pixels.permute({2, 0, 1}).unsqueeze(0).to(at::kFloat) / 127.5 - 1).contiguous();
}

Evaluator Evaluator::load(const fs::path& folder) {
    const EvaluatorConfig config = readConfig(folder / "evaluator.json");
    ldm::TensorTable tensors(ldm::SafetensorsFile::open(folder / "evaluator.safetensors"));
    tensors.speakAs({}, "install the program again");
    const at::NoGradGuard noGrad;
    return Evaluator(std::make_shared<const Network>(readNetwork(config, ldm::WeightSource("evaluator", tensors))));
}

Evaluator Evaluator::embedded() {
    return load(ldm::resourceFolder() / "evaluator");
}

int Evaluator::side() const {
    return m_network->config.side;
}

const std::vector<std::string>& Evaluator::classes() const {
    return m_network->config.classes;
}

Perception Evaluator::look(const ldm::Image& image) const {
    const at::NoGradGuard noGrad;
    Perception seen;
    at::Tensor hidden = evaluatorInput(image, side());
    for (const auto& stage : m_network->stages) {
        for (const EvaluatorLayer& layer : stage) hidden = handedOn(layer, hidden);
        seen.stages.push_back(toMap(hidden));
    }
    const at::Tensor features = hidden.mean({2, 3});
    seen.features = toDoubles(features);
    const at::Tensor logits = at::linear(features, m_network->headWeight, m_network->headBias);
    seen.probabilities = toDoubles(at::softmax(logits.to(at::kDouble), 1));
    return seen;
}

} // namespace analysis
