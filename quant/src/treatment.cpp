#include <quant/treatment.h>

#include "inputsample.h"
#include "smoothing.h"
#include "unetrun.h"

#include <ldm/denoise.h>
#include <ldm/error.h>
#include <ldm/networks.h>
#include <ldm/wholefiles.h>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <functional>

namespace quant {

namespace {

constexpr std::int64_t kSmoothingRows = 256;
constexpr std::int64_t kMostFeedbackRows = 4096;
constexpr std::int64_t kRowsPerColumn = 2; ///< of error feedback, whose Hessian must not be singular

/// How many rows of inputs a layer's treatment looks at.
std::int64_t sampledRows(const PlannedTreatment& planned, std::int64_t columns) {
    if (!planned.errorFeedback) return kSmoothingRows;
    return std::clamp(kRowsPerColumn * columns, kSmoothingRows, kMostFeedbackRows);
}

/// Makes the treatments of one plan.
class Treater {
public:
    Treater(const ldm::Model& model, const std::vector<ldm::GenerateSettings>& runs, const std::string& steps,
            std::stop_token stop, const ldm::ProgressSink& progress, const TreatmentSettings& settings)
        : m_networks(model.networks()), m_runs(runs), m_firstStepOnly(steps == "first"), m_stop(std::move(stop)),
          m_progress(progress), m_settings(settings) {}

    std::optional<Treatment> run(const std::vector<PlannedTreatment>& treated) {
        m_total = static_cast<std::int64_t>(treated.size());
        for (const std::vector<PlannedTreatment>& pass : passes(treated))
            if (!treatTogether(pass)) return std::nullopt;
        ldm::requireWhole(m_networks.checkpoint);
        ldm::report(m_progress, "treating layers", m_total, m_total);
        return std::move(m_treatment);
    }

private:
    const ldm::Layer& layerOf(const PlannedTreatment& planned) const {
        return *m_networks.unet.layers().at(static_cast<std::size_t>(planned.layer));
    }

    std::int64_t rowsFor(const PlannedTreatment& planned) const {
        const ldm::StoredTensor& weight = layerOf(planned).weight;
        return sampledRows(planned, weight.elements() / weight.shape.front());
    }

    std::int64_t sampleBytes(const PlannedTreatment& planned) const {
        if (!planned.needsInputs()) return 0;
        const ldm::StoredTensor& weight = layerOf(planned).weight;
        return rowsFor(planned) * (weight.elements() / weight.shape.front()) * std::int64_t{sizeof(float)};
    }

    /// Layers whose samples fit into memory together; a layer that is too large for it stands alone.
    std::vector<std::vector<PlannedTreatment>> passes(const std::vector<PlannedTreatment>& treated) const {
        std::vector<std::vector<PlannedTreatment>> result;
        std::int64_t room = 0;
        for (const PlannedTreatment& planned : treated) {
            const std::int64_t bytes = sampleBytes(planned);
            if (result.empty() || bytes > room) {
                result.emplace_back();
                room = m_settings.sampleBytes;
            }
            room -= bytes;
            result.back().push_back(planned);
        }
        return result;
    }

    /// False when stopped.
    bool treatTogether(const std::vector<PlannedTreatment>& pass) {
        std::map<int, std::int64_t> rows;
        for (const PlannedTreatment& planned : pass)
            if (planned.needsInputs()) rows[planned.layer] = rowsFor(planned);
        SamplingArithmetic sampling(m_networks.unetArithmetic, rows, m_settings.seed);
        if (!rows.empty() && !sample(sampling)) return false;
        for (const PlannedTreatment& planned : pass) {
            if (m_stop.stop_requested()) return false;
            ldm::report(m_progress, "treating layers", m_done++, m_total);
            treat(planned, sampling);
        }
        return true;
    }

