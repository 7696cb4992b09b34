#include "modules.h"

#include <ATen/ATen.h>

#include <utility>

namespace ldm {

at::Tensor GroupNorm::operator()(const at::Tensor& x) const {
    return at::group_norm(x, groups, weight.to(x.device()), bias.to(x.device()), eps);
}

at::Tensor LayerNorm::operator()(const at::Tensor& x) const {
    return at::layer_norm(x, weight.sizes(), weight.to(x.device()), bias.to(x.device()), eps);
}

void NetworkBuilder::beginBlock(const std::string& name, int downscale) {
    m_parts.blocks.push_back({.id = fullName(name), .layers = {}});
    m_downscale = downscale;
}

StoredTensor NetworkBuilder::parameter(const std::string& name, const std::vector<std::int64_t>& shape) {
    StoredTensor tensor = m_weights.take(name, shape);
    if (tensor.defined() && !m_parts.blocks.empty()) m_parts.blocks.back().parameters += tensor.elements();
    return tensor;
}

at::Tensor NetworkBuilder::floats(const std::string& name, int size) {
    const StoredTensor tensor = parameter(name, {size});
    return tensor.defined() ? tensor.values().to(at::kFloat) : at::Tensor();
}

const Layer* NetworkBuilder::add(Layer layer, const std::string& name, const std::vector<std::int64_t>& shape,
                                 bool bias, LayerInfo info) {
    layer.id = static_cast<int>(m_parts.layers.size());
    layer.name = fullName(name);
    layer.weight = parameter(name + ".weight", shape);
    if (bias) layer.bias = parameter(name + ".bias", {shape.front()});

    info.name = layer.name;
    info.kind = layer.kind;
    info.weightShape = shape;
    info.hasBias = bias;
    info.storedAs = layer.weight.storedAs;
    info.storedBytes = layer.weight.bytes;
    info.downscale = info.domain == Domain::Image ? m_downscale : 1;
    if (!m_parts.blocks.empty()) {
        info.block = m_parts.blocks.back().id;
        m_parts.blocks.back().layers.push_back(layer.id);
    }
    m_parts.infos.push_back(std::move(info));
    return &m_parts.layers.emplace_back(std::move(layer));
}

const Layer* NetworkBuilder::linear(const std::string& name, int in, int out, LinearOptions options) {
    Layer layer;
    layer.kind = LayerKind::Linear;
    LayerInfo info;
    info.domain = options.domain;
    info.ofTimestepAlone = options.ofTimestepAlone;
    return add(std::move(layer), name, {out, in}, options.bias, std::move(info));
}

const Layer* NetworkBuilder::conv(const std::string& name, int in, int out, ConvOptions options) {
    Layer layer;
    layer.kind = LayerKind::Conv2d;
    layer.stride = options.stride;
    layer.padding = options.padding;
    LayerInfo info;
    info.skipStart = options.skipStart;
    return add(std::move(layer), name, {out, in, options.kernel, options.kernel}, options.bias, std::move(info));
}

GroupNorm NetworkBuilder::groupNorm(const std::string& name, int channels, int groups, double eps) {
    return {floats(name + ".weight", channels), floats(name + ".bias", channels), groups, eps};
}

LayerNorm NetworkBuilder::layerNorm(const std::string& name, int channels, double eps) {
    return {floats(name + ".weight", channels), floats(name + ".bias", channels), eps};
}

ResnetBlock::ResnetBlock(NetworkBuilder& builder, const std::string& name, const Shape& shape)
    : m_name(builder.fullName(name)), m_activation(shape.activation), m_scale(shape.scale),
      m_norm1(builder.groupNorm(name + ".norm1", shape.in, shape.groups, shape.eps)),
      m_conv1(builder.conv(name + ".conv1", shape.in, shape.out, {.skipStart = shape.skipStart})) {
    if (shape.timeChannels > 0)
        m_timeProjection = builder.linear(name + ".time_emb_proj", shape.timeChannels, shape.out,
                                          {.domain = Domain::Vector, .ofTimestepAlone = shape.ofTimestepAlone});
    m_norm2 = builder.groupNorm(name + ".norm2", shape.out, shape.groups, shape.eps);
    m_conv2 = builder.conv(name + ".conv2", shape.out, shape.out);
    if (shape.in != shape.out)
        m_shortcut = builder.conv(name + ".conv_shortcut", shape.in, shape.out,
                                  {.kernel = 1, .padding = 0, .skipStart = shape.skipStart});
}

at::Tensor ResnetBlock::operator()(Arithmetic& arithmetic, const at::Tensor& x, const at::Tensor& timeEmbedding) const {
    at::Tensor hidden = m_norm1(x);
    activate(m_activation, hidden);
    hidden = arithmetic.conv2d(*m_conv1, hidden);
    if (m_timeProjection) {
        at::Tensor time = timeEmbedding.clone();
        activate(m_activation, time);
        hidden.add_(arithmetic.linear(*m_timeProjection, time).unsqueeze(-1).unsqueeze(-1));
    }
    hidden = m_norm2(hidden);
    activate(m_activation, hidden);
    hidden = arithmetic.conv2d(*m_conv2, hidden);
    hidden.add_(m_shortcut ? arithmetic.conv2d(*m_shortcut, x) : x);
    if (m_scale != 1) hidden.div_(m_scale);
    arithmetic.produced(m_name, hidden);
    return hidden;
}

Upsampler::Upsampler(NetworkBuilder& builder, const std::string& name, int channels)
    : m_name(builder.fullName(name)), m_conv(builder.conv(name + ".conv", channels, channels)) {
}

at::Tensor Upsampler::operator()(Arithmetic& arithmetic, const at::Tensor& x, std::int64_t height,
                                 std::int64_t width) const {
    at::Tensor result = arithmetic.conv2d(*m_conv, at::upsample_nearest2d(x, {height, width}));
    arithmetic.produced(m_name, result);
    return result;
}

Downsampler::Downsampler(NetworkBuilder& builder, const std::string& name, int channels, Padding padding)
    : m_name(builder.fullName(name)), m_padding(padding),
      m_conv(builder.conv(name + ".conv", channels, channels,
                          {.kernel = 3, .stride = 2, .padding = padding == Padding::Around ? 1 : 0})) {
}

at::Tensor Downsampler::operator()(Arithmetic& arithmetic, const at::Tensor& x) const {
    at::Tensor result =
        arithmetic.conv2d(*m_conv, m_padding == Padding::Around ? x : at::constant_pad_nd(x, {0, 1, 0, 1}));
    arithmetic.produced(m_name, result);
    return result;
}

} // namespace ldm
