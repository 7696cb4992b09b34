#include "lowering.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace quant::onnx {

namespace {

using Lower = void (*)(Lowering&);

at::Tensor number(double value) {
    return at::scalar_tensor(value, at::kFloat);
}

void same(Lowering& lowering) {
    lowering.become(lowering.input(0));
}

/// Whatever only looks at the same values in another shape.
void reshape(Lowering& lowering) {
    if (lowering.value(0).shape == lowering.result().shape) return same(lowering);
    lowering.emit("Reshape", {lowering.input(0), lowering.graph().integers(lowering.result().shape)});
}

void convert(Lowering& lowering) {
    if (lowering.value(0).type == lowering.result().type) return same(lowering);
    lowering.emit("Cast", {lowering.input(0)},
                  {{"to", static_cast<std::int64_t>(elementType(lowering.result().type))}});
}

void expand(Lowering& lowering) {
    if (lowering.value(0).shape == lowering.result().shape) return same(lowering);
    lowering.emit("Expand", {lowering.input(0), lowering.graph().integers(lowering.result().shape)});
}

void repeat(Lowering& lowering) {
    const Shape& from = lowering.value(0).shape;
    const Shape& to = lowering.result().shape;
    if (from == to) return same(lowering);
    if (from.size() != to.size()) lowering.refuse("adds dimensions");
    Shape times(to.size());
    std::transform(to.begin(), to.end(), from.begin(), times.begin(), std::divides<>());
    lowering.emit("Tile", {lowering.input(0), lowering.graph().integers(times)});
}

void transpose(Lowering& lowering) {
    Shape permutation(lowering.result().shape.size());
    std::iota(permutation.begin(), permutation.end(), 0);
    std::swap(permutation[static_cast<std::size_t>(lowering.dim(1))],
              permutation[static_cast<std::size_t>(lowering.dim(2))]);
    lowering.emitTransposed(lowering.input(0), permutation);
}

void chunk(Lowering& lowering) {
    const std::size_t count = lowering.step().results.size();
    if (count == 1) return same(lowering);
    const auto dim = static_cast<std::size_t>(lowering.dim(2));
    Shape sizes;
    for (std::size_t i = 0; i < count; ++i) sizes.push_back(lowering.result(i).shape[dim]);
    const std::vector<std::string> parts =
        lowering.graph().addSplitting("Split", {lowering.input(0), lowering.graph().integers(sizes)}, count,
                                      {{"axis", static_cast<std::int64_t>(dim)}});
    for (std::size_t i = 0; i < count; ++i) lowering.become(parts[i], i);
}

void slice(Lowering& lowering) {
    const Shape& from = lowering.value(0).shape;
    if (from == lowering.result().shape) return same(lowering);
    const std::int64_t dim = lowering.dim(1);
    const std::int64_t start = lowering.plain(2).isNone() ? 0 : lowering.plain(2).toInt();
    if (start < 0 || lowering.plain(4).toInt() != 1) lowering.refuse("counts from the end or leaves values out");
    const std::int64_t end = start + lowering.result().shape[static_cast<std::size_t>(dim)];
    GraphBuilder& graph = lowering.graph();
    lowering.emit("Slice", {lowering.input(0), graph.integers({start}), graph.integers({end}), graph.integers({dim})});
}

void concat(Lowering& lowering) {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < lowering.step().operands.front().values.size(); ++i)
        parts.push_back(lowering.input(0, i));
    lowering.emit("Concat", parts, {{"axis", lowering.dim(1)}});
}

void indexSelect(Lowering& lowering) {
    lowering.emit("Gather", {lowering.input(0), lowering.input(2)}, {{"axis", lowering.dim(1)}});
}

void argmax(Lowering& lowering) {
    if (lowering.plain(1).isNone()) lowering.refuse("looks at all dimensions at once");
    // Of 32 bits: runtimes compare those, not all of them 64.
    lowering.emit("ArgMax", {lowering.input(0, at::kInt)},
                  {{"axis", lowering.dim(1)}, {"keepdims", static_cast<std::int64_t>(lowering.plain(2).toBool())}});
}

void pad(Lowering& lowering) {
    const std::vector<std::int64_t> given = lowering.plain(1).toIntVector(); // from the last dimension on
    const std::size_t rank = lowering.result().shape.size();
    Shape pads(2 * rank, 0);
    for (std::size_t i = 0; i < given.size(); ++i) {
        const std::size_t dim = rank - 1 - i / 2;
        pads[i % 2 == 0 ? dim : rank + dim] = given[i];
    }
    lowering.emit("Pad", {lowering.input(0), lowering.graph().integers(pads), lowering.input(2, at::kFloat)},
                  {{"mode", std::string("constant")}});
}

/// Positions of the nearest neighbours, as ATen finds them.
Shape nearest(std::int64_t from, std::int64_t to) {
    const float scale = static_cast<float>(from) / static_cast<float>(to);
    Shape positions;
    for (std::int64_t i = 0; i < to; ++i)
        positions.push_back(std::min(static_cast<std::int64_t>(std::floor(static_cast<float>(i) * scale)), from - 1));
    return positions;
}

