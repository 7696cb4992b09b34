#include "operators.h"

#include <ATen/ATen.h>
#include <ATen/ExpandUtils.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace quant::onnx {

namespace {

using Sizes = std::vector<std::int64_t>;

Tensors reshape(const Call& call) {
    const at::Tensor& x = call.input(0);
    Sizes shape = call.integers(1);
    if (call.integer("allowzero", 0) == 0)
        for (std::size_t axis = 0; axis < shape.size(); ++axis) {
            if (shape[axis] != 0) continue;
            call.require(static_cast<std::int64_t>(axis) < x.dim(), "keeps the size of an axis that is not there");
            shape[axis] = x.size(static_cast<std::int64_t>(axis));
        }
    return {x.reshape(shape)};
}

Tensors transpose(const Call& call) {
    const at::Tensor& x = call.input(0);
    Sizes order(static_cast<std::size_t>(x.dim()));
    std::iota(order.rbegin(), order.rend(), 0);
    return {x.permute(call.list("perm", order))};
}

Tensors concatenate(const Call& call) {
    call.require(call.hasAttribute("axis"), "does not name its axis");
    for (const at::Tensor& part : call.allInputs())
        call.require(part.defined() && part.scalar_type() == call.input(0).scalar_type(), "mixes types of values");
    return {at::cat(call.allInputs(), call.axis(call.integer("axis", 0), call.input(0).dim()))};
}

/// Into the sizes given, or into equal parts.
Tensors split(const Call& call) {
    const at::Tensor& x = call.input(0);
    const std::int64_t axis = call.axis(call.integer("axis", 0), x.dim());
    const auto parts = static_cast<std::int64_t>(call.outputs());
    call.require(call.has(1) || x.size(axis) % parts == 0, "cannot be split into equal parts");
    const Sizes sizes = call.has(1) ? call.integers(1) : Sizes(call.outputs(), x.size(axis) / parts);
    call.require(sizes.size() == call.outputs(), "has another number of parts than outputs");
    return at::split_with_sizes(x, sizes, axis);
}

/// Along one axis, with the bounds brought into it as the specification says.
at::Tensor sliced(const Call& call, const at::Tensor& x, std::int64_t axis, std::int64_t start, std::int64_t end,
                  std::int64_t step) {
    call.require(step != 0, "slices by steps of 0");
    const std::int64_t size = x.size(axis);
    const bool forwards = step > 0;
    const std::int64_t lowest = forwards ? 0 : -1;
    const std::int64_t highest = forwards ? size : size - 1;
    start = std::clamp<std::int64_t>(start < 0 ? start + size : start, 0, std::max<std::int64_t>(highest, 0));
    end = std::clamp(end < 0 ? end + size : end, lowest, highest);
    if (forwards) return x.slice(axis, start, std::max(start, end), step);
    if (start <= end) return x.slice(axis, 0, 0);
    return x.index_select(axis, at::arange(start, end, step, at::kLong));
}

Tensors slice(const Call& call) {
    at::Tensor x = call.input(0);
    const Sizes starts = call.integers(1);
    const Sizes ends = call.integers(2);
    Sizes axes(starts.size());
    std::iota(axes.begin(), axes.end(), 0);
    if (call.has(3)) axes = call.integers(3);
    const Sizes steps = call.has(4) ? call.integers(4) : Sizes(starts.size(), 1);
    const bool fits = ends.size() == starts.size() && axes.size() == starts.size() && steps.size() == starts.size();
    call.require(fits, "has starts, ends, axes and steps of different number");
    for (std::size_t i = 0; i < starts.size(); ++i)
        x = sliced(call, x, call.axis(axes[i], x.dim()), starts[i], ends[i], steps[i]);
    return {x};
}

/// Entries along one axis in the order and shape of the indices.
Tensors gather(const Call& call) {
    const at::Tensor& x = call.input(0);
    const at::Tensor& indices = call.input(1);
    call.require(indices.scalar_type() == at::kLong || indices.scalar_type() == at::kInt,
                 "asks for indices of int32 or int64");
    const std::int64_t axis = call.axis(call.integer("axis", 0), x.dim());
    const at::Tensor flat = indices.to(at::kLong).reshape({-1});
    const at::Tensor places = at::where(flat < 0, flat + x.size(axis), flat);
    Sizes shape = x.sizes().slice(0, static_cast<std::size_t>(axis)).vec();
    shape.insert(shape.end(), indices.sizes().begin(), indices.sizes().end());
    const auto rest = x.sizes().slice(static_cast<std::size_t>(axis) + 1);
    shape.insert(shape.end(), rest.begin(), rest.end());
    return {x.index_select(axis, places).reshape(shape)};
}

std::set<std::int64_t> axesOf(const Call& call, std::size_t index, std::int64_t rank) {
    std::set<std::int64_t> axes;
    for (const std::int64_t given : call.integers(index))
        call.require(axes.insert(call.axis(given, rank)).second, "names an axis twice");
    return axes;
}

Tensors unsqueeze(const Call& call) {
    at::Tensor x = call.input(0);
    const std::int64_t rank = x.dim() + static_cast<std::int64_t>(call.integers(1).size());
    for (const std::int64_t axis : axesOf(call, 1, rank)) x = x.unsqueeze(axis);
    return {x};
}

Tensors squeeze(const Call& call) {
    at::Tensor x = call.input(0);
    if (!call.has(1)) return {x.squeeze()};
    const std::set<std::int64_t> axes = axesOf(call, 1, x.dim());
    for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
        call.require(x.size(*axis) == 1, "removes an axis with more than one entry");
        x = x.squeeze(*axis);
    }
    return {x};
}

