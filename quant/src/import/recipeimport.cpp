#include <quant/recipeimport.h>

#include "formats.h"
#include "layerformats.h"

#include <ldm/files.h>

namespace quant {

namespace {

namespace fs = std::filesystem;

/// A file that was read once.
struct ReadFile {
    std::string text;
    RecipeKind kind = RecipeKind::Noisefloor;
    LocatedJson json; ///< for Apple
};

/// Rules have "=type" in every piece; lines of YAML have a colon, and no equals sign outside comments.
bool looksLikeRules(std::string_view text) {
    std::size_t start = 0;
    while (start < text.size() && text[start] == '#') start = std::min(text.find('\n', start), text.size() - 1) + 1;
    const auto equals = text.find('=', start);
    return equals != std::string_view::npos && text.substr(start, equals - start).find(": ") == std::string_view::npos;
}

ReadFile readRecipeFile(const fs::path& file) {
    ReadFile read{ldm::readTextFile(file, kLargestImport), RecipeKind::Noisefloor, {}};
    const auto first = read.text.find_first_not_of(" \t\r\n");
    if (first == std::string::npos) throw ldm::badInput(file.string() + " is empty; choose a recipe.");
    if (read.text[first] == '{') {
        read.json = parseLocatedJson(read.text, file.string());
        if (!read.json.find("noisefloor_recipe") && read.json.find("recipes")) read.kind = RecipeKind::Apple;
    } else {
        read.kind = looksLikeRules(read.text) ? RecipeKind::TensorTypeRules : RecipeKind::MixDq;
    }
    return read;
}

} // namespace

RecipeFileInfo inspectRecipeFile(const fs::path& file) {
    const ReadFile read = readRecipeFile(file);
    if (read.kind == RecipeKind::Apple) return {read.kind, appleRecipeNames(read.json, file.string())};
    if (read.kind == RecipeKind::MixDq) requireMixDq(read.text, file.string());
    return {read.kind, {}};
}

RecipeSource recipeSource(const std::string& text) {
    std::error_code ignored;
    const auto colon = text.rfind(':');
    if (colon == std::string::npos || fs::exists(text, ignored)) return {text, {}};
    // Both sides may have colons; the shortest beginning that is a file leaves the longest part.
    for (auto at = text.find(':'); at != std::string::npos; at = text.find(':', at + 1))
        if (fs::is_regular_file(text.substr(0, at), ignored)) return {text.substr(0, at), text.substr(at + 1)};
    return {text, {}};
}

ImportedRecipe importRecipe(const RecipeSource& source, const ldm::ModelInfo& model) {
    const ReadFile read = readRecipeFile(source.file);
    const std::string name = source.file.string();
    const bool hasParts = read.kind == RecipeKind::Apple || read.kind == RecipeKind::MixDq;
    if (!source.part.empty() && !hasParts)
        throw ldm::badInput(name + " holds one recipe; leave out what stands behind the colon, " +
                            ldm::inQuotes(source.part) + ".");
    switch (read.kind) {
    case RecipeKind::Apple:
        return importApple(read.json, name, source.part, model);
    case RecipeKind::MixDq:
        return importMixDq(read.text, source.file, source.part, model);
    case RecipeKind::TensorTypeRules:
        return importTensorTypeRules(read.text, name, model);
    case RecipeKind::Noisefloor:
        break;
    }
    return {loadRecipe(source.file, model), {}};
}

} // namespace quant
