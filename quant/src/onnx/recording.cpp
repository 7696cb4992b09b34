#include "recording.h"

#include <ldm/error.h>

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/WrapDimMinimal.h>
#include <c10/core/impl/LocalDispatchKeySet.h>
#include <torch/library.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

namespace quant::onnx {

namespace {

/// A dispatch key that no kernel of ATen has: where it is on, the fallback below sees every call first.
constexpr auto kKey = c10::DispatchKey::TESTING_ONLY_GenericMode;

at::TensorOptions unreal(at::ScalarType type) {
    return at::TensorOptions(at::kMeta).dtype(type);
}

ldm::Error cannotRecord(const std::string& op, const std::string& why) {
    return {ldm::ErrorKind::Failed, "the network's graph cannot be written down: " + op + " " + why +
                                        "; this version has no ONNX form for this model."};
}

/// The shape of the result of operations that ATen cannot do without values; it can do all others.
std::optional<std::vector<std::int64_t>> resultShape(const std::string& op, at::ArrayRef<c10::IValue> arguments) {
    if (op == "aten::group_norm" || op == "aten::layer_norm") return arguments[0].toTensor().sizes().vec();
    if (op != "aten::index_select") return std::nullopt;
    std::vector<std::int64_t> shape = arguments[0].toTensor().sizes().vec();
    shape.at(static_cast<std::size_t>(c10::maybe_wrap_dim(arguments[1].toInt(), arguments[0].toTensor().dim()))) =
        arguments[2].toTensor().numel();
    return shape;
}

bool isWritten(const c10::Argument& argument) {
    return argument.alias_info() && argument.alias_info()->isWrite();
}

template <typename Use> void forTensors(const c10::IValue& value, const Use& use) {
    if (value.isTensor()) use(value.toTensor());
    if (value.isTensorList())
        for (const at::Tensor& tensor : value.toTensorVector()) use(tensor);
}

/// A stand-in of the same shape without values. Numbers and single values stay: ATen takes them from anywhere.
at::Tensor withoutValues(const at::Tensor& tensor) {
    if (!tensor.defined() || tensor.is_meta() || tensor.dim() == 0) return tensor;
    return at::empty_strided(tensor.sizes(), tensor.strides(), unreal(tensor.scalar_type()));
}

c10::IValue withoutValues(const c10::IValue& value) {
    if (value.isTensor()) return withoutValues(value.toTensor());
    if (!value.isTensorList()) return value;
    std::vector<at::Tensor> tensors = value.toTensorVector();
    for (at::Tensor& tensor : tensors) tensor = withoutValues(tensor);
    return tensors;
}

} // namespace

struct Recorder::Impl {
    /// What a tensor object stands for, valid until its memory is written to through another one.
    struct Bound {
        at::Tensor tensor; ///< kept, so that its address stays its own
        int value = 0;
        int generation = 0;
    };

    Recording recording;
    std::unordered_map<const c10::TensorImpl*, Bound> bound;
    std::unordered_map<const c10::StorageImpl*, int> generations; ///< how often each memory was written to
    std::optional<c10::impl::IncludeDispatchKeyGuard> noticing;

