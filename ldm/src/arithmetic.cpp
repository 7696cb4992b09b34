#include <ldm/arithmetic.h>

#include <ldm/weightcache.h>

#include "attention.h"

#include <ATen/ATen.h>

#include <limits>
#include <utility>
#include <vector>

namespace ldm {

struct FloatArithmetic::Impl {
    at::Device device;
    at::ScalarType type; ///< of weights and products
    WeightCache<int, PreparedLayer> layers;

    PreparedLayer of(const Layer& layer) {
        return layers.get(layer.id, [&] { return PreparedLayer(layer, layer.weight.values().to(device, type)); });
    }
};

namespace {

/// Attention scores that take a fraction of a second; more are computed sample by sample, so that a stop is seen.
constexpr std::int64_t kScoresAtOnce = std::int64_t{1} << 26;

at::Device deviceOf(const Compute& compute) {
    if (compute.device == DeviceKind::Cpu) return at::kCPU;
    return at::Device(at::kCUDA, static_cast<at::DeviceIndex>(compute.deviceIndex));
}

std::int64_t limitOf(const FloatSettings& settings) {
    return settings.compute.device == DeviceKind::Cpu ? settings.keptBytes : std::numeric_limits<std::int64_t>::max();
}

} // namespace

FloatArithmetic::FloatArithmetic(const FloatSettings& settings)
    : m_impl(new Impl{deviceOf(settings.compute),
                      settings.compute.precision == Precision::Bf16 ? at::kBFloat16 : at::kFloat,
                      WeightCache<int, PreparedLayer>(limitOf(settings))}) {
}
FloatArithmetic::~FloatArithmetic() = default;
FloatArithmetic::FloatArithmetic(FloatArithmetic&&) noexcept = default;

at::Device FloatArithmetic::device() const {
    return m_impl->device;
}

std::int64_t FloatArithmetic::keptBytes() const {
    return m_impl->layers.bytes();
}

at::Tensor FloatArithmetic::linear(const Layer& layer, const at::Tensor& x) {
    return m_impl->of(layer).run(x);
}

at::Tensor FloatArithmetic::conv2d(const Layer& layer, const at::Tensor& x) {
    return m_impl->of(layer).run(x);
}

at::Tensor FloatArithmetic::attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, double scale,
                                      const at::Tensor& mask) {
    return scaledDotProductAttention(q, k, v, scale, mask);
}

void StoppableArithmetic::goOn() const {
    if (m_stop.stop_requested()) throw Stopped();
}

at::Tensor StoppableArithmetic::linear(const Layer& layer, const at::Tensor& x) {
    goOn();
    return inner().linear(layer, x);
}

at::Tensor StoppableArithmetic::conv2d(const Layer& layer, const at::Tensor& x) {
    goOn();
    return inner().conv2d(layer, x);
}

at::Tensor StoppableArithmetic::attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, double scale,
                                          const at::Tensor& mask) {
    goOn();
    const std::int64_t samples = q.size(0);
    const std::int64_t scores = samples * q.size(1) * q.size(2) * k.size(2);
    if (samples == 1 || scores <= kScoresAtOnce || mask.defined()) return inner().attention(q, k, v, scale, mask);
    std::vector<at::Tensor> parts;
    for (std::int64_t i = 0; i < samples; ++i) {
        goOn();
        parts.push_back(inner().attention(q.narrow(0, i, 1), k.narrow(0, i, 1), v.narrow(0, i, 1), scale, mask));
    }
    return at::cat(parts);
}

} // namespace ldm
