#include <quant/treatment.h>

#include "elementscales.h"

#include <ldm/error.h>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

namespace quant {

namespace {

constexpr std::int64_t kBlock = 128;           ///< columns whose errors are passed on together
constexpr std::int64_t kWidestHessian = 4608;  ///< columns; wider ones would take gigabytes
constexpr double kDampings[] = {0.01, 0.1, 1}; ///< shares of the mean diagonal, until the matrix can be inverted

/// Upper Cholesky factor of the inverse of the damped Hessian of inputs [rows, columns]; float32.
at::Tensor inverseFactor(const at::Tensor& inputs) {
    at::Tensor hessian = at::matmul(inputs.t(), inputs).to(at::kDouble);
    const at::Tensor diagonal = hessian.diagonal();
    diagonal.masked_fill_(diagonal == 0, 1.0); // unused columns: their errors cost nothing and pass nothing on
    const double mean = diagonal.mean().item<double>();
    for (const double damping : kDampings) {
        at::Tensor damped = hessian.clone();
        damped.diagonal().add_(damping * mean);
        const auto [lower, failed] = at::linalg_cholesky_ex(damped);
        if (failed.item<int>() != 0) continue;
        const auto [upper, failedAgain] = at::linalg_cholesky_ex(at::cholesky_inverse(lower), true);
        if (failedAgain.item<int>() == 0) return upper.to(at::kFloat).contiguous();
    }
    throw ldm::Error(ldm::ErrorKind::Failed, "error feedback found no order in the inputs of a layer; leave it out.");
}

/// One run of the algorithm over columns that are sorted already.
class Feedback {
public:
    /// weight [out, columns], which it takes apart; scale alike.
    Feedback(at::Tensor weight, at::Tensor scale, at::Tensor factor, float limit)
        : m_weight(std::move(weight)), m_scale(std::move(scale)), m_factor(std::move(factor)), m_limit(limit),
          m_codes(at::empty_like(m_weight)), m_errors(at::empty({m_weight.size(0), kBlock}, at::kFloat)) {}

    /// Codes [out, columns] as float32.
    at::Tensor run() {
        const std::int64_t columns = m_weight.size(1);
        for (std::int64_t first = 0; first < columns; first += kBlock) {
            const std::int64_t width = std::min(kBlock, columns - first);
            at::parallel_for(0, m_weight.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
                for (std::int64_t row = begin; row < end; ++row) roundBlock(row, first, width);
            });
            const std::int64_t next = first + width;
            if (next == columns) break;
            m_weight.narrow(1, next, columns - next)
                .sub_(at::matmul(m_errors.narrow(1, 0, width),
                                 m_factor.narrow(0, first, width).narrow(1, next, columns - next)));
        }
        return m_codes;
    }

private:
    void roundBlock(std::int64_t row, std::int64_t first, std::int64_t width) {
        const std::int64_t columns = m_weight.size(1);
        float* weight = m_weight.data_ptr<float>() + row * columns + first;
        const float* scale = m_scale.data_ptr<float>() + row * columns + first;
        float* codes = m_codes.data_ptr<float>() + row * columns + first;
        float* errors = m_errors.data_ptr<float>() + row * kBlock;
        for (std::int64_t i = 0; i < width; ++i) {
            const float* factor = m_factor.data_ptr<float>() + (first + i) * columns + first;
            codes[i] = scale[i] > 0 ? std::clamp(std::nearbyint(weight[i] / scale[i]), -m_limit, m_limit) : 0;
            errors[i] = (weight[i] - codes[i] * scale[i]) / factor[i];
            for (std::int64_t later = i + 1; later < width; ++later) weight[later] -= errors[i] * factor[later];
        }
    }

    at::Tensor m_weight;
    at::Tensor m_scale;
    at::Tensor m_factor;
    float m_limit;
    at::Tensor m_codes;
    at::Tensor m_errors;
};

/// Codes of some columns; all [out, columns] but inputs [rows, columns].
at::Tensor feedbackCodes(const at::Tensor& weight, const at::Tensor& scale, const at::Tensor& inputs, float limit) {
    const at::Tensor use = inputs.square().sum(0, false, at::kDouble);
    const at::Tensor order = std::get<1>(at::sort(use, c10::optional<bool>(true), -1, true));
    const auto sorted = [&](const at::Tensor& columns) { return columns.index_select(1, order); };
    Feedback feedback(sorted(weight), sorted(scale), inverseFactor(sorted(inputs)), limit);
    return at::empty_like(weight).index_copy_(1, order, feedback.run());
}

/// Squared error per output channel at the output.
at::Tensor outputErrors(const at::Tensor& difference, const at::Tensor& inputs) {
    return at::matmul(inputs, difference.t()).square().sum(0, false, at::kDouble);
}

} // namespace

IntegerWeights roundedWithFeedback(const at::Tensor& weight, WeightFormat format, const at::Tensor& inputs) {
    IntegerWeights result = integerWeights(weight, format);
    const at::Tensor matrix = weight.to(at::kCPU, at::kFloat).flatten(1).contiguous();
    const std::int64_t columns = matrix.size(1);
    if (inputs.dim() != 2 || inputs.size(0) == 0 || inputs.size(1) != columns)
        throw ldm::Error(ldm::ErrorKind::Failed,
                         "error feedback was given inputs of another layer; this is a fault of the program.");
    if (!at::isfinite(inputs).all().item<bool>())
        throw ldm::badInput("inputs of a layer are not finite numbers; the model does not compute in float32.");
    const at::Tensor scale = elementScales(result, format);
    const auto limit = static_cast<float>((1 << (bits(format) - 1)) - 1);
    const at::Tensor nearest = result.codes.flatten(1).to(at::kFloat);
    at::Tensor codes = at::empty_like(matrix);
    for (std::int64_t first = 0; first < columns; first += kWidestHessian) {
        const std::int64_t width = std::min(kWidestHessian, columns - first);
        const auto part = [&](const at::Tensor& whole) { return whole.narrow(1, first, width).contiguous(); };
        codes.narrow(1, first, width).copy_(feedbackCodes(part(matrix), part(scale), part(inputs), limit));
    }
    const at::Tensor helps =
        outputErrors(codes * scale - matrix, inputs) < outputErrors(nearest * scale - matrix, inputs);
    result.codes = at::where(helps.unsqueeze(1), codes, nearest).to(at::kChar).view(weight.sizes());
    return result;
}

} // namespace quant
