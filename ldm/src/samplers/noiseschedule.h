#pragma once

#include "../configreading.h"

#include <vector>

namespace ldm::samplers {

/// What a class does with "rescale_betas_zero_snr".
enum class ZeroSnr {
    Unknown, ///< the class has no such key
    Exact,   ///< nothing of the clean latent is left at the last training timestep
    Nearly,  ///< 2^-24 of it is left, so that the last sigma stays finite
};

/// Defaults of a scheduler class for the keys of its noise schedule.
struct NoiseDefaults {
    ZeroSnr zeroSnr = ZeroSnr::Unknown;
    double betaStart = 0.0001;
    double betaEnd = 0.02;
    const char* betaSchedule = "linear";
    const char* furtherSchedule = nullptr; ///< one that this class knows beside the common ones: "sigmoid", "exp"
};

/// The forward process: which share of the variance is the clean latent's, by training timestep. Float32, as there.
struct NoiseSchedule {
    std::vector<float> alphasCumprod;

    int trainSteps() const { return static_cast<int>(alphasCumprod.size()); }
    /// Noise by signal, sqrt((1 - a) / a), for methods that work on it.
    std::vector<float> sigmas() const;
};

/// Reads num_train_timesteps, beta_start, beta_end, beta_schedule, trained_betas and rescale_betas_zero_snr.
NoiseSchedule readNoise(ConfigReader& reader, const NoiseDefaults& defaults);
/// The same for methods that take logarithms of sigmas: all must be finite and positive.
NoiseSchedule readPositiveNoise(ConfigReader& reader, const NoiseDefaults& defaults);

} // namespace ldm::samplers
