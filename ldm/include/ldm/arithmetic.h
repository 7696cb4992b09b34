#pragma once

#include <ldm/model.h>
#include <ldm/weights.h>

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace ldm {

/// A weighted operation: what the arithmetic needs to compute it. Weight and bias are read from the checkpoint when
/// needed, in the stored type. `id` counts within one network and indexes caches; UNet ids equal indices into
/// ModelInfo::layers.
struct Layer {
    int id = -1;
    std::string name;
    LayerKind kind = LayerKind::Linear;
    StoredTensor weight; ///< [out, in] or [out, in, kh, kw]
    StoredTensor bias;   ///< [out] or undefined
    int stride = 1;
    int padding = 0;
};

/// How a network computes its weighted operations. The networks are written once against this interface; full
/// precision, simulated quantization, calibration and recording implement it. Activations are float32 throughout.
/// Used by one thread at a time. Results are the caller's own, who may change them in place.
class Arithmetic {
public:
    virtual ~Arithmetic() = default;

    /// x [..., in] -> [..., out]: x W^T + b.
    virtual at::Tensor linear(const Layer& layer, const at::Tensor& x) = 0;
    /// x [N, in, H, W] -> [N, out, H', W'] with the layer's stride and zero padding.
    virtual at::Tensor conv2d(const Layer& layer, const at::Tensor& x) = 0;
    /// Scaled dot-product attention softmax(q k^T * scale + mask) v; q [B, heads, n, d], k and v [B, heads, m, d],
    /// mask undefined or broadcastable to [B, heads, n, m]. Returns [B, heads, n, d].
    virtual at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, double scale,
                                 const at::Tensor& mask) = 0;
    /// Told the output of every module under its diffusers path ("unet.down_blocks.0.resnets.0"); recorders keep it.
    virtual void produced(std::string_view /*module*/, const at::Tensor& /*output*/) {}
};

/// Prepared weights that one arithmetic keeps unless told otherwise.
inline constexpr std::int64_t kKeptWeightBytes = std::int64_t{256} << 20;

/// What the arithmetic of a network with so many parameters is to keep: all of it or nothing. For a large network
/// preparing each weight for each use costs some percent of a run, and keeping a share of them saves a share of that.
constexpr std::int64_t keptWeightBytes(std::int64_t parameters) {
    return parameters <= kKeptWeightBytes / std::int64_t{sizeof(float)} ? kKeptWeightBytes : 0;
}

/// How FloatArithmetic computes.
struct FloatSettings {
    Compute compute;
    std::int64_t keptBytes = kKeptWeightBytes; ///< of prepared weights, on the CPU; a GPU keeps all of them
};

/// Full precision: float32, or bfloat16 products of float32 activations where Compute asks for it. Weights are
/// converted and packed at first use and kept as far as `keptBytes` allows. Inputs lie on device(), and so do results.
/// One instance serves one network.
class FloatArithmetic final : public Arithmetic {
public:
    FloatArithmetic() : FloatArithmetic(FloatSettings{}) {}
    explicit FloatArithmetic(const FloatSettings& settings);
    ~FloatArithmetic() override;
    FloatArithmetic(FloatArithmetic&&) noexcept;

    at::Device device() const;
    std::int64_t keptBytes() const; ///< of the weights prepared so far
    at::Tensor linear(const Layer& layer, const at::Tensor& x) override;
    at::Tensor conv2d(const Layer& layer, const at::Tensor& x) override;
    at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, double scale,
                         const at::Tensor& mask) override;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

/// A layer ready to compute with: the building block of every arithmetic with weights of its own. Copies share them.
class PreparedLayer {
public:
    /// `weight` stands in for the layer's own and has its shape; it decides type and device of the products.
    PreparedLayer(const Layer& layer, at::Tensor weight);
    /// x as Arithmetic::linear or conv2d take it, float32; so is the result. The first run of a convolution packs its
    /// weight, so one thread at a time.
    at::Tensor run(const at::Tensor& x) const;
    /// Of the weight, be it a copy or pages of its file.
    std::int64_t bytes() const;

private:
    struct State;
    std::shared_ptr<State> m_state;
};

/// Passes everything on to another arithmetic; base of decorators that observe or alter.
class ForwardingArithmetic : public Arithmetic {
public:
    explicit ForwardingArithmetic(Arithmetic& inner) : m_inner(inner) {}
    at::Tensor linear(const Layer& layer, const at::Tensor& x) override { return m_inner.linear(layer, x); }
    at::Tensor conv2d(const Layer& layer, const at::Tensor& x) override { return m_inner.conv2d(layer, x); }
    at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, double scale,
                         const at::Tensor& mask) override {
        return m_inner.attention(q, k, v, scale, mask);
    }
    void produced(std::string_view module, const at::Tensor& output) override { m_inner.produced(module, output); }

protected:
    Arithmetic& inner() { return m_inner; }

private:
    Arithmetic& m_inner;
};

/// Passes on until a stop is asked for: then the next layer is not begun, and the work in unlessStopped() ends. A layer
/// of a large model takes a fraction of a second.
class StoppableArithmetic final : public ForwardingArithmetic {
public:
    StoppableArithmetic(Arithmetic& inner, std::stop_token stop)
        : ForwardingArithmetic(inner), m_stop(std::move(stop)) {}
    at::Tensor linear(const Layer& layer, const at::Tensor& x) override;
    at::Tensor conv2d(const Layer& layer, const at::Tensor& x) override;
    at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, double scale,
                         const at::Tensor& mask) override;

    /// What `work(stoppable)` returns, or nothing if it was stopped.
    template <typename Work>
    static auto unlessStopped(Arithmetic& inner, const std::stop_token& stop, const Work& work)
        -> std::optional<std::invoke_result_t<const Work&, Arithmetic&>> {
        StoppableArithmetic stoppable(inner, stop);
        try {
            stoppable.goOn();
            return work(stoppable);
        } catch (const Stopped&) {
            return std::nullopt;
        }
    }

private:
    struct Stopped {};
    void goOn() const;
    std::stop_token m_stop;
};

} // namespace ldm
