#pragma once

#include <quant/format.h>

#include <ldm/arithmetic.h>

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

namespace quant {

/// Quantized weights by layer index and format, made at first use. Several arithmetics of one model may share them, one
/// at a time. Float32 values stay in memory as long as they fit; blocks of GGUF types that do not are set aside in a
/// nameless file, since making them takes a hundred times as long as reading them. Other weights are made for each use.
class KeptWeights {
public:
    /// `limit`: bytes of values in memory.
    explicit KeptWeights(std::int64_t limit = ldm::kKeptWeightBytes);
    ~KeptWeights();

    /// The layer with its weight in a format. Throws what quantizedWeights() does, naming the layer.
    ldm::PreparedLayer get(const ldm::Layer& layer, WeightFormat format, at::Device device);
    /// Another plan will be used from now on: what it leaves makes room.
    void beginRound();
    void clear();

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace quant
