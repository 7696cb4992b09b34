#include <analysis/latency.h>

#include "timedstep.h"

#include <quant/products.h>
#include <quant/simulated.h>

#include <ldm/error.h>

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <limits>
#include <numeric>

namespace analysis {

namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
/// Of one layer in all formats: everything is ready before it is timed.
constexpr std::int64_t kLayerBytes = std::int64_t{8} << 30;

double sum(const std::vector<double>& seconds) {
    return std::accumulate(seconds.begin(), seconds.end(), 0.0);
}

std::string processorName() {
    std::ifstream file("/proc/cpuinfo");
    const std::string key = "model name";
    for (std::string line; std::getline(file, line);) {
        const std::size_t colon = line.find(": ");
        if (line.starts_with(key) && colon != std::string::npos) return line.substr(colon + 2);
    }
    return "unknown processor";
}

/// Full precision first, then the formats that are wanted, each once.
std::vector<FormatLatency> rowsFor(const std::vector<quant::Format>& formats, std::size_t layers) {
    std::vector<FormatLatency> rows{{{}, std::vector<double>(layers, kNever)}};
    for (const quant::Format format : formats) {
        const auto known =
            std::find_if(rows.begin(), rows.end(), [format](const FormatLatency& row) { return row.format == format; });
        if (known == rows.end()) rows.push_back({format, std::vector<double>(layers, kNever)});
    }
    return rows;
}

/// Times every layer on the input that full precision gives it, in all formats.
class LayerTimer final : public ldm::ForwardingArithmetic {
public:
    LayerTimer(ldm::Arithmetic& full, const TimedStep& step, quant::Calibration ranges, Latency& latency,
               std::function<void()> timed)
        : ForwardingArithmetic(full), m_step(step), m_ranges(std::move(ranges)), m_latency(latency),
          m_timed(std::move(timed)) {
        for (const FormatLatency& row : latency.formats) m_plans.push_back(quant::uniformPlan(step.info(), row.format));
    }

    at::Tensor linear(const ldm::Layer& layer, const at::Tensor& x) override {
        time(layer.id, [&](ldm::Arithmetic& arithmetic) { arithmetic.linear(layer, x); });
        return inner().linear(layer, x);
    }
    at::Tensor conv2d(const ldm::Layer& layer, const at::Tensor& x) override {
        time(layer.id, [&](ldm::Arithmetic& arithmetic) { arithmetic.conv2d(layer, x); });
        return inner().conv2d(layer, x);
    }

private:
    /// The formats take turns, so that nothing else that runs slows one of them alone.
    template <typename Run> void time(int layer, const Run& run) {
        ldm::FloatArithmetic full = m_step.full(kLayerBytes);
        const auto weights = std::make_shared<quant::KeptWeights>(kLayerBytes);
        std::vector<std::unique_ptr<quant::SimulatedArithmetic>> formats;
        for (const quant::Plan& plan : m_plans) {
            formats.push_back(
                std::make_unique<quant::SimulatedArithmetic>(full, plan, m_ranges, quant::Treatment{}, weights));
            formats.back()->setTimestep(m_step.timestep());
        }
        for (const auto& format : formats) run(*format); // prepares the weights
        for (int round = 0; round < m_latency.rounds; ++round)
            for (std::size_t format = 0; format < formats.size(); ++format) {
                double& least = m_latency.formats[format].seconds.at(std::size_t(layer));
                least = std::min(least, secondsOf([&] { run(*formats[format]); }));
            }
        m_timed();
    }

    const TimedStep& m_step;
    quant::Calibration m_ranges;
    Latency& m_latency;
    std::function<void()> m_timed;
    std::vector<quant::Plan> m_plans;
};

/// Adds up the time that layers take.
class LayerSum final : public ldm::ForwardingArithmetic {
public:
    using ForwardingArithmetic::ForwardingArithmetic;

