#include <quant/integerlayer.h>

#include "inputcodes.h"

#include <quant/products.h>

#include <ATen/ATen.h>

#include <dnnl.hpp>

#include <map>
#include <utility>
#include <vector>

namespace quant {

namespace {

using Type = dnnl::memory::data_type;
using Tag = dnnl::memory::format_tag;

dnnl::memory::dims dimsOf(const at::Tensor& tensor) {
    return tensor.sizes().vec();
}

/// The data must outlive the result.
dnnl::memory around(const dnnl::memory::desc& shape, const dnnl::engine& engine, const at::Tensor& data) {
    return {shape, engine, data.data_ptr()};
}

} // namespace

int largestExactCode() {
    switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::avx2_vnni:
    case dnnl::cpu_isa::avx512_core_vnni:
    case dnnl::cpu_isa::avx512_core_bf16:
    case dnnl::cpu_isa::avx512_core_amx:
        return 127;
    case dnnl::cpu_isa::avx2:
    case dnnl::cpu_isa::avx512_core:
        return 64;
    default:
        return 0;
    }
}

/// A linear layer is a convolution of one position at a time over an image one column wide. oneDNN chooses how the
/// weights lie in memory once it knows the shape of the input.
struct IntegerLayer::State {
    /// For one shape and scale of the input.
    struct Ready {
        dnnl::memory::dims shape;
        float scale = 0;
        std::int32_t zeroPoint = 0;
        dnnl::convolution_forward primitive;
        dnnl::memory::desc target;
        at::Tensor bias; ///< in units of the sums, to which it is added before they are scaled
    };

    dnnl::engine engine{dnnl::engine::kind::cpu, 0};
    dnnl::stream stream{engine};
    ldm::LayerKind kind = ldm::LayerKind::Linear;
    int stride = 1;
    int padding = 0;
    at::Tensor codes;    ///< [out, in, kh, kw]
    at::Tensor scales;   ///< float32 [out], above 0
    at::Tensor bias;     ///< float32 [out] or undefined
    dnnl::memory packed; ///< the codes in oneDNN's order
    std::map<CodeByte, Ready> ready;

    Ready prepared(CodeByte byte, const dnnl::memory::dims& shape, const ActivationScale& scale);
    void pack(const dnnl::memory::desc& order);
    at::Tensor convolved(CodeByte byte, const at::Tensor& input, const dnnl::memory::dims& shape,
                         const ActivationScale& scale);
    std::optional<at::Tensor> product(CodeByte byte, const at::Tensor& x, const ActivationScale& scale);
};

void IntegerLayer::State::pack(const dnnl::memory::desc& order) {
    if (packed && packed.get_desc() == order) return;
    dnnl::memory plain = around({dimsOf(codes), Type::s8, Tag::oihw}, engine, codes);
    packed = dnnl::memory(order, engine);
    dnnl::reorder(plain, packed).execute(stream, plain, packed);
    stream.wait();
}

/// The bias comes with the low bytes.
IntegerLayer::State::Ready IntegerLayer::State::prepared(CodeByte byte, const dnnl::memory::dims& shape,
                                                         const ActivationScale& scale) {
    const auto reaches = [&](std::size_t dim) { return (shape[dim] + 2 * padding - codes.size(dim)) / stride + 1; };
    const dnnl::memory::dims outputs{shape[0], codes.size(0), reaches(2), reaches(3)};
    const at::Tensor outputScales = scales * scale.scale;
    dnnl::primitive_attr attributes;
    const float* firstScale = outputScales.data_ptr<float>();
    attributes.set_output_scales(1 << 1, {firstScale, firstScale + outputScales.numel()});
    if (scale.zeroPoint != 0) attributes.set_zero_points(DNNL_ARG_SRC, 0, {scale.zeroPoint});
    const dnnl::memory::desc source(shape, Type::u8, Tag::nhwc), weights(dimsOf(codes), Type::s8, Tag::any),
        target(outputs, Type::f32, Tag::nhwc), biases({codes.size(0)}, Type::f32, Tag::x);
    const dnnl::convolution_forward::desc description(dnnl::prop_kind::forward_inference,
                                                      dnnl::algorithm::convolution_direct, source, weights, biases,
                                                      target, {stride, stride}, {padding, padding}, {padding, padding});
    const dnnl::convolution_forward::primitive_desc chosen(description, attributes, engine);
    pack(chosen.weights_desc());
    const bool isBiased = bias.defined() && byte == CodeByte::Low;
    return {shape,           scale.scale,
            scale.zeroPoint, dnnl::convolution_forward(chosen),
            target,          isBiased ? bias / outputScales : at::zeros({codes.size(0)})};
}

