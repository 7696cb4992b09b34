#pragma once

#include "report.h"

#include <ldm/arithmetic.h>

#include <map>
#include <set>
#include <string>

namespace parity {

/// Modules' outputs by their path.
using Outputs = std::map<std::string, at::Tensor>;

/// The checks of a fixture with recorded tensors: every one must take part in a comparison or be an input.
class Checks : public Report {
public:
    Checks(std::string fixture, const support::Reference& reference);

    const support::Reference& reference() const { return m_reference; }
    const json& description() const { return m_reference.description(); }

    /// A tensor recorded in full: an input, or numbers that are compared one by one.
    at::Tensor recorded(const std::string& tensor);
    /// Tensors that begin so are inputs, whether or not something asks for them.
    void inputsBelow(const std::string& prefix);

    void compare(const std::string& tensor, const at::Tensor& got, double relative);
    /// All tensors recorded below `prefix` against the outputs below `module`.
    void compareAll(const std::string& prefix, const std::string& module, const Outputs& outputs, double relative);
    /// A recorded picture: colours may differ by 1 of 255.
    void comparePicture(const std::string& tensor, const at::Tensor& bytes);
    /// Fails for tensors that no check has used.
    void requireAllUsed();

private:
    const support::Reference& m_reference;
    std::set<std::string> m_used;
};

/// Keeps what modules put out, of those recorded below `prefix`; their path is `module` and the rest of the name.
class Recorder final : public ldm::ForwardingArithmetic {
public:
    Recorder(ldm::Arithmetic& inner, const support::Reference& reference, const std::string& prefix,
             const std::string& module);
    void produced(std::string_view module, const at::Tensor& output) override;
    const Outputs& outputs() const { return m_outputs; }

private:
    std::set<std::string, std::less<>> m_wanted;
    Outputs m_outputs;
};

} // namespace parity
