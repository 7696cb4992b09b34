#pragma once

#include <quant/calibration.h>
#include <quant/errorsums.h>
#include <quant/format.h>

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace quant {

/// Weights as float32 values that the format can represent. `weight` [out, ...] in any float type.
/// Integers: per output channel, or group of consecutive elements of one, s = max|w| / (2^(b-1) - 1) in float32,
/// q = clamp(rint(w / s), +-(2^(b-1) - 1)) with rint to even; where all are zero they stay zero. The last group of a
/// channel may be shorter. Fp8: per output channel s = max|w| / 448, values rounded to e4m3. Fp16, Bf16: rounded to
/// nearest even, saturating at the largest finite value. GGUF types: through ggml's blocks where storedAs() the shape
/// lets them; weights above 65504 throw BadInput. So do weights that are not finite.
at::Tensor quantizedWeights(const at::Tensor& weight, WeightFormat format);

/// Integer codes and scales behind isInteger() formats: codes int8 [out, ...], scale float32 [out], or [out, groups]
/// for formats with groups.
struct IntegerWeights {
    at::Tensor codes;
    at::Tensor scale;
};
IntegerWeights integerWeights(const at::Tensor& weight, WeightFormat format);

/// Affine parameters of an integer activation format: lo = min(0, lo), hi = max(0, hi),
/// s = (hi - lo) / (2^b - 1), z = rint(-lo / s); s = 1, z = 0 where the range is empty.
struct ActivationScale {
    float scale = 1;
    std::int32_t zeroPoint = 0;
    std::int32_t levels = 255; ///< 2^b - 1
};
ActivationScale activationScale(Range range, ActivationFormat format);

/// Activations as the format would represent them: q = clamp(rint(x / s) + z, 0, levels), (q - z) s; Fp8 with
/// s = max(|lo|, |hi|) / 448. Token formats ignore `range`: it is that of each row of the last dimension for linear
/// layers, of each sample for convolutions; a token with a value that is not finite is passed on as it is. x float32,
/// contiguous or not; the result is new and contiguous. Fp32 returns x.
/// x is divided by s as the definition says; torch.fake_quantize multiplies by 1 / s, which differs in rare ties.
at::Tensor quantizedActivations(const at::Tensor& x, ActivationFormat format, Range range,
                                ldm::LayerKind kind = ldm::LayerKind::Linear);

/// One float rounded to float8 e4m3fn (bias 7, largest 448, saturating), to nearest even.
float roundToE4M3(float value);
std::uint8_t encodeE4M3(float value);
float decodeE4M3(std::uint8_t code);

/// y and yq float32 of equal shape. One pass, blocks of 1024 summed in float, blocks in double, independent of threads.
ErrorSums errorSums(const at::Tensor& y, const at::Tensor& yq);

/// errorSums(weight, quantizedWeights(weight, format)), to the bit; formats with float32 scales in one pass over
/// memory. Throws as quantizedWeights() does.
ErrorSums weightErrors(const at::Tensor& weight, WeightFormat format);

} // namespace quant
