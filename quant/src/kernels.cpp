#include "kernels.h"

#include "vectorised.h"

#include <bit>
#include <cstring>

namespace quant::kernels {

namespace {

/// Sums run in four vectors of eight lanes whatever the machine has: the lanes, not the registers, fix the
/// order of a sum.
constexpr std::size_t kVectors = 4;
constexpr std::size_t kStride = kVectors * kLanes;

/// Adding and subtracting 1.5 * 2^23 rounds |x| < 2^22 to a whole number, ties to even, in every instruction set.
constexpr float kRounder = 12582912.0F;

NOISEFLOOR_INLINE float clamped(float x, float lo, float hi) {
    x = x < lo ? lo : x;
    return x > hi ? hi : x;
}

NOISEFLOOR_INLINE float rounded(float x) {
    return (x + kRounder) - kRounder;
}

/// Rounds a value of at most 448 to three fraction bits, and to multiples of 2^-9 below 2^-6: as `rounded`, with the
/// rounder scaled to the value's own exponent.
NOISEFLOOR_INLINE float roundedE4M3(float x) {
    constexpr std::uint32_t kSmallestExponent = 127 - 6;
    const std::uint32_t exponent = (std::bit_cast<std::uint32_t>(x) >> 23) & 0xFF;
    const std::uint32_t shared = exponent > kSmallestExponent ? exponent : kSmallestExponent;
    const float rounder = std::bit_cast<float>(((shared + 20) << 23) | 0x400000U);
    return (x + rounder) - rounder;
}

/// An element, or kLanes of them, and its error.
struct Difference {
    const float* y;
    const float* yq;

    template <typename Value> NOISEFLOOR_INLINE void read(std::size_t i, Value& value, Value& error) const {
        std::memcpy(&value, y + i, sizeof value);
        std::memcpy(&error, yq + i, sizeof error);
        error -= value;
    }
};

/// The same of what quantizeInteger makes of it.
struct IntegerRounding {
    const float* x;
    float scale;
    float lo;
    float hi;

    template <typename Value> NOISEFLOOR_INLINE void read(std::size_t i, Value& value, Value& error) const {
        std::memcpy(&value, x + i, sizeof value);
        const Value least = Value{} + lo;
        const Value most = Value{} + hi;
        Value code = value / scale;
        code = code < least ? least : code;
        code = code > most ? most : code;
        error = ((code + kRounder) - kRounder) * scale - value;
    }
};

template <typename Elements> NOISEFLOOR_INLINE BlockSums summed(std::size_t n, const Elements& elements) {
    Lanes signals[kVectors]{};
    Lanes errors[kVectors]{};
    std::size_t i = 0;
    for (; i + kStride <= n; i += kStride) {
        for (std::size_t k = 0; k < kVectors; ++k) {
            Lanes value;
            Lanes error;
            elements.read(i + k * kLanes, value, error);
            signals[k] += value * value;
            errors[k] += error * error;
        }
    }
    const Lanes signal = (signals[0] + signals[1]) + (signals[2] + signals[3]);
    const Lanes error = (errors[0] + errors[1]) + (errors[2] + errors[3]);
    BlockSums sums;
    for (std::size_t j = 0; j < kLanes; ++j) {
        sums.signal += signal[j];
        sums.error += error[j];
    }
    for (; i < n; ++i) {
        float value;
        float difference;
        elements.read(i, value, difference);
        sums.signal += value * value;
        sums.error += difference * difference;
    }
    return sums;
}

} // namespace

NOISEFLOOR_VECTORISED
MinMax minMax(const float* x, std::size_t n) {
    float lo = x[0];
    float hi = x[0];
    float zero = 0; // x - x summed: stays 0 unless something is not finite
    std::size_t i = 0;
    if (n >= kLanes) {
        Lanes los;
        std::memcpy(&los, x, sizeof los);
        Lanes his = los;
        Lanes zeros{};
        for (; i + kLanes <= n; i += kLanes) {
            Lanes v;
            std::memcpy(&v, x + i, sizeof v);
            los = v < los ? v : los;
            his = v > his ? v : his;
            zeros += v - v;
        }
        for (std::size_t j = 0; j < kLanes; ++j) {
            lo = los[j] < lo ? los[j] : lo;
            hi = his[j] > hi ? his[j] : hi;
            zero += zeros[j];
        }
    }
    for (; i < n; ++i) {
        lo = x[i] < lo ? x[i] : lo;
        hi = x[i] > hi ? x[i] : hi;
        zero += x[i] - x[i];
    }
    return {lo, hi, zero == 0};
}

NOISEFLOOR_VECTORISED
void quantizeInteger(const float* x, float* out, std::size_t n, float scale, float lo, float hi) {
    for (std::size_t i = 0; i < n; ++i) out[i] = rounded(clamped(x[i] / scale, lo, hi)) * scale;
}

NOISEFLOOR_VECTORISED
void integerCodes(const float* x, std::int8_t* out, std::size_t n, float scale, float lo, float hi) {
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int8_t>(rounded(clamped(x[i] / scale, lo, hi)));
}

NOISEFLOOR_VECTORISED
bool byteCodes(const float* x, std::uint8_t* out, std::size_t n, float scale, float zeroPoint, float levels,
               int shift) {
    const float lo = -zeroPoint;
    const float hi = levels - zeroPoint;
    std::int32_t nans = 0;
    for (std::size_t i = 0; i < n; ++i) {
        nans |= x[i] == x[i] ? 0 : 1;
        const float value = x[i] / scale;
        const float above = value > lo ? value : lo; // where a NaN ends, too
        const float code = rounded(above < hi ? above : hi) + zeroPoint;
        out[i] = static_cast<std::uint8_t>(static_cast<std::int32_t>(code) >> shift);
    }
    return nans == 0;
}

NOISEFLOOR_VECTORISED
void quantizeE4M3(const float* x, float* out, std::size_t n, float scale, float largest) {
    for (std::size_t i = 0; i < n; ++i) out[i] = roundedE4M3(clamped(x[i] / scale, -largest, largest)) * scale;
}

NOISEFLOOR_VECTORISED
BlockSums errorSums(const float* y, const float* yq, std::size_t n) {
    return summed(n, Difference{y, yq});
}

NOISEFLOOR_VECTORISED
BlockSums integerErrors(const float* x, std::size_t n, float scale, float lo, float hi) {
    return summed(n, IntegerRounding{x, scale, lo, hi});
}

} // namespace quant::kernels
