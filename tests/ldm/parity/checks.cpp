#include "checks.h"

#include <ATen/ATen.h>

#include <utility>

namespace parity {

Checks::Checks(std::string fixture, const support::Reference& reference)
    : Report(std::move(fixture)), m_reference(reference) {
}

at::Tensor Checks::recorded(const std::string& tensor) {
    m_used.insert(tensor);
    return m_reference.tensor(tensor);
}

void Checks::inputsBelow(const std::string& prefix) {
    for (const std::string& name : m_reference.names(prefix)) m_used.insert(name);
}

void Checks::compare(const std::string& tensor, const at::Tensor& got, double relative) {
    m_used.insert(tensor);
    add(m_reference.compare(tensor, got, relative));
}

void Checks::compareAll(const std::string& prefix, const std::string& module, const Outputs& outputs, double relative) {
    for (const std::string& tensor : m_reference.names(prefix)) {
        const auto found = outputs.find(module + tensor.substr(prefix.size()));
        if (found != outputs.end()) {
            compare(tensor, found->second, relative);
        } else {
            m_used.insert(tensor);
            fail(tensor + ": nothing was computed under this name");
        }
    }
}

void Checks::comparePicture(const std::string& tensor, const at::Tensor& bytes) {
    const at::Tensor expected = recorded(tensor);
    support::Deviation deviation{.tensor = tensor, .tolerance = 1, .complaint = {}};
    if (expected.sizes() != bytes.sizes())
        deviation.complaint = "the shape is " + c10::str(bytes.sizes()) + ", not " + c10::str(expected.sizes());
    else
        deviation.largest = (expected.to(at::kFloat) - bytes.to(at::kFloat)).abs().max().item<double>();
    add(deviation);
}

void Checks::requireAllUsed() {
    std::set<std::string> stored;
    for (const std::string& name : m_reference.names({})) stored.insert(name);
    for (const auto& [name, facts] : description().at("tensors").items()) {
        if (!stored.contains(name)) fail(name + ": is described but not recorded");
        onlyKeys(facts, {"shape", "stride", "rms", "absmax", "err64", "errk"}, name);
    }
    for (const std::string& name : stored)
        if (!m_used.contains(name)) fail(name + ": no check understands this tensor");
}

Recorder::Recorder(ldm::Arithmetic& inner, const support::Reference& reference, const std::string& prefix,
                   const std::string& module)
    : ForwardingArithmetic(inner) {
    for (const std::string& tensor : reference.names(prefix)) m_wanted.insert(module + tensor.substr(prefix.size()));
}

void Recorder::produced(std::string_view module, const at::Tensor& output) {
    if (m_wanted.contains(module)) m_outputs[std::string(module)] = output.clone();
}

} // namespace parity
