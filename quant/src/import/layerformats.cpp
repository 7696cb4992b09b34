#include "layerformats.h"

#include "../nearest.h"

#include <ldm/error.h>

#include <algorithm>

namespace quant {

namespace {

constexpr std::string_view kUnet = "unet.";
constexpr std::int64_t kWidths[] = {1, 2, 4, 6, 8, 16, 32};
constexpr std::size_t kMostNamed = 10; ///< unknown modules that a message lists

WeightFormat weightsOf(std::int64_t bits, const std::vector<std::int64_t>& shape) {
    switch (bits) {
    case 32:
        return WeightFormat::Fp32;
    case 16:
        return WeightFormat::Fp16;
    case 8:
        return WeightFormat::Int8;
    case 6:
        return storedAs(WeightFormat::Q6_K, shape) == WeightFormat::Q6_K ? WeightFormat::Q6_K : WeightFormat::Int8;
    default:
        return WeightFormat::Int4;
    }
}

ActivationFormat activationsOf(std::int64_t bits) {
    if (bits == 32) return ActivationFormat::Fp32;
    if (bits == 16) return ActivationFormat::Fp16;
    return bits > 4 ? ActivationFormat::Int8 : ActivationFormat::Int4;
}

/// What most of some things are; of several, what comes first.
template <typename T> T most(const std::vector<T>& values) {
    return *std::max_element(values.begin(), values.end(), [&](const T& a, const T& b) {
        return std::count(values.begin(), values.end(), a) < std::count(values.begin(), values.end(), b);
    });
}

/// Of the layers with these indices, each side on its own.
Format mostOf(const std::vector<Format>& formats, const std::vector<int>& layers) {
    std::vector<WeightFormat> weights;
    std::vector<ActivationFormat> activations;
    for (const int layer : layers) {
        weights.push_back(formats[static_cast<std::size_t>(layer)].weights);
        activations.push_back(formats[static_cast<std::size_t>(layer)].activations);
    }
    return {most(weights), most(activations)};
}

/// Adds a rule for what differs between the two, if anything does.
void addRule(std::vector<Rule>& rules, const std::string& match, Format wanted, Format otherwise) {
    Rule rule{match, {}, {}, {}, {}};
    if (wanted.weights != otherwise.weights) rule.weights = wanted.weights;
    if (wanted.activations != otherwise.activations) rule.activations = wanted.activations;
    if (rule.weights || rule.activations) rules.push_back(std::move(rule));
}

/// Blocks get a rule for what most of their layers have, other layers their own.
void setFormats(Recipe& recipe, const std::vector<Format>& formats, const ldm::ModelInfo& model) {
    std::vector<Format> ofBlocks;
    for (const ldm::BlockInfo& block : model.blocks) ofBlocks.push_back(mostOf(formats, block.layers));
    std::vector<int> blocks(model.blocks.size());
    for (std::size_t block = 0; block < blocks.size(); ++block) blocks[block] = static_cast<int>(block);
    recipe.base = mostOf(ofBlocks, blocks);
    for (std::size_t block = 0; block < ofBlocks.size(); ++block) {
        addRule(recipe.rules, model.blocks[block].id, ofBlocks[block], recipe.base);
        for (const int layer : model.blocks[block].layers) {
            const auto index = static_cast<std::size_t>(layer);
            addRule(recipe.rules, model.layers[index].name, formats[index], ofBlocks[block]);
        }
    }
}

} // namespace

LayerFormats::LayerFormats(const ldm::ModelInfo& model, Format unnamed)
    : m_model(model), m_formats(model.layers.size(), unnamed) {
    for (std::size_t layer = 0; layer < model.layers.size(); ++layer) {
        const std::string_view name = model.layers[layer].name;
        m_layers.emplace(name.substr(name.starts_with(kUnet) ? kUnet.size() : 0), layer);
    }
}

bool LayerFormats::isWidth(std::int64_t bits) {
    return std::find(std::begin(kWidths), std::end(kWidths), bits) != std::end(kWidths);
}

std::string LayerFormats::widths() {
    std::vector<std::string> names;
    for (const std::int64_t bits : kWidths) names.push_back(std::to_string(bits));
    return quotedList(names, "or");
}

std::optional<std::size_t> LayerFormats::layerOf(std::string_view module) {
    std::string_view name = module;
    for (const std::string_view prefix : {std::string_view("model."), kUnet})
        if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
    const auto found = m_layers.find(name);
    if (found != m_layers.end()) return found->second;
    m_unknown.emplace_back(module);
    return std::nullopt;
}

void LayerFormats::giveWeights(std::string_view module, std::int64_t width) {
    const auto layer = layerOf(module);
    if (!layer) return;
    const WeightFormat format = weightsOf(width, m_model.layers[*layer].weightShape);
    m_formats[*layer].weights = format;
    if (bits(format) != width) countSubstitute(std::to_string(width) + "-bit weights", std::string(nameOf(format)));
}

void LayerFormats::giveActivations(std::string_view module, std::int64_t width) {
    const auto layer = layerOf(module);
    if (!layer) return;
    const ActivationFormat format = activationsOf(width);
    m_formats[*layer].activations = format;
    if (bits(format) != width) countSubstitute(std::to_string(width) + "-bit inputs", std::string(nameOf(format)));
}

void LayerFormats::countSubstitute(const std::string& asked, const std::string& given) {
    ++m_substitutes[{asked, given}];
}

void LayerFormats::note(std::string_view clause) {
    m_notes.emplace_back(clause);
}

ImportedRecipe LayerFormats::toRecipe(std::string name, const std::string& source) const {
    if (!m_unknown.empty()) {
        const std::size_t named = std::min(m_unknown.size(), kMostNamed);
        std::vector<std::string> names;
        for (std::size_t i = 0; i < named; ++i) names.push_back(ldm::inQuotes(m_unknown[i]));
        std::string list = names.front();
        for (std::size_t i = 1; i < named; ++i) list += ", " + names[i];
        if (m_unknown.size() > named) list += " and " + std::to_string(m_unknown.size() - named) + " more";
        throw ldm::badInput(source + ": the model '" + m_model.name + "' has no linear or convolution layer " + list +
                            "; open the model that this recipe was made for.");
    }
    ImportedRecipe imported{{}, m_notes};
    for (const auto& [change, layers] : m_substitutes)
        imported.notes.push_back(change.first + " become " + change.second + ", the nearest there is, in " +
                                 std::to_string(layers) + (layers == 1 ? " layer" : " layers"));
    imported.recipe.name = std::move(name);
    imported.recipe.model = modelRef(m_model);
    imported.recipe.provenance.version = NOISEFLOOR_VERSION;
    setFormats(imported.recipe, m_formats, m_model);
    return imported;
}

} // namespace quant
