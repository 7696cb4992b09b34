#pragma once

#include <ldm/safetensors.h>

#include <ATen/core/Tensor.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ldm {

/// The ATen type of a stored type; throws BadInput for types ATen cannot hold.
at::ScalarType toScalarType(DType type);
DType fromScalarType(at::ScalarType type);
/// A zero-copy, read-only view of an entry that keeps the mapping alive. Never modify it in place.
at::Tensor view(const SafetensorsFile& file, const TensorEntry& entry);

/// True for a buffer that files of older exporters carry along: it holds nothing but 0, 1, 2, ...
bool isIgnorable(std::string_view name);

/// Hands out the tensors of one part by diffusers name, checks shapes and remembers what was taken.
class WeightSource {
public:
    /// `part` names the part in messages and prefixes layer names: "unet".
    WeightSource(std::string part, SafetensorsFile file);

    const std::string& part() const { return m_part; }
    bool has(const std::string& name) const;
    /// Takes a tensor that must have exactly this shape. A missing tensor is noted and an undefined tensor returned, a
    /// wrong shape throws BadInput: finish() then reports all that is missing at once.
    at::Tensor take(const std::string& name, const std::vector<std::int64_t>& shape);
    /// Throws BadInput if tensors are missing, or left over that are not ignorable (first ten of each are named).
    void finish() const;
    const SafetensorsFile& file() const { return m_file; }

private:
    std::string m_part;
    SafetensorsFile m_file;
    std::set<std::string> m_taken;
    std::vector<std::string> m_missing;
};

} // namespace ldm
