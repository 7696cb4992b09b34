#pragma once

#include <ldm/checkpoint.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace ldm {

/// What a tensor of a LoRA file is for its layer.
enum class LoraRole { Down, Up, Mid, Alpha };

/// A tensor name of a LoRA file, taken apart.
struct LoraKey {
    std::string module; ///< the layer, in the file's words
    LoraRole role = LoraRole::Down;
};

/// Nothing for a name of another form. Throws BadInput, naming `file`, for the names of relatives of LoRA that are
/// computed in other ways.
std::optional<LoraKey> parseLoraKey(const std::string& name, const std::string& file);

/// True for a model or a part of one: there are whole weights, and nothing of a LoRA or its relatives.
bool holdsWholeWeights(const TensorTable& tensors);

/// A weight of a checkpoint that a LoRA may change.
struct LoraTarget {
    std::size_t part = 0; ///< index into Checkpoint::parts
    std::string module;   ///< "mid_block.attentions.0.proj_in"
    auto operator<=>(const LoraTarget&) const = default;
};

/// The layers of a checkpoint under every name that LoRA files give them. The names are made from the checkpoint's
/// own: an underscore in a file may stand for an underscore or for a dot, which cannot be told from the file alone.
class LoraTargets {
public:
    explicit LoraTargets(const Checkpoint& checkpoint);

    /// Null for a module that the checkpoint does not have.
    const LoraTarget* find(std::string module) const;

private:
    void addDotted(const std::string& part, const LoraTarget& target);
    void addUnderscored(const std::string& prefix, const std::string& module, const LoraTarget& target);

    std::map<std::string, LoraTarget, std::less<>> m_targets;
};

} // namespace ldm
