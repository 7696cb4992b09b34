#include <app/cli/options.h>
#include <app/cli/texttable.h>

#include <analysis/localtreatment.h>
#include <analysis/treatmenttrial.h>

#include <cmath>
#include <map>

namespace app::cli {

namespace {

namespace fs = std::filesystem;

struct Options {
    ldm::OpenRequest model;
    std::string recipe;
    std::string analysis;
    std::string out;
    analysis::LocalTreatment how;
    bool measures = true;
};

/// What was proposed for a recipe, and, unless that was not asked for, what was left after trying.
struct Treated {
    quant::Recipe recipe;
    std::optional<analysis::TreatmentTrial> trial;
};

/// Nothing when stopped.
std::optional<Treated> treated(const ldm::Model& model, const quant::Recipe& plain, const Options& options,
                               const Running& running) {
    const analysis::Analysis analysis = analysis::loadAnalysis(options.analysis);
    auto proposed =
        analysis::withSearchedAlphas(model, analysis::withLocalTreatment(plain, analysis, model.info(), options.how),
                                     analysis.settings, running.stop, running.progress);
    if (!proposed) return std::nullopt;
    if (!options.measures) return Treated{std::move(*proposed), std::nullopt};
    auto trial = analysis::triedTreatment(model, plain, *proposed, analysis.settings, running.stop, running.progress);
    if (!trial) return std::nullopt;
    return Treated{trial->recipe, std::move(trial)};
}

std::string trialText(const analysis::TreatmentTrial& trial) {
    TextTable table({"tried", "SQNR dB", ""});
    table.add({"nothing", decibels(trial.plainDb), ""});
    for (const auto& [what, db, kept] : trial.tried)
        table.add({what, decibels(db), kept ? "kept" : "does not help, left out"});
    return table.text() + "SQNR of the predicted noise, over pictures with other seeds than calibration has\n";
}

Json jsonOf(const analysis::TreatmentTrial& trial) {
    Json tried = Json::array();
    for (const auto& [what, db, kept] : trial.tried)
        tried.push_back({{"what", what}, {"db", std::isinf(db) ? Json(decibels(db)) : Json(db)}, {"kept", kept}});
    return tried;
}

/// The smoothed layers, worst first as far as the analysis ranks them.
std::string smoothedTable(const quant::Recipe& recipe) {
    if (!recipe.smoothing) return "no layer is served by smoothing\n";
    TextTable table({"smoothed layer", "alpha"});
    for (const auto& [layer, alpha] : recipe.smoothing->modules) table.add({layer, fixed(alpha.value_or(0), 2)});
    return table.text();
}

std::string rulesText(const quant::Recipe& recipe, std::size_t before) {
    std::string text;
    for (std::size_t i = before; i < recipe.rules.size(); ++i)
        text += recipe.rules[i].match + " dynamic: " + recipe.rules[i].why + '\n';
    return text;
}

std::string switchesText(const quant::Recipe& recipe) {
    std::string text;
    if (recipe.calibration.intervals > 1)
        text += "ranges in " + std::to_string(recipe.calibration.intervals) + " intervals of the timesteps\n";
    if (recipe.splitSkips) text += "halves of skip concatenations have ranges of their own\n";
    if (recipe.precomputedTimeEmbedding) text += "what depends on the timestep alone is computed exactly\n";
    return text;
}

Json jsonOf(const quant::Recipe& recipe, std::size_t rulesBefore, const fs::path& out) {
    Json smoothed = Json::array();
    if (recipe.smoothing)
        for (const auto& [layer, alpha] : recipe.smoothing->modules)
            smoothed.push_back({{"layer", layer}, {"alpha", alpha.value_or(0)}});
    Json dynamic = Json::array();
    for (std::size_t i = rulesBefore; i < recipe.rules.size(); ++i)
        dynamic.push_back({{"layer", recipe.rules[i].match}, {"why", recipe.rules[i].why}});
    return {{"out", out.string()},
            {"name", recipe.name},
            {"smoothed", smoothed},
            {"dynamic", dynamic},
            {"intervals", recipe.calibration.intervals},
            {"splitSkips", recipe.splitSkips},
            {"precomputedTimeEmbedding", recipe.precomputedTimeEmbedding}};
}

Outcome treat(const Options& options, const Running& running) {
    const fs::path out(options.out);
    requireWritable(out);
    const ldm::Model model = ldm::Model::open(options.model);
    const quant::Recipe plain = recipeFor(model.info(), options.recipe);
    auto made = treated(model, plain, options, running);
    Outcome outcome;
    outcome.interrupted = !made;
    if (!made) {
        outcome.text = "nothing was written.";
        return outcome;
    }
    quant::Recipe& recipe = made->recipe;
    recipe.name = plain.name + ", treated";
    recipe.model = quant::modelRef(model.info());
    recipe.provenance.analysis = options.analysis;
    recipe.provenance.metric = "local";
    recipe.provenance.version = NOISEFLOOR_VERSION;
    quant::saveRecipe(recipe, out);
    outcome.json = jsonOf(recipe, plain.rules.size(), out);
    if (made->trial) {
        outcome.json["tried"] = jsonOf(*made->trial);
        outcome.text = trialText(*made->trial);
    }
    outcome.text += smoothedTable(recipe) + rulesText(recipe, plain.rules.size()) + switchesText(recipe) + "wrote " +
                    out.string() + '\n';
    return outcome;
}

void addTimeRanges(CLI::App& verb, analysis::LocalTreatment& how) {
    static const std::map<std::string, analysis::TimeRanges> kinds{{"fixed", analysis::TimeRanges::Fixed},
                                                                   {"intervals", analysis::TimeRanges::Intervals},
                                                                   {"dynamic", analysis::TimeRanges::Dynamic}};
    verb.add_option_function<std::string>(
            "--time-ranges", [&how](const std::string& name) { how.timeRanges = kinds.at(name); },
            "what layers get whose range varies over time: intervals (of the timesteps, for all layers), dynamic (each "
            "token's own, for those layers) or fixed; default: intervals")
        ->check(CLI::IsMember(kinds).description({}));
    verb.add_option("--intervals", how.intervals, "of the timesteps, for --time-ranges intervals")
        ->check(CLI::Range(2, 100).description("N"))
        ->capture_default_str();
}

} // namespace

void addTreat(CLI::App& program, Command& command) {
    auto options = std::make_shared<Options>();
    CLI::App& verb =
        addVerb(program, command,
                {"treat", "add smoothing and finer ranges to a recipe where an analysis by layer asks for it",
                 "noisefloor treat emoji-ldm --recipe w8a8 --analysis layers.analysis.json "
                 "--out treated.recipe.json"},
                options->model);
    verb.add_option("--recipe", options->recipe, kRecipeHelp)->required();
    verb.add_option("--analysis", options->analysis, "analysis of this model by layer: --level layer --metrics local")
        ->required();
    verb.add_option("--out", options->out, "recipe file to write (*.recipe.json); an existing one is replaced")
        ->required();
    verb.add_option("--share", options->how.share, "of all layers that are smoothed, the worst by local SQNR")
        ->check(CLI::Range(0.001, 1.0).description("0..1"))
        ->capture_default_str();
    addTimeRanges(verb, options->how);
    verb.add_flag("!--no-split", options->how.splitSkips, "one range for both halves of a skip concatenation");
    verb.add_flag("!--no-measure", options->measures, "keep all of it: do not try on other pictures what helps");
    verb.add_flag("!--no-table", options->how.precomputedTimeEmbedding, "quantize the time embedding, too");
    verb.callback(
        [&command, options] { command.work = [options](const Running& running) { return treat(*options, running); }; });
}

} // namespace app::cli
