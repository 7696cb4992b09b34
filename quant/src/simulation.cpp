#include <quant/simulation.h>

#include <quant/simulated.h>

#include <ldm/denoise.h>
#include <ldm/memory.h>
#include <ldm/networks.h>

#include <algorithm>

namespace quant {

namespace {

/// Calibrations kept; the oldest goes first.
constexpr std::size_t kCalibrationsKept = 8;

struct KeptCalibration {
    CalibrationSettings how;
    ldm::GenerateSettings sampling;
    Calibration ranges;
};

/// What of the sampling settings changes the ranges: prompt, seed and noise are the calibration's own.
ldm::GenerateSettings relevant(ldm::GenerateSettings sampling, const ldm::ModelInfo& model) {
    sampling.prompt.clear();
    sampling.seed = 0;
    sampling.latents.clear();
    return ldm::checked(std::move(sampling), model);
}

void requireMemory(const ldm::ModelInfo& model, const ldm::GenerateSettings& settings) {
    const ldm::GenerateSettings whole = ldm::checked(settings, model);
    ldm::requireMemory(model, ldm::Task::Generate, whole.width, whole.height);
}

} // namespace

struct Simulation::Impl {
    ldm::Model model;
    std::vector<KeptCalibration> calibrations;
    std::unique_ptr<SimulatedArithmetic> arithmetic;

    SimulatedArithmetic& use(Plan plan, Calibration ranges) {
        if (arithmetic)
            arithmetic->apply(std::move(plan), std::move(ranges));
        else
            arithmetic = std::make_unique<SimulatedArithmetic>(model.networks().unetArithmetic, std::move(plan),
                                                               std::move(ranges));
        return *arithmetic;
    }
};

Simulation::Simulation(ldm::Model model) : m_impl(std::make_unique<Impl>(Impl{std::move(model), {}, {}})) {
}

Simulation::~Simulation() = default;

const ldm::Model& Simulation::model() const {
    return m_impl->model;
}

std::optional<ldm::Image> Simulation::full(const ldm::GenerateSettings& settings, std::stop_token stop,
                                           const ldm::ProgressSink& progress, const ldm::PreviewSink& preview) {
    ldm::Networks& networks = m_impl->model.networks();
    requireMemory(m_impl->model.info(), settings);
    return ldm::generate(networks, networks.unetArithmetic, settings, std::move(stop), progress, {}, preview);
}

std::optional<ldm::Image> Simulation::quantized(const Recipe& recipe, const ldm::GenerateSettings& settings,
                                                std::stop_token stop, const ldm::ProgressSink& progress,
                                                const ldm::PreviewSink& preview) {
    requireMemory(m_impl->model.info(), settings);
    Plan plan = resolve(recipe, m_impl->model.info());
    m_impl->model.networks().requireForPictures(); // before calibrating for them
    Calibration ranges;
    if (needsCalibration(plan)) {
        auto found = calibration(recipe.calibration, settings, stop, progress);
        if (!found) return std::nullopt;
        ranges = std::move(*found);
    }
    SimulatedArithmetic& arithmetic = m_impl->use(std::move(plan), std::move(ranges));
    const auto follow = [&](int timestep) { return arithmetic.setTimestep(timestep); };
    return ldm::generate(m_impl->model.networks(), arithmetic, settings, std::move(stop), progress, follow, preview);
}

std::optional<Calibration> Simulation::calibration(const CalibrationSettings& how,
                                                   const ldm::GenerateSettings& sampling, std::stop_token stop,
                                                   const ldm::ProgressSink& progress) {
    const ldm::ModelInfo& model = m_impl->model.info();
    if (!how.file.empty()) return loadCalibration(how.file, model);
    const ldm::GenerateSettings settings = relevant(sampling, model);
    auto& kept = m_impl->calibrations;
    const auto found = std::find_if(kept.begin(), kept.end(), [&](const KeptCalibration& calibration) {
        return calibration.how == how && calibration.sampling == settings;
    });
    if (found != kept.end()) return found->ranges;

    std::vector<ldm::GenerateSettings> runs;
    for (const std::string& prompt : loadPrompts(how.prompts)) {
        ldm::GenerateSettings run = settings;
        run.prompt = prompt;
        run.seed = runs.size();
        runs.push_back(std::move(run));
    }
    auto ranges = calibrate(m_impl->model, runs, how.steps, std::move(stop), progress);
    if (!ranges) return std::nullopt;
    if (kept.size() == kCalibrationsKept) kept.erase(kept.begin());
    kept.push_back({how, settings, *ranges});
    return ranges;
}

} // namespace quant
