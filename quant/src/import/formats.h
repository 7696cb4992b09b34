#pragma once

#include "../locatedjson.h"

#include <quant/recipeimport.h>

#include <ldm/error.h>

namespace quant {

// One reader per format; each is in the file named after it. `file` stands in messages.

std::vector<std::string> appleRecipeNames(const LocatedJson& json, const std::string& file);
ImportedRecipe importApple(const LocatedJson& json, const std::string& file, const std::string& key,
                           const ldm::ModelInfo& model);
/// Throws as importMixDq() does for what is no such file.
void requireMixDq(const std::string& text, const std::string& file);
/// `activations` is the second file; empty where there is none.
ImportedRecipe importMixDq(const std::string& text, const std::filesystem::path& weights,
                           const std::filesystem::path& activations, const ldm::ModelInfo& model);

} // namespace quant
