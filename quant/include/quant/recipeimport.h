#pragma once

#include <quant/recipe.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace quant {

/// Whose recipe a file holds, told by its content.
enum class RecipeKind {
    Noisefloor,      ///< this program's own
    Apple,           ///< ml-stable-diffusion's mixed-bit compression: JSON with several recipes, bits by module
    MixDq,           ///< YAML, bits by module: of weights in one file, of activations in another
    TensorTypeRules, ///< stable-diffusion.cpp's --tensor-type-rules: "regex=type,regex=type"
};

struct RecipeFileInfo {
    RecipeKind kind = RecipeKind::Noisefloor;
    std::vector<std::string> recipes; ///< Apple: the names of its recipes, in the order of the file
};
/// Throws BadInput for what cannot be read and for YAML that is no recipe. Other mistakes show when it is imported.
RecipeFileInfo inspectRecipeFile(const std::filesystem::path& file);

/// A recipe file, and what it alone does not say.
struct RecipeSource {
    std::filesystem::path file;
    /// Apple: which recipe, may be empty if there is one only. MixDQ: the file of the activations' bits, empty to leave
    /// activations untouched. Empty for all others.
    std::string part;
};
/// From "FILE" or "FILE:PART"; the whole text is a file where one has that name.
RecipeSource recipeSource(const std::string& text);

/// A recipe as it was understood.
struct ImportedRecipe {
    Recipe recipe;
    std::vector<std::string> notes; ///< what it says otherwise than its source: one clause each
};

/// Reads a recipe of any kind for a model, whose layers it must fit as resolve() demands. Bits become the nearest
/// formats there are, equal layers of a block one rule. Throws BadInput naming file and place, and all modules that the
/// model does not have in one sentence.
ImportedRecipe importRecipe(const RecipeSource& source, const ldm::ModelInfo& model);

/// stable-diffusion.cpp's rules as they stand on its command line; `source` names them in messages. As there, the first
/// rule counts whose expression is found in a tensor's name in the original layout, "model.diffusion_model.
/// input_blocks.0.0.weight"; layers that no rule names, whose rows the type's blocks do not divide or that belong to
/// the embeddings stay as they are stored.
ImportedRecipe importTensorTypeRules(std::string_view rules, const std::string& source, const ldm::ModelInfo& model);

} // namespace quant
