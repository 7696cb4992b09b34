#include <quant/layermatcher.h>
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

using MatchedLayers = std::vector<std::vector<std::size_t>>; ///< by rule

MatchedLayers matchedLayers(const std::vector<Rule>& rules, const LayerMatcher& matcher) {
    MatchedLayers matched;
    for (const Rule& rule : rules) matched.push_back(matcher.matched(rule.match));
    return matched;
}

/// Ascending first timesteps of all stretches within which the same rules apply.
std::set<int> segmentStarts(const std::vector<Rule>& rules) {
    std::set<int> starts{0};
    for (const Rule& rule : rules) {
        if (!rule.timesteps) continue;
        starts.insert((*rule.timesteps)[0]);
        if ((*rule.timesteps)[1] + 1 < kTimesteps) starts.insert((*rule.timesteps)[1] + 1);
    }
    return starts;
}

/// Rules over a default, for so many layers.
struct Ruling {
    Format base;
    const std::vector<Rule>& rules;
    const MatchedLayers& matched;
    std::size_t layers = 0;
};

std::vector<Format> formatsAt(const Ruling& ruling, int timestep) {
    std::vector<Format> formats(ruling.layers, ruling.base);
    for (std::size_t r = 0; r < ruling.rules.size(); ++r) {
        const Rule& rule = ruling.rules[r];
        if (!applies(rule, timestep)) continue;
        for (const std::size_t layer : ruling.matched[r]) {
            if (rule.weights) formats[layer].weights = *rule.weights;
            if (rule.activations) formats[layer].activations = *rule.activations;
        }
    }
    return formats;
}

