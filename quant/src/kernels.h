#pragma once

#include <cstddef>
#include <cstdint>

/// The inner loops of quantization and measurement over plain memory. Vectorised for whatever the machine has, and
/// equal to the bit on all of them: no reciprocals, no contraction, a fixed order in every sum. In and out may be the
/// same.
namespace quant::kernels {

/// Elements summed in float before the sum goes on in double.
inline constexpr std::size_t kSumBlock = 1024;

struct MinMax {
    float lo = 0;
    float hi = 0;
    bool finite = true; ///< where false, lo and hi mean nothing
};
/// n >= 1.
MinMax minMax(const float* x, std::size_t n);

/// rint(clamp(x / scale, lo, hi)) * scale with ties to even; lo and hi whole numbers below 2^22. NaN stays NaN.
void quantizeInteger(const float* x, float* out, std::size_t n, float scale, float lo, float hi);
/// The same without the product: whole numbers.
void integerCodes(const float* x, std::int8_t* out, std::size_t n, float scale, float lo, float hi);
/// clamp(rint(x / scale) + zeroPoint, 0, levels) with ties to even; zeroPoint and levels whole numbers up to 255. False
/// if an x is NaN; its code means nothing.
bool byteCodes(const float* x, std::uint8_t* out, std::size_t n, float scale, float zeroPoint, float levels, int shift);
/// x / scale rounded to float8 e4m3fn, saturating at `largest` (448), times scale. NaN stays NaN.
void quantizeE4M3(const float* x, float* out, std::size_t n, float scale, float largest);

struct BlockSums {
    float signal = 0;
    float error = 0;
};
/// sum y^2 and sum (yq - y)^2 over at most kSumBlock elements.
BlockSums errorSums(const float* y, const float* yq, std::size_t n);
/// errorSums of x and of what quantizeInteger makes of it, to the bit, without writing that.
BlockSums integerErrors(const float* x, std::size_t n, float scale, float lo, float hi);

} // namespace quant::kernels
