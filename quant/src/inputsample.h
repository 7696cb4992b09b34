#pragma once

#include <quant/treatment.h>

#include <ldm/arithmetic.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>

namespace quant {

/// Chooses `capacity` of a stream of items, each with equal chance, skipping over the others (Li 1994, algorithm L).
class Reservoir {
public:
    Reservoir(std::int64_t capacity, std::uint64_t seed) : m_capacity(capacity), m_random(seed) {}

    /// Offers `count` more items and calls take(item, slot) for those that are kept, replacing what a slot held.
    template <typename Take> void offer(std::int64_t count, const Take& take) {
        for (; m_next < m_seen + count; choose()) take(m_next - m_seen, m_slot);
        m_seen += count;
    }
    std::int64_t held() const { return std::min(m_seen, m_capacity); }

private:
    void choose();
    double uniform(); ///< in ]0, 1[

    std::int64_t m_capacity;
    std::mt19937_64 m_random;
    std::int64_t m_seen = 0;
    std::int64_t m_next = 0; ///< item that is kept next, counted from the first
    std::int64_t m_slot = 0; ///< where
    double m_threshold = 1;
};

/// Samples the inputs of some layers while passing everything on.
class SamplingArithmetic final : public ldm::ForwardingArithmetic {
public:
    /// `rows` by layer id: how many to sample.
    SamplingArithmetic(ldm::Arithmetic& full, const std::map<int, std::int64_t>& rows, std::uint64_t seed);

    at::Tensor linear(const ldm::Layer& layer, const at::Tensor& x) override;
    at::Tensor conv2d(const ldm::Layer& layer, const at::Tensor& x) override;
    /// The first layer whose input was not finite, by id; -1 if there was none.
    int lostLayer() const { return m_lostLayer; }
    /// Moves the sample out. Throws Failed naming the layer if it never ran.
    LayerInputs take(const ldm::Layer& layer);

private:
    struct Watched {
        Reservoir reservoir;
        LayerInputs sample;
    };
    /// The present layer's entry with its extremes updated; null where it is not watched or not finite.
    Watched* watch(const ldm::Layer& layer, const at::Tensor& x, std::int64_t channelDim);

    std::map<int, std::int64_t> m_rows;
    std::map<int, Watched> m_watched;
    int m_lostLayer = -1;
};

} // namespace quant
