#include <quant/calibration.h>
#include <quant/recipe.h>

#include "locatedjson.h"
#include "nearest.h"

#include <ldm/error.h>
#include <ldm/files.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace quant {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr int kLastTimestep = 999;
constexpr int kLargestRank = 1024;
constexpr std::size_t kLargestFile = std::size_t{4} << 20;

template <typename F>
F format(const ObjectReader& reader, const LocatedJson& value, std::string_view key,
         std::optional<F> (*parse)(std::string_view), const std::vector<F>& all) {
    const std::string& name = reader.string(value, key);
    if (const std::optional<F> found = parse(name)) return *found;
    std::vector<std::string> names;
    for (const F known : all) names.emplace_back(nameOf(known));
    reader.fail(value.place,
                "'" + name + "' is no format for " + std::string(key) + "; use " + quotedList(names, "or"));
}

WeightFormat weights(const ObjectReader& reader, const LocatedJson& value) {
    return format(reader, value, "weights", weightFormat, allWeightFormats());
}

ActivationFormat activations(const ObjectReader& reader, const LocatedJson& value) {
    return format(reader, value, "activations", activationFormat, allActivationFormats());
}

void oneOf(const ObjectReader& reader, std::string_view key, const std::vector<std::string>& allowed,
           std::string& target) {
    reader.read(key, target);
    if (std::find(allowed.begin(), allowed.end(), target) != allowed.end()) return;
    reader.fail(reader.required(key).place,
                "'" + target + "' is no value of '" + std::string(key) + "'; use " + quotedList(allowed, "or"));
}

std::array<int, 2> timesteps(const ObjectReader& reader, const LocatedJson& value) {
    const auto& items = reader.array(value, "timesteps");
    std::array<int, 2> range{};
    if (items.size() != range.size()) reader.fail(value.place, "'timesteps' must be two numbers: [first, last]");
    for (std::size_t i = 0; i < range.size(); ++i) {
        const std::int64_t step = reader.integer(items[i], "timesteps");
        if (step < 0 || step > kLastTimestep)
            reader.fail(items[i].place, "timestep " + std::to_string(step) + " is outside 0 to 999; correct it");
        range[i] = static_cast<int>(step);
    }
    if (range[0] > range[1]) reader.fail(value.place, "'timesteps' must ascend; write the lower timestep first");
    return range;
}

Rule readRule(const LocatedJson& json, const std::string& file) {
    const ObjectReader reader(json, file, "a rule", {"match", "weights", "activations", "timesteps", "why"});
    Rule rule;
    rule.match = reader.string(reader.required("match"), "match");
    if (rule.match.empty()) reader.fail(reader.required("match").place, "'match' is empty; name a block or a layer");
    if (const auto* value = reader.optional("weights")) rule.weights = weights(reader, *value);
    if (const auto* value = reader.optional("activations")) rule.activations = activations(reader, *value);
    if (!rule.weights && !rule.activations)
        reader.fail(json.place, "the rule for '" + rule.match + "' sets nothing; give it 'weights' or 'activations'");
    if (const auto* value = reader.optional("timesteps")) rule.timesteps = timesteps(reader, *value);
    reader.read("why", rule.why);
    return rule;
}

LoraRef readLora(const LocatedJson& json, const std::string& file) {
    const ObjectReader reader(json, file, "a LoRA", {"name", "fingerprint", "weight"});
    LoraRef lora;
    lora.name = reader.string(reader.required("name"), "name");
    reader.read("fingerprint", lora.fingerprint);
    const LocatedJson& weight = reader.required("weight");
    lora.weight = reader.number(weight, "weight");
    if (!std::isfinite(lora.weight)) reader.fail(weight.place, "'weight' is too large; correct it");
    return lora;
}

ModelRef readModel(const LocatedJson& json, const std::string& file) {
    const ObjectReader reader(json, file, "'model'", {"name", "fingerprint", "loras"});
    ModelRef model;
    reader.read("name", model.name);
    reader.read("fingerprint", model.fingerprint);
    if (const auto* value = reader.optional("loras"))
        for (const LocatedJson& lora : reader.array(*value, "loras")) model.loras.push_back(readLora(lora, file));
    return model;
}

