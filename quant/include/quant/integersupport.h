#pragma once

#include <quant/format.h>
#include <quant/products.h>

namespace quant {

/// Whether this processor computes layers of a format by exact integer products, and what is in the way otherwise.
enum class IntegerSupport {
    Exact,
    FloatWeights,   ///< the weights are no integers of one scale per output channel: floats, groups, GGUF types
    FloatInputs,    ///< the inputs are floats
    WideInputs,     ///< they have more than 8 bits, and two products would not be faster than one of floats
    DynamicInputs,  ///< they have no range of their own beforehand
    NoInstructions, ///< the processor multiplies no bytes
    Saturating      ///< it does, but its sums would saturate with codes as large as these weights have
};

/// `exactCode`: what largestExactCode() says of the processor in question.
inline IntegerSupport integerSupport(Format format, int exactCode = largestExactCode()) {
    const bool isDynamic =
        format.activations == ActivationFormat::Int8Token || format.activations == ActivationFormat::Int4Token;
    if (!isInteger(format.weights) || scaleGroup(format.weights) != 0) return IntegerSupport::FloatWeights;
    if (isDynamic) return IntegerSupport::DynamicInputs;
    if (!isCalibrated(format.activations) || format.activations == ActivationFormat::Fp8E4M3)
        return IntegerSupport::FloatInputs;
    if (bits(format.activations) > 8 && exactCode < 127) return IntegerSupport::WideInputs;
    if (exactCode == 0) return IntegerSupport::NoInstructions;
    return (1 << (bits(format.weights) - 1)) - 1 > exactCode ? IntegerSupport::Saturating : IntegerSupport::Exact;
}

} // namespace quant
