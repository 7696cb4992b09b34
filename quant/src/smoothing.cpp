#include "smoothing.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace quant {

namespace {

constexpr double kGrid[] = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9};
constexpr std::int64_t kSearchRows = 256;
constexpr float kLargestScale = 1e4F; ///< and its inverse the smallest: channels may be nearly empty

/// The format with the fewest bits, of which smoothing has the most to gain.
Format coarsest(const std::vector<Format>& formats) {
    return *std::min_element(formats.begin(), formats.end(), [](Format a, Format b) {
        return bits(a.weights) * bits(a.activations) < bits(b.weights) * bits(b.activations);
    });
}

at::Tensor largestInputs(const LayerInputs& inputs) {
    return at::maximum(inputs.lo.abs(), inputs.hi.abs());
}

/// The error at one layer's output over sampled inputs.
class OutputError {
public:
    OutputError(const at::Tensor& weight, const LayerInputs& inputs, Format format, std::int64_t splitAt,
                ldm::LayerKind kind)
        : m_weight(weight), m_inputs(inputs), m_format(format), m_splitAt(splitAt), m_kind(kind),
          m_rows(inputs.rows.narrow(0, 0, std::min(kSearchRows, inputs.rows.size(0)))),
          m_output(at::matmul(m_rows, weight.flatten(1).t())) {}

    double of(const LayerTreatment& treatment) const {
        const at::Tensor channels = m_rows.view({m_rows.size(0), m_weight.size(1), -1});
        const at::Tensor x = quantizedInput(treatment, treatment.smoothedInput(channels, 1)).flatten(1);
        const at::Tensor w = treatment.quantizedRemainder(m_weight, m_format.weights).flatten(1);
        return errorSums(m_output, at::matmul(x, w.t())).error;
    }

private:
    at::Tensor quantizedInput(const LayerTreatment& treatment, const at::Tensor& x) const {
        if (m_splitAt == 0) return quantized(treatment, x, 0);
        return at::cat({quantized(treatment, x.narrow(1, 0, m_splitAt), 0),
                        quantized(treatment, x.narrow(1, m_splitAt, x.size(1) - m_splitAt), m_splitAt)},
                       1);
    }

    /// x [rows, channels, kernel], whose first channel is `first` of the layer's.
    at::Tensor quantized(const LayerTreatment& treatment, const at::Tensor& x, std::int64_t first) const {
        const auto smoothed = [&](const at::Tensor& byChannel) {
            return treatment.smoothedInput(byChannel, 0).narrow(0, first, x.size(1));
        };
        const Range range{smoothed(m_inputs.lo).min().item<float>(), smoothed(m_inputs.hi).max().item<float>()};
        return quantizedActivations(x, sampledFormat(), range, ldm::LayerKind::Conv2d); // a row is a token
    }

    /// Rows of a linear layer are its tokens. Those of a convolution are parts of one, whose range is nearly all.
    ActivationFormat sampledFormat() const {
        if (m_kind == ldm::LayerKind::Linear) return m_format.activations;
        if (m_format.activations == ActivationFormat::Int8Token) return ActivationFormat::Int8;
        if (m_format.activations == ActivationFormat::Int4Token) return ActivationFormat::Int4;
        return m_format.activations;
    }

    at::Tensor m_weight;
    const LayerInputs& m_inputs;
    Format m_format;
    std::int64_t m_splitAt;
    ldm::LayerKind m_kind;
    at::Tensor m_rows;
    at::Tensor m_output;
};

} // namespace

at::Tensor smoothingScales(const at::Tensor& inputMax, const at::Tensor& weight, double alpha) {
    const at::Tensor matrix = weight.to(at::kCPU, at::kFloat).transpose(0, 1).flatten(1);
    const at::Tensor weightMax = std::get<0>(matrix.abs().max(1));
    const at::Tensor scales = inputMax.pow(alpha) / weightMax.pow(1 - alpha);
    const at::Tensor isEmpty = at::logical_or(inputMax == 0, weightMax == 0);
    return scales.clamp(1 / kLargestScale, kLargestScale).masked_fill_(isEmpty, 1.0);
}

std::optional<double> bestAlpha(const at::Tensor& weight, const LayerInputs& inputs, Format format, ldm::LayerKind kind,
                                std::int64_t splitAt) {
    const OutputError error(weight.to(at::kCPU, at::kFloat), inputs, format, splitAt, kind);
    LayerTreatment treatment;
    double least = error.of(treatment);
    std::optional<double> best;
    for (const double alpha : kGrid) {
        treatment.smoothing = smoothingScales(largestInputs(inputs), weight, alpha);
        const double found = error.of(treatment);
        if (!(found < least)) continue;
        least = found;
        best = alpha;
    }
    return best;
}

void chooseSmoothing(LayerTreatment& treatment, const at::Tensor& weight, const LayerInputs& inputs,
                     const PlannedTreatment& planned, ldm::LayerKind kind) {
    const std::optional<double> alpha =
        planned.alpha ? planned.alpha : bestAlpha(weight, inputs, coarsest(planned.formats), kind, planned.splitAt);
    if (!alpha) return;
    treatment.alpha = *alpha;
    treatment.smoothing = smoothingScales(largestInputs(inputs), weight, *alpha);
}

} // namespace quant
