#include "maps.h"

#include <ldm/error.h>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace analysis::wbp {

namespace {

Plane planeOf(const at::Tensor& values) {
    const at::Tensor whole = values.to(at::kFloat).contiguous();
    const float* const data = whole.data_ptr<float>();
    return {int(values.size(-1)), int(values.size(-2)), {data, data + whole.numel()}};
}

[[noreturn]] void refuseNotFinite(const std::string& what) {
    throw ldm::Error(ldm::ErrorKind::Failed,
                     "The classifier's " + what + " are not finite for this picture; its weights cannot be used.");
}

} // namespace

at::Tensor oneHot(const at::Tensor& classes, const at::Tensor& logits) {
    return at::zeros(logits.sizes(), logits.options()).scatter_(1, classes.unsqueeze(1), 1);
}

at::Tensor contributions(const at::Tensor& weights, const at::Tensor& fromBaseline) {
    return (weights * fromBaseline).sum(1);
}

at::Tensor edgeColour(const at::Tensor& x) {
    const at::Tensor rows = at::cat({x.select(2, 0), x.select(2, -1)}, 2);
    const at::Tensor columns = at::cat({x.select(3, 0), x.select(3, -1)}, 2);
    // In double, so that pixels of a plain edge are the mean and not beside it.
    return at::cat({rows, columns}, 2).mean({2}, true, at::kDouble).to(x.scalar_type()).unsqueeze(3);
}

at::Tensor blurred(const at::Tensor& values, int side) {
    if (side == 1) return values;
    return at::avg_pool2d(values.unsqueeze(1), {side, side}, {1, 1}, {side / 2, side / 2}, false, false).squeeze(1);
}

at::Tensor normalized(const at::Tensor& values) {
    const at::Tensor positive = at::relu(values);
    const at::Tensor most = positive.amax({1, 2}, true);
    return positive / at::where(most > 0, most, at::ones_like(most));
}

at::Tensor gradientOf(const std::function<at::Tensor(const at::Tensor&)>& logits, const at::Tensor& x, int cls) {
    const at::AutoGradMode gradients(true);
    at::Tensor pixels = x.detach().clone();
    pixels.requires_grad_(true);
    const at::Tensor logit = logits(pixels)[0][cls];
    if (!logit.requires_grad()) return at::zeros_like(x);
    const std::vector<at::Tensor> only{pixels}; // not those of the weights
    logit.backward({}, c10::nullopt, false, at::TensorList(only));
    return pixels.grad().defined() ? pixels.grad() : at::zeros_like(x);
}

int chosenClass(const at::Tensor& logits, const std::optional<int>& cls) {
    if (!logits.isfinite().all().item<bool>()) refuseNotFinite("answers");
    if (!cls) return int(logits.argmax(1).item<std::int64_t>());
    const std::int64_t classes = logits.size(1);
    if (*cls < 0 || *cls >= classes)
        throw ldm::badInput("There is no class " + std::to_string(*cls) + "; the classifier knows 0 to " +
                            std::to_string(classes - 1) + ".");
    return *cls;
}

Salience finished(const at::Tensor& values, const at::Tensor& logits, int cls) {
    if (!values.isfinite().all().item<bool>()) refuseNotFinite("weights at the pixels");
    const at::Tensor probabilities = logits.detach().to(at::kDouble).softmax(1);
    return {planeOf(normalized(values)), planeOf(values), cls, probabilities[0][cls].item<double>()};
}

} // namespace analysis::wbp
