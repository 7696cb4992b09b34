#include <analysis/steptime.h>

#include <analysis/sqnr.h>

#include "timedstep.h"

#include <quant/integersupport.h>
#include <quant/preparation.h>
#include <quant/quantize.h>
#include <quant/simulated.h>

#include <ldm/devices.h>
#include <ldm/memory.h>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <functional>
#include <limits>

namespace analysis {

namespace {

/// Of weights that full precision, and that a recipe, may keep ready: a share of what there is.
std::int64_t keptBytes() {
    const std::uint64_t available = ldm::availableMemory();
    return std::max(ldm::kKeptWeightBytes, std::int64_t(available / 3));
}

/// Times recipes one after the other.
class StepTimer {
public:
    StepTimer(const ldm::Model& model, const LatencySettings& settings, std::stop_token stop,
              const ldm::ProgressSink& progress, std::size_t recipes)
        : m_step(model, settings), m_full(m_step.full(keptBytes())), m_preparer(model), m_rounds(settings.rounds),
          m_stop(std::move(stop)), m_progress(progress), m_total(std::int64_t(recipes) * settings.rounds) {}

    /// Nothing when stopped.
    std::optional<StepTime> time(const quant::Recipe& recipe) {
        auto ready = prepared(recipe);
        if (!ready) return std::nullopt;
        StepTime result;
        result.name = recipe.name;
        result.formats = ready->plan.at(m_step.timestep());
        for (std::size_t layer = 0; layer < result.formats.size(); ++layer)
            result.isTreated.push_back(ready->plan.treatmentOf(int(layer)) != nullptr);
        const auto floats = usesIntegers(result) ? noiseByFloats(*ready) : std::nullopt;
        quant::SimulatedArithmetic quantized = arithmetic(*ready, quant::Products::Integer);
        return timed(result, floats, [&] { return noise(quantized); });
    }

    /// The same step in bf16; nothing when stopped.
    std::optional<StepTime> timeBf16() {
        ldm::FloatArithmetic bf16 = m_step.full(keptBytes(), ldm::Precision::Bf16);
        StepTime result;
        result.name = "bf16";
        return timed(result, {}, [&] { return m_step.run(bf16, m_stop); });
    }

private:
    using Prediction = std::function<std::optional<at::Tensor>()>;

    std::optional<StepTime> timed(StepTime result, const std::optional<at::Tensor>& floats, const Prediction& predict) {
        if (!compare(predict, floats, result) || !takeTurns(predict, result)) return std::nullopt;
        return result;
    }

    static bool usesIntegers(const StepTime& time) {
        for (std::size_t layer = 0; layer < time.formats.size(); ++layer)
            if (!time.isTreated[layer] && integerSupport(time.formats[layer]) == quant::IntegerSupport::Exact)
                return true;
        return false;
    }

    std::optional<quant::Preparation> prepared(const quant::Recipe& recipe) {
        quant::Preparation ready{quant::resolve(recipe, m_step.info()), {}, {}};
        if (!ready.plan.treated.empty() || !recipe.calibration.file.empty())
            return m_preparer.prepare(recipe, m_step.sampling(), m_stop, m_progress);
        auto ranges = m_step.ranges(recipe.calibration, m_stop);
        if (!ranges) return std::nullopt;
        ready.calibration = std::move(*ranges);
        return ready;
    }

    quant::SimulatedArithmetic arithmetic(const quant::Preparation& ready, quant::Products products) {
        return {m_full, ready.plan, ready.calibration, ready.treatment,
                std::make_shared<quant::KeptWeights>(keptBytes(), products)};
    }

    std::optional<at::Tensor> noise(quant::SimulatedArithmetic& quantized) {
        quantized.setTimestep(m_step.timestep());
        return m_step.run(quantized, m_stop);
    }

    /// Weights that are kept for it go before those for integers are made.
    std::optional<at::Tensor> noiseByFloats(const quant::Preparation& ready) {
        quant::SimulatedArithmetic quantized = arithmetic(ready, quant::Products::Float);
        return noise(quantized);
    }

    /// What is predicted, against full precision and against `floats`, which are nothing where no layer runs by
    /// integers. False when stopped. The first run of both prepares their weights.
    bool compare(const Prediction& predict, const std::optional<at::Tensor>& floats, StepTime& result) {
        const auto full = m_step.run(m_full, m_stop);
        const auto predicted = predict();
        if (!full || !predicted) return false;
        result.db = quant::errorSums(*full, *predicted).db();
        result.productsDb = quant::errorSums(floats ? *floats : *predicted, *predicted).db();
        return true;
    }

    /// False when stopped.
    bool takeTurns(const Prediction& predict, StepTime& result) {
        result.seconds = result.fullSeconds = std::numeric_limits<double>::infinity();
        for (int round = 0; round < m_rounds; ++round) {
            bool isStopped = false;
            const double full = secondsOf([&] { isStopped = !m_step.run(m_full, m_stop); });
            const double seconds = secondsOf([&] { isStopped = isStopped || !predict(); });
            if (isStopped) return false;
            result.fullSeconds = std::min(result.fullSeconds, full);
            result.seconds = std::min(result.seconds, seconds);
            ldm::report(m_progress, "timing runs of the UNet", ++m_done, m_total);
        }
        return true;
    }

    TimedStep m_step;
    ldm::FloatArithmetic m_full;
    quant::Preparer m_preparer;
    int m_rounds;
    std::stop_token m_stop;
    const ldm::ProgressSink& m_progress;
    std::int64_t m_total;
    std::int64_t m_done = 0;
};

} // namespace

std::optional<std::vector<StepTime>> timeSteps(const ldm::Model& model, const std::vector<quant::Recipe>& recipes,
                                               const LatencySettings& settings, std::stop_token stop,
                                               const ldm::ProgressSink& progress) {
    const c10::InferenceMode inference;
    StepTimer timer(model, settings, std::move(stop), progress, recipes.size());
    std::vector<StepTime> times;
    for (const quant::Recipe& recipe : recipes) {
        const auto time = timer.time(recipe);
        if (!time) return std::nullopt;
        times.push_back(*time);
    }
    return times;
}

std::optional<StepTime> timeBf16(const ldm::Model& model, LatencySettings settings, std::stop_token stop,
                                 const ldm::ProgressSink& progress) {
    ldm::requireAvailable({.precision = ldm::Precision::Bf16});
    const c10::InferenceMode inference;
    settings.precision = ldm::Precision::Fp32;
    return StepTimer(model, settings, std::move(stop), progress, 1).timeBf16();
}

} // namespace analysis