    at::Tensor linear(const ldm::Layer& layer, const at::Tensor& x) override {
        at::Tensor y;
        m_seconds += secondsOf([&] { y = inner().linear(layer, x); });
        return y;
    }
    at::Tensor conv2d(const ldm::Layer& layer, const at::Tensor& x) override {
        at::Tensor y;
        m_seconds += secondsOf([&] { y = inner().conv2d(layer, x); });
        return y;
    }
    double seconds() const { return m_seconds; }

private:
    double m_seconds = 0;
};

/// What a run takes beside its layers; nothing when stopped.
std::optional<double> restOf(const TimedStep& step, ldm::Arithmetic& full, int rounds, const std::stop_token& stop,
                             const std::function<void()>& ran) {
    double least = kNever;
    for (int round = 0; round < rounds; ++round) {
        LayerSum layers(full);
        bool isStopped = false;
        const double whole = secondsOf([&] { isStopped = !step.run(layers, stop); });
        if (isStopped) return std::nullopt;
        least = std::min(least, whole - layers.seconds());
        ran();
    }
    return least;
}

Latency described(const TimedStep& step, const LatencySettings& settings) {
    Latency latency;
    latency.model = quant::modelRef(step.info());
    latency.model.loras.clear(); // the fingerprint tells them
    latency.machine = thisMachine();
    latency.version = NOISEFLOOR_VERSION;
    latency.precision = settings.precision;
    latency.width = step.sampling().width;
    latency.height = step.sampling().height;
    latency.samples = step.samples();
    latency.rounds = settings.rounds;
    for (const ldm::LayerInfo& layer : step.info().layers) latency.layers.push_back(layer.name);
    latency.formats = rowsFor(settings.formats, latency.layers.size());
    return latency;
}

} // namespace

Machine thisMachine() {
    return {processorName(), quant::largestExactCode(), at::get_num_threads()};
}

const FormatLatency* Latency::find(quant::Format format) const {
    const auto found = std::find_if(formats.begin(), formats.end(),
                                    [format](const FormatLatency& row) { return row.format == format; });
    return found == formats.end() ? nullptr : &*found;
}

double Latency::fullSeconds() const {
    return restSeconds + sum(formats.front().seconds);
}

std::optional<double> Latency::seconds(const quant::Plan& plan) const {
    double total = 0;
    int timesteps = 0;
    for (const quant::PlanSegment& segment : plan.segments) {
        const int length = segment.lastTimestep - segment.firstTimestep + 1;
        double run = restSeconds;
        for (std::size_t layer = 0; layer < segment.formats.size(); ++layer) {
            const quant::PlannedTreatment* treated = plan.treatmentOf(int(layer));
            const FormatLatency* row = treated ? &formats.front() : find(segment.formats[layer]);
            if (!row || (treated && !treated->exact)) return std::nullopt;
            run += row->seconds.at(layer);
        }
        total += run * length;
        timesteps += length;
    }
    return total / timesteps;
}

std::optional<Latency> measureLatency(const ldm::Model& model, const LatencySettings& settings, std::stop_token stop,
                                      const ldm::ProgressSink& progress) {
    const c10::InferenceMode inference;
    const TimedStep step(model, settings);
    Latency latency = described(step, settings);
    const auto total = std::int64_t(latency.layers.size()) + settings.rounds;
    std::int64_t done = 0;
    const std::function<void()> timed = [&] { ldm::report(progress, "timing layers", ++done, total); };
    ldm::Arithmetic& full = model.networks().unetArithmetic;
    auto ranges = step.ranges({}, stop);
    if (!ranges) return std::nullopt;
    LayerTimer timer(full, step, std::move(*ranges), latency, timed);
    if (!step.run(timer, stop)) return std::nullopt;
    const auto rest = restOf(step, full, settings.rounds, stop, timed);
    if (!rest) return std::nullopt;
    latency.restSeconds = *rest;
    return latency;
}

void requireOf(const Latency& latency, const ldm::ModelInfo& model) {
    const auto isSame = [](const std::string& name, const ldm::LayerInfo& layer) { return name == layer.name; };
    if (latency.model.fingerprint == model.fingerprint &&
        std::equal(latency.layers.begin(), latency.layers.end(), model.layers.begin(), model.layers.end(), isSame))
        return;
    throw ldm::badInput("The speed was measured of another model than '" + model.name +
                        "'; open that one, or measure this one.");
}

} // namespace analysis
