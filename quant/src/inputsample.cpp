#include "inputsample.h"

#include <ldm/error.h>

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace quant {

namespace {

/// Copies the receptive field of one output position out of x [N, in, H, W] to a row [in * kh * kw]; zeros around.
class Patches {
public:
    Patches(const ldm::Layer& layer, const at::Tensor& x)
        : m_x(x.cpu().contiguous()), m_kernelHeight(layer.weight.shape[2]), m_kernelWidth(layer.weight.shape[3]),
          m_stride(layer.stride), m_padding(layer.padding),
          m_outHeight((x.size(2) + 2 * m_padding - m_kernelHeight) / m_stride + 1),
          m_outWidth((x.size(3) + 2 * m_padding - m_kernelWidth) / m_stride + 1) {}

    std::int64_t count() const { return m_x.size(0) * m_outHeight * m_outWidth; }

    void copy(std::int64_t position, float* row) const {
        const std::int64_t sample = position / (m_outHeight * m_outWidth);
        const std::int64_t top = position / m_outWidth % m_outHeight * m_stride - m_padding;
        const std::int64_t left = position % m_outWidth * m_stride - m_padding;
        for (std::int64_t channel = 0; channel < m_x.size(1); ++channel)
            for (std::int64_t y = top; y < top + m_kernelHeight; ++y)
                for (std::int64_t x = left; x < left + m_kernelWidth; ++x) *row++ = at(sample, channel, y, x);
    }

private:
    float at(std::int64_t sample, std::int64_t channel, std::int64_t y, std::int64_t x) const {
        if (y < 0 || y >= m_x.size(2) || x < 0 || x >= m_x.size(3)) return 0;
        return m_x.data_ptr<float>()[((sample * m_x.size(1) + channel) * m_x.size(2) + y) * m_x.size(3) + x];
    }

    at::Tensor m_x;
    std::int64_t m_kernelHeight;
    std::int64_t m_kernelWidth;
    std::int64_t m_stride;
    std::int64_t m_padding;
    std::int64_t m_outHeight;
    std::int64_t m_outWidth;
};

std::uint64_t seedFor(std::uint64_t seed, int layer) {
    constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15;
    return seed ^ (kGolden * (static_cast<std::uint64_t>(layer) + 1));
}

} // namespace

double Reservoir::uniform() {
    return (static_cast<double>(m_random() >> 12) + 0.5) * 0x1p-52;
}

void Reservoir::choose() {
    ++m_next;
    if (m_next < m_capacity) {
        m_slot = m_next;
        return;
    }
    m_threshold *= std::exp(std::log(uniform()) / static_cast<double>(m_capacity));
    m_next += static_cast<std::int64_t>(std::min(std::log(uniform()) / std::log1p(-m_threshold), 1e15));
    m_slot = static_cast<std::int64_t>(uniform() * static_cast<double>(m_capacity));
}

SamplingArithmetic::SamplingArithmetic(ldm::Arithmetic& full, const std::map<int, std::int64_t>& rows,
                                       std::uint64_t seed)
    : ldm::ForwardingArithmetic(full), m_rows(rows) {
    for (const auto& [layer, count] : rows) m_watched.try_emplace(layer, Watched{{count, seedFor(seed, layer)}, {}});
}

SamplingArithmetic::Watched* SamplingArithmetic::watch(const ldm::Layer& layer, const at::Tensor& x,
                                                       std::int64_t channelDim) {
    const auto found = m_watched.find(layer.id);
    if (found == m_watched.end() || x.numel() == 0) return nullptr;
    std::vector<std::int64_t> others;
    for (std::int64_t dim = 0; dim < x.dim(); ++dim)
        if (dim != channelDim) others.push_back(dim);
    const at::Tensor lo = at::amin(x, others).cpu(), hi = at::amax(x, others).cpu();
    if (!at::isfinite(lo).all().item<bool>() || !at::isfinite(hi).all().item<bool>()) {
        if (m_lostLayer < 0) m_lostLayer = layer.id;
        return nullptr;
    }
    LayerInputs& sample = found->second.sample;
    sample.lo = sample.lo.defined() ? at::minimum(sample.lo, lo) : lo;
    sample.hi = sample.hi.defined() ? at::maximum(sample.hi, hi) : hi;
    if (!sample.rows.defined())
        sample.rows =
            at::empty({m_rows.at(layer.id), layer.weight.elements() / layer.weight.shape.front()}, at::kFloat);
    return &found->second;
}

at::Tensor SamplingArithmetic::linear(const ldm::Layer& layer, const at::Tensor& x) {
    if (Watched* watched = watch(layer, x, x.dim() - 1)) {
        const at::Tensor rows = x.reshape({-1, x.size(-1)}).cpu().contiguous();
        const auto width = static_cast<std::size_t>(rows.size(1));
        watched->reservoir.offer(rows.size(0), [&](std::int64_t row, std::int64_t slot) {
            std::copy_n(rows.data_ptr<float>() + static_cast<std::size_t>(row) * width, width,
                        watched->sample.rows.data_ptr<float>() + static_cast<std::size_t>(slot) * width);
        });
    }
    return inner().linear(layer, x);
}

at::Tensor SamplingArithmetic::conv2d(const ldm::Layer& layer, const at::Tensor& x) {
    if (Watched* watched = watch(layer, x, 1)) {
        const Patches patches(layer, x);
        const std::int64_t width = watched->sample.rows.size(1);
        watched->reservoir.offer(patches.count(), [&](std::int64_t position, std::int64_t slot) {
            patches.copy(position, watched->sample.rows.data_ptr<float>() + slot * width);
        });
    }
    return inner().conv2d(layer, x);
}

LayerInputs SamplingArithmetic::take(const ldm::Layer& layer) {
    Watched& watched = m_watched.at(layer.id);
    if (watched.reservoir.held() == 0)
        throw ldm::Error(ldm::ErrorKind::Failed, "layer '" + layer.name + "' was never run during calibration.");
    LayerInputs sample = std::exchange(watched.sample, {});
    sample.rows = sample.rows.narrow(0, 0, watched.reservoir.held());
    return sample;
}

} // namespace quant
