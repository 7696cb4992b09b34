#include <quant/recipe.h>

#include "nearest.h"
#include "plantreatments.h"

#include <ldm/error.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

namespace quant {

namespace {

constexpr int kTimesteps = 1000;

bool applies(const Rule& rule, int timestep) {
    return !rule.timesteps || (timestep >= (*rule.timesteps)[0] && timestep <= (*rule.timesteps)[1]);
}

/// For each rule the layers it matches.
std::vector<std::vector<std::size_t>> matchedLayers(const Recipe& recipe, const ldm::ModelInfo& model) {
    std::vector<std::vector<std::size_t>> matched(recipe.rules.size());
    for (std::size_t r = 0; r < recipe.rules.size(); ++r)
        for (std::size_t l = 0; l < model.layers.size(); ++l)
            if (matches(recipe.rules[r].match, model.layers[l])) matched[r].push_back(l);
    return matched;
}

/// Ascending first timesteps of all stretches within which the same rules apply.
std::set<int> segmentStarts(const Recipe& recipe) {
    std::set<int> starts{0};
    for (const Rule& rule : recipe.rules) {
        if (!rule.timesteps) continue;
        starts.insert((*rule.timesteps)[0]);
        if ((*rule.timesteps)[1] + 1 < kTimesteps) starts.insert((*rule.timesteps)[1] + 1);
    }
    return starts;
}

std::vector<Format> formatsAt(const Recipe& recipe, const std::vector<std::vector<std::size_t>>& matched,
                              std::size_t layers, int timestep) {
    std::vector<Format> formats(layers, recipe.base);
    for (std::size_t r = 0; r < recipe.rules.size(); ++r) {
        const Rule& rule = recipe.rules[r];
        if (!applies(rule, timestep)) continue;
        for (const std::size_t layer : matched[r]) {
            if (rule.weights) formats[layer].weights = *rule.weights;
            if (rule.activations) formats[layer].activations = *rule.activations;
        }
    }
    return formats;
}

/// Segments with equal neighbours joined.
std::vector<PlanSegment> segments(const Recipe& recipe, const std::vector<std::vector<std::size_t>>& matched,
                                  std::size_t layers) {
    std::vector<PlanSegment> result;
    for (const int start : segmentStarts(recipe)) {
        std::vector<Format> formats = formatsAt(recipe, matched, layers, start);
        if (!result.empty() && result.back().formats == formats) continue;
        if (!result.empty()) result.back().lastTimestep = start - 1;
        result.push_back({start, kTimesteps - 1, std::move(formats)});
    }
    return result;
}

std::vector<PlanSegment> segments(const Recipe& recipe, const ldm::ModelInfo& model) {
    return segments(recipe, matchedLayers(recipe, model), model.layers.size());
}

bool sameFormats(const std::vector<PlanSegment>& a, const std::vector<PlanSegment>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const PlanSegment& x, const PlanSegment& y) {
        return x.firstTimestep == y.firstTimestep && x.formats == y.formats;
    });
}

/// "'sd15' with LoRA 'paper' at 0.8 (sha256:...)".
std::string described(const ModelRef& model) {
    std::ostringstream text;
    text << "'" << model.name << "'";
    for (const LoraRef& lora : model.loras)
        text << (&lora == &model.loras.front() ? " with LoRA '" : " and LoRA '") << lora.name << "' at " << lora.weight;
    text << " (" << model.fingerprint << ")";
    return text.str();
}

void checkModel(const Recipe& recipe, const ldm::ModelInfo& model) {
    const std::string& wanted = recipe.model.fingerprint;
    if (wanted.empty() || wanted == model.fingerprint) return;
    throw ldm::badInput("recipe '" + recipe.name + "' was made for model " + described(recipe.model) +
                        ", but the open model is " + described(modelRef(model)) +
                        "; open that model, or remove 'fingerprint' from the recipe to use it here all the same.");
}