Format readDefault(const LocatedJson& json, const std::string& file) {
    const ObjectReader reader(json, file, "'default'", {"weights", "activations"});
    return {weights(reader, reader.required("weights")), activations(reader, reader.required("activations"))};
}

std::optional<double> readAlpha(const ObjectReader& reader) {
    const LocatedJson* value = reader.optional("alpha");
    if (!value) return std::nullopt;
    const double alpha = reader.number(*value, "alpha");
    if (!(alpha >= 0 && alpha <= 1)) reader.fail(value->place, "'alpha' must lie between 0 and 1");
    return alpha;
}

/// A pattern, or an object that gives it an alpha of its own.
SmoothedModule readSmoothedModule(const LocatedJson& json, const std::string& file) {
    if (json.kind == LocatedJson::Kind::String) return {json.text, std::nullopt};
    const ObjectReader reader(json, file, "a smoothed module", {"match", "alpha"});
    return {reader.string(reader.required("match"), "match"), readAlpha(reader)};
}

Smoothing readSmoothing(const LocatedJson& json, const std::string& file) {
    const ObjectReader reader(json, file, "'smoothing'", {"alpha", "modules"});
    Smoothing smoothing{readAlpha(reader), {}};
    for (const LocatedJson& module : reader.array(reader.required("modules"), "modules"))
        smoothing.modules.push_back(readSmoothedModule(module, file));
    return smoothing;
}

std::vector<std::string> readModules(const ObjectReader& reader) {
    std::vector<std::string> modules;
    for (const LocatedJson& module : reader.array(reader.required("modules"), "modules"))
        modules.push_back(reader.string(module, "modules"));
    return modules;
}

ErrorFeedback readErrorFeedback(const LocatedJson& json, const std::string& file) {
    return {readModules(ObjectReader(json, file, "'error_feedback'", {"modules"}))};
}

LowRank readLowRank(const LocatedJson& json, const std::string& file) {
    const ObjectReader reader(json, file, "'low_rank'", {"rank", "modules"});
    LowRank lowRank;
    if (const auto* value = reader.optional("rank")) {
        const std::int64_t rank = reader.integer(*value, "rank");
        if (rank < 1 || rank > kLargestRank)
            reader.fail(value->place, "'rank' must lie between 1 and " + std::to_string(kLargestRank));
        lowRank.rank = static_cast<int>(rank);
    }
    lowRank.modules = readModules(reader);
    return lowRank;
}

void readTreatments(const ObjectReader& reader, const std::string& file, Recipe& recipe) {
    if (const auto* value = reader.optional("smoothing")) recipe.smoothing = readSmoothing(*value, file);
    if (const auto* value = reader.optional("error_feedback")) recipe.errorFeedback = readErrorFeedback(*value, file);
    if (const auto* value = reader.optional("low_rank")) recipe.lowRank = readLowRank(*value, file);
    if (const auto* value = reader.optional("split_skips")) recipe.splitSkips = reader.boolean(*value, "split_skips");
    if (const auto* value = reader.optional("precomputed_time_embedding"))
        recipe.precomputedTimeEmbedding = reader.boolean(*value, "precomputed_time_embedding");
}

CalibrationSettings readCalibration(const LocatedJson& json, const std::string& file) {
    const ObjectReader reader(json, file, "'calibration'",
                              {"prompts", "steps", "range", "percentile", "intervals", "file"});
    CalibrationSettings calibration;
    reader.read("prompts", calibration.prompts);
    oneOf(reader, "steps", {"first", "all"}, calibration.steps);
    oneOf(reader, "range", {"minmax", "percentile", "mse"}, calibration.range);
    if (const auto* value = reader.optional("percentile")) {
        calibration.percentile = reader.number(*value, "percentile");
        if (!(calibration.percentile > 50 && calibration.percentile <= 100))
            reader.fail(value->place, "'percentile' must lie above 50 and not above 100");
        if (calibration.range != "percentile")
            reader.fail(value->place, "'percentile' has no meaning here; set 'range' to 'percentile' or remove it");
    }
    if (const auto* value = reader.optional("intervals")) {
        const std::int64_t intervals = reader.integer(*value, "intervals");
        if (intervals < 1 || intervals > kMostIntervals)
            reader.fail(value->place, "'intervals' must lie between 1 and " + std::to_string(kMostIntervals));
        calibration.intervals = static_cast<int>(intervals);
    }
    reader.read("file", calibration.file);
    return calibration;
}

