#pragma once

#include "modules.h"

#include <ldm/unet.h>

#include <string>
#include <vector>

namespace ldm {

/// [B, n, heads * d] -> [B, heads, n, d], without a copy.
at::Tensor splitHeads(const at::Tensor& x, int heads);
/// The inverse; copies only where the memory is not laid out as [B, n, heads, d].
at::Tensor mergeHeads(const at::Tensor& x);

/// What cross-attention reads: the text, and the cache of its keys and values (may be null).
struct TextContext {
    const at::Tensor& states; ///< [C, tokens, dim]
    KeyValueCache* cache;
};

/// Attention of a transformer block: attn1 over the picture itself, attn2 over the text.
class Attention {
public:
    /// `contextChannels` 0 means self-attention.
    Attention(NetworkBuilder& builder, const std::string& name, int channels, int heads, int contextChannels);
    /// x [B, n, channels] -> [B, n, channels].
    at::Tensor operator()(Arithmetic& arithmetic, const at::Tensor& x, const TextContext& context) const;

private:
    at::Tensor ofText(Arithmetic& arithmetic, const Layer& layer, const TextContext& context, std::int64_t batch) const;

    std::string m_name;
    int m_heads;
    double m_scale;
    bool m_readsText;
    const Layer* m_query;
    const Layer* m_key;
    const Layer* m_value;
    const Layer* m_out;
};

/// Feed-forward part with GEGLU: a linear layer, half of it gated by the exact GELU of the other half, a linear layer.
class FeedForward {
public:
    FeedForward(NetworkBuilder& builder, const std::string& name, int channels);
    at::Tensor operator()(Arithmetic& arithmetic, const at::Tensor& x) const;

private:
    std::string m_name;
    const Layer* m_in;
    const Layer* m_out;
};

/// BasicTransformerBlock of diffusers. `textOnly`: its first attention reads the text as well.
class TransformerBlock {
public:
    TransformerBlock(NetworkBuilder& builder, const std::string& name, int channels, int heads, int contextChannels,
                     bool textOnly);
    at::Tensor operator()(Arithmetic& arithmetic, const at::Tensor& x, const TextContext& context) const;

private:
    std::string m_name;
    LayerNorm m_norm1;
    Attention m_attention1;
    LayerNorm m_norm2;
    Attention m_attention2;
    LayerNorm m_norm3;
    FeedForward m_feedForward;
};

/// Transformer2DModel of diffusers: transformer blocks over the positions of a feature map, around a shortcut.
class SpatialTransformer {
public:
    struct Shape {
        int channels = 0;
        int heads = 1;
        int contextChannels = 0;
        int depth = 1; ///< number of blocks
        int groups = 32;
        bool linearProjection = false; ///< projections in and out are linear layers, as in SD 2.x
        bool textOnly = false;         ///< see TransformerBlock
    };
    SpatialTransformer(NetworkBuilder& builder, const std::string& name, const Shape& shape);
    /// x [B, channels, h, w] -> the same shape.
    at::Tensor operator()(Arithmetic& arithmetic, const at::Tensor& x, const TextContext& context) const;

private:
    std::string m_name;
    GroupNorm m_norm;
    const Layer* m_in;
    std::vector<TransformerBlock> m_blocks;
    const Layer* m_out;
};

} // namespace ldm