[[noreturn]] void refuseRule(const Recipe& recipe, std::size_t rule, const ldm::ModelInfo& model) {
    const std::string& match = recipe.rules[rule].match;
    throw ldm::badInput("rule " + std::to_string(rule + 1) + " of recipe '" + recipe.name + "' matches no layer of '" +
                        model.name + "': '" + match + "'; the nearest names are " +
                        quotedList(nearest(match, matchableNames(model), 3)) + "; correct or remove the rule.");
}

std::vector<std::string> unequalAttentions(const Plan& plan, const ldm::ModelInfo& model) {
    std::map<std::string, std::size_t> firstProjection;
    std::vector<std::string> warnings;
    std::set<std::string> warned;
    for (std::size_t layer = 0; layer < model.layers.size(); ++layer) {
        const std::string attention = attentionOf(model.layers[layer].name);
        if (attention.empty()) continue;
        const std::size_t first = firstProjection.emplace(attention, layer).first->second;
        const bool differs = std::any_of(plan.segments.begin(), plan.segments.end(), [&](const PlanSegment& segment) {
            return segment.formats[layer] != segment.formats[first];
        });
        if (differs && warned.insert(attention).second)
            warnings.push_back("q, k and v of " + attention + " have different formats; give all three the same");
    }
    return warnings;
}

/// What becomes of layers whose rows a format's blocks do not divide, one sentence per format.
std::vector<std::string> unfitBlocks(const Plan& plan, const ldm::ModelInfo& model) {
    std::map<WeightFormat, std::map<WeightFormat, int>> stored; // layers by format asked for and kept
    for (std::size_t layer = 0; layer < model.layers.size(); ++layer) {
        std::set<WeightFormat> asked;
        for (const PlanSegment& segment : plan.segments) asked.insert(segment.formats[layer].weights);
        for (const WeightFormat format : asked) {
            const WeightFormat kept = storedAs(format, model.layers[layer].weightShape);
            if (kept != format) ++stored[format][kept];
        }
    }
    std::vector<std::string> warnings;
    for (const auto& [format, layers] : stored) {
        std::string sentence;
        for (const auto& [kept, count] : layers)
            sentence += (sentence.empty() ? "" : ", ") + std::to_string(count) + " as " + std::string(nameOf(kept));
        sentence = "layers kept otherwise, since blocks of " + std::string(nameOf(format)) +
                   " do not divide their rows: " + sentence;
        warnings.push_back(std::move(sentence));
    }
    return warnings;
}

/// The editing of one block: `rules` with the block's own rules replaced by one at the end.
class BlockEdit {
public:
    BlockEdit(Recipe recipe, const ldm::ModelInfo& model, std::string block)
        : m_recipe(std::move(recipe)), m_model(model), m_block(std::move(block)) {}

    Recipe apply(std::optional<WeightFormat> weights, std::optional<ActivationFormat> activations,
                 const std::string& why) {
        supersede(weights.has_value(), activations.has_value());
        m_recipe.rules.push_back({m_block, weights, activations, std::nullopt, why});
        m_formats = segments(m_recipe, m_model);
        fold();
        dropIdle();
        return std::move(m_recipe);
    }

private:
    bool isOwn(const Rule& rule) const { return rule.match == m_block && !rule.timesteps; }

    /// Takes away from older rules of the block what the new one will decide anyway.
    void supersede(bool weights, bool activations) {
        for (Rule& rule : m_recipe.rules) {
            if (!isOwn(rule)) continue;
            if (weights) rule.weights.reset();
            if (activations) rule.activations.reset();
        }
        std::erase_if(m_recipe.rules, [](const Rule& rule) { return !rule.weights && !rule.activations; });
    }

