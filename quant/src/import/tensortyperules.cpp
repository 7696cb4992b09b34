#include "layerformats.h"

#include <ldm/error.h>
#include <ldm/ldmnames.h>

#include <unicode/regex.h>

#include <algorithm>
#include <cctype>

namespace quant {

namespace {

constexpr std::string_view kPrefix = "model.diffusion_model."; ///< of the UNet's tensors in the original layout
constexpr std::size_t kMostRules = 1000;
constexpr std::size_t kLongestExpression = 1000;
constexpr std::int32_t kTimeLimit = 20;       ///< of one search, in units of about a millisecond
constexpr std::int32_t kStackLimit = 1 << 20; ///< bytes, for backtracking

struct GgmlType {
    std::string_view name;
    WeightFormat format;
    bool isNearest = false; ///< there is no such format here
};
constexpr GgmlType kTypes[] = {
    {"f32", WeightFormat::Fp32},        {"f16", WeightFormat::Fp16},  {"bf16", WeightFormat::Bf16},
    {"q8_0", WeightFormat::Q8_0},       {"q6_k", WeightFormat::Q6_K}, {"q5_k", WeightFormat::Q5_K},
    {"q5_1", WeightFormat::Q5_1},       {"q5_0", WeightFormat::Q5_0}, {"q4_k", WeightFormat::Q4_K},
    {"q4_1", WeightFormat::Q4_1},       {"q4_0", WeightFormat::Q4_0}, {"q3_k", WeightFormat::Q4_K, true},
    {"q2_k", WeightFormat::Q4_K, true},
};

std::string listOfTypes() {
    std::string list;
    for (const GgmlType& type : kTypes) list += (list.empty() ? "" : ", ") + std::string(type.name);
    return list;
}

/// Regular expressions can be made to run for ages, so each search has a limit; one that hits it is refused.
class Expression {
public:
    Expression(std::string_view text, const std::string& source) : m_text(text), m_source(source) {
        if (text.size() > kLongestExpression) fail("is longer than 1000 characters; shorten it");
        UErrorCode status = U_ZERO_ERROR;
        m_matcher = std::make_unique<icu::RegexMatcher>(unicode(text), 0U, status);
        if (U_FAILURE(status)) fail("is no valid regular expression; correct it");
        m_matcher->setTimeLimit(kTimeLimit, status);
        m_matcher->setStackLimit(kStackLimit, status);
    }

    bool isFoundIn(std::string_view name) {
        const icu::UnicodeString searched = unicode(name);
        m_matcher->reset(searched);
        UErrorCode status = U_ZERO_ERROR;
        const bool found = m_matcher->find(status);
        if (U_FAILURE(status)) fail("takes too long to search for; simplify it");
        return found;
    }

private:
    static icu::UnicodeString unicode(std::string_view text) {
        return icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
    }
    [[noreturn]] void fail(const std::string& why) const {
        throw ldm::badInput(m_source + ": the expression " + ldm::inQuotes(m_text) + " " + why + ".");
    }

