#include "timedstep.h"

#include <quant/calibrating.h>

#include <ldm/denoise.h>
#include <ldm/error.h>
#include <ldm/memory.h>

namespace analysis {

namespace {

ldm::GenerateSettings samplingFor(const ldm::ModelInfo& model, const LatencySettings& settings) {
    ldm::GenerateSettings sampling;
    sampling.prompt = quant::loadPrompts(quant::CalibrationSettings{}.prompts).front();
    sampling.width = settings.width;
    sampling.height = settings.height;
    return ldm::checked(sampling, model);
}

} // namespace

TimedStep::TimedStep(const ldm::Model& model, const LatencySettings& settings)
    : m_networks(model.networks()), m_precision(settings.precision), m_sampling(samplingFor(model.info(), settings)) {
    if (settings.rounds < 1 || settings.rounds > kMostRounds)
        throw ldm::badInput(std::to_string(settings.rounds) + " rounds cannot be run; use 1 to " +
                            std::to_string(kMostRounds) + ".");
    if (!m_networks.unetArithmetic.device().is_cpu())
        throw ldm::badInput("Speed is measured on the CPU; open the model '" + model.info().name + "' there.");
    ldm::requireMemory(model.info(), ldm::Task::Generate, m_sampling.width, m_sampling.height);
    const ldm::Trajectory trajectory(m_networks, ldm::prepare(m_networks, {m_sampling}));
    m_state = trajectory.state();
    m_state.keyValues = nullptr;
    m_timestep = trajectory.timestep();
}

std::optional<at::Tensor> TimedStep::run(ldm::Arithmetic& arithmetic, const std::stop_token& stop) const {
    return ldm::StoppableArithmetic::unlessStopped(
        arithmetic, stop, [this](ldm::Arithmetic& running) { return m_networks.unet.finish(running, m_state); });
}

std::optional<quant::Calibration> TimedStep::ranges(const quant::CalibrationSettings& how,
                                                    const std::stop_token& stop) const {
    quant::CalibratingArithmetic watching(m_networks.unetArithmetic, info().layers.size(), how);
    watching.setTimestep(m_timestep);
    if (!run(watching, stop)) return std::nullopt;
    return watching.result(info());
}

ldm::FloatArithmetic TimedStep::full(std::int64_t keptBytes, ldm::Precision precision) const {
    ldm::FloatSettings settings;
    settings.compute.precision = precision;
    settings.keptBytes = keptBytes;
    return ldm::FloatArithmetic(settings);
}

} // namespace analysis
