#pragma once

#include <ldm/arithmetic.h>

#include <functional>
#include <vector>

namespace analysis {

/// What a layer makes of x with some arithmetic.
at::Tensor computed(ldm::Arithmetic& arithmetic, const ldm::Layer& layer, const at::Tensor& x);

/// Tells of every layer that was computed, before its result goes on.
class ListeningArithmetic final : public ldm::ForwardingArithmetic {
public:
    /// y is valid and unchanged during the call only.
    using Listener = std::function<void(const ldm::Layer& layer, const at::Tensor& x, const at::Tensor& y)>;

    ListeningArithmetic(ldm::Arithmetic& inner, Listener listener)
        : ForwardingArithmetic(inner), m_listener(std::move(listener)) {}
    at::Tensor linear(const ldm::Layer& layer, const at::Tensor& x) override { return told(layer, x); }
    at::Tensor conv2d(const ldm::Layer& layer, const at::Tensor& x) override { return told(layer, x); }

private:
    at::Tensor told(const ldm::Layer& layer, const at::Tensor& x);
    Listener m_listener;
};

/// Computes some layers otherwise than the rest.
class SelectiveArithmetic final : public ldm::ForwardingArithmetic {
public:
    /// `chosen` layers, by index, compute with `altered`, everything else with `base`.
    SelectiveArithmetic(ldm::Arithmetic& base, ldm::Arithmetic& altered, const std::vector<int>& chosen);
    at::Tensor linear(const ldm::Layer& layer, const at::Tensor& x) override { return selected(layer, x); }
    at::Tensor conv2d(const ldm::Layer& layer, const at::Tensor& x) override { return selected(layer, x); }

private:
    at::Tensor selected(const ldm::Layer& layer, const at::Tensor& x);
    ldm::Arithmetic& m_altered;
    std::vector<bool> m_isChosen;
};

/// Samples of a batch, consecutive.
struct Samples {
    std::int64_t first = 0;
    std::int64_t count = 0;
};

/// Several variants in one batch: a layer computes with `base` for all samples but those for which it is altered.
class PatchedArithmetic final : public ldm::ForwardingArithmetic {
public:
    PatchedArithmetic(ldm::Arithmetic& base, ldm::Arithmetic& altered)
        : ForwardingArithmetic(base), m_altered(altered) {}
    /// These samples have a layer altered; told in ascending order.
    void alter(int layer, Samples samples);
    at::Tensor linear(const ldm::Layer& layer, const at::Tensor& x) override { return patched(layer, x); }
    at::Tensor conv2d(const ldm::Layer& layer, const at::Tensor& x) override { return patched(layer, x); }

private:
    at::Tensor patched(const ldm::Layer& layer, const at::Tensor& x);
    ldm::Arithmetic& m_altered;
    std::vector<std::vector<Samples>> m_samples; ///< by layer
};

} // namespace analysis