    /// Runs full precision one prompt at a time; false when stopped.
    bool sample(SamplingArithmetic& sampling) {
        for (std::size_t run = 0; run < m_runs.size(); ++run) {
            ldm::Trajectory trajectory(m_networks, ldm::prepare(m_networks, {m_runs[run]}));
            const std::size_t last = m_firstStepOnly ? 1 : trajectory.steps();
            while (trajectory.index() < last) {
                ldm::report(m_progress, "sampling inputs", static_cast<std::int64_t>(run * last + trajectory.index()),
                            static_cast<std::int64_t>(m_runs.size() * last));
                const auto output = runUNet(m_networks.unet, sampling, trajectory.state(), m_stop);
                if (!output) return false;
                if (const int lost = sampling.lostLayer(); lost >= 0)
                    ldm::refuseNotFinite(m_networks,
                                         "The input of layer '" +
                                             m_networks.info.layers.at(static_cast<std::size_t>(lost)).name +
                                             "' at timestep " + std::to_string(trajectory.timestep()));
                trajectory.advance(*output);
            }
        }
        return true;
    }

    void treat(const PlannedTreatment& planned, SamplingArithmetic& sampling) {
        const ldm::Layer& layer = layerOf(planned);
        try {
            const LayerInputs inputs = planned.needsInputs() ? sampling.take(layer) : LayerInputs{};
            m_treatment.layers[planned.layer] =
                std::make_shared<const LayerTreatment>(treatmentOf(layer, planned, inputs));
        } catch (const ldm::Error& error) {
            throw ldm::Error(error.kind(), "layer '" + layer.name + "': " + error.what());
        }
    }

    LayerTreatment treatmentOf(const ldm::Layer& layer, const PlannedTreatment& planned,
                               const LayerInputs& inputs) const {
        LayerTreatment treatment;
        treatment.exact = planned.exact;
        treatment.splitAt = planned.splitAt;
        treatment.splitInput = planned.splitInput;
        if (!planned.smoothed && !planned.errorFeedback && planned.rank == 0) return treatment;
        const at::Tensor weight = layer.weight.values().to(at::kCPU, at::kFloat).contiguous();
        if (planned.smoothed) chooseSmoothing(treatment, weight, inputs, planned, layer.kind);
        if (planned.rank > 0)
            treatment.lowRank =
                lowRankFactors(treatment.remainder(weight, WeightFormat::Fp32), planned.rank, m_settings.seed);
        if (planned.errorFeedback) roundAll(treatment, weight, planned, inputs);
        layer.weight.release();
        return treatment;
    }

    static void roundAll(LayerTreatment& treatment, const at::Tensor& weight, const PlannedTreatment& planned,
                         const LayerInputs& inputs) {
        const at::Tensor channels = inputs.rows.view({inputs.rows.size(0), weight.size(1), -1});
        const at::Tensor rows = treatment.smoothedInput(channels, 1).flatten(1);
        for (const Format format : planned.formats) {
            if (!takesFeedback(format.weights) || treatment.rounded.contains(format.weights)) continue;
            IntegerWeights rounded =
                roundedWithFeedback(treatment.remainder(weight, format.weights), format.weights, rows);
            treatment.rounded.emplace(format.weights, std::move(rounded));
        }
    }

    ldm::Networks& m_networks;
    const std::vector<ldm::GenerateSettings>& m_runs;
    bool m_firstStepOnly;
    std::stop_token m_stop;
    const ldm::ProgressSink& m_progress;
    TreatmentSettings m_settings;
    Treatment m_treatment;
    std::int64_t m_done = 0;
    std::int64_t m_total = 0;
};

} // namespace

bool needsInputs(const Plan& plan) {
    return std::any_of(plan.treated.begin(), plan.treated.end(), std::mem_fn(&PlannedTreatment::needsInputs));
}

std::optional<Treatment> treat(const ldm::Model& model, const Plan& plan,
                               const std::vector<ldm::GenerateSettings>& runs, const std::string& steps,
                               std::stop_token stop, const ldm::ProgressSink& progress,
                               const TreatmentSettings& settings) {
    if (steps != "first" && steps != "all")
        throw ldm::badInput("calibration steps '" + steps + "' are not known; use 'first' or 'all'.");
    if (runs.empty() && needsInputs(plan))
        throw ldm::badInput("there is no prompt to calibrate with; give at least one.");
    const at::NoGradGuard noGrad;
    return Treater(model, runs, steps, std::move(stop), progress, settings).run(plan.treated);
}

} // namespace quant
