#include "operators.h"

#include <ATen/ATen.h>

namespace quant::onnx {

namespace {

/// A scale or zero point in the shape that broadcasts along the axis: one for all values, or one for each of them.
at::Tensor alongAxis(const Call& call, const at::Tensor& parameter, const at::Tensor& x) {
    if (parameter.dim() == 0 || (parameter.dim() == 1 && parameter.numel() == 1)) return parameter.reshape({});
    const std::int64_t axis = call.axis(call.integer("axis", 1), x.dim());
    call.require(parameter.dim() == 1 && parameter.numel() == x.size(axis),
                 "has scales or zero points that do not fit its axis");
    std::vector<std::int64_t> shape(static_cast<std::size_t>(x.dim()), 1);
    shape[static_cast<std::size_t>(axis)] = parameter.numel();
    return parameter.reshape(shape);
}

/// saturate(round_half_even(x / scale) + zero point)
Tensors quantizeLinear(const Call& call) {
    const at::Tensor& x = call.floats(0);
    const at::Tensor scale = alongAxis(call, call.floats(1), x);
    call.require(at::all(scale > 0).item<bool>(), "has a scale that is not positive");
    const at::Tensor zeroPoint = call.inputOr(2, at::zeros({}, at::kByte));
    const at::ScalarType type = zeroPoint.scalar_type();
    call.require(type == at::kByte || type == at::kChar, "has a zero point of another type than uint8 or int8");
    const double lowest = type == at::kByte ? 0 : -128;
    const at::Tensor codes = at::round(x / scale) + alongAxis(call, zeroPoint, x).to(at::kFloat);
    return {at::clamp(codes, lowest, lowest + 255).to(type)};
}

/// (q - zero point) * scale
Tensors dequantizeLinear(const Call& call) {
    const at::Tensor& codes = call.input(0);
    const at::ScalarType type = codes.scalar_type();
    call.require(type == at::kByte || type == at::kChar || type == at::kInt, "has codes of an unknown type");
    const at::Tensor scale = alongAxis(call, call.floats(1), codes);
    at::Tensor steps = codes.to(at::kInt);
    if (call.has(2)) {
        call.require(call.input(2).scalar_type() == type, "has a zero point of another type than its codes");
        steps = steps - alongAxis(call, call.input(2), codes).to(at::kInt);
    }
    return {steps.to(at::kFloat) * scale};
}

} // namespace

void addQuantizationOperators(OperatorTable& table) {
    table["QuantizeLinear"] = {2, 3, 1, {"axis"}, quantizeLinear};
    table["DequantizeLinear"] = {2, 3, 1, {"axis"}, dequantizeLinear};
}

} // namespace quant::onnx
