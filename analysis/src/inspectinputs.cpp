#include <analysis/inspect.h>

#include "altered.h"
#include "channelpeaks.h"
#include "recording.h"

#include <ldm/error.h>
#include <ldm/memory.h>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

namespace analysis {

namespace {

/// What is known of one layer's input, or of several together.
struct Watched {
    quant::Histogram all;
    quant::Histogram step; ///< of the present one
    std::vector<StepRange> steps;
    at::Tensor maxima;     ///< by channel, of the steps that are done
    at::Tensor stepMaxima; ///< of the present one; undefined before the first value

    void finishStep(int timestep);
    void dropStep();
    InputFacts facts(const std::string& name, std::vector<ChannelPeak> peaks) const;
};

at::Tensor larger(const at::Tensor& a, const at::Tensor& b) {
    return a.defined() ? at::maximum(a, b) : b;
}

void Watched::finishStep(int timestep) {
    steps.push_back({timestep, step.whole(), step.within(100 - kOutsidePercent)});
    all.add(step);
    if (stepMaxima.defined()) maxima = larger(maxima, stepMaxima);
    dropStep();
}

void Watched::dropStep() {
    step = {};
    stepMaxima.reset();
}

InputFacts Watched::facts(const std::string& name, std::vector<ChannelPeak> peaks) const {
    return {name, spreadOf(all), steps, std::move(peaks)};
}

} // namespace

/// All prompts take a step together, so that the values of one step are held at a time.
struct InputInspector::Impl {
    Impl(ldm::Model opened, const AnalysisSettings& settings, std::vector<int> chosen);

    bool takeStep(const std::stop_token& stop);
    bool runOnce(ldm::Trajectory& trajectory, const std::stop_token& stop);
    void observe(const ldm::Layer& layer, const at::Tensor& x, int timestep);
    InputInspection result() const;
    std::size_t stepsDone() const { return together.steps.size(); }

    ldm::Model model;
    std::vector<int> layers;
    std::vector<int> placeOf; ///< in `watched`, by layer; -1 for those that nobody asked for
    std::vector<Watched> watched;
    Watched together;
    std::vector<ldm::Trajectory> trajectories; ///< one for each prompt
    std::vector<at::Tensor> noises;            ///< predicted in the present step, as far as it was taken
};

InputInspector::Impl::Impl(ldm::Model opened, const AnalysisSettings& settings, std::vector<int> chosen)
    : model(std::move(opened)), layers(std::move(chosen)), placeOf(model.info().layers.size(), -1),
      watched(layers.size()) {
    if (settings.prompts.empty()) throw ldm::badInput("There is no prompt to run the model with; give at least one.");
    ldm::requireMemory(model.info(), ldm::Task::Analyze, settings.width, settings.height);
    for (std::size_t i = 0; i < layers.size(); ++i) placeOf.at(std::size_t(layers[i])) = int(i);
    for (std::size_t prompt = 0; prompt < settings.prompts.size(); ++prompt) {
        const ldm::GenerateSettings sampling = ldm::checked(samplingOf(settings, prompt), model.info());
        trajectories.emplace_back(model.networks(), ldm::prepare(model.networks(), {sampling}));
    }
}

void InputInspector::Impl::observe(const ldm::Layer& layer, const at::Tensor& x, int timestep) {
    const int place = placeOf[std::size_t(layer.id)];
    if (place < 0 || x.numel() == 0) return;
    Watched& here = watched[std::size_t(place)];
    if (!count(x, here.step))
        ldm::refuseNotFinite(model.networks(),
                             "The input of layer '" + layer.name + "' at timestep " + std::to_string(timestep));
    const int channels = layer.kind == ldm::LayerKind::Conv2d ? 1 : -1;
    here.stepMaxima = larger(here.stepMaxima, channelMaxima(x, channels));
}

/// False when stopped.
bool InputInspector::Impl::runOnce(ldm::Trajectory& trajectory, const std::stop_token& stop) {
    ldm::Networks& networks = model.networks();
    ldm::UNetState state = trajectory.state();
    state.keyValues = nullptr; // every layer is to be seen
    ListeningArithmetic listening(networks.unetArithmetic,
                                  [&](const ldm::Layer& layer, const at::Tensor& x, const at::Tensor&) {
                                      observe(layer, x, trajectory.timestep());
                                  });
    return runs(listening, stop,
                [&](ldm::Arithmetic& running) { noises.push_back(networks.unet.finish(running, std::move(state))); });
}

/// False when stopped; then nothing of the step counts.
bool InputInspector::Impl::takeStep(const std::stop_token& stop) {
    noises.clear();
    for (Watched& layer : watched) layer.dropStep();
    for (ldm::Trajectory& trajectory : trajectories)
        if (!runOnce(trajectory, stop)) return false;
    const int timestep = trajectories.front().timestep();
    for (const Watched& layer : watched) together.step.add(layer.step);
    for (Watched& layer : watched) layer.finishStep(timestep);
    together.finishStep(timestep);
    for (std::size_t i = 0; i < trajectories.size(); ++i) trajectories[i].advance(noises[i]);
    return true;
}

InputInspection InputInspector::Impl::result() const {
    InputInspection result;
    std::vector<ChannelPeak> all;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const std::string& name = model.info().layers[std::size_t(layers[i])].name;
        const std::vector<ChannelPeak> peaks = peaksOf(name, watched[i].maxima);
        all.insert(all.end(), peaks.begin(), peaks.end());
        result.layers.push_back(watched[i].facts(name, peaks));
    }
    result.together = together.facts({}, highest(std::move(all)));
    return result;
}

InputInspector::InputInspector(ldm::Model model, const AnalysisSettings& settings, std::vector<int> layers) {
    const c10::InferenceMode inference;
    m_impl = std::make_unique<Impl>(std::move(model), settings, std::move(layers));
}

InputInspector::~InputInspector() = default;

std::optional<InputInspection> InputInspector::run(std::stop_token stop, const ldm::ProgressSink& progress) {
    const c10::InferenceMode inference;
    const auto steps = std::int64_t(m_impl->trajectories.front().steps());
    while (!m_impl->trajectories.front().done()) {
        ldm::report(progress, "inputs", std::int64_t(m_impl->stepsDone()), steps);
        if (!m_impl->takeStep(stop)) return std::nullopt;
    }
    ldm::report(progress, "inputs", steps, steps);
    return m_impl->result();
}

} // namespace analysis
