#include <quant/simulation.h>

#include <quant/preparation.h>
#include <quant/simulated.h>

#include <ldm/denoise.h>
#include <ldm/memory.h>
#include <ldm/networks.h>

namespace quant {

namespace {

void requireMemory(const ldm::ModelInfo& model, const ldm::GenerateSettings& settings) {
    const ldm::GenerateSettings whole = ldm::checked(settings, model);
    ldm::requireMemory(model, ldm::Task::Generate, whole.width, whole.height);
}

} // namespace

struct Simulation::Impl {
    ldm::Model model;
    Preparer preparer;
    Products products;
    std::unique_ptr<SimulatedArithmetic> arithmetic;

    Impl(ldm::Model opened, Products how) : model(std::move(opened)), preparer(model), products(how) {}

    SimulatedArithmetic& use(Preparation ready) {
        if (arithmetic)
            arithmetic->apply(std::move(ready.plan), std::move(ready.calibration), std::move(ready.treatment));
        else
            arithmetic = std::make_unique<SimulatedArithmetic>(
                model.networks().unetArithmetic, std::move(ready.plan), std::move(ready.calibration),
                std::move(ready.treatment), std::make_shared<KeptWeights>(ldm::kKeptWeightBytes, products));
        return *arithmetic;
    }
};

Simulation::Simulation(ldm::Model model, Products products)
    : m_impl(std::make_unique<Impl>(std::move(model), products)) {
}

Simulation::~Simulation() = default;

const ldm::Model& Simulation::model() const {
    return m_impl->model;
}

std::optional<ldm::Picture> Simulation::full(const ldm::GenerateSettings& settings, std::stop_token stop,
                                             const ldm::ProgressSink& progress, const ldm::PreviewSink& preview) {
    ldm::Networks& networks = m_impl->model.networks();
    requireMemory(m_impl->model.info(), settings);
    return ldm::generate(networks, networks.unetArithmetic, settings, std::move(stop), progress, {}, preview);
}

std::optional<ldm::Picture> Simulation::quantized(const Recipe& recipe, const ldm::GenerateSettings& settings,
                                                  std::stop_token stop, const ldm::ProgressSink& progress,
                                                  const ldm::PreviewSink& preview) {
    m_impl->model.networks().requireForPictures(); // before calibrating for them
    requireMemory(m_impl->model.info(), settings);
    auto ready = m_impl->preparer.prepare(recipe, settings, stop, progress);
    if (!ready) return std::nullopt;
    SimulatedArithmetic& arithmetic = m_impl->use(std::move(*ready));
    const auto follow = [&](int timestep) { return arithmetic.setTimestep(timestep); };
    return ldm::generate(m_impl->model.networks(), arithmetic, settings, std::move(stop), progress, follow, preview);
}

std::optional<Calibration> Simulation::calibration(const CalibrationSettings& how,
                                                   const ldm::GenerateSettings& sampling, std::stop_token stop,
                                                   const ldm::ProgressSink& progress) {
    return m_impl->preparer.ranges(how, sampling, {}, std::move(stop), progress);
}

} // namespace quant
