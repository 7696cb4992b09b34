#pragma once

namespace quant {

/// How a simulated layer multiplies its quantized weights by its quantized inputs.
enum class Products {
    Float,  ///< as float32 values: the definition, on every device and for every format
    Integer ///< as 8-bit integers where the processor is exact, wider inputs as two of them; else as Float
};

/// The largest magnitude of a weight's code for which this processor sums products of unsigned and signed bytes without
/// saturating: 127 with VNNI; 64 where two products are added in 16 bits first (2 * 255 * 64 < 2^15); 0 where there is
/// no such instruction, so that nothing is gained.
int largestExactCode();

} // namespace quant