    int& generation(const at::Tensor& tensor) { return generations[tensor.storage().unsafeGetStorageImpl()]; }
    int add(const at::Tensor& tensor);
    int bind(const at::Tensor& tensor);
    int constant(const at::Tensor& tensor);
    int valueOf(const at::Tensor& tensor, const std::string& reader);
    bool isCurrent(const at::Tensor& tensor);
    Operand operand(const c10::IValue& value, const std::string& op);
    void run(const c10::OperatorHandle& op, torch::jit::Stack& stack);
    void compute(const c10::OperatorHandle& op, torch::jit::Stack& stack);
    void record(const c10::OperatorHandle& op, torch::jit::Stack& stack);
    void execute(const c10::OperatorHandle& op, const std::string& name, torch::jit::Stack& stack);
    void addResults(RecordedStep step, const torch::jit::Stack& stack, std::size_t count, bool writes);
    at::Tensor layered(const char* op, const ldm::Layer& layer, const at::Tensor& x,
                       const std::vector<std::int64_t>& shape);
};

namespace {

thread_local Recorder::Impl* noticingRecorder = nullptr;

void notice(const c10::OperatorHandle& op, c10::DispatchKeySet, torch::jit::Stack* stack) {
    const c10::impl::ExcludeDispatchKeyGuard below(kKey);
    if (noticingRecorder)
        noticingRecorder->run(op, *stack);
    else
        op.callBoxed(stack);
}

} // namespace

TORCH_LIBRARY_IMPL(_, TESTING_ONLY_GenericMode, library) {
    library.fallback(torch::CppFunction::makeFromBoxedFunction<&notice>());
}

int Recorder::Impl::add(const at::Tensor& tensor) {
    recording.values.push_back({tensor.sizes().vec(), tensor.scalar_type(), {}, {}, {}});
    return static_cast<int>(recording.values.size()) - 1;
}

int Recorder::Impl::bind(const at::Tensor& tensor) {
    const int value = add(tensor);
    bound[tensor.unsafeGetTensorImpl()] = {tensor, value, generation(tensor)};
    return value;
}

bool Recorder::Impl::isCurrent(const at::Tensor& tensor) {
    const auto found = bound.find(tensor.unsafeGetTensorImpl());
    return found != bound.end() && found->second.generation == generation(tensor);
}

/// A computed tensor that the network now reads; its values as they are at present.
int Recorder::Impl::constant(const at::Tensor& tensor) {
    const int value = bind(tensor);
    recording.values.back().constant = tensor.clone();
    return value;
}

int Recorder::Impl::valueOf(const at::Tensor& tensor, const std::string& reader) {
    if (isCurrent(tensor)) return bound.at(tensor.unsafeGetTensorImpl()).value;
    if (!tensor.is_meta()) return constant(tensor);
    throw cannotRecord(reader, bound.contains(tensor.unsafeGetTensorImpl())
                                   ? "reads a tensor that was written to through another view of its memory"
                                   : "reads a tensor of unknown origin");
}

Operand Recorder::Impl::operand(const c10::IValue& value, const std::string& op) {
    if (!value.isTensor() && !value.isTensorList()) return {{}, value};
    Operand result;
    forTensors(value, [&](const at::Tensor& tensor) {
        if (tensor.defined()) result.values.push_back(valueOf(tensor, op));
    });
    return result;
}

void Recorder::Impl::run(const c10::OperatorHandle& op, torch::jit::Stack& stack) {
    const auto arguments = torch::jit::last(stack, op.schema().arguments().size());
    bool dependsOnInput = false;
    for (const c10::IValue& argument : arguments)
        forTensors(argument, [&](const at::Tensor& tensor) { dependsOnInput |= tensor.defined() && tensor.is_meta(); });
    if (dependsOnInput)
        record(op, stack);
    else
        compute(op, stack);
}

/// Makes tensors of tensors whose values are known, or of nothing: these are to have values, too.
void Recorder::Impl::compute(const c10::OperatorHandle& op, torch::jit::Stack& stack) {
    const std::vector<c10::Argument>& schema = op.schema().arguments();
    const std::size_t first = stack.size() - schema.size();
    std::vector<at::Tensor> written;
    for (std::size_t i = 0; i < schema.size(); ++i) {
        c10::IValue& argument = stack[first + i];
        if (argument.isDevice() && argument.toDevice().is_meta()) argument = at::Device(at::kCPU);
        if (isWritten(schema[i])) forTensors(argument, [&](const at::Tensor& tensor) { written.push_back(tensor); });
    }
    op.callBoxed(stack);
    for (const at::Tensor& tensor : written) ++generation(tensor);
}

void Recorder::Impl::record(const c10::OperatorHandle& op, torch::jit::Stack& stack) {
    const std::vector<c10::Argument>& schema = op.schema().arguments();
    const std::size_t first = stack.size() - schema.size();
    RecordedStep step{op.schema().name(), {}, {}, nullptr};
    std::vector<at::Tensor> written;
    for (std::size_t i = 0; i < schema.size(); ++i) {
        c10::IValue& argument = stack[first + i];
        step.operands.push_back(operand(argument, step.op));
        if (isWritten(schema[i])) forTensors(argument, [&](const at::Tensor& tensor) { written.push_back(tensor); });
        argument = withoutValues(argument);
    }
    for (const at::Tensor& tensor : written)
        if (!tensor.is_meta()) throw cannotRecord(step.op, "writes to a constant");
    execute(op, step.op, stack);
    for (const at::Tensor& tensor : written) ++generation(tensor);
    addResults(std::move(step), stack, op.schema().returns().size(), !written.empty());
}

/// For the shapes of the results alone.
void Recorder::Impl::execute(const c10::OperatorHandle& op, const std::string& name, torch::jit::Stack& stack) {
    const std::size_t count = op.schema().arguments().size();
    const auto arguments = torch::jit::last(stack, count);
    if (const auto shape = resultShape(name, arguments)) {
        const at::ScalarType type = arguments[0].toTensor().scalar_type();
        torch::jit::drop(stack, count);
        stack.emplace_back(at::empty(*shape, unreal(type)));
        return;
    }
    try {
        op.callBoxed(stack);
    } catch (const c10::Error&) { // of several lines, about backends
        throw cannotRecord(name, "is not possible without values");
    }
}

void Recorder::Impl::addResults(RecordedStep step, const torch::jit::Stack& stack, std::size_t count, bool writes) {
    std::vector<at::Tensor> results;
    for (std::size_t i = 0; i < count; ++i)
        forTensors(torch::jit::peek(stack, i, count), [&](const at::Tensor& tensor) { results.push_back(tensor); });
    const bool nothingNew = !writes && std::all_of(results.begin(), results.end(),
                                                   [this](const auto& tensor) { return isCurrent(tensor); });
    if (nothingNew) return; // such as contiguous() of what is contiguous
    for (const at::Tensor& tensor : results) step.results.push_back(bind(tensor));
    recording.steps.push_back(std::move(step));
}

at::Tensor Recorder::Impl::layered(const char* op, const ldm::Layer& layer, const at::Tensor& x,
                                   const std::vector<std::int64_t>& shape) {
    at::Tensor result = at::empty(shape, unreal(at::kFloat));
    RecordedStep step{op, {operand(x, layer.name)}, {}, &layer};
    step.results.push_back(bind(result));
    recording.steps.push_back(std::move(step));
    return result;
}

Recorder::Recorder() : m_impl(std::make_unique<Impl>()) {
    if (noticingRecorder) throw ldm::Error(ldm::ErrorKind::Failed, "two graphs cannot be written down at once.");
    noticingRecorder = m_impl.get();
    m_impl->noticing.emplace(kKey);
}

Recorder::~Recorder() {
    m_impl->noticing.reset();
    noticingRecorder = nullptr;
}

at::Tensor Recorder::input(const std::string& name, const std::vector<std::int64_t>& shape, at::ScalarType type) {
    const c10::impl::ExcludeDispatchKeyGuard below(kKey);
    at::Tensor tensor = at::empty(shape, unreal(type));
    m_impl->recording.inputs.emplace_back(name, m_impl->bind(tensor));
    return tensor;
}

ldm::TensorTable Recorder::parameters(const std::string& part, const ldm::TensorTable& tensors) {
    const c10::impl::ExcludeDispatchKeyGuard below(kKey);
    ldm::TensorTable table = tensors.emptied();
    for (const ldm::StoredTensor& stored : tensors.tensors()) {
        const at::Tensor tensor = at::empty(stored.shape, unreal(at::kFloat));
        m_impl->recording.values.at(static_cast<std::size_t>(m_impl->bind(tensor))).parameter =
            part + "." + stored.name;
        table.add(
            {stored.name, stored.shape, ldm::DType::F32, stored.storedAs, stored.bytes, [tensor] { return tensor; }});
    }
    return table;
}

void Recorder::output(const std::string& name, const at::Tensor& tensor) {
    m_impl->recording.outputs.emplace_back(name, m_impl->valueOf(tensor, name));
}

void Recorder::produced(std::string_view module, const at::Tensor& output) {
    const int value = m_impl->valueOf(output, std::string(module));
    m_impl->recording.values.at(static_cast<std::size_t>(value)).producedBy = module;
    m_impl->recording.modules.insert_or_assign(std::string(module), value);
}

Recording Recorder::finish() && {
    return std::move(m_impl->recording);
}

at::Tensor Recorder::linear(const ldm::Layer& layer, const at::Tensor& x) {
    const c10::impl::ExcludeDispatchKeyGuard below(kKey);
    std::vector<std::int64_t> shape = x.sizes().vec();
    shape.back() = layer.weight.shape.front();
    return m_impl->layered("linear", layer, x, shape);
}

at::Tensor Recorder::conv2d(const ldm::Layer& layer, const at::Tensor& x) {
    const c10::impl::ExcludeDispatchKeyGuard below(kKey);
    const auto side = [&](int dim) {
        return (x.size(dim) + 2 * layer.padding - layer.weight.shape[static_cast<std::size_t>(dim)]) / layer.stride + 1;
    };
    return m_impl->layered("conv2d", layer, x, {x.size(0), layer.weight.shape.front(), side(2), side(3)});
}

at::Tensor Recorder::attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, double scale,
                               const at::Tensor& mask) {
    const c10::impl::ExcludeDispatchKeyGuard below(kKey);
    at::Tensor result = at::empty({q.size(0), q.size(1), q.size(2), v.size(3)}, unreal(at::kFloat));
    RecordedStep step{"attention", {}, {}, nullptr};
    for (const at::Tensor* tensor : {&q, &k, &v}) step.operands.push_back(m_impl->operand(*tensor, step.op));
    step.operands.push_back({{}, scale});
    step.operands.push_back(mask.defined() ? m_impl->operand(mask, step.op) : Operand{});
    step.results.push_back(m_impl->bind(result));
    m_impl->recording.steps.push_back(std::move(step));
    return result;
}

} // namespace quant::onnx
