#include <analysis/scriptclassifier.h>

#include "../evaluatornetwork.h"
#include "maps.h"

#include <ldm/error.h>
#include <ldm/jsonreading.h>

#include <ATen/ATen.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <fstream>

namespace analysis {

namespace {

constexpr int kMostSide = 4096;

std::string firstLine(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

void check(const ScriptInput& input) {
    if (input.side < 1 || input.side > kMostSide)
        throw ldm::badInput("A classifier takes pictures of 1 to " + std::to_string(kMostSide) +
                            " pixels a side, not " + std::to_string(input.side) + ".");
    for (std::size_t c = 0; c < 3; ++c)
        if (!std::isfinite(input.mean[c]) || !std::isfinite(input.deviation[c]) || input.deviation[c] <= 0)
            throw ldm::badInput("A classifier needs three means, and three deviations above 0.");
}

at::Tensor channels(const std::array<double, 3>& values) {
    return at::tensor({values[0], values[1], values[2]}, at::kFloat).view({1, 3, 1, 1});
}

torch::jit::Module moduleIn(const std::filesystem::path& file) {
    if (!std::ifstream(file, std::ios::binary))
        throw ldm::badInput(file.string() + " cannot be read; check the name and the permissions.");
    try {
        torch::jit::Module module = torch::jit::load(file.string(), at::kCPU);
        module.eval();
        return module;
    } catch (const std::exception&) {
        throw ldm::badInput(file.string() + " is no TorchScript program that this LibTorch reads; "
                                            "save one with torch.jit.save.");
    }
}

} // namespace

struct ScriptClassifier::Program {
    std::string name; ///< of the file
    mutable torch::jit::Module module;
    ScriptInput input;

    /// [1, classes] of a picture in [-1, 1].
    at::Tensor logits(const at::Tensor& x) const {
        const at::Tensor shares = (x + 1) / 2;
        const at::Tensor taken = (shares - channels(input.mean)) / channels(input.deviation);
        try {
            const c10::IValue answer = module.forward({taken});
            if (answer.isTensor()) return answer.toTensor();
        } catch (const std::exception& error) {
            throw ldm::badInput(name + " does not take pictures of " + std::to_string(input.side) + " pixels a side (" +
                                firstLine(error.what()) + "); say which it takes.");
        }
        throw ldm::badInput(name +
                            " answers with something else than one tensor; wrap it so that it gives the logits.");
    }
};

ScriptClassifier::ScriptClassifier(std::shared_ptr<const Program> program, int classes)
    : m_program(std::move(program)), m_classes(classes) {
}

ScriptClassifier ScriptClassifier::load(const std::filesystem::path& file, const ScriptInput& input) {
    check(input);
    const auto program = std::make_shared<const Program>(Program{file.string(), moduleIn(file), input});
    const at::AutoGradMode gradients(true);
    at::Tensor grey = at::zeros({1, 3, input.side, input.side});
    grey.requires_grad_(true);
    const at::Tensor logits = program->logits(grey);
    if (logits.dim() != 2 || logits.size(0) != 1 || logits.size(1) < 1 || logits.scalar_type() != at::kFloat)
        throw ldm::badInput(program->name + " does not answer with float32 logits of shape [1, classes]; wrap it so "
                                            "that it does.");
    if (!logits.requires_grad())
        throw ldm::badInput(program->name + " cannot be differentiated by its picture; save it before it is frozen or "
                                            "quantized.");
    return {program, int(logits.size(1))};
}

Salience ScriptClassifier::salience(const ldm::Image& image, SalienceMethod method, std::optional<int> cls,
                                    int blur) const {
    if (method != SalienceMethod::Gradient && method != SalienceMethod::GradientTimesInput)
        throw ldm::badInput("\"" + nameOf(method) + "\" must see the layers of a classifier, which those of " +
                            m_program->name + " cannot be; take gradient or gradient x input.");
    if (blur < 1 || blur % 2 == 0) throw ldm::badInput("Salience is averaged over an odd number of pixels, such as 5.");
    const at::Tensor x = evaluatorInput(image, m_program->input.side);
    const auto answer = [this](const at::Tensor& picture) { return m_program->logits(picture); };
    at::Tensor logits;
    {
        const at::NoGradGuard noGrad;
        logits = answer(x);
    }
    const int asked = wbp::chosenClass(logits, cls);
    const at::Tensor gradient = wbp::gradientOf(answer, x, asked);
    const at::NoGradGuard noGrad;
    const at::Tensor values =
        method == SalienceMethod::Gradient ? gradient.abs().amax({1}) : wbp::contributions(gradient, x);
    return wbp::finished(wbp::blurred(values, blur), logits, asked);
}

} // namespace analysis
