#include "lowering.h"

#include <ATen/ATen.h>

namespace quant::onnx {

namespace {

/// MatMul and Add: what ONNX Runtime computes with integers. A bias of one dimension would make a Gemm of them, which
/// it does not.
void linear(Lowering& lowering) {
    const ldm::Layer& layer = *lowering.step().layer;
    const LayerPrecision precision = lowering.precision();
    const std::string x = precision.input ? lowering.quantized(lowering.input(0), *precision.input) : lowering.input(0);
    const std::vector<std::string> factors = {x, lowering.graph().transpose(lowering.weight(), {1, 0})};
    if (!layer.bias.defined()) return lowering.emit("MatMul", factors, {}, layer.name);
    const std::int64_t out = layer.weight.shape.front();
    const std::string product = lowering.graph().add("MatMul", factors, {}, layer.name + ".product", layer.name);
    lowering.emit("Add", {product, lowering.bias(precision.integerWeights ? Shape{1, out} : Shape{out})});
}

void conv2d(Lowering& lowering) {
    const ldm::Layer& layer = *lowering.step().layer;
    const LayerPrecision precision = lowering.precision();
    std::vector<std::string> inputs = {lowering.input(0), lowering.weight()};
    if (precision.input) inputs.front() = lowering.quantized(inputs.front(), *precision.input);
    if (layer.bias.defined()) inputs.push_back(lowering.bias({layer.weight.shape.front()}));
    const Attributes attributes = {{"kernel_shape", Shape{layer.weight.shape[2], layer.weight.shape[3]}},
                                   {"strides", Shape(2, layer.stride)},
                                   {"pads", Shape(4, layer.padding)}};
    if (!precision.output) return lowering.emit("Conv", inputs, attributes, layer.name);
    const std::string exact = lowering.graph().add("Conv", inputs, attributes, layer.name + ".float", layer.name);
    lowering.emitQuantized(exact, *precision.output);
}

void attention(Lowering& lowering) {
    GraphBuilder& graph = lowering.graph();
    const std::string keys = graph.transpose(lowering.input(1), {0, 1, 3, 2});
    std::string scores = graph.add("MatMul", {lowering.input(0), keys});
    scores = graph.add("Mul", {scores, lowering.input(3, at::kFloat)});
    if (lowering.isTensor(4)) scores = graph.add("Add", {scores, lowering.input(4)});
    const std::string shares = graph.add("Softmax", {scores}, {{"axis", std::int64_t{-1}}});
    lowering.emit("MatMul", {shares, lowering.input(2)});
}

} // namespace

bool lowerArithmetic(Lowering& lowering) {
    const std::string& op = lowering.step().op;
    if (op == "linear")
        linear(lowering);
    else if (op == "conv2d")
        conv2d(lowering);
    else if (op == "attention")
        attention(lowering);
    else
        return false;
    return true;
}

} // namespace quant::onnx