Provenance readProvenance(const LocatedJson& json, const std::string& file) {
    const ObjectReader reader(json, file, "'provenance'",
                              {"analysis", "metric", "seed", "version", "predicted_db", "measured_db"});
    Provenance provenance;
    reader.read("analysis", provenance.analysis);
    reader.read("metric", provenance.metric);
    if (const auto* value = reader.optional("seed")) provenance.seed = reader.integer(*value, "seed");
    reader.read("version", provenance.version);
    if (const auto* value = reader.optional("predicted_db"))
        provenance.predictedDb = reader.number(*value, "predicted_db");
    if (const auto* value = reader.optional("measured_db"))
        provenance.measuredDb = reader.number(*value, "measured_db");
    return provenance;
}

/// One line of JSON with a blank behind each colon and comma.
std::string inlineJson(const Json& json) {
    if (!json.is_structured()) return json.dump();
    std::string text;
    for (const auto& [key, value] : json.items()) {
        if (!text.empty()) text += ", ";
        if (json.is_object()) text += Json(key).dump() + ": ";
        text += inlineJson(value);
    }
    return json.is_object() ? "{" + text + "}" : "[" + text + "]";
}

/// An object of the given texts without the empty ones.
Json texts(std::initializer_list<std::pair<const char*, std::string>> members) {
    Json json = Json::object();
    for (const auto& [key, value] : members)
        if (!value.empty()) json[key] = value;
    return json;
}

Json modelJson(const ModelRef& model) {
    Json json = texts({{"name", model.name}, {"fingerprint", model.fingerprint}});
    for (const LoraRef& lora : model.loras) {
        Json entry{{"name", lora.name}};
        entry.update(texts({{"fingerprint", lora.fingerprint}}));
        entry["weight"] = lora.weight;
        json["loras"].push_back(entry);
    }
    return json;
}

Json calibrationJson(const CalibrationSettings& calibration) {
    Json json{{"prompts", calibration.prompts}, {"steps", calibration.steps}, {"range", calibration.range}};
    if (calibration.range == "percentile") json["percentile"] = calibration.percentile;
    if (calibration.intervals != 1) json["intervals"] = calibration.intervals;
    json.update(texts({{"file", calibration.file}}));
    return json;
}

/// Written as text at once: recipes of large models have hundreds of rules, and editors show them after every edit.
std::string ruleText(const Rule& rule) {
    const auto named = [](std::string_view name) { return '"' + std::string(name) + '"'; };
    std::string text = "{\"match\": " + Json(rule.match).dump();
    if (rule.weights) text += ", \"weights\": " + named(nameOf(*rule.weights));
    if (rule.activations) text += ", \"activations\": " + named(nameOf(*rule.activations));
    if (rule.timesteps) text += ", \"timesteps\": " + inlineJson(*rule.timesteps);
    if (!rule.why.empty()) text += ", \"why\": " + Json(rule.why).dump();
    return text + "}";
}

std::string rulesText(const std::vector<Rule>& rules) {
    std::string text;
    for (const Rule& rule : rules) text += (text.empty() ? "\n    " : ",\n    ") + ruleText(rule);
    return "[" + text + "]";
}

Json smoothingJson(const Smoothing& smoothing) {
    Json json = Json::object();
    if (smoothing.alpha) json["alpha"] = *smoothing.alpha;
    json["modules"] = Json::array();
    for (const auto& [match, alpha] : smoothing.modules)
        json["modules"].push_back(alpha ? Json{{"match", match}, {"alpha", *alpha}} : Json(match));
    return json;
}

