#include <app/session/presets.h>

#include <app/jobs/result.h>

#include <ldm/files.h>
#include <ldm/jsonnode.h>
#include <ldm/model.h>
#include <quant/layermatcher.h>

#include <QCoreApplication>
#include <QDir>
#include <QStandardPaths>

#include <algorithm>
#include <set>

namespace app::session {

namespace {

using ldm::JsonNode;

constexpr std::size_t kLargestFile = std::size_t{1} << 20;
constexpr std::size_t kMostRules = 4096;

// Names and tips of our own files, to be translated.
[[maybe_unused]] constexpr const char* kTexts[] = {
    QT_TRANSLATE_NOOP("Presets", "All w8a8"),
    QT_TRANSLATE_NOOP("Presets", "8 bits everywhere: weights per channel, activations with one range per tensor"),
    QT_TRANSLATE_NOOP("Presets", "All w4a8"),
    QT_TRANSLATE_NOOP("Presets", "4-bit weights and 8-bit activations everywhere"),
    QT_TRANSLATE_NOOP("Presets", "All fp16"),
    QT_TRANSLATE_NOOP("Presets", "Half precision everywhere"),
    QT_TRANSLATE_NOOP("Presets", "Weights Only, w8a16"),
    QT_TRANSLATE_NOOP("Presets", "8-bit weights everywhere; activations keep 16 bits"),
    QT_TRANSLATE_NOOP("Presets", "Weights Only, w4a16"),
    QT_TRANSLATE_NOOP("Presets", "4-bit weights everywhere; activations keep 16 bits"),
    QT_TRANSLATE_NOOP("Presets", "Protect First and Last"),
    QT_TRANSLATE_NOOP("Presets",
                      "First and last convolution and the time embedding in fp16; all others stay as they are"),
    QT_TRANSLATE_NOOP("Presets", "Protect Attention"),
    QT_TRANSLATE_NOOP("Presets",
                      "Queries, keys, values and outputs of every attention in fp16; all others stay as they are"),
    QT_TRANSLATE_NOOP("Presets", "Protect the Worst…"),
    QT_TRANSLATE_NOOP("Presets", "The rows with the lowest SQNR of the present map in fp16; asks how many"),
};

QString translated(const std::string& text) {
    return QCoreApplication::translate("Presets", text.c_str());
}

quant::Format formatOf(const JsonNode& node) {
    return node.parsed([](const std::string& text) { return quant::parseFormat(text); });
}

template <class Format> Format sideOf(const JsonNode& node, std::optional<Format> (*parse)(std::string_view)) {
    const auto format = parse(node.text());
    if (!format) node.fail("is no such format; use a name as in recipes, such as \"fp16\".");
    return *format;
}

quant::Rule ruleOf(const JsonNode& node) {
    node.requireKeys({"match"}, {"weights", "activations", "why"});
    quant::Rule rule;
    rule.match = node["match"].text();
    if (node.has("weights")) rule.weights = sideOf(node["weights"], quant::weightFormat);
    if (node.has("activations")) rule.activations = sideOf(node["activations"], quant::activationFormat);
    if (rule.match.empty()) node["match"].fail("is empty; name a block, a layer or a pattern.");
    if (!rule.weights && !rule.activations) node.fail("sets nothing; give it 'weights' or 'activations'.");
    if (node.has("why")) rule.why = node["why"].text();
    return rule;
}

Preset::Worst worstOf(const JsonNode& node) {
    constexpr int kMost = 100'000;
    node.requireKeys({"format"}, {"count"});
    Preset::Worst worst{std::nullopt, formatOf(node["format"])};
    if (node.has("count")) worst.count = int(node["count"].integer(1, kMost));
    return worst;
}

void addFolder(const QString& folder, PresetList& list) {
    const QDir directory(folder);
    for (const QString& name : directory.entryList({QStringLiteral("*.json")}, QDir::Files, QDir::Name)) {
        const std::string file = directory.filePath(name).toStdString();
        const auto preset = jobs::guarded([&file] { return parsePreset(ldm::readTextFile(file, kLargestFile), file); });
        if (preset)
            list.presets.push_back(preset.value());
        else
            list.problems << preset.failure().sentence;
    }
}

/// The same rule is there once, at the end.
void append(std::vector<quant::Rule>& rules, const quant::Rule& added) {
    std::erase_if(rules, [&added](const quant::Rule& rule) {
        return rule.match == added.match && rule.weights == added.weights && rule.activations == added.activations &&
               !rule.timesteps;
    });
    rules.push_back(added);
}

quant::Recipe withWorst(quant::Recipe recipe, const Preset::Worst& worst, const ldm::ModelInfo& model,
                        const std::vector<std::string>& worstFirst) {
    if (!worst.count) throw ldm::badInput("This preset needs a number of rows; say how many.");
    if (worstFirst.empty())
        throw ldm::badInput("The present map holds no numbers for the formats of the recipe yet; measure it first.");
    const std::size_t count = std::min(std::size_t(*worst.count), worstFirst.size());
    for (std::size_t row = 0; row < count; ++row) {
        const std::string why = "among the " + std::to_string(count) + " worst of the map";
        if (model.findBlock(worstFirst[row]))
            recipe = quant::withBlockFormat(std::move(recipe), model, {worstFirst[row]}, worst.format.weights,
                                            worst.format.activations, why);
        else
            append(recipe.rules, {worstFirst[row], worst.format.weights, worst.format.activations, std::nullopt, why});
    }
    return recipe;
}

std::set<std::pair<int, quant::Format>> courseOf(const quant::Plan& plan, std::size_t layer) {
    std::set<std::pair<int, quant::Format>> course;
    std::optional<quant::Format> last;
    for (const quant::PlanSegment& segment : plan.segments) {
        if (last != segment.formats[layer]) course.emplace(segment.firstTimestep, segment.formats[layer]);
        last = segment.formats[layer];
    }
    return course;
}

} // namespace

QString userPresetFolder() {
    return QStandardPaths::writableLocation(QStandardPaths::AppConfigLocation) + QStringLiteral("/presets");
}

PresetList loadPresets(const QString& userFolder) {
    PresetList list;
    addFolder(QString::fromStdString((ldm::resourceFolder() / "presets").string()), list);
    addFolder(userFolder, list);
    return list;
}

Preset parsePreset(const std::string& text, const std::string& file) {
    constexpr int kVersion = 1;
    const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
    if (json.is_discarded()) throw ldm::badInput(file + ": not valid JSON; correct or remove this preset.");
    const ldm::JsonSource source{file, "the preset", "add it"};
    const JsonNode node(json, source);
    node.requireKeys({"noisefloor_preset", "name"}, {"tip", "default", "clear", "rules", "worst"});
    node["noisefloor_preset"].integer(kVersion, kVersion);
    Preset preset;
    preset.name = translated(node["name"].text());
    if (node.has("tip")) preset.tip = translated(node["tip"].text());
    if (node.has("default")) preset.base = formatOf(node["default"]);
    if (node.has("clear")) preset.clearsRules = node["clear"].flag();
    if (node.has("rules"))
        for (const JsonNode& rule : node["rules"].items(kMostRules)) preset.rules.push_back(ruleOf(rule));
    if (node.has("worst")) preset.worst = worstOf(node["worst"]);
    return preset;
}

quant::Recipe withPreset(quant::Recipe recipe, const Preset& preset, const ldm::ModelInfo& model,
                         const std::vector<std::string>& worstFirst) {
    const quant::LayerMatcher matcher(model);
    if (preset.clearsRules) recipe.rules.clear();
    if (preset.base) recipe.base = *preset.base;
    for (const quant::Rule& rule : preset.rules)
        if (!matcher.matched(rule.match).empty()) append(recipe.rules, rule);
    if (preset.worst) recipe = withWorst(std::move(recipe), *preset.worst, model, worstFirst);
    return recipe;
}

int changedLayers(const quant::Plan& before, const quant::Plan& after) {
    int changed = 0;
    for (std::size_t layer = 0; layer < before.segments.front().formats.size(); ++layer)
        if (courseOf(before, layer) != courseOf(after, layer)) ++changed;
    return changed;
}

} // namespace app::session
