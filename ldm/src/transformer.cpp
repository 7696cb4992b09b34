#include "transformer.h"

#include <ATen/ATen.h>

#include <cmath>

namespace ldm {

namespace {

constexpr double kTransformerGroupNormEps = 1e-6; // fixed in diffusers, unlike the resnets' norm_eps
constexpr double kTransformerLayerNormEps = 1e-5;

/// [B, C, h, w] -> [B, h * w, C], contiguous, since several layers read it.
at::Tensor toTokens(const at::Tensor& x) {
    return x.flatten(2).transpose(1, 2).contiguous();
}

at::Tensor toMap(const at::Tensor& tokens, const at::Tensor& like) {
    return tokens.transpose(1, 2).contiguous().view(like.sizes());
}

const Layer* projection(NetworkBuilder& builder, const std::string& name, const SpatialTransformer::Shape& shape) {
    if (shape.linearProjection) return builder.linear(name, shape.channels, shape.channels);
    return builder.conv(name, shape.channels, shape.channels, {.kernel = 1, .padding = 0});
}

} // namespace

at::Tensor splitHeads(const at::Tensor& x, int heads) {
    return x.view({x.size(0), x.size(1), heads, x.size(2) / heads}).transpose(1, 2);
}

at::Tensor mergeHeads(const at::Tensor& x) {
    return x.transpose(1, 2).reshape({x.size(0), x.size(2), x.size(1) * x.size(3)});
}

Attention::Attention(NetworkBuilder& builder, const std::string& name, int channels, int heads, int contextChannels)
    : m_name(builder.fullName(name)), m_heads(heads), m_scale(1 / std::sqrt(static_cast<double>(channels / heads))),
      m_readsText(contextChannels > 0) {
    const LinearOptions ofSource = {.bias = false, .domain = m_readsText ? Domain::Context : Domain::Image};
    const int source = m_readsText ? contextChannels : channels;
    m_query = builder.linear(name + ".to_q", channels, channels, {.bias = false});
    m_key = builder.linear(name + ".to_k", source, channels, ofSource);
    m_value = builder.linear(name + ".to_v", source, channels, ofSource);
    m_out = builder.linear(name + ".to_out.0", channels, channels);
}

/// Keys or values [B, heads, tokens, d] of the text. It is projected once for all samples that share a text and, with a
/// cache, once for all steps.
at::Tensor Attention::ofText(Arithmetic& arithmetic, const Layer& layer, const TextContext& context,
                             std::int64_t batch) const {
    at::Tensor projected;
    if (context.cache) projected = (*context.cache)[layer.id];
    if (!projected.defined()) projected = arithmetic.linear(layer, context.states);
    if (context.cache) (*context.cache)[layer.id] = projected;
    if (projected.size(0) != batch) projected = projected.repeat({batch / projected.size(0), 1, 1});
    return splitHeads(projected, m_heads);
}

at::Tensor Attention::operator()(Arithmetic& arithmetic, const at::Tensor& x, const TextContext& context) const {
    const at::Tensor query = splitHeads(arithmetic.linear(*m_query, x), m_heads);
    const auto source = [&](const Layer& layer) {
        return m_readsText ? ofText(arithmetic, layer, context, x.size(0))
                           : splitHeads(arithmetic.linear(layer, x), m_heads);
    };
    const at::Tensor key = source(*m_key);
    const at::Tensor value = source(*m_value);
    at::Tensor result =
        arithmetic.linear(*m_out, mergeHeads(arithmetic.attention(query, key, value, m_scale, at::Tensor())));
    arithmetic.produced(m_name, result);
    return result;
}

FeedForward::FeedForward(NetworkBuilder& builder, const std::string& name, int channels)
    : m_name(builder.fullName(name)), m_in(builder.linear(name + ".net.0.proj", channels, channels * 8)),
      m_out(builder.linear(name + ".net.2", channels * 4, channels)) {
}

at::Tensor FeedForward::operator()(Arithmetic& arithmetic, const at::Tensor& x) const {
    const auto gated = [&] { // the largest tensor of a transformer: gone before the next is made
        const auto halves = arithmetic.linear(*m_in, x).chunk(2, -1);
        return at::gelu(halves[1]).mul_(halves[0]);
    };
    at::Tensor result = arithmetic.linear(*m_out, gated());
    arithmetic.produced(m_name, result);
    return result;
}

TransformerBlock::TransformerBlock(NetworkBuilder& builder, const std::string& name, int channels, int heads,
                                   int contextChannels, bool textOnly)
    : m_name(builder.fullName(name)), m_norm1(builder.layerNorm(name + ".norm1", channels, kTransformerLayerNormEps)),
      m_attention1(builder, name + ".attn1", channels, heads, textOnly ? contextChannels : 0),
      m_norm2(builder.layerNorm(name + ".norm2", channels, kTransformerLayerNormEps)),
      m_attention2(builder, name + ".attn2", channels, heads, contextChannels),
      m_norm3(builder.layerNorm(name + ".norm3", channels, kTransformerLayerNormEps)),
      m_feedForward(builder, name + ".ff", channels) {
}

at::Tensor TransformerBlock::operator()(Arithmetic& arithmetic, const at::Tensor& x, const TextContext& context) const {
    // The sum is this block's own until it is reported; what attention and feed-forward returned has been reported.
    at::Tensor hidden = x + m_attention1(arithmetic, m_norm1(x), context);
    hidden.add_(m_attention2(arithmetic, m_norm2(hidden), context));
    hidden.add_(m_feedForward(arithmetic, m_norm3(hidden)));
    arithmetic.produced(m_name, hidden);
    return hidden;
}

SpatialTransformer::SpatialTransformer(NetworkBuilder& builder, const std::string& name, const Shape& shape)
    : m_name(builder.fullName(name)),
      m_norm(builder.groupNorm(name + ".norm", shape.channels, shape.groups, kTransformerGroupNormEps)),
      m_in(projection(builder, name + ".proj_in", shape)) {
    for (int i = 0; i < shape.depth; ++i)
        m_blocks.emplace_back(builder, name + ".transformer_blocks." + std::to_string(i), shape.channels, shape.heads,
                              shape.contextChannels, shape.textOnly);
    m_out = projection(builder, name + ".proj_out", shape);
}

at::Tensor SpatialTransformer::operator()(Arithmetic& arithmetic, const at::Tensor& x,
                                          const TextContext& context) const {
    const bool linear = m_in->kind == LayerKind::Linear;
    at::Tensor hidden = m_norm(x);
    if (linear) {
        hidden = toTokens(hidden);
        hidden = arithmetic.linear(*m_in, hidden);
    } else {
        hidden = arithmetic.conv2d(*m_in, hidden);
        hidden = toTokens(hidden);
    }
    for (const TransformerBlock& block : m_blocks) hidden = block(arithmetic, hidden, context);
    hidden = linear ? toMap(arithmetic.linear(*m_out, hidden), x) : arithmetic.conv2d(*m_out, toMap(hidden, x));
    hidden.add_(x);
    arithmetic.produced(m_name, hidden);
    return hidden;
}

} // namespace ldm
