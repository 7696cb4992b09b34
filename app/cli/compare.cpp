#include <app/cli/arithmetic.h>
#include <app/cli/options.h>
#include <app/cli/texttable.h>

#include <analysis/compare.h>

namespace app::cli {

namespace {

struct Options {
    ldm::OpenRequest model;
    std::vector<std::string> recipes;
    std::optional<quant::Products> products;
    PromptChoice prompts;
    std::string latents;
    std::string out;
    ldm::GenerateSettings sampling;
    bool overwrite = false;
};

analysis::CompareRequest requestFrom(const Options& options, const ldm::ModelInfo& model) {
    analysis::CompareRequest request;
    for (const std::string& recipe : options.recipes) request.recipes.push_back(recipeFor(model, recipe));
    request.prompts = options.prompts.prompts();
    request.sampling = options.sampling;
    request.sampling.latents = options.latents;
    return request;
}

std::string share(double value) {
    return fixed(100 * value, 0) + " %";
}

std::vector<std::string> joined(std::vector<std::string> cells, const std::vector<std::string>& more) {
    cells.insert(cells.end(), more.begin(), more.end());
    return cells;
}

/// Probability, share of first choices and share of first five choices; dashes where no prompt names an emoji.
std::vector<std::string> agreementCells(const std::optional<analysis::MeanAgreement>& agreement) {
    if (!agreement) return {"-", "-", "-"};
    return {fixed(agreement->probability, 3), share(agreement->top1), share(agreement->top5)};
}

std::string classText(const std::optional<analysis::Recognition>& recognition) {
    return recognition ? recognition->name + " " + share(recognition->probability) : "-";
}

/// Drift, PSNR where full precision is salient, and PSNR elsewhere; dashes where nothing was recognised.
template <typename Metrics> std::vector<std::string> salienceCells(const std::optional<Metrics>& metrics) {
    if (!metrics) return {"-", "-", "-"};
    return {fixed(metrics->drift, 3), decibels(metrics->salientPsnr), decibels(metrics->restPsnr)};
}

/// One row per recipe; empty where no picture was recognised.
std::string salienceTable(const analysis::CompareRequest& request, const analysis::ComparisonQuality& quality) {
    TextTable table({"all pictures", "drift", "salient PSNR", "other PSNR", "same class"});
    bool isKnown = false;
    for (std::size_t i = 0; i < request.recipes.size(); ++i) {
        const std::optional<analysis::MeanSalience>& salience = quality.recipes[i].salience;
        isKnown |= salience.has_value();
        table.add(joined(joined({request.recipes[i].name}, salienceCells(salience)),
                         {salience ? share(salience->sameClass) : "-"}));
    }
    return isKnown ? "\n" + table.text() : "";
}

/// One row per recipe, below that of full precision.
std::string qualityTable(const analysis::CompareRequest& request,
                         const std::vector<analysis::ComparedPicture>& pictures) {
    const analysis::ComparisonQuality quality = analysis::qualityOf(pictures);
    TextTable table(
        {"all pictures", "SQNR dB", "PSNR dB", "SSIM", "perceptual", "Frechet", "prompt agreement", "top-1", "top-5"});
    table.add(joined({"full precision", "-", "-", "-", "-", "-"}, agreementCells(quality.full)));
    for (std::size_t i = 0; i < request.recipes.size(); ++i) {
        const analysis::RecipeQuality& recipe = quality.recipes[i];
        table.add(joined({request.recipes[i].name, decibels(recipe.endToEndDb), decibels(recipe.mean.psnr),
                          fixed(recipe.mean.ssim, 4), fixed(recipe.mean.perceptual, 4),
                          recipe.frechet ? fixed(*recipe.frechet, 4) : "-"},
                         agreementCells(recipe.agreement)));
    }
    return table.text() + salienceTable(request, quality);
}

std::string metricsTable(const analysis::CompareRequest& request,
                         const std::vector<analysis::ComparedPicture>& pictures) {
    TextTable table({"prompt", "seed", "recipe", "PSNR dB", "SSIM", "perceptual"});
    TextTable seen({"prompt", "seed", "recipe", "full precision seen as", "recipe seen as", "drift", "salient PSNR",
                    "other PSNR"});
    bool isRecognized = false;
    for (const analysis::ComparedPicture& picture : pictures)
        for (std::size_t i = 0; i < request.recipes.size(); ++i) {
            const std::vector<std::string> name{picture.prompt, std::to_string(picture.seed), request.recipes[i].name};
            table.add(joined(name, {decibels(picture.metrics[i].psnr), fixed(picture.metrics[i].ssim, 4),
                                    fixed(picture.metrics[i].perceptual, 4)}));
            seen.add(joined(
                joined(name, {classText(picture.fullVerdict.recognition), classText(picture.verdicts[i].recognition)}),
                salienceCells(picture.metrics[i].salience)));
            isRecognized |= picture.fullVerdict.recognition.has_value();
        }
    return isRecognized ? table.text() + "\n" + seen.text() : table.text();
}

Outcome compare(const Options& options, const Running& running) {
    const std::filesystem::path folder = pathFrom(options.out);
    requireFree(folder, options.overwrite, analysis::kMetricsFile);
    quant::Simulation simulation(ldm::Model::open(options.model), options.products.value_or(quant::Products::Integer));
    const ldm::ModelInfo& model = simulation.model().info();
    const analysis::CompareRequest request = requestFrom(options, model);
    for (const quant::Recipe& recipe : request.recipes) warnOfFloats(options.products, recipe, model);
    const auto pictures = analysis::compare(simulation, request, running.stop, running.progress);

    Outcome outcome;
    outcome.interrupted = pictures.size() < request.prompts.size();
    if (outcome.interrupted) {
        outcome.text = "nothing was written.";
        return outcome;
    }
    const std::string metrics = analysis::writeComparison(request, pictures, model, folder, options.overwrite);
    outcome.json = {{"out", folder.string()}, {"metrics", Json::parse(metrics)}};
    outcome.text = metricsTable(request, pictures) + "\n" + qualityTable(request, pictures) + "wrote " +
                   (folder / "sheet.png").string() + ", the pictures and metrics.json beside it\n";
    return outcome;
}

} // namespace

void addCompare(CLI::App& program, Command& command) {
    auto options = std::make_shared<Options>();
    ldm::GenerateSettings& sampling = options->sampling;
    CLI::App& verb =
        addVerb(program, command,
                {"compare", "the same pictures in full precision and under recipes, and how alike they are",
                 "noisefloor compare emoji-ldm --recipe w8a8 --recipe my.recipe.json --out sheet"},
                options->model);
    verb.add_option("--recipe", options->recipes, std::string(kRecipeHelp) + "; may be repeated")
        ->required()
        ->expected(1)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    addArithmetic(verb, options->products);
    addPrompts(verb, options->prompts);
    addScheduler(verb, sampling.scheduler, "the model's own");
    addSampling(verb, sampling.steps, sampling.guidance, sampling.seed);
    addPromptReading(verb, sampling);
    addLatents(verb, options->latents, "a row for each prompt");
    verb.add_option("--out", options->out, "folder to create, with sheet.png, the pictures and metrics.json")
        ->required();
    addForce(verb, options->overwrite, "an existing folder");
    verb.callback([&command, options] {
        command.work = [options](const Running& running) { return compare(*options, running); };
    });
}

} // namespace app::cli
