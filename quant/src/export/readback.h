#pragma once

#include "job.h"

#include <ldm/error.h>

namespace quant {

/// Opens what was written as a model and compares every tensor: the weights of layers with simulatedWeight(), all
/// others with the source. Exact layers must be equal but for the rounding of scales to half precision, requantized
/// ones reach the SQNR of their type, floats are those of the recipe in the file's type. Fills the report's `verified`.
/// Throws WriteFailed naming the first tensor that differs.
void compareWithRecipe(ExportJob& job, const std::filesystem::path& written);

/// How values that were read back differ from what they are to be.
struct Difference {
    ErrorSums sums; ///< as float32
    bool isEqual = true;
    bool isOfHalfScales = true; ///< no more than rounding scales to half precision explains
};
/// Of as many values each, piece by piece; those expected are rounded to `type` first.
Difference difference(const at::Tensor& expected, const at::Tensor& found, at::ScalarType type);

/// What to throw for a tensor that is not what was written.
ldm::Error readsBackWrong(const ExportJob& job, const std::string& tensor, const std::string& why);
/// The least SQNR in dB that a sound rounding to so many bits a weight has, outliers allowed for.
double leastDb(double bitsPerWeight);
/// Values as a file of floats of this type ("F16", "BF16") holds them, float32.
at::Tensor asStored(const at::Tensor& values, const std::string& storedAs);

} // namespace quant
