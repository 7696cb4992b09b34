#pragma once

#include <quant/format.h>
#include <quant/integerlayer.h>
#include <quant/products.h>

#include <ldm/arithmetic.h>

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>

namespace quant {

/// Quantized weights by layer index and format, made at first use. Several arithmetics of one model may share them, one
/// at a time. Float32 values stay in memory as long as they fit; blocks of GGUF types that do not are set aside in a
/// nameless file, since making them takes a hundred times as long as reading them. Other weights are made for each use.
class KeptWeights {
public:
    /// `limit`: bytes of values in memory, of floats and of integers each.
    explicit KeptWeights(std::int64_t limit = ldm::kKeptWeightBytes, Products products = Products::Integer);
    ~KeptWeights();

    /// The layer with its weight in a format. Throws what quantizedWeights() does, naming the layer.
    ldm::PreparedLayer get(const ldm::Layer& layer, WeightFormat format, at::Device device);
    /// The layer in a format that integerSupport() calls exact; nothing where products are to be of floats. Throws as
    /// get() does.
    std::optional<IntegerLayer> integers(const ldm::Layer& layer, WeightFormat format);
    /// Another plan will be used from now on: what it leaves makes room.
    void beginRound();
    void clear();

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace quant
