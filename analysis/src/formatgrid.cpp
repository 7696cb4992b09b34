#include <analysis/inspect.h>

#include <quant/quantize.h>

#include <algorithm>
#include <cmath>

namespace analysis {

namespace {

double largestOf(quant::Range range) {
    return std::max(std::abs(double(range.lo)), std::abs(double(range.hi)));
}

} // namespace

std::optional<FormatGrid> gridOf(quant::WeightFormat format, quant::Range weights) {
    using quant::WeightFormat;
    if (format == WeightFormat::Fp32 || format == WeightFormat::Fp16 || format == WeightFormat::Bf16)
        return std::nullopt;
    const double largest = largestOf(weights);
    if (!quant::isInteger(format)) return FormatGrid{-largest, largest, 0, 0};
    const int each = (1 << (quant::bits(format) - 1)) - 1; // levels above zero
    return FormatGrid{-largest, largest, largest / each, 2 * each + 1};
}

std::optional<FormatGrid> gridOf(quant::ActivationFormat format, quant::Range inputs) {
    if (!quant::isCalibrated(format)) return std::nullopt;
    if (format == quant::ActivationFormat::Fp8E4M3) return FormatGrid{-largestOf(inputs), largestOf(inputs), 0, 0};
    const quant::ActivationScale scale = quant::activationScale(inputs, format);
    const double step = scale.scale;
    return FormatGrid{-scale.zeroPoint * step, (scale.levels - scale.zeroPoint) * step, step, scale.levels + 1};
}

} // namespace analysis
