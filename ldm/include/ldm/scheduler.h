#pragma once

#include <ATen/core/Tensor.h>

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace ldm {

/// scheduler_config.json as DDIMScheduler.from_config reads it (absent keys get DDIM's defaults).
struct DdimConfig {
    int trainSteps = 1000;
    double betaStart = 0.0001;
    double betaEnd = 0.02;
    std::string betaSchedule = "linear"; ///< linear, scaled_linear, squaredcos_cap_v2
    std::vector<double> trainedBetas;
    bool clipSample = true;
    double clipSampleRange = 1.0;
    bool setAlphaToOne = true;
    int stepsOffset = 0;
    std::string predictionType = "epsilon";  ///< epsilon, v_prediction, sample
    std::string timestepSpacing = "leading"; ///< leading, trailing, linspace
    bool rescaleBetasZeroSnr = false;        ///< Lin et al. 2023, arXiv 2305.08891, algorithm 1

    static DdimConfig parse(const nlohmann::json& json, const std::string& file);
};

/// DDIM (Song, Meng, Ermon 2020, arXiv 2010.02502, equation 12), as diffusers computes it. Tables in float32 like
/// there.
class Ddim {
public:
    Ddim(DdimConfig config, int steps);

    const std::vector<int>& timesteps() const { return m_timesteps; } ///< descending training timesteps
    /// One step from timesteps()[index]: sample and model output [N, C, h, w]; `noise` is used where eta > 0 and may
    /// otherwise be undefined.
    at::Tensor step(std::size_t index, const at::Tensor& modelOutput, const at::Tensor& sample, double eta = 0,
                    const at::Tensor& noise = {}) const;

private:
    DdimConfig m_config;
    std::vector<float> m_alphasCumprod;
    float m_finalAlphaCumprod = 1;
    std::vector<int> m_timesteps;
    int m_stride = 1;
};

} // namespace ldm
