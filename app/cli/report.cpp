#include <app/cli/options.h>

#include <app/report/report.h>

#include <ldm/error.h>

#include <algorithm>

namespace app::cli {

namespace {

struct Options {
    std::string analysis;
    std::string recipe;
    std::string model;
    std::string comparison;
    std::string out;
    bool overwrite = false;
};

/// The model that was named, or the embedded one that was analysed. Nothing if there is none at hand.
std::optional<ldm::ModelInfo> modelOf(const Options& options, const quant::ModelRef& analysed) {
    const std::vector<std::string> embedded = ldm::embeddedModels();
    const bool isEmbedded = std::ranges::find(embedded, analysed.name) != embedded.end();
    if (options.model.empty() && !isEmbedded) return std::nullopt;
    ldm::ModelInfo model =
        ldm::Model::open({options.model.empty() ? analysed.name : options.model, {}, {}, {}, {}}).info();
    if (model.fingerprint == analysed.fingerprint) return model;
    if (options.model.empty()) return std::nullopt;
    throw ldm::badInput("The analysis " + options.analysis + " was made for " + analysed.name + ", not for " +
                        options.model + "; name the model it was made for.");
}

report::ReportRecipe recipeOf(const Options& options, const analysis::Analysis& analysis) {
    const auto model = modelOf(options, analysis.model);
    if (model) return report::described(recipeFor(*model, options.recipe), *model, analysis);
    return {quant::loadRecipe(options.recipe), {}, {}, {}};
}

Outcome write(const Options& options) {
    const std::filesystem::path out = pathFrom(options.out);
    requireFree(out, options.overwrite, {});
    const report::DrawingWithoutWindow drawing;
    report::Report report;
    report.analysis = analysis::loadAnalysis(options.analysis);
    if (!options.recipe.empty()) report.recipe = recipeOf(options, report.analysis);
    if (!options.comparison.empty())
        report.pictures = report::loadComparison(QString::fromStdString(options.comparison));
    report.written = QDateTime::currentDateTime();
    report::save(report, QString::fromStdString(out.string()));
    Outcome outcome;
    outcome.json = {{"out", out.string()},
                    {"maps", report.analysis.maps.size()},
                    {"pictures", report.pictures.size()},
                    {"bytes", std::filesystem::file_size(out)}};
    outcome.text = "wrote " + out.string() + "\n";
    return outcome;
}

} // namespace

void addReport(CLI::App& program, Command& command) {
    auto options = std::make_shared<Options>();
    CLI::App& verb = addPlainVerb(
        program, command,
        {"report", "one file that shows an analysis, a recipe and pictures to others",
         "noisefloor report a.analysis.json --recipe my.recipe.json --comparison sheet --out report.html"});
    verb.add_option("ANALYSIS", options->analysis, "analysis file, complete or not")->required();
    verb.add_option("--recipe", options->recipe, kRecipeHelp);
    verb.add_option("--model", options->model,
                    "the model of the analysis, for size, operations and prediction of the recipe; an embedded one is "
                    "found by itself");
    verb.add_option("--comparison", options->comparison, "folder that noisefloor compare wrote, for its pictures");
    verb.add_option("--out", options->out, "file to write: .html, or .pdf on A4")->required();
    addForce(verb, options->overwrite, "an existing file");
    verb.callback([&command, options] { command.work = [options](const Running&) { return write(*options); }; });
}

} // namespace app::cli
