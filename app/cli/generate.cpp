#include <app/cli/arithmetic.h>
#include <app/cli/options.h>

#include <analysis/images.h>
#include <ldm/error.h>
#include <quant/simulation.h>

#include <optional>

namespace app::cli {

namespace {

struct Options {
    ldm::OpenRequest model;
    ldm::GenerateSettings settings;
    std::string recipe; ///< empty: full precision
    std::optional<quant::Products> products;
    std::string latents;
    std::string out;
    std::string previews; ///< folder for the picture after every run; empty: none
};

std::string requirePng(std::string& file) {
    if (std::filesystem::path(file).extension() == ".png") return {};
    return "'" + file + "' does not end in .png; pictures are written as PNG";
}

/// Writes the coarse picture after every UNet run into a folder, numbered from 1; does nothing without one.
ldm::PreviewSink previewsInto(const std::filesystem::path& folder) {
    if (folder.empty()) return {};
    return [folder](int run, const ldm::Preview& preview) {
        std::string number = std::to_string(run);
        number.insert(0, number.size() < 3 ? 3 - number.size() : 0, '0');
        analysis::savePng(preview, folder / ("run-" + number + ".png"));
    };
}

void requireFolder(const std::string& folder) {
    std::error_code ignored;
    if (folder.empty() || std::filesystem::is_directory(folder, ignored)) return;
    throw ldm::Error(ldm::ErrorKind::WriteFailed, "there is no folder '" + folder + "' for previews; create it first.");
}

Outcome generate(const Options& options, const Running& running) {
    const std::filesystem::path out(options.out);
    requireWritable(out);
    requireFolder(options.previews);
    quant::Simulation simulation(ldm::Model::open(options.model), options.products.value_or(quant::Products::Integer));
    const ldm::ModelInfo& model = simulation.model().info();
    std::optional<quant::Recipe> recipe;
    if (!options.recipe.empty()) recipe = recipeFor(model, options.recipe);
    if (recipe) warnOfFloats(options.products, *recipe, model);
    ldm::GenerateSettings settings = options.settings;
    settings.latents = options.latents;
    settings = ldm::checked(settings, model);
    for (const std::string& notice : ldm::noticesFor(simulation.model(), settings)) warn(notice);
    const ldm::PreviewSink previews = previewsInto(options.previews);
    const std::optional<ldm::Picture> picture =
        recipe ? simulation.quantized(*recipe, settings, running.stop, running.progress, previews)
               : simulation.full(settings, running.stop, running.progress, previews);

    Outcome outcome;
    outcome.interrupted = !picture;
    if (!picture) {
        outcome.text = "no picture was written.";
        return outcome;
    }
    analysis::savePng(*picture, out);
    const std::string precision = recipe ? recipe->name : "full precision";
    outcome.json = {{"out", out.string()},
                    {"model", model.name},
                    {"prompt", settings.prompt},
                    {"negative", settings.negative ? Json(*settings.negative) : Json()},
                    {"recipe", recipe ? Json(recipe->name) : Json()},
                    {"scheduler", settings.scheduler},
                    {"steps", settings.steps},
                    {"guidance", settings.guidance},
                    {"seed", settings.seed},
                    {"width", picture->width},
                    {"height", picture->height}};
    outcome.text = "wrote " + out.string() + " (" + std::to_string(picture->width) + "x" +
                   std::to_string(picture->height) + ", " + precision + ", seed " + std::to_string(settings.seed) +
                   ")\n";
    return outcome;
}

} // namespace

void addGenerate(CLI::App& program, Command& command) {
    auto options = std::make_shared<Options>();
    ldm::GenerateSettings& settings = options->settings;
    CLI::App& verb = addVerb(program, command,
                             {"generate", "one picture of a prompt, in full precision or under a recipe",
                              "noisefloor generate emoji-ldm --prompt \"red apple\" --recipe w8a8 --out apple.png"},
                             options->model);
    verb.add_option("--prompt", settings.prompt, "what to draw")->required();
    addPromptReading(verb, settings);
    verb.add_option("--recipe", options->recipe, kRecipeHelp);
    addArithmetic(verb, options->products);
    addScheduler(verb, settings.scheduler, "the model's own");
    addSampling(verb, settings.steps, settings.guidance, settings.seed);
    addSize(verb, settings.width, settings.height);
    addLatents(verb, options->latents, "one row");
    verb.add_option("--previews", options->previews,
                    "folder for a coarse picture after every run of the UNet, one pixel per latent position");
    verb.add_option("--out", options->out, "PNG file to write; an existing one is replaced")
        ->required()
        ->check(CLI::Validator(requirePng, {}));
    verb.callback([&command, options] {
        command.work = [options](const Running& running) { return generate(*options, running); };
    });
}

} // namespace app::cli
