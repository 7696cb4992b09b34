#include <ldm/arithmetic.h>

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <ATen/core/stack.h>

#include <utility>

namespace ldm {

namespace {

auto findOperator(const char* name) {
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

/// oneDNN wants a convolution's weights in its own order. at::conv2d brings them there at every call, which for the
/// inner levels of a UNet costs more than the convolution; here it happens once, for the first input's size, and the
/// plain weight goes.
struct PreparedLayer::State {
    StoredTensor source; ///< where the weight came from; it is let go as soon as nothing reads it
    LayerKind kind = LayerKind::Linear;
    int stride = 1;
    int padding = 0;
    at::Tensor weight;
    at::Tensor bias;
    c10::IValue packed;
    std::int64_t bytes = 0;

    ~State() { source.release(); }
    void pack(const at::Tensor& x);
    at::Tensor runPacked(const at::Tensor& x) const;
};

void PreparedLayer::State::pack(const at::Tensor& x) {
    static const auto prepack = findOperator("mkldnn_prepacked::conv2d_prepack");
    if (!prepack) return;
    const auto optionalBias = bias.defined() ? c10::IValue(bias) : c10::IValue();
    // The packed form keeps the tensor it was made from, to be saved again some day: give it one that can be emptied.
    at::Tensor handed = weight.variable_data();
    packed = call(*prepack, {handed, optionalBias, pair(stride), pair(padding), pair(1), std::int64_t{1},
                             c10::List<std::int64_t>(x.sizes().vec()), std::string("none")});
    handed.set_();
    weight.reset();
    bias.reset();
    source.release();
}

at::Tensor PreparedLayer::State::runPacked(const at::Tensor& x) const {
    static const auto run = findOperator("mkldnn_prepacked::conv2d_run");
    return call(*run, {x.contiguous(), packed}).toTensor();
}

PreparedLayer::PreparedLayer(const Layer& layer, at::Tensor weight) : m_state(std::make_shared<State>()) {
    m_state->source = layer.weight;
    m_state->kind = layer.kind;
    m_state->stride = layer.stride;
    m_state->padding = layer.padding;
    m_state->weight = weight.contiguous();
    if (layer.bias.defined()) m_state->bias = layer.bias.values().to(m_state->weight.options());
    m_state->bytes = static_cast<std::int64_t>(m_state->weight.nbytes());
    const bool isView = !m_state->weight.storage().resizable(); // of a mapped file
    if (!isView) m_state->source.release();
}

at::Tensor PreparedLayer::run(const at::Tensor& x) const {
    State& state = *m_state;
    if (!state.packed.isNone()) return state.runPacked(x);
    const at::Tensor input = x.to(state.weight.scalar_type());
    if (state.kind == LayerKind::Linear) return at::linear(input, state.weight, state.bias).to(at::kFloat);
    const bool packs = state.weight.is_cpu() && state.weight.scalar_type() == at::kFloat && at::hasMKLDNN() &&
                       at::globalContext().userEnabledMkldnn();
    if (packs) state.pack(x);
    if (!state.packed.isNone()) return state.runPacked(x);
    return at::conv2d(input, state.weight, state.bias, state.stride, state.padding).to(at::kFloat);
}

std::int64_t PreparedLayer::bytes() const {
    return m_state->bytes;
}

} // namespace ldm
