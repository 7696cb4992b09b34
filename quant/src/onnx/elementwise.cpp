#include "operators.h"

#include <ATen/ATen.h>

namespace quant::onnx {

namespace {

using Unary = at::Tensor (*)(const at::Tensor&);
using Binary = at::Tensor (*)(const at::Tensor&, const at::Tensor&);

/// ONNX converts nothing by itself, unlike ATen.
void requireOneType(const Call& call, std::size_t first = 0) {
    for (std::size_t i = first + 1; i < call.inputs(); ++i)
        call.require(call.input(i).scalar_type() == call.input(first).scalar_type(), "mixes types of values");
}

template <Unary compute> Tensors onFloats(const Call& call) {
    return {compute(call.floats(0))};
}

template <Binary compute> Tensors onPairs(const Call& call) {
    requireOneType(call);
    return {compute(call.input(0), call.input(1))};
}

at::Tensor add(const at::Tensor& a, const at::Tensor& b) {
    return at::add(a, b);
}

at::Tensor subtract(const at::Tensor& a, const at::Tensor& b) {
    return at::sub(a, b);
}

at::Tensor softplus(const at::Tensor& x) {
    return at::softplus(x);
}

/// Integers are divided towards zero.
at::Tensor divide(const at::Tensor& a, const at::Tensor& b) {
    return a.is_floating_point() ? at::div(a, b) : at::div(a, b, "trunc");
}

Tensors power(const Call& call) {
    return {at::pow(call.floats(0), call.input(1)).to(at::kFloat)};
}

Tensors where(const Call& call) {
    call.require(call.input(0).scalar_type() == at::kBool, "asks for a condition of bool");
    requireOneType(call, 1);
    return {at::where(call.input(0), call.input(1), call.input(2))};
}

Tensors clip(const Call& call) {
    at::Tensor result = call.input(0);
    if (call.has(1)) result = at::maximum(result, call.input(1));
    if (call.has(2)) result = at::minimum(result, call.input(2));
    return {result};
}

Tensors identity(const Call& call) {
    return {call.input(0)};
}

Tensors cast(const Call& call) {
    call.require(call.hasAttribute("to"), "does not say what to cast to");
    switch (const auto to = static_cast<ElementType>(call.integer("to", 0)); to) {
    case ElementType::Float:
    case ElementType::UInt8:
    case ElementType::Int8:
    case ElementType::Int32:
    case ElementType::Int64:
    case ElementType::Bool:
        return {call.input(0).to(scalarType(to))};
    }
    call.refuse("casts to a type that is not known");
}

Operator unary(Tensors (*run)(const Call&)) {
    return {1, 1, 1, {}, run};
}

Operator binary(Tensors (*run)(const Call&)) {
    return {2, 2, 1, {}, run};
}

} // namespace

void addElementwiseOperators(OperatorTable& table) {
    table["Sigmoid"] = unary(onFloats<at::sigmoid>);
    table["Tanh"] = unary(onFloats<at::tanh>);
    table["Erf"] = unary(onFloats<at::erf>);
    table["Sqrt"] = unary(onFloats<at::sqrt>);
    table["Exp"] = unary(onFloats<at::exp>);
    table["Cos"] = unary(onFloats<at::cos>);
    table["Sin"] = unary(onFloats<at::sin>);
    table["Relu"] = unary(onFloats<at::relu>);
    table["Softplus"] = unary(onFloats<softplus>);
    table["Identity"] = unary(identity);
    table["Add"] = binary(onPairs<add>);
    table["Sub"] = binary(onPairs<subtract>);
    table["Mul"] = binary(onPairs<at::mul>);
    table["Div"] = binary(onPairs<divide>);
    table["Equal"] = binary(onPairs<at::eq>);
    table["Pow"] = binary(power);
    table["Where"] = {3, 3, 1, {}, where};
    table["Clip"] = {1, 3, 1, {}, clip};
    table["Cast"] = {1, 1, 1, {"to"}, cast};
}

} // namespace quant::onnx
