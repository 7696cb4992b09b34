#include <analysis/recognition.h>

#include <ldm/error.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace analysis {

namespace {

constexpr double kPeak = 255;
constexpr int kBlur = 5; ///< pixels: single ones alternate in sign

Plane without(Plane map) {
    for (float& value : map.values) value = 1 - value;
    return map;
}

} // namespace

std::optional<Recognition> recognise(const Evaluator& evaluator, const ldm::Image& image, const Perception& seen,
                                     std::optional<int> cls) {
    if (image.width != evaluator.side() || image.height != evaluator.side()) return std::nullopt;
    const auto most = std::ranges::max_element(seen.probabilities);
    const auto own = std::size_t(most - seen.probabilities.begin());
    return Recognition{evaluator.classes().at(own), *most,
                       salience(evaluator, image, {SalienceMethod::Wbp, cls.value_or(int(own)), std::nullopt, kBlur})};
}

double weightedPsnr(const ldm::Image& a, const ldm::Image& b, const Plane& weights) {
    if (a.width != b.width || a.height != b.height || a.width != weights.width || a.height != weights.height)
        throw ldm::badInput("Pictures and weights of different sizes cannot be compared; make them the same size.");
    double errors = 0, weight = 0;
    for (std::size_t pixel = 0; pixel < weights.values.size(); ++pixel)
        for (std::size_t i = 3 * pixel; i < 3 * pixel + 3; ++i) {
            const double difference = double(a.rgb[i]) - double(b.rgb[i]);
            errors += weights.values[pixel] * difference * difference;
            weight += weights.values[pixel];
        }
    if (errors == 0) return std::numeric_limits<double>::infinity();
    return 10 * std::log10(kPeak * kPeak * weight / errors);
}

std::optional<SalienceMetrics> compareSalience(const ldm::Image& reference, const ldm::Image& other,
                                               const std::optional<Recognition>& ofReference,
                                               const std::optional<Recognition>& ofOther) {
    if (!ofReference || !ofOther) return std::nullopt;
    if (ofReference->salience.cls != ofOther->salience.cls)
        throw ldm::badInput("Salience of different classes cannot be compared; ask for that of one class.");
    const Plane& map = ofReference->salience.map;
    if (std::ranges::all_of(map.values, [](float value) { return value == 0; })) return std::nullopt;
    const Plane salient = resized(map, reference.width, reference.height);
    return SalienceMetrics{1 - overlap(map, ofOther->salience.map), weightedPsnr(reference, other, salient),
                           weightedPsnr(reference, other, without(salient)), ofReference->name == ofOther->name};
}

} // namespace analysis
