#include "lowering.h"

#include <ATen/ATen.h>

namespace quant::onnx {

namespace {

/// MatMul and Add: what ONNX Runtime computes with integers. Of matrices, and with a bias of one dimension, it would
/// make a Gemm, which it does not: a matrix gets a dimension in front meanwhile.
void linear(Lowering& lowering) {
    GraphBuilder& graph = lowering.graph();
    const ldm::Layer& layer = *lowering.step().layer;
    const LayerPrecision precision = lowering.precision();
    const Shape& shape = lowering.value(0).shape;
    const bool isLifted = precision.integerWeights && precision.input && layer.bias.defined() && shape.size() == 2;
    std::string x = lowering.input(0);
    if (isLifted) x = graph.add("Reshape", {x, graph.integers({1, shape[0], shape[1]})});
    if (precision.input) x = lowering.quantized(x, *precision.input);
    const std::vector<std::string> factors = {x, graph.transpose(lowering.weight(), {1, 0})};
    if (!layer.bias.defined()) return lowering.emit("MatMul", factors, {}, layer.name);
    const std::int64_t out = layer.weight.shape.front();
    const std::string product = graph.add("MatMul", factors, {}, layer.name + ".product", layer.name);
    const std::string bias = lowering.bias(precision.integerWeights ? Shape{1, out} : Shape{out});
    if (!isLifted) return lowering.emit("Add", {product, bias});
    lowering.emit("Reshape", {graph.add("Add", {product, bias}), graph.integers(lowering.result().shape)});
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
