#pragma once

#include <ldm/model.h>

#include <string_view>
#include <unordered_map>
#include <vector>

namespace quant {

/// Which layers of a model the patterns of a recipe match, as matches() says. A pattern without a star is looked up, so
/// that a recipe with a rule for every layer resolves at once. Refers to the model, which must outlive it. Any thread.
class LayerMatcher {
public:
    explicit LayerMatcher(const ldm::ModelInfo& model);

    /// Ascending indices into ModelInfo::layers.
    std::vector<std::size_t> matched(std::string_view pattern) const;

private:
    const ldm::ModelInfo& m_model;
    std::unordered_map<std::string_view, std::vector<std::size_t>> m_named; ///< by a layer's name and its block's id
};

} // namespace quant
