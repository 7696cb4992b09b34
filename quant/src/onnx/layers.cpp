#include "operators.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace quant::onnx {

namespace {

using Sizes = std::vector<std::int64_t>;

/// ONNX lists what comes before each axis, then what comes behind; ATen wants pairs, the last axis first.
at::Tensor padded(const at::Tensor& x, const Sizes& before, const Sizes& behind, double value) {
    Sizes pairs;
    for (std::size_t axis = before.size(); axis-- > 0;) {
        pairs.push_back(before[axis]);
        pairs.push_back(behind[axis]);
    }
    return at::constant_pad_nd(x, pairs, value);
}

struct Window {
    Sizes strides, dilations, before, behind;
};

Window windowOf(const Call& call, std::size_t axes) {
    const std::string automatic = call.text("auto_pad", "NOTSET");
    call.require(automatic == "NOTSET" || automatic == "VALID", "has an auto_pad that is not supported");
    Window window;
    window.strides = call.list("strides", Sizes(axes, 1));
    window.dilations = call.list("dilations", Sizes(axes, 1));
    const Sizes pads = call.list("pads", Sizes(2 * axes, 0));
    const bool fits = window.strides.size() == axes && window.dilations.size() == axes && pads.size() == 2 * axes;
    call.require(fits, "has strides, dilations or pads for another number of axes");
    const bool positive = std::all_of(window.strides.begin(), window.strides.end(), [](auto s) { return s > 0; }) &&
                          std::all_of(window.dilations.begin(), window.dilations.end(), [](auto d) { return d > 0; }) &&
                          std::all_of(pads.begin(), pads.end(), [](auto p) { return p >= 0; });
    call.require(positive, "has strides, dilations or pads that are out of range");
    window.before.assign(pads.begin(), pads.begin() + static_cast<std::ptrdiff_t>(axes));
    window.behind.assign(pads.begin() + static_cast<std::ptrdiff_t>(axes), pads.end());
    return window;
}

Tensors convolve(const Call& call) {
    const at::Tensor& x = call.floats(0);
    const at::Tensor& weight = call.floats(1);
    call.require(x.dim() >= 3 && weight.dim() == x.dim(), "asks for an input and a weight of equal rank, 3 or more");
    const auto axes = static_cast<std::size_t>(x.dim() - 2);
    const Sizes kernel = call.list("kernel_shape", weight.sizes().slice(2).vec());
    call.require(kernel == weight.sizes().slice(2).vec(), "has a kernel_shape that is not that of its weight");
    const Window window = windowOf(call, axes);
    const bool even = window.before == window.behind;
    const at::Tensor input = even ? x : padded(x, window.before, window.behind, 0);
    const at::Tensor bias = call.inputOr(2, {});
    return {at::convolution(input, weight, bias, window.strides, even ? window.before : Sizes(axes, 0),
                            window.dilations, false, Sizes(axes, 0), call.integer("group", 1))};
}

Tensors multiplyMatrices(const Call& call) {
    return {at::matmul(call.floats(0), call.floats(1))};
}

/// alpha A' B' + beta C
Tensors generalProduct(const Call& call) {
    const at::Tensor& a = call.floats(0);
    const at::Tensor& b = call.floats(1);
    call.require(a.dim() == 2 && b.dim() == 2, "multiplies matrices alone");
    const at::Tensor product = at::matmul(call.integer("transA", 0) != 0 ? a.t() : a, //
                                          call.integer("transB", 0) != 0 ? b.t() : b);
    const at::Tensor scaled = product * call.number("alpha", 1);
    if (!call.has(2)) return {scaled};
    const at::Tensor result = scaled + call.floats(2) * call.number("beta", 1);
    call.require(result.sizes() == product.sizes(), "adds something larger than its product");
    return {result};
}

Tensors softmax(const Call& call) {
    const at::Tensor& x = call.floats(0);
    return {at::softmax(x, call.axis(call.integer("axis", -1), x.dim()))};
}

at::Tensor normalized(const at::Tensor& x, const Sizes& axes, float epsilon) {
    const at::Tensor centred = x - x.mean(axes, true);
    return centred / at::sqrt((centred * centred).mean(axes, true) + epsilon);
}

Tensors normalizeLayers(const Call& call) {
    const at::Tensor& x = call.floats(0);
    call.require(call.integer("stash_type", 1) == 1, "has a stash_type that is not supported");
    Sizes axes;
    for (std::int64_t axis = call.axis(call.integer("axis", -1), x.dim()); axis < x.dim(); ++axis) axes.push_back(axis);
    const at::Tensor scaled = normalized(x, axes, call.number("epsilon", 1e-5F)) * call.floats(1);
    return {call.has(2) ? scaled + call.floats(2) : scaled};
}

/// A list with one value per channel, for broadcasting over [N, C, ...].
at::Tensor byChannel(const Call& call, std::size_t index, const at::Tensor& x) {
    const at::Tensor& values = call.floats(index);
    call.require(values.dim() == 1 && values.numel() == x.size(1), "asks for one value per channel");
    Sizes shape(static_cast<std::size_t>(x.dim()), 1);
    shape[1] = values.numel();
    return values.reshape(shape);
}

Tensors normalizeInstances(const Call& call) {
    const at::Tensor& x = call.floats(0);
    call.require(x.dim() >= 3, "asks for an input of rank 3 or more");
    Sizes axes;
    for (std::int64_t axis = 2; axis < x.dim(); ++axis) axes.push_back(axis);
    return {normalized(x, axes, call.number("epsilon", 1e-5F)) * byChannel(call, 1, x) + byChannel(call, 2, x)};
}

/// How Resize finds the source of each place along one axis.
struct Sampling {
    std::string coordinates, rounding;