/// `input` uint8 [N, H, W, C] is `shape` [N, C, H, W]; so does the result [N, H', W', C'] lie in memory.
at::Tensor IntegerLayer::State::convolved(CodeByte byte, const at::Tensor& input, const dnnl::memory::dims& shape,
                                          const ActivationScale& scale) {
    Ready& now = ready[byte];
    if (now.shape != shape || now.scale != scale.scale || now.zeroPoint != scale.zeroPoint)
        now = prepared(byte, shape, scale);
    const dnnl::memory::dims outputs = now.target.dims();
    at::Tensor result = at::empty({outputs[0], outputs[2], outputs[3], outputs[1]}, at::kFloat);
    now.primitive.execute(stream, {{DNNL_ARG_SRC, around({shape, Type::u8, Tag::nhwc}, engine, input)},
                                   {DNNL_ARG_WEIGHTS, packed},
                                   {DNNL_ARG_BIAS, around({{codes.size(0)}, Type::f32, Tag::x}, engine, now.bias)},
                                   {DNNL_ARG_DST, around(now.target, engine, result)}});
    stream.wait();
    return result;
}

IntegerLayer::IntegerLayer(const ldm::Layer& layer, const IntegerWeights& weights) : m_state(new State) {
    m_state->kind = layer.kind;
    m_state->stride = layer.stride;
    m_state->padding = layer.padding;
    const bool isLinear = layer.kind == ldm::LayerKind::Linear;
    m_state->codes = (isLinear ? weights.codes.unsqueeze(-1).unsqueeze(-1) : weights.codes).contiguous();
    // All codes of a channel without a scale are zero, whatever they are multiplied by.
    m_state->scales = at::where(weights.scale > 0, weights.scale, at::ones_like(weights.scale));
    if (layer.bias.defined()) m_state->bias = layer.bias.values().to(at::kFloat);
}

/// What one byte of the codes contributes: a code is high * 256 + low, and so is its zero point.
std::optional<at::Tensor> IntegerLayer::State::product(CodeByte byte, const at::Tensor& x,
                                                       const ActivationScale& scale) {
    const int shift = static_cast<int>(byte);
    ActivationScale part;
    part.scale = scale.scale * static_cast<float>(1 << shift);
    part.zeroPoint = (scale.zeroPoint >> shift) & 255;
    if (kind == ldm::LayerKind::Conv2d) {
        const auto input = inputCodesByPosition(x, scale, byte);
        if (!input) return std::nullopt;
        return convolved(byte, *input, dimsOf(x), part).permute({0, 3, 1, 2}).contiguous();
    }
    const auto input = inputCodes(x, scale, byte);
    if (!input) return std::nullopt;
    const std::int64_t width = x.size(-1);
    std::vector<std::int64_t> shape = x.sizes().vec();
    shape.back() = codes.size(0);
    return convolved(byte, *input, {1, width, x.numel() / width, 1}, part).view(shape);
}

std::optional<at::Tensor> IntegerLayer::run(const at::Tensor& x, const ActivationScale& scale) const {
    auto result = m_state->product(CodeByte::Low, x, scale);
    if (result && scale.levels > 255) result->add_(*m_state->product(CodeByte::High, x, scale));
    return result;
}

std::int64_t IntegerLayer::bytes() const {
    return 2 * static_cast<std::int64_t>(m_state->codes.nbytes());
}

} // namespace quant