Tensors tile(const Call& call) {
    const at::Tensor& x = call.input(0);
    const Sizes repeats = call.integers(1);
    call.require(static_cast<std::int64_t>(repeats.size()) == x.dim(), "asks for one number of repeats per axis");
    return {x.repeat(repeats)};
}

/// Broadcast both ways: axes of either may be 1.
Tensors expand(const Call& call) {
    const at::Tensor& x = call.input(0);
    const Sizes wanted = call.integers(1);
    call.require(std::all_of(wanted.begin(), wanted.end(), [](auto size) { return size >= 0; }), "has negative sizes");
    return {x.expand(at::infer_size(x.sizes(), wanted))};
}

Tensors shapeOf(const Call& call) {
    const at::Tensor& x = call.input(0);
    const auto bound = [&](std::int64_t given) {
        return std::clamp<std::int64_t>(given < 0 ? given + x.dim() : given, 0, x.dim());
    };
    const std::int64_t start = bound(call.integer("start", 0));
    const std::int64_t end = bound(call.integer("end", x.dim()));
    Sizes sizes;
    for (std::int64_t axis = start; axis < end; ++axis) sizes.push_back(x.size(axis));
    return {at::tensor(sizes, at::kLong)};
}

Tensors constant(const Call& call) {
    if (call.hasAttribute("value_float")) return {at::scalar_tensor(call.number("value_float", 0), at::kFloat)};
    if (call.hasAttribute("value_int")) return {at::scalar_tensor(call.integer("value_int", 0), at::kLong)};
    call.require(call.hasAttribute("value_ints"), "has no value");
    return {at::tensor(call.list("value_ints", {}), at::kLong)};
}

/// The place of the largest along an axis; of equal ones the first.
Tensors largestPlace(const Call& call) {
    const at::Tensor& x = call.input(0);
    call.require(call.integer("select_last_index", 0) == 0, "selects the last of equal values, which is not supported");
    const std::int64_t axis = call.axis(call.integer("axis", 0), x.dim());
    const bool keeps = call.integer("keepdims", 1) != 0;
    const at::Tensor isLargest = x == x.amax({axis}, true);
    const at::Tensor places = at::arange(x.size(axis), at::kLong);
    Sizes shape(static_cast<std::size_t>(x.dim()), 1);
    shape[static_cast<std::size_t>(axis)] = x.size(axis);
    return {at::where(isLargest, places.reshape(shape), x.size(axis)).amin({axis}, keeps)};
}

} // namespace

void addShapeOperators(OperatorTable& table) {
    table["Reshape"] = {2, 2, 1, {"allowzero"}, reshape};
    table["Transpose"] = {1, 1, 1, {"perm"}, transpose};
    table["Concat"] = {1, kAnyNumber, 1, {"axis"}, concatenate};
    table["Split"] = {1, 2, kAnyNumber, {"axis"}, split};
    table["Slice"] = {3, 5, 1, {}, slice};
    table["Gather"] = {2, 2, 1, {"axis"}, gather};
    table["Unsqueeze"] = {2, 2, 1, {}, unsqueeze};
    table["Squeeze"] = {1, 2, 1, {}, squeeze};
    table["Tile"] = {2, 2, 1, {}, tile};
    table["Expand"] = {2, 2, 1, {}, expand};
    table["Shape"] = {1, 1, 1, {"start", "end"}, shapeOf};
    table["Constant"] = {0, 0, 1, {"value_float", "value_int", "value_ints"}, constant};
    table["ArgMax"] = {1, 1, 1, {"axis", "keepdims", "select_last_index"}, largestPlace};
}

} // namespace quant::onnx
