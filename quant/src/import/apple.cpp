#include "formats.h"

#include "layerformats.h"

#include "../nearest.h"

#include <algorithm>

namespace quant {

namespace {

/// What else the file holds are measured values, of no use to other quantizers.
const LocatedJson& recipesOf(const LocatedJson& json, const std::string& file) {
    const LocatedJson* recipes = json.find("recipes");
    if (!recipes || recipes->kind != LocatedJson::Kind::Object || recipes->members.empty())
        failAt(file, recipes ? recipes->place : json.place,
               "'recipes' must be an object of recipes by name, with one at least");
    return *recipes;
}

std::vector<std::string> keysOf(const LocatedJson& recipes) {
    std::vector<std::string> keys;
    for (const LocatedJson::Member& recipe : recipes.members) keys.push_back(recipe.key);
    return keys;
}

const LocatedJson::Member& chosenRecipe(const LocatedJson& recipes, const std::string& key, const std::string& file) {
    if (key.empty() && recipes.members.size() == 1) return recipes.members.front();
    const auto chosen = std::find_if(recipes.members.begin(), recipes.members.end(),
                                     [&](const LocatedJson::Member& recipe) { return recipe.key == key; });
    if (chosen != recipes.members.end()) return *chosen;
    throw ldm::badInput(file + " holds " + std::to_string(recipes.members.size()) + " recipes" +
                        (key.empty() ? std::string() : ", and none named " + ldm::inQuotes(key)) + "; choose " +
                        quotedList(keysOf(recipes), "or") + " by its name behind a colon: FILE:NAME.");
}

} // namespace

std::vector<std::string> appleRecipeNames(const LocatedJson& json, const std::string& file) {
    return keysOf(recipesOf(json, file));
}

ImportedRecipe importApple(const LocatedJson& json, const std::string& file, const std::string& key,
                           const ldm::ModelInfo& model) {
    const LocatedJson::Member& recipe = chosenRecipe(recipesOf(json, file), key, file);
    if (recipe.value.kind != LocatedJson::Kind::Object || recipe.value.members.empty())
        failAt(file, recipe.value.place,
               "the recipe " + ldm::inQuotes(recipe.key) + " must be an object of bits by module");
    // Small layers are not listed: palettization leaves them in half precision.
    LayerFormats formats(model, {WeightFormat::Fp16, ActivationFormat::Fp32});
    for (const auto& [module, place, bits] : recipe.value.members) {
        if (bits.kind != LocatedJson::Kind::Integer || !LayerFormats::isWidth(bits.integer))
            failAt(file, bits.place, "the bits of " + ldm::inQuotes(module) + " must be " + LayerFormats::widths());
        formats.giveWeights(module, bits.integer);
    }
    formats.note("the recipe was made for k-means palettes, whose place integers of the same width take here; the "
                 "decibels in its file do not hold for them");
    return formats.toRecipe(recipe.key, file);
}

} // namespace quant