/// Segments with equal neighbours joined.
std::vector<PlanSegment> segments(const Ruling& ruling) {
    std::vector<PlanSegment> result;
    for (const int start : segmentStarts(ruling.rules)) {
        std::vector<Format> formats = formatsAt(ruling, start);
        if (!result.empty() && result.back().formats == formats) continue;
        if (!result.empty()) result.back().lastTimestep = start - 1;
        result.push_back({start, kTimesteps - 1, std::move(formats)});
    }
    return result;
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

/// The rules that matter to the layers of one block, with the block's own ones edited. Rules of other blocks neither
/// see nor touch these layers, so editing many blocks costs no more than their sum.
class BlockEdit {
public:
    struct Entry {
        Rule rule;
        std::vector<std::size_t> layers; ///< of the block's, by place in it
        std::size_t place = 0;           ///< in the recipe
    };

    BlockEdit(Format base, std::string block, std::size_t layers)
        : m_base(base), m_block(std::move(block)), m_layers(layers) {}

    void add(Entry entry) { m_entries.push_back(std::move(entry)); }
    /// What is left, ascending by place, the rule that is put at the end included.
    std::vector<Entry> apply(Rule last, std::size_t place) {
        supersede(last.weights.has_value(), last.activations.has_value());
        std::vector<std::size_t> all(m_layers);
        for (std::size_t layer = 0; layer < m_layers; ++layer) all[layer] = layer;
        m_entries.push_back({std::move(last), std::move(all), place});
        m_formats = formatsOf(m_entries);
        fold();
        dropIdle();
        return std::move(m_entries);
    }

private:
    bool isOwn(const Rule& rule) const { return rule.match == m_block && !rule.timesteps; }

    std::vector<PlanSegment> formatsOf(const std::vector<Entry>& entries) const {
        std::vector<Rule> rules;
        MatchedLayers matched;
        for (const Entry& entry : entries) {
            rules.push_back(entry.rule);
            matched.push_back(entry.layers);
        }
        return segments({m_base, rules, matched, m_layers});
    }

    /// Takes away from older rules of the block what the new one will decide anyway.
    void supersede(bool weights, bool activations) {
        for (Entry& entry : m_entries) {
            if (!isOwn(entry.rule)) continue;
            if (weights) entry.rule.weights.reset();
            if (activations) entry.rule.activations.reset();
        }
        std::erase_if(m_entries, [](const Entry& entry) { return !entry.rule.weights && !entry.rule.activations; });
    }

    /// Moves the other side of an older rule into the new one where that changes no format.
    void fold() {
        for (std::size_t i = m_entries.size() - 1; i-- > 0;) {
            const Rule older = m_entries[i].rule;
            if (!isOwn(older)) continue;
            std::vector<Entry> folded = m_entries;
            Rule& last = folded.back().rule;
            if (!last.weights) last.weights = older.weights;
            if (!last.activations) last.activations = older.activations;
            if (last.why.empty()) last.why = older.why;
            folded.erase(folded.begin() + static_cast<std::ptrdiff_t>(i));
            if (sameFormats(formatsOf(folded), m_formats)) m_entries = std::move(folded);
        }
    }

    void dropIdle() {
        for (std::size_t i = 0; i < m_entries.size();) {
            if (m_entries[i].rule.match == m_block) {
                std::vector<Entry> without = m_entries;
                without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
                if (sameFormats(formatsOf(without), m_formats)) {
                    m_entries = std::move(without);
                    continue;
                }
            }
            ++i;
        }
    }

    Format m_base;
    std::string m_block;
    std::size_t m_layers;
    std::vector<Entry> m_entries;
    std::vector<PlanSegment> m_formats;
};

/// Edits blocks of a recipe one after the other.
class RecipeEditing {
public:
    RecipeEditing(Recipe recipe, const ldm::ModelInfo& model)
        : m_recipe(std::move(recipe)), m_matcher(model), m_kept(m_recipe.rules.size(), true),
          m_places(model.layers.size()) {
        const MatchedLayers matched = matchedLayers(m_recipe.rules, m_matcher);
        for (std::size_t rule = 0; rule < matched.size(); ++rule)
            for (const std::size_t layer : matched[rule]) m_places[layer].push_back(rule);
    }

    void edit(Rule last) {
        const std::vector<std::size_t> layers = m_matcher.matched(last.match);
        BlockEdit edit(m_recipe.base, last.match, layers.size());
        std::map<std::size_t, std::vector<std::size_t>> local; // rules that matter, and which of the layers they match
        for (std::size_t i = 0; i < layers.size(); ++i)
            for (const std::size_t place : m_places[layers[i]])
                if (m_kept[place]) local[place].push_back(i);
        for (auto& [place, matched] : local) {
            edit.add({m_recipe.rules[place], std::move(matched), place});
            m_kept[place] = false;
        }
        const std::size_t end = m_recipe.rules.size();
        m_recipe.rules.push_back(last);
        m_kept.push_back(false);
        for (const std::size_t layer : layers) m_places[layer].push_back(end);
        for (BlockEdit::Entry& entry : edit.apply(std::move(last), end)) {
            m_recipe.rules[entry.place] = std::move(entry.rule);
            m_kept[entry.place] = true;
        }
    }

    Recipe result() {
        std::vector<Rule> rules;
        for (std::size_t place = 0; place < m_kept.size(); ++place)
            if (m_kept[place]) rules.push_back(std::move(m_recipe.rules[place]));
        m_recipe.rules = std::move(rules);
        return std::move(m_recipe);
    }

private:
    Recipe m_recipe;
    LayerMatcher m_matcher;
    std::vector<bool> m_kept;                       ///< by place: the rule is still there
    std::vector<std::vector<std::size_t>> m_places; ///< by layer: the rules that match it
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
    const auto matched = matchedLayers(recipe.rules, LayerMatcher(model));
    Plan plan;
    for (std::size_t r = 0; r < matched.size(); ++r) {
        if (matched[r].empty()) refuseRule(recipe, r, model);
        plan.matchedLayers.push_back(static_cast<int>(matched[r].size()));
    }
    plan.segments = segments({recipe.base, recipe.rules, matched, model.layers.size()});
    plan.warnings = unequalAttentions(plan, model);
    for (std::string& warning : unfitBlocks(plan, model)) plan.warnings.push_back(std::move(warning));
    planTreatments(recipe, model, plan);
    return plan;
}

Recipe withBlockFormat(Recipe recipe, const ldm::ModelInfo& model, const std::vector<std::string>& blocks,
                       std::optional<WeightFormat> weights, std::optional<ActivationFormat> activations,
                       const std::string& why) {
    if (!weights && !activations) return recipe;
    RecipeEditing editing(std::move(recipe), model);
    for (const std::string& block : blocks) {
        if (!model.findBlock(block))
            throw ldm::badInput("model '" + model.name + "' has no block '" + block + "'; take one of its block list.");
        editing.edit({block, weights, activations, std::nullopt, why});
    }
    return editing.result();
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