    double source(std::int64_t place, std::int64_t in, std::int64_t out, double scale) const {
        const auto at = static_cast<double>(place);
        if (coordinates == "asymmetric") return at / scale;
        if (coordinates == "align_corners")
            return out == 1 ? 0 : at * static_cast<double>(in - 1) / static_cast<double>(out - 1);
        if (coordinates == "pytorch_half_pixel" && out == 1) return 0;
        return (at + 0.5) / scale - 0.5;
    }

    double rounded(double source) const {
        if (rounding == "floor") return std::floor(source);
        if (rounding == "ceil") return std::ceil(source);
        return rounding == "round_prefer_floor" ? std::ceil(source - 0.5) : std::floor(source + 0.5);
    }
};

Sampling samplingOf(const Call& call) {
    const Sampling sampling{call.text("coordinate_transformation_mode", "half_pixel"),
                            call.text("nearest_mode", "round_prefer_floor")};
    const auto among = [](const std::string& text, std::initializer_list<const char*> known) {
        return std::find(known.begin(), known.end(), text) != known.end();
    };
    call.require(call.text("mode", "nearest") == "nearest", "resizes by another mode than 'nearest'");
    call.require(among(sampling.coordinates, {"half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"}),
                 "has a coordinate_transformation_mode that is not supported");
    call.require(among(sampling.rounding, {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"}),
                 "has a nearest_mode that is not known");
    return sampling;
}

at::Tensor resized(const at::Tensor& x, std::int64_t axis, std::int64_t size, double scale, const Sampling& sampling) {
    if (size == x.size(axis) && scale == 1) return x;
    at::Tensor places = at::empty({size}, at::kLong);
    for (std::int64_t i = 0; i < size; ++i) {
        const double source = sampling.rounded(sampling.source(i, x.size(axis), size, scale));
        places[i] = std::clamp<std::int64_t>(static_cast<std::int64_t>(source), 0, x.size(axis) - 1);
    }
    return x.index_select(axis, places);
}

/// Inputs: x, a region that no supported mode looks at, then scales or sizes.
Tensors resize(const Call& call) {
    at::Tensor x = call.input(0);
    const Sampling sampling = samplingOf(call);
    const bool bySize = call.has(3) && call.input(3).numel() > 0;
    const bool byScale = call.has(2) && call.input(2).numel() > 0;
    call.require(bySize != byScale, "asks for either scales or sizes");
    const Sizes sizes = bySize ? call.integers(3) : Sizes();
    const at::Tensor scales = byScale ? call.floats(2).contiguous() : at::Tensor();
    const std::int64_t given = bySize ? static_cast<std::int64_t>(sizes.size()) : scales.numel();
    call.require(given == x.dim(), "asks for one scale or size per axis");
    for (std::int64_t axis = 0; axis < x.dim(); ++axis) {
        const auto in = static_cast<double>(x.size(axis));
        const double scale = bySize ? static_cast<double>(sizes[static_cast<std::size_t>(axis)]) / in
                                    : static_cast<double>(scales.data_ptr<float>()[axis]);
        const double size = bySize ? std::round(in * scale) : std::floor(in * scale);
        call.require(in > 0 && size >= 1 && size < 1e9, "resizes to nothing or to more than can be");
        x = resized(x, axis, static_cast<std::int64_t>(size), scale, sampling);
    }
    return {x};
}

Tensors pad(const Call& call) {
    const at::Tensor& x = call.input(0);
    call.require(call.text("mode", "constant") == "constant", "pads by another mode than 'constant'");
    const Sizes pads = call.integers(1);
    call.require(pads.size() == 2 * static_cast<std::size_t>(x.dim()), "asks for two pads per axis");
    const auto middle = pads.begin() + x.dim();
    const double value = call.has(2) ? call.input(2).item<double>() : 0;
    return {padded(x, Sizes(pads.begin(), middle), Sizes(middle, pads.end()), value)};
}

} // namespace

void addLayerOperators(OperatorTable& table) {
    table["Conv"] = {2, 3, 1, {"auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"}, convolve};
    table["MatMul"] = {2, 2, 1, {}, multiplyMatrices};
    table["Gemm"] = {2, 3, 1, {"alpha", "beta", "transA", "transB"}, generalProduct};
    table["Softmax"] = {1, 1, 1, {"axis"}, softmax};
    table["LayerNormalization"] = {2, 3, 1, {"axis", "epsilon", "stash_type"}, normalizeLayers};
    table["InstanceNormalization"] = {3, 3, 1, {"epsilon"}, normalizeInstances};
    table["Resize"] = {1, 4, 1, {"coordinate_transformation_mode", "mode", "nearest_mode"}, resize};
    table["Pad"] = {2, 3, 1, {"mode"}, pad};
}

} // namespace quant::onnx
