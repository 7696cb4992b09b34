#include <ldm/arithmetic.h>

#include "attention.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <ATen/core/stack.h>

#include <optional>
#include <utility>

namespace ldm {

namespace {

at::Tensor floats(const StoredTensor& tensor) {
    return tensor.defined() ? tensor.values().to(at::kFloat) : at::Tensor();
}

c10::optional<c10::OperatorHandle> findOperator(const char* name) {
    if (!at::globalContext().userEnabledMkldnn()) return c10::nullopt;
    return c10::Dispatcher::singleton().findSchema({name, ""});
}

c10::IValue call(const c10::OperatorHandle& handle, torch::jit::Stack stack) {
    handle.callBoxed(stack);
    return stack.at(0);
}

c10::List<std::int64_t> pair(std::int64_t value) {
    return c10::List<std::int64_t>({value, value});
}

} // namespace

/// oneDNN wants weights in its own order. at::conv2d brings them there at every call, which for the inner levels of a
/// UNet costs more than the convolution; here it happens once, for the first input's size, and the plain weight goes.
struct PackedConv::State {
    at::Tensor weight;
    at::Tensor bias;
    int stride = 1;
    int padding = 0;
    c10::optional<c10::OperatorHandle> runPacked;
    c10::IValue packed;

    void pack(const at::Tensor& x);
};

void PackedConv::State::pack(const at::Tensor& x) {
    const auto prepack = findOperator("mkldnn_prepacked::conv2d_prepack");
    const auto run = findOperator("mkldnn_prepacked::conv2d_run");
    if (!prepack || !run) return;
    const auto optionalBias = bias.defined() ? c10::IValue(bias) : c10::IValue();
    packed = call(*prepack, {weight, optionalBias, pair(stride), pair(padding), pair(1), std::int64_t{1},
                             c10::List<std::int64_t>(x.sizes().vec()), std::string("none")});
    runPacked = run;
    weight.reset();
    bias.reset();
}

PackedConv::PackedConv(const at::Tensor& weight, const at::Tensor& bias, int stride, int padding)
    : m_state(std::make_shared<State>()) {
    m_state->weight = weight.contiguous();
    m_state->bias = bias;
    m_state->stride = stride;
    m_state->padding = padding;
}

at::Tensor PackedConv::run(const at::Tensor& x) const {
    State& state = *m_state;
    if (!state.runPacked && state.weight.defined()) state.pack(x);
    if (state.runPacked) return call(*state.runPacked, {x.contiguous(), state.packed}).toTensor();
    return at::conv2d(x, state.weight, state.bias, state.stride, state.padding);
}

struct FloatArithmetic::Cache {
    struct Entry {
        at::Tensor weight; ///< of a linear layer
        at::Tensor bias;
        std::optional<PackedConv> conv;
    };
    std::vector<Entry> entries; ///< by layer id

    Entry& of(const Layer& layer) {
        const auto index = static_cast<std::size_t>(layer.id);
        if (index >= entries.size()) entries.resize(index + 1);
        return entries[index];
    }
};

FloatArithmetic::FloatArithmetic() : m_cache(std::make_unique<Cache>()) {
}
FloatArithmetic::~FloatArithmetic() = default;
FloatArithmetic::FloatArithmetic(FloatArithmetic&&) noexcept = default;

at::Tensor FloatArithmetic::linear(const Layer& layer, const at::Tensor& x) {
    Cache::Entry& entry = m_cache->of(layer);
    if (!entry.weight.defined()) {
        entry.weight = floats(layer.weight);
        entry.bias = floats(layer.bias);
    }
    return at::linear(x, entry.weight, entry.bias);
}

at::Tensor FloatArithmetic::conv2d(const Layer& layer, const at::Tensor& x) {
    Cache::Entry& entry = m_cache->of(layer);
    if (!entry.conv) entry.conv.emplace(floats(layer.weight), floats(layer.bias), layer.stride, layer.padding);
    return entry.conv->run(x);
}

at::Tensor FloatArithmetic::attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, double scale,
                                      const at::Tensor& mask) {
    return scaledDotProductAttention(q, k, v, scale, mask);
}

} // namespace ldm
