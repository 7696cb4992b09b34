#pragma once

#include <ldm/safetensors.h>

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ldm {

/// The ATen type of a stored type; throws BadInput for types ATen cannot hold.
at::ScalarType toScalarType(DType type);
DType fromScalarType(at::ScalarType type);
/// A zero-copy, read-only view of an entry that keeps the mapping alive. Never modify it in place.
at::Tensor view(const SafetensorsFile& file, const TensorEntry& entry);
/// The same for the bytes of any mapping, which hold exactly the values of `shape`.
at::Tensor view(std::span<const std::byte> bytes, DType type, const std::vector<std::int64_t>& shape,
                std::shared_ptr<const void> mapping);

/// True for a buffer that files of older exporters carry along: it holds nothing but 0, 1, 2, ...
bool isIgnorable(std::string_view name);

/// A tensor of a checkpoint that is read when it is needed: a view of a mapped file, or values made from one (decoded
/// blocks of a GGUF file, a LoRA added on top). Nothing is kept after reading, so a large model costs no memory until
/// it runs. Copies are cheap.
struct StoredTensor {
    std::string name;                ///< within its part: "conv_in.weight"
    std::vector<std::int64_t> shape; ///< in torch's order; empty for a scalar
    DType type = DType::F32;         ///< of the tensor that values() returns
    std::string storedAs = "F32";    ///< as people know the type in the file: "F16", "Q4_K"
    std::uint64_t bytes = 0;         ///< in the file
    std::function<at::Tensor()> load;
    std::span<const std::byte> stored =
        {}; ///< its bytes in the mapped file, which `load` keeps; empty where it has none
    /// What else of the file its values are made from: the scales of quantized weights.
    std::vector<std::span<const std::byte>> alsoStored = {};

    bool defined() const { return static_cast<bool>(load); }
    /// The values, read-only, in `shape` and `type`. May be expensive where they are decoded.
    at::Tensor values() const { return load(); }
    /// Says that nobody reads the mapped bytes for now: they leave this process's memory, and come back from the
    /// system's cache or the file when they are read again. Views of them stay valid.
    void release() const;
    std::int64_t elements() const;
};

/// A tensor that is in memory already.
StoredTensor held(std::string name, at::Tensor values);

/// The tensors of one part or file by name, whatever container they come from.
class TensorTable {
public:
    /// `source` names the container in messages: a path.
    explicit TensorTable(std::string source);
    /// All tensors of a mapped file.
    explicit TensorTable(const SafetensorsFile& file);

    const std::string& source() const { return m_source; }
    const std::vector<StoredTensor>& tensors() const { return m_tensors; }
    const StoredTensor* find(std::string_view name) const;
    /// Throws BadInput if the name is there already.
    void add(StoredTensor tensor);
    /// Puts a tensor in the place of the one with its name, which must be there.
    void replace(StoredTensor tensor);
    /// How messages are to name tensors and what they advise where names are not the file's and configurations are not
    /// its neighbours.
    void speakAs(std::function<std::string(const std::string&)> nameInFile, std::string remedy);
    std::string nameInFile(const std::string& name) const;
    const std::string& remedy() const { return m_remedy; }
    /// Source and messages of this one, without tensors.
    TensorTable emptied() const;

private:
    std::string m_source;
    std::function<std::string(const std::string&)> m_nameInFile;
    std::string m_remedy = "use the config.json these weights were saved with";
    std::vector<StoredTensor> m_tensors;
    std::unordered_map<std::string, std::size_t> m_index;
};

/// Hands out the tensors of one part by diffusers name, checks shapes and remembers what was taken.
class WeightSource {
public:
    /// `part` names the part in messages and prefixes layer names: "unet".
    WeightSource(std::string part, TensorTable tensors);
    WeightSource(std::string part, const SafetensorsFile& file) : WeightSource(std::move(part), TensorTable(file)) {}

    const std::string& part() const { return m_part; }
    const std::string& source() const { return m_tensors.source(); }
    bool has(std::string_view name) const;
    /// Takes a floating-point tensor that must have exactly this shape, ones at its ends aside: a 1x1 convolution and
    /// a linear layer hold the same numbers. A missing tensor is noted and an undefined one returned, a wrong shape or
    /// type throws BadInput: finish() then reports all that is missing at once.
    StoredTensor take(const std::string& name, const std::vector<std::int64_t>& shape);
    /// What was asked for and is not there: names and shapes. With an empty table, all that a network wants.
    const std::vector<StoredTensor>& missing() const { return m_missing; }
    /// Throws BadInput if tensors are missing, or left over that are not ignorable (first ten of each are named).
    void finish() const;

private:
    std::string m_part;
    TensorTable m_tensors;
    std::set<std::string> m_taken;
    std::vector<StoredTensor> m_missing;
};

} // namespace ldm
