#include <app/cli/options.h>
#include <app/cli/texttable.h>

#include <analysis/calibrationcheck.h>

#include <quant/calibration.h>

#include <cmath>

namespace app::cli {

namespace {

struct Options {
    ldm::OpenRequest model;
    std::string recipe;
    PromptChoice prompts;
    analysis::AnalysisSettings settings;
};

Json jsonOf(const analysis::CalibrationOutcome& outcome) {
    return {{"db", std::isinf(outcome.db) ? Json(decibels(outcome.db)) : Json(outcome.db)},
            {"seconds", outcome.seconds}};
}

Outcome calibrate(const Options& options, const Running& running) {
    const ldm::Model model = ldm::Model::open(options.model);
    const quant::Recipe recipe = recipeFor(model.info(), options.recipe);
    analysis::AnalysisSettings settings = options.settings;
    settings.prompts = options.prompts.prompts();
    const auto check = analysis::checkCalibrations(model, recipe, settings, running.stop, running.progress);
    Outcome outcome;
    outcome.interrupted = !check;
    if (!check) {
        outcome.text = "the comparison was not finished.";
        return outcome;
    }
    outcome.json = {{"recipe", recipe.name}, {"first", jsonOf(check->first)}, {"all", jsonOf(check->all)}};
    TextTable table({"calibrated at", "SQNR dB", "seconds"});
    table.add({"the first step", decibels(check->first.db), fixed(check->first.seconds, 1)});
    table.add({"all steps", decibels(check->all.db), fixed(check->all.seconds, 1)});
    outcome.text = table.text() + "SQNR at the latent after the last step; seconds are those of calibrating\n";
    return outcome;
}

} // namespace

void addCalibrate(CLI::App& program, Command& command) {
    auto options = std::make_shared<Options>();
    analysis::AnalysisSettings& settings = options->settings;
    CLI::App& verb = addVerb(program, command,
                             {"calibrate", "compare activation ranges of the first step with those of all steps",
                              "noisefloor calibrate emoji-ldm --recipe w8a8"},
                             options->model);
    verb.add_option("--recipe", options->recipe, kRecipeHelp)->required();
    addPrompts(verb, options->prompts);
    addScheduler(verb, settings.scheduler, settings.scheduler);
    addSampling(verb, settings.steps, settings.guidance, settings.seed);
    verb.callback([&command, options] {
        command.work = [options](const Running& running) { return calibrate(*options, running); };
    });
}

} // namespace app::cli
