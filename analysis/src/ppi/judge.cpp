#include "pictures.h"

#include <ldm/error.h>

#include <ATen/ATen.h>

#include <algorithm>

namespace analysis::ppi {

namespace {

constexpr int kSteps = 16; ///< of deletion and insertion

void check(const Evaluator& evaluator, const Objects& objects, const Trial& trial) {
    if (evaluator.side() != objects.side || evaluator.classes() != objects.names)
        throw ldm::badInput("The classifier cannot be judged: it knows other classes or takes another size than the "
                            "pictures have; train it on them.");
    if (trial.pictures < 1 || trial.maps < 0 || trial.maps > trial.pictures)
        throw ldm::badInput("A classifier is judged on at least one picture, and on no more maps than pictures.");
}

ldm::Image imageOf(const at::Tensor& picture) {
    const at::Tensor levels = ((picture + 1) * 127.5).round().to(at::kByte).permute({1, 2, 0}).contiguous();
    const auto* const data = levels.data_ptr<std::uint8_t>();
    return {int(levels.size(1)), int(levels.size(0)), {data, data + levels.numel()}};
}

Plane planeOf(const at::Tensor& mask) {
    const at::Tensor values = mask.contiguous();
    const float* const data = values.data_ptr<float>();
    return {int(values.size(1)), int(values.size(0)), {data, data + values.numel()}};
}

ldm::Image greyLike(const ldm::Image& image) {
    return {image.width, image.height, std::vector<std::uint8_t>(image.rgb.size(), 128)};
}

/// Adds what one map is worth.
void add(Judgement::Method& sum, const Evaluator& evaluator, const ldm::Image& image, const Plane& mask, int label) {
    const Plane map = salience(evaluator, image, {sum.method, label, std::nullopt}).map;
    const Scorer score = [&](const ldm::Image& changed) {
        return evaluator.look(changed).probabilities[std::size_t(label)];
    };
    sum.pointing += pointsAt(map, mask) ? 1 : 0;
    sum.overlap += maskOverlap(map, mask);
    sum.deletion += replacementArea(image, greyLike(image), map, score, kSteps);
    sum.insertion += replacementArea(greyLike(image), image, map, score, kSteps);
}

void divide(Judgement::Method& sum, double count) {
    for (double* value : {&sum.pointing, &sum.overlap, &sum.deletion, &sum.insertion}) *value /= count;
}

} // namespace

std::optional<Judgement> judge(const Evaluator& evaluator, const Objects& objects, const Trial& trial,
                               const std::stop_token& stop) {
    check(evaluator, objects, trial);
    const at::NoGradGuard noGrad;
    const Batch batch = Painter(objects, trial.seed).draw(trial.pictures, trial.correlation);
    Judgement judgement;
    if (trial.maps > 0)
        for (const SalienceMethod method : trial.methods) judgement.methods.push_back({.method = method});
    int right = 0;
    for (int i = 0; i < trial.pictures; ++i) {
        if (stop.stop_requested()) return std::nullopt;
        const ldm::Image image = imageOf(batch.pictures[i]);
        const int label = int(batch.labels[i].item<std::int64_t>());
        const std::vector<double> probabilities = evaluator.look(image).probabilities;
        right += int(std::ranges::max_element(probabilities) - probabilities.begin()) == label ? 1 : 0;
        if (i >= trial.maps) continue;
        for (Judgement::Method& method : judgement.methods)
            add(method, evaluator, image, planeOf(batch.masks[i]), label);
    }
    judgement.accuracy = double(right) / trial.pictures;
    for (Judgement::Method& method : judgement.methods) divide(method, trial.maps);
    return judgement;
}

} // namespace analysis::ppi