/// A whole factor is a Resize; sizes that halving rounded up are looked up, since runtimes round their own way.
void upsample(Lowering& lowering) {
    const Shape &from = lowering.value(0).shape, &to = lowering.result().shape;
    GraphBuilder& graph = lowering.graph();
    if (to[2] % from[2] == 0 && to[3] % from[3] == 0) {
        const at::Tensor scales = at::tensor(
            {1.0F, 1.0F, static_cast<float>(to[2] / from[2]), static_cast<float>(to[3] / from[3])}, at::kFloat);
        return lowering.emit("Resize", {lowering.input(0), "", graph.constant(scales)},
                             {{"mode", std::string("nearest")},
                              {"coordinate_transformation_mode", std::string("asymmetric")},
                              {"nearest_mode", std::string("floor")}});
    }
    const std::string rows =
        graph.add("Gather", {lowering.input(0), graph.integers(nearest(from[2], to[2]))}, {{"axis", std::int64_t{2}}});
    lowering.emit("Gather", {rows, graph.integers(nearest(from[3], to[3]))}, {{"axis", std::int64_t{3}}});
}

void groupNorm(Lowering& lowering) {
    GraphBuilder& graph = lowering.graph();
    const Shape& shape = lowering.value(0).shape;
    const std::int64_t groups = lowering.plain(1).toInt();
    const Shape grouped = {shape[0], groups, -1};
    std::string x = graph.add("Reshape", {lowering.input(0), graph.integers(grouped)});
    x = graph.add("InstanceNormalization", {x, graph.constant(at::ones({groups})), graph.constant(at::zeros({groups}))},
                  {{"epsilon", static_cast<float>(lowering.plain(4).toDouble())}});
    x = graph.add("Reshape", {x, graph.integers(shape)});
    const Shape perChannel = {shape[1], 1, 1};
    x = graph.add("Mul", {x, lowering.reshapedParameter(2, perChannel)});
    lowering.emit("Add", {x, lowering.reshapedParameter(3, perChannel)});
}

void layerNorm(Lowering& lowering) {
    lowering.emit("LayerNormalization", {lowering.input(0), lowering.input(2), lowering.input(3)},
                  {{"axis", std::int64_t{-1}}, {"epsilon", static_cast<float>(lowering.plain(4).toDouble())}});
}

void binary(Lowering& lowering, const char* op, at::ScalarType type) {
    lowering.emit(op, {lowering.input(0, type), lowering.input(1, type)});
}

void scaledBinary(Lowering& lowering, const char* op) {
    if (lowering.plain(2).toScalar().toDouble() != 1) lowering.refuse("scales its second operand");
    binary(lowering, op, lowering.result().type);
}

void silu(Lowering& lowering) {
    const std::string x = lowering.input(0);
    lowering.emit("Mul", {x, lowering.graph().add("Sigmoid", {x})});
}

void gelu(Lowering& lowering) {
    if (lowering.plain(1).toStringRef() != "none") lowering.refuse("is approximated");
    GraphBuilder& graph = lowering.graph();
    const std::string x = lowering.input(0);
    std::string y = graph.add("Div", {x, graph.constant(number(std::sqrt(2.0)))});
    y = graph.add("Add", {graph.add("Erf", {y}), graph.constant(number(1))});
    y = graph.add("Mul", {x, y});
    lowering.emit("Mul", {y, graph.constant(number(0.5))});
}

void mish(Lowering& lowering) {
    const std::string x = lowering.input(0);
    lowering.emit("Mul", {x, lowering.graph().add("Tanh", {lowering.graph().add("Softplus", {x})})});
}

/// By name without "aten::" and without the "_" of those that work in place.
const std::map<std::string, Lower>& lowerings() {
    static const std::map<std::string, Lower> kLowerings = {
        {"alias", same},
        {"clone", same},
        {"contiguous", same},
        {"detach", same},
        {"to", convert},
        {"flatten", reshape},
        {"reshape", reshape},
        {"unsqueeze", reshape},
        {"view", reshape},
        {"expand", expand},
        {"repeat", repeat},
        {"transpose", transpose},
        {"chunk", chunk},
        {"slice", slice},
        {"cat", concat},
        {"index_select", indexSelect},
        {"argmax", argmax},
        {"constant_pad_nd", pad},
        {"upsample_nearest2d", upsample},
        {"group_norm", groupNorm},
        {"layer_norm", layerNorm},
        {"add", [](Lowering& it) { scaledBinary(it, "Add"); }},
        {"sub", [](Lowering& it) { scaledBinary(it, "Sub"); }},
        {"mul", [](Lowering& it) { binary(it, "Mul", it.result().type); }},
        {"div", [](Lowering& it) { binary(it, "Div", it.result().type); }},
        {"eq", [](Lowering& it) { binary(it, "Equal", it.value(0).type); }},
        {"sin", [](Lowering& it) { it.emit("Sin", {it.input(0)}); }},
        {"cos", [](Lowering& it) { it.emit("Cos", {it.input(0)}); }},
        {"tanh", [](Lowering& it) { it.emit("Tanh", {it.input(0)}); }},
        {"sigmoid", [](Lowering& it) { it.emit("Sigmoid", {it.input(0)}); }},
        {"relu", [](Lowering& it) { it.emit("Relu", {it.input(0)}); }},
        {"silu", silu},
        {"gelu", gelu},
        {"mish", mish},
    };
    return kLowerings;
}

} // namespace

bool lowerAten(Lowering& lowering) {
    std::string name = lowering.step().op;
    if (!name.starts_with("aten::")) return false;
    name.erase(0, std::string("aten::").size());
    if (name.ends_with('_')) name.pop_back();
    const auto found = lowerings().find(name);
    if (found == lowerings().end()) return false;
    found->second(lowering);
    return true;
}

} // namespace quant::onnx
