#pragma once

#include "../configreading.h"

#include <ATen/core/Tensor.h>

namespace ldm::samplers {

/// What the UNet was trained to predict.
enum class Prediction { Epsilon, Velocity, Sample };

/// Reads prediction_type; `sample` says whether the class can compute models that predict the clean latent.
Prediction readPrediction(ConfigReader& reader, bool sample);

/// A noise level: a noisy latent is alpha * clean + sigma * noise.
struct Level {
    float alpha = 1;
    float sigma = 0;
};

/// The level at which a share of the variance is the clean latent's.
Level levelOf(float alphaCumprod);

at::Tensor cleanOf(Prediction prediction, Level level, const at::Tensor& noisy, const at::Tensor& output);
at::Tensor noiseOf(Prediction prediction, Level level, const at::Tensor& noisy, const at::Tensor& output);
/// The clean latent for methods whose noisy latent is clean + sigma * noise.
at::Tensor cleanAt(Prediction prediction, float sigma, const at::Tensor& noisy, const at::Tensor& output);

/// What keeps predicted clean latents in range.
struct Limit {
    bool threshold = false; ///< dynamic: by a quantile of each latent (Saharia et al. 2022, arXiv 2205.11487)
    double ratio = 0.995;
    double most = 1;
    bool clip = false;
    double range = 1;

    at::Tensor applied(const at::Tensor& clean) const;
};

/// Reads clip_sample and clip_sample_range.
void readClipping(ConfigReader& reader, bool fallback, Limit& limit);
/// Reads thresholding, dynamic_thresholding_ratio and sample_max_value.
void readThresholding(ConfigReader& reader, Limit& limit);

/// A flag that may also be null, which means false.
bool readFlag(ConfigReader& reader, const char* key);

} // namespace ldm::samplers
