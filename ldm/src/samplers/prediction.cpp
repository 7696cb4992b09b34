#include "prediction.h"

#include <ATen/ATen.h>

#include <cmath>

namespace ldm::samplers {

namespace {

constexpr double kLargestRange = 1e6;

at::Tensor thresholded(const at::Tensor& clean, const Limit& limit) {
    const at::Tensor rows = clean.flatten(1);
    const at::Tensor quantile = at::quantile(rows.abs(), limit.ratio, 1, true);
    const at::Tensor bound = quantile.clamp(1, limit.most);
    return (at::minimum(at::maximum(rows, -bound), bound) / bound).view_as(clean);
}

} // namespace

Prediction readPrediction(ConfigReader& reader, bool sample) {
    const std::string name = sample ? reader.oneOf("prediction_type", "epsilon", {"epsilon", "v_prediction", "sample"})
                                    : reader.oneOf("prediction_type", "epsilon", {"epsilon", "v_prediction"});
    if (name == "epsilon") return Prediction::Epsilon;
    return name == "sample" ? Prediction::Sample : Prediction::Velocity;
}

Level levelOf(float alphaCumprod) {
    return {std::sqrt(alphaCumprod), std::sqrt(1 - alphaCumprod)};
}

at::Tensor cleanOf(Prediction prediction, Level level, const at::Tensor& noisy, const at::Tensor& output) {
    if (prediction == Prediction::Epsilon) return (noisy - level.sigma * output) / level.alpha;
    if (prediction == Prediction::Sample) return output;
    return level.alpha * noisy - level.sigma * output;
}

at::Tensor noiseOf(Prediction prediction, Level level, const at::Tensor& noisy, const at::Tensor& output) {
    if (prediction == Prediction::Epsilon) return output;
    if (prediction == Prediction::Sample) return (noisy - level.alpha * output) / level.sigma;
    return level.alpha * output + level.sigma * noisy;
}

at::Tensor cleanAt(Prediction prediction, float sigma, const at::Tensor& noisy, const at::Tensor& output) {
    if (prediction == Prediction::Epsilon) return noisy - sigma * output;
    if (prediction == Prediction::Sample) return output;
    const float variance = sigma * sigma + 1;
    return output * (-sigma / std::sqrt(variance)) + noisy / variance;
}

at::Tensor Limit::applied(const at::Tensor& clean) const {
    if (threshold) return thresholded(clean, *this);
    return clip ? clean.clamp(-range, range) : clean;
}

void readClipping(ConfigReader& reader, bool fallback, Limit& limit) {
    limit.clip = reader.boolean("clip_sample", fallback);
    limit.range = reader.number("clip_sample_range", limit.range, 0, kLargestRange);
}

void readThresholding(ConfigReader& reader, Limit& limit) {
    limit.threshold = reader.boolean("thresholding", false);
    limit.ratio = reader.number("dynamic_thresholding_ratio", limit.ratio, 0, 1);
    limit.most = reader.number("sample_max_value", limit.most, 1e-6, kLargestRange);
}

bool readFlag(ConfigReader& reader, const char* key) {
    return reader.has(key) && reader.boolean(key, false);
}

} // namespace ldm::samplers
