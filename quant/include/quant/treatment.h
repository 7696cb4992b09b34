#pragma once

#include <quant/quantize.h>
#include <quant/recipe.h>

#include <ldm/generate.h>
#include <ldm/model.h>
#include <ldm/progress.h>

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

namespace quant {

/// A matrix as the product of two thin ones. A convolution's kernel counts as part of the columns.
struct LowRankFactors {
    at::Tensor left;  ///< fp16 [out, rank]
    at::Tensor right; ///< fp16 [rank, in, ...]

    bool defined() const { return left.defined(); }
    at::Tensor product() const; ///< float32 [out, in, ...]
};

/// The largest singular directions of a weight [out, in, ...] by a randomized range finder with two power iterations
/// (Halko, Martinsson, Tropp 2011); both factors carry the square root of the singular values. The seed decides the
/// last digits. Throws BadInput for a rank that is not below the smaller side, and for weights that are not finite.
LowRankFactors lowRankFactors(const at::Tensor& weight, int rank, std::uint64_t seed = 0);

/// s_j = max|X_j|^alpha / max|W_j|^(1 - alpha) for each input channel j, float32 [in] (SmoothQuant, Xiao et al. 2022);
/// 1 where either maximum is zero. inputMax float32 [in], weight [out, in, ...].
at::Tensor smoothingScales(const at::Tensor& inputMax, const at::Tensor& weight, double alpha);

/// Codes and scales on the same grid as integerWeights(), chosen column by column so that each column makes up for the
/// errors before it (GPTQ, Frantar et al. 2022): most-used columns first, Hessian of the given inputs [rows, columns]
/// damped by 1 % of its mean, columns beyond 4608 in blocks of their own. An output channel that nearest rounding
/// serves better keeps that. `format` must be one that takesFeedback().
IntegerWeights roundedWithFeedback(const at::Tensor& weight, WeightFormat format, const at::Tensor& inputs);

/// What a layer's inputs looked like over some runs.
struct LayerInputs {
    at::Tensor lo;   ///< float32 [in]: smallest value by input channel
    at::Tensor hi;   ///< and largest
    at::Tensor rows; ///< float32 [n, columns], a sample: what single outputs are products of the weight with
};

/// The alpha of 0.1, 0.2 ... 0.9 with which smoothing leaves the least error at the layer's output over the first 256
/// sampled rows, weights rounded to nearest and inputs between the extremes found; nothing where none is better than
/// no smoothing. Inputs from channel `splitAt` on, if that is not 0, have a range of their own.
std::optional<double> bestAlpha(const at::Tensor& weight, const LayerInputs& inputs, Format format, ldm::LayerKind kind,
                                std::int64_t splitAt = 0);

/// What is done to one layer beside its format.
struct LayerTreatment {
    at::Tensor smoothing;   ///< float32 [in], or undefined: inputs are divided by it, weights multiplied
    double alpha = 0;       ///< that `smoothing` was made with
    LowRankFactors lowRank; ///< of the smoothed weight; beside weights of 8 bits or fewer, on unquantized inputs
    std::map<WeightFormat, IntegerWeights> rounded; ///< what replaces rounding to nearest
    std::int64_t splitAt = 0; ///< input channel from which on inputs have a range of their own; 0: nowhere
    int splitInput = -1;      ///< index of that range in a calibration
    bool exact = false;       ///< full precision: its outputs are kept by step

    /// The input that is quantized: smoothed. `channelDim` counts from the front.
    at::Tensor smoothedInput(const at::Tensor& x, std::int64_t channelDim) const;
    /// The parts of such an input that have a range each: one, or two where it is split.
    std::vector<at::Tensor> quantizedParts(const at::Tensor& x, std::int64_t channelDim) const;
    /// The weight that is rounded to a format: smoothed, and without its low-rank part where the format uses that.
    at::Tensor remainder(const at::Tensor& weight, WeightFormat format) const;
    /// The same after rounding.
    at::Tensor quantizedRemainder(const at::Tensor& weight, WeightFormat format) const;
    /// The one weight that acts on plain inputs as all of this does, as far as weights are concerned.
    at::Tensor effectiveWeight(const at::Tensor& weight, WeightFormat format) const;
    bool usesLowRank(WeightFormat format) const;
};

/// Treatments by layer index; layers that are not in it have none. Copies share them.
struct Treatment {
    std::map<int, std::shared_ptr<const LayerTreatment>> layers;

    const LayerTreatment* find(int layer) const;
    std::size_t splitInputs() const;                   ///< how many of the layers are split
    bool operator==(const Treatment&) const = default; ///< the very same, not equal numbers
};

struct TreatmentSettings {
    std::uint64_t seed = 0;                             ///< of the sample of inputs and of low rank
    std::int64_t sampleBytes = std::int64_t{512} << 20; ///< of inputs held at once; less takes more runs
};

/// calibrate() for a treated model: the ranges of its inputs as they will be quantized, behind those of all layers the
/// ranges of the second parts of split inputs.
std::optional<Calibration> calibrate(const ldm::Model& model, const std::vector<ldm::GenerateSettings>& runs,
                                     const CalibrationSettings& how, const Treatment& treatment,
                                     std::stop_token stop = {}, const ldm::ProgressSink& progress = {});

/// True if treat() must run the model.
bool needsInputs(const Plan& plan);

/// Makes what the plan asks for. Smoothing and error feedback need inputs: full precision is run over the given
/// settings as in calibrate(), at the first or all sampling steps, and samples of the rows that the layers multiply
/// are taken, each with equal chance. Alphas that are not given are the bestAlpha() for the coarsest of the layer's
/// formats, and those layers stay as they are that it does not help. Nothing when stopped. Throws as calibrate() does.
std::optional<Treatment> treat(const ldm::Model& model, const Plan& plan,
                               const std::vector<ldm::GenerateSettings>& runs, const std::string& steps,
                               std::stop_token stop = {}, const ldm::ProgressSink& progress = {},
                               const TreatmentSettings& settings = {});

} // namespace quant