std::string recipeText(const Recipe& recipe) {
    std::vector<std::string> lines{"\"noisefloor_recipe\": " + std::to_string(kVersion)};
    const auto add = [&lines](const char* key, const Json& value) {
        if (!value.empty()) lines.push_back(Json(key).dump() + ": " + inlineJson(value));
    };
    lines.push_back("\"name\": " + Json(recipe.name).dump());
    add("model", modelJson(recipe.model));
    add("default", {{"weights", nameOf(recipe.base.weights)}, {"activations", nameOf(recipe.base.activations)}});
    lines.push_back("\"rules\": " + rulesText(recipe.rules));
    if (recipe.smoothing) add("smoothing", smoothingJson(*recipe.smoothing));
    if (recipe.errorFeedback) add("error_feedback", {{"modules", recipe.errorFeedback->modules}});
    if (recipe.lowRank) add("low_rank", {{"rank", recipe.lowRank->rank}, {"modules", recipe.lowRank->modules}});
    if (recipe.splitSkips) add("split_skips", true);
    if (recipe.precomputedTimeEmbedding) add("precomputed_time_embedding", true);
    add("calibration", calibrationJson(recipe.calibration));
    Json provenance = texts({{"analysis", recipe.provenance.analysis}, {"metric", recipe.provenance.metric}});
    if (recipe.provenance.seed) provenance["seed"] = *recipe.provenance.seed;
    provenance.update(texts({{"version", recipe.provenance.version}}));
    if (recipe.provenance.predictedDb) provenance["predicted_db"] = *recipe.provenance.predictedDb;
    if (recipe.provenance.measuredDb) provenance["measured_db"] = *recipe.provenance.measuredDb;
    add("provenance", provenance);

    std::string text;
    for (const std::string& line : lines) text += (text.empty() ? "{" : ",\n ") + line;
    return text + "}\n";
}

} // namespace

Recipe parseRecipe(std::string_view text, const std::string& file) {
    const LocatedJson json = parseLocatedJson(text, file);
    if (!json.find("noisefloor_recipe") && json.find("recipes"))
        failAt(file, json.place, "this is a recipe of Apple's tools, not of this program; import it");
    const ObjectReader reader(json, file, "the recipe",
                              {"noisefloor_recipe", "name", "model", "default", "rules", "smoothing", "error_feedback",
                               "low_rank", "split_skips", "precomputed_time_embedding", "calibration", "provenance"});
    const LocatedJson& version = reader.required("noisefloor_recipe");
    if (reader.integer(version, "noisefloor_recipe") != kVersion)
        reader.fail(version.place, "recipe version " + std::to_string(version.integer) +
                                       " is not known to this program, which reads version 1; use a matching version");
    Recipe recipe;
    reader.read("name", recipe.name);
    if (const auto* value = reader.optional("model")) recipe.model = readModel(*value, file);
    recipe.base = readDefault(reader.required("default"), file);
    if (const auto* value = reader.optional("rules"))
        for (const LocatedJson& rule : reader.array(*value, "rules")) recipe.rules.push_back(readRule(rule, file));
    readTreatments(reader, file, recipe);
    if (const auto* value = reader.optional("calibration")) recipe.calibration = readCalibration(*value, file);
    if (const auto* value = reader.optional("provenance")) recipe.provenance = readProvenance(*value, file);
    return recipe;
}

Recipe loadRecipe(const std::filesystem::path& file) {
    return parseRecipe(ldm::readTextFile(file, kLargestFile), file.string());
}

Recipe loadRecipe(const std::filesystem::path& file, const ldm::ModelInfo& model) {
    Recipe recipe = loadRecipe(file);
    try {
        resolve(recipe, model);
    } catch (const ldm::Error& error) {
        throw ldm::Error(error.kind(), file.string() + ": " + error.what());
    }
    return recipe;
}

std::string toJson(const Recipe& recipe) {
    try {
        return recipeText(recipe);
    } catch (const nlohmann::json::exception&) {
        throw ldm::badInput("the recipe holds a text that is not UTF-8; correct its name, reasons and file names.");
    }
}

void saveRecipe(const Recipe& recipe, const std::filesystem::path& file) {
    ldm::writeTextFile(file, toJson(recipe));
}

} // namespace quant