    /// Moves the other side of an older rule into the new one where that changes no format.
    void fold() {
        for (std::size_t i = m_recipe.rules.size() - 1; i-- > 0;) {
            const Rule older = m_recipe.rules[i];
            if (!isOwn(older)) continue;
            Recipe folded = m_recipe;
            Rule& last = folded.rules.back();
            if (!last.weights) last.weights = older.weights;
            if (!last.activations) last.activations = older.activations;
            if (last.why.empty()) last.why = older.why;
            folded.rules.erase(folded.rules.begin() + static_cast<std::ptrdiff_t>(i));
            if (sameFormats(segments(folded, m_model), m_formats)) m_recipe = std::move(folded);
        }
    }

    void dropIdle() {
        for (std::size_t i = 0; i < m_recipe.rules.size();) {
            if (m_recipe.rules[i].match == m_block) {
                Recipe without = m_recipe;
                without.rules.erase(without.rules.begin() + static_cast<std::ptrdiff_t>(i));
                if (sameFormats(segments(without, m_model), m_formats)) {
                    m_recipe = std::move(without);
                    continue;
                }
            }
            ++i;
        }
    }

    Recipe m_recipe;
    const ldm::ModelInfo& m_model;
    std::string m_block;
    std::vector<PlanSegment> m_formats;
};

} // namespace

std::string attentionOf(std::string_view layer) {
    for (const std::string_view projection : {".to_q", ".to_k", ".to_v"})
        if (layer.ends_with(projection)) return std::string(layer.substr(0, layer.size() - projection.size()));
    return {};
}

const std::vector<Format>& Plan::at(int timestep) const {
    const auto after = std::find_if(segments.begin(), segments.end(),
                                    [&](const PlanSegment& segment) { return segment.firstTimestep > timestep; });
    return (after == segments.begin() ? segments.front() : *std::prev(after)).formats;
}

const PlannedTreatment* Plan::treatmentOf(int layer) const {
    const auto found = std::find_if(treated.begin(), treated.end(),
                                    [&](const PlannedTreatment& planned) { return planned.layer == layer; });
    return found == treated.end() ? nullptr : &*found;
}

Plan resolve(const Recipe& recipe, const ldm::ModelInfo& model) {
    checkModel(recipe, model);
    const auto matched = matchedLayers(recipe, model);
    Plan plan;
    for (std::size_t r = 0; r < matched.size(); ++r) {
        if (matched[r].empty()) refuseRule(recipe, r, model);
        plan.matchedLayers.push_back(static_cast<int>(matched[r].size()));
    }
    plan.segments = segments(recipe, matched, model.layers.size());
    plan.warnings = unequalAttentions(plan, model);
    for (std::string& warning : unfitBlocks(plan, model)) plan.warnings.push_back(std::move(warning));
    planTreatments(recipe, model, plan);
    return plan;
}

Recipe withBlockFormat(Recipe recipe, const ldm::ModelInfo& model, const std::vector<std::string>& blocks,
                       std::optional<WeightFormat> weights, std::optional<ActivationFormat> activations,
                       const std::string& why) {
    if (!weights && !activations) return recipe;
    for (const std::string& block : blocks) {
        if (!model.findBlock(block))
            throw ldm::badInput("model '" + model.name + "' has no block '" + block + "'; take one of its block list.");
        recipe = BlockEdit(std::move(recipe), model, block).apply(weights, activations, why);
    }
    return recipe;
}

BlockFormat blockFormat(const Plan& plan, const ldm::ModelInfo& model, int block) {
    BlockFormat common;
    bool weightsDiffer = false;
    bool activationsDiffer = false;
    for (const PlanSegment& segment : plan.segments) {
        for (const int layer : model.blocks.at(static_cast<std::size_t>(block)).layers) {
            const Format format = segment.formats[static_cast<std::size_t>(layer)];
            weightsDiffer |= common.weights.value_or(format.weights) != format.weights;
            activationsDiffer |= common.activations.value_or(format.activations) != format.activations;
            common = {format.weights, format.activations};
        }
    }
    if (weightsDiffer) common.weights.reset();
    if (activationsDiffer) common.activations.reset();
    return common;
}

} // namespace quant
