#pragma once

#include <analysis/latency.h>

#include <quant/calibration.h>

#include <ldm/networks.h>

#include <chrono>
#include <optional>
#include <stop_token>

namespace analysis {

template <typename Work> double secondsOf(const Work& work) {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point start = Clock::now();
    work();
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// The first step of a picture, on which speed is measured: with guidance, no keys and values known.
class TimedStep {
public:
    /// Checks the settings. Throws BadInput.
    TimedStep(const ldm::Model& model, const LatencySettings& settings);

    const ldm::ModelInfo& info() const { return m_networks.info; }
    int timestep() const { return m_timestep; }
    const ldm::GenerateSettings& sampling() const { return m_sampling; }
    int samples() const { return int(m_state.hidden.size(0)); }
    /// The predicted noise; nothing when stopped.
    std::optional<at::Tensor> run(ldm::Arithmetic& arithmetic, const std::stop_token& stop) const;
    /// Ranges of the inputs in this run; nothing when stopped.
    std::optional<quant::Calibration> ranges(const quant::CalibrationSettings& how, const std::stop_token& stop) const;
    /// The settings' precision, keeping so many bytes of weights ready.
    ldm::FloatArithmetic full(std::int64_t keptBytes) const { return full(keptBytes, m_precision); }
    ldm::FloatArithmetic full(std::int64_t keptBytes, ldm::Precision precision) const;

private:
    ldm::Networks& m_networks;
    ldm::Precision m_precision;
    ldm::GenerateSettings m_sampling;
    ldm::UNetState m_state;
    int m_timestep = 0;
};

} // namespace analysis
