#include <app/commands/rangeedit.h>

#include <ldm/error.h>

namespace app::commands {

namespace {

/// Whether a rule speaks of no other timesteps than a later one.
bool isWithin(const quant::Rule& earlier, const quant::Rule& later) {
    if (!later.timesteps) return true;
    return earlier.timesteps && (*earlier.timesteps)[0] >= (*later.timesteps)[0] &&
           (*earlier.timesteps)[1] <= (*later.timesteps)[1];
}

/// Adds a rule; takes from older rules of the same place what it decides.
void add(quant::Recipe& recipe, const quant::Rule& rule) {
    for (quant::Rule& earlier : recipe.rules) {
        if (earlier.match != rule.match || !isWithin(earlier, rule)) continue;
        if (rule.weights) earlier.weights.reset();
        if (rule.activations) earlier.activations.reset();
    }
    std::erase_if(recipe.rules, [](const quant::Rule& earlier) { return !earlier.weights && !earlier.activations; });
    recipe.rules.push_back(rule);
}

} // namespace

quant::Recipe withRangeFormat(quant::Recipe recipe, const ldm::ModelInfo& model, const RangeFormatChange& change) {
    std::vector<std::string> blocks;
    std::vector<std::string> layers;
    for (const std::string& place : change.places) {
        const bool isBlock = model.findBlock(place) != nullptr;
        if (!isBlock && model.layerIndex(place) < 0)
            throw ldm::badInput("model '" + model.name + "' has no block or layer '" + place +
                                "'; take one of its block list.");
        (isBlock ? blocks : layers).push_back(place);
    }
    const auto steady = change.timesteps ? std::nullopt : change.activations;
    recipe = quant::withBlockFormat(std::move(recipe), model, blocks, change.weights, steady);
    if (change.weights || steady)
        for (const std::string& layer : layers) add(recipe, {layer, change.weights, steady, std::nullopt, {}});
    if (change.timesteps && change.activations)
        for (const std::string& place : change.places)
            add(recipe, {place, std::nullopt, change.activations, change.timesteps, {}});
    return recipe;
}

} // namespace app::commands
