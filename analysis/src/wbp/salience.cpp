#include "maps.h"

#include <ldm/error.h>

#include <ATen/ATen.h>

namespace analysis {

namespace {

using wbp::Gate;

/// [1, 3, 1, 1] in [-1, 1]
at::Tensor colourOf(const std::array<double, 3>& levels) {
    at::Tensor colour = at::empty({1, 3, 1, 1});
    for (int c = 0; c < 3; ++c) colour[0][c].fill_(levels[std::size_t(c)] / 127.5 - 1);
    return colour;
}

/// One picture, what the classifier made of it, and the class in question.
struct Case {
    const wbp::Classifier& classifier;
    std::vector<at::Tensor> values;
    int cls;

    const at::Tensor& picture() const { return values.front(); }
    const at::Tensor& logits() const { return values.back(); }
    at::Tensor back(Gate gate, wbp::Node to = wbp::Network::kInput) const {
        const at::Tensor one = wbp::oneHot(at::full({1}, cls, at::kLong), logits());
        return classifier.network.back(values, one, gate, to);
    }
};

at::Tensor autogradOf(const Case& one) {
    const auto logits = [&](const at::Tensor& x) { return one.classifier.network.forward(x).back(); };
    return wbp::gradientOf(logits, one.picture(), one.cls);
}

at::Tensor strongest(const at::Tensor& gradient) {
    return gradient.abs().amax({1});
}

at::Tensor gradCam(const Case& one) {
    const at::Tensor weights = one.back(Gate::AsSeen, one.classifier.features).mean({2, 3}, true);
    const at::Tensor coarse = at::relu((weights * one.values[one.classifier.features]).sum(1, true));
    return at::upsample_bilinear2d(coarse, one.picture().sizes().slice(2), false).squeeze(1);
}

at::Tensor valuesOf(const Case& one, const SalienceSettings& settings) {
    const auto fromBaseline = [&] {
        return one.picture() - (settings.baseline ? colourOf(*settings.baseline) : wbp::edgeColour(one.picture()));
    };
    switch (settings.method) {
    case SalienceMethod::Wbp:
        return wbp::contributions(one.back(Gate::AsSeen), fromBaseline());
    case SalienceMethod::OpenWbp:
        return wbp::contributions(one.back(Gate::Open), fromBaseline());
    case SalienceMethod::Gradient:
        return strongest(autogradOf(one));
    case SalienceMethod::GradientTimesInput:
        return wbp::contributions(autogradOf(one), one.picture());
    case SalienceMethod::GuidedGradient:
        return strongest(one.back(Gate::Guided));
    case SalienceMethod::GradCam:
        return gradCam(one);
    }
    throw ldm::badInput("There is no such method of salience.");
}

} // namespace

std::vector<SalienceMethod> allSalienceMethods() {
    using enum SalienceMethod;
    return {Wbp, OpenWbp, Gradient, GradientTimesInput, GuidedGradient, GradCam};
}

std::string nameOf(SalienceMethod method) {
    switch (method) {
    case SalienceMethod::Wbp:
        return "WBP";
    case SalienceMethod::OpenWbp:
        return "WBP, not gated";
    case SalienceMethod::Gradient:
        return "gradient";
    case SalienceMethod::GradientTimesInput:
        return "gradient x input";
    case SalienceMethod::GuidedGradient:
        return "guided backpropagation";
    case SalienceMethod::GradCam:
        return "Grad-CAM";
    }
    throw ldm::badInput("There is no such method of salience.");
}

Salience salience(const Evaluator& evaluator, const ldm::Image& image, const SalienceSettings& settings) {
    if (settings.blur < 1 || settings.blur % 2 == 0)
        throw ldm::badInput("Salience is averaged over an odd number of pixels, such as 5.");
    const at::NoGradGuard noGrad;
    const wbp::Classifier classifier = wbp::classifierOf(evaluator);
    Case one{classifier, classifier.network.forward(evaluatorInput(image, evaluator.side())), 0};
    one.cls = wbp::chosenClass(one.logits(), settings.cls);
    return wbp::finished(wbp::blurred(valuesOf(one, settings), settings.blur), one.logits(), one.cls);
}

} // namespace analysis