    std::string m_text;
    std::string m_source;
    std::unique_ptr<icu::RegexMatcher> m_matcher;
};

struct TypeRule {
    std::string text;
    Expression expression;
    const GgmlType* type;
    bool isUsed = false;
};

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const auto first = text.find_first_not_of(kBlanks);
    return first == std::string_view::npos ? std::string_view{}
                                           : text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

const GgmlType* typeNamed(std::string_view name) {
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
    const auto* found =
        std::find_if(std::begin(kTypes), std::end(kTypes), [&](const GgmlType& type) { return type.name == lower; });
    return found == std::end(kTypes) ? nullptr : found;
}

TypeRule ruleFrom(std::string_view text, const std::string& source) {
    const auto equals = text.find('='); // the first: so do they read it
    const std::string_view expression = trimmed(text.substr(0, equals));
    if (equals == std::string_view::npos || expression.empty())
        throw ldm::badInput(source + ": " + ldm::inQuotes(text) +
                            " is no rule of the form 'expression=type'; correct it.");
    const std::string_view name = trimmed(text.substr(equals + 1));
    const GgmlType* type = typeNamed(name);
    if (!type)
        throw ldm::badInput(source + ": " + ldm::inQuotes(name) + " is no type that is known here; use " +
                            listOfTypes() + ".");
    return {std::string(text), Expression(expression, source), type};
}

std::vector<TypeRule> rulesFrom(std::string_view text, const std::string& source) {
    std::vector<TypeRule> rules;
    while (!text.empty()) {
        const auto comma = text.find(',');
        const std::string_view rule = trimmed(text.substr(0, comma));
        if (!rule.empty()) rules.push_back(ruleFrom(rule, source));
        if (rules.size() > kMostRules) throw ldm::badInput(source + " has more than 1000 rules; use fewer.");
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    }
    if (rules.empty()) throw ldm::badInput(source + " holds no rule of the form 'expression=type'; add one.");
    return rules;
}

/// The layers' weights as the original code names them.
std::vector<std::string> originalNames(const ldm::ModelInfo& model) {
    constexpr std::string_view kPart = "unet.";
    ldm::TensorTable table(model.name);
    for (const ldm::LayerInfo& layer : model.layers) {
        ldm::StoredTensor tensor;
        tensor.name = layer.name.substr(kPart.size()) + ".weight";
        table.add(std::move(tensor));
    }
    const ldm::LdmNames names = ldm::LdmNames::unet(ldm::UNetLayout::ofDiffusers(table));
    std::vector<std::string> result;
    for (const ldm::StoredTensor& tensor : table.tensors()) {
        const std::string name = names.toLdm(tensor.name);
        if (name.empty())
            throw ldm::badInput("layer 'unet." + tensor.name + "' of '" + model.name +
                                "' has no name in the original layout, which such rules speak of; write a recipe of "
                                "this program's own instead.");
        result.push_back(std::string(kPrefix) + name);
    }
    return result;
}

WeightFormat storedFormat(const ldm::LayerInfo& layer) {
    if (layer.storedAs == "F32") return WeightFormat::Fp32;
    return layer.storedAs == "BF16" ? WeightFormat::Bf16 : WeightFormat::Fp16;
}

/// Whether a recipe that gives a layer this type says what stable-diffusion.cpp does: it leaves some layers as they are
/// stored, and so do we those that storedAs() leaves so.
bool isAsThere(const std::string& name, const ldm::LayerInfo& layer, WeightFormat format) {
    const bool isEmbedding =
        name.find("time_embed.") != std::string::npos || name.find("label_emb.") != std::string::npos;
    const WeightFormat stored = storedAs(format, layer.weightShape);
    return !isEmbedding && (stored == format || stored == storedFormat(layer));
}

TypeRule* firstFound(std::vector<TypeRule>& rules, const std::string& name) {
    const auto found =
        std::find_if(rules.begin(), rules.end(), [&](TypeRule& rule) { return rule.expression.isFoundIn(name); });
    return found == rules.end() ? nullptr : &*found;
}

void noteUnused(const std::vector<TypeRule>& rules, LayerFormats& formats) {
    std::string unused;
    for (const TypeRule& rule : rules)
        if (!rule.isUsed) unused += (unused.empty() ? "" : ", ") + ldm::inQuotes(rule.text);
    if (!unused.empty()) formats.note("no layer of the UNet is meant by " + unused);
}

} // namespace

ImportedRecipe importTensorTypeRules(std::string_view text, const std::string& source, const ldm::ModelInfo& model) {
    std::vector<TypeRule> rules = rulesFrom(text, source);
    LayerFormats formats(model, {});
    const std::vector<std::string> names = originalNames(model);
    int kept = 0;
    for (std::size_t layer = 0; layer < names.size(); ++layer) {
        const ldm::LayerInfo& info = model.layers[layer];
        TypeRule* rule = firstFound(rules, names[layer]);
        if (rule) rule->isUsed = true;
        const bool converts = rule && isAsThere(names[layer], info, rule->type->format);
        formats.setWeights(layer, converts ? rule->type->format : storedFormat(info));
        if (rule && !converts) ++kept;
        if (converts && rule->type->isNearest)
            formats.countSubstitute(std::string(rule->type->name) + " weights",
                                    std::string(nameOf(rule->type->format)));
    }
    if (kept > 0)
        formats.note(std::to_string(kept) + (kept == 1 ? " layer stays" : " layers stay") +
                     " as stored, for which stable-diffusion.cpp does not use the type that a rule names");
    noteUnused(rules, formats);
    return formats.toRecipe("tensor type rules", source);
}

} // namespace quant
