#include <app/cli/options.h>

namespace app::cli {

namespace {

struct Options {
    ldm::OpenRequest model;
    std::string recipe;
    std::string out;
};

Outcome importTo(const Options& options) {
    const std::filesystem::path out(options.out);
    requireWritable(out);
    const ldm::ModelInfo model = ldm::Model::open(options.model).info();
    const quant::ImportedRecipe read = readRecipe(model, options.recipe);
    const std::vector<std::string> warnings = quant::resolve(read.recipe, model).warnings;
    quant::saveRecipe(read.recipe, out);
    Outcome outcome;
    outcome.json = {{"out", out.string()},
                    {"name", read.recipe.name},
                    {"rules", read.recipe.rules.size()},
                    {"notes", read.notes},
                    {"warnings", warnings}};
    const std::size_t rules = read.recipe.rules.size();
    outcome.text = "wrote " + out.string() + ", " + std::to_string(rules) + (rules == 1 ? " rule\n" : " rules\n");
    for (const std::string& note : read.notes) outcome.text += "note: " + note + '\n';
    for (const std::string& warning : warnings) outcome.text += "warning: " + warning + '\n';
    return outcome;
}

} // namespace

void addImport(CLI::App& program, Command& command) {
    auto options = std::make_shared<Options>();
    CLI::App& verb =
        addVerb(program, command,
                {"import", "write the recipe of another program as one of this program's own",
                 "noisefloor import emoji-ldm --recipe weight_4.00.yaml:act_7.77.yaml --out r.recipe.json"},
                options->model);
    verb.add_option(
            "--recipe", options->recipe,
            "what to read, told by its content:\n"
            "FILE.json:NAME: recipe NAME of Apple's mixed-bit compression; :NAME may be left out if there is one\n"
            "WEIGHTS.yaml:INPUTS.yaml: bits of MixDQ; :INPUTS.yaml may be left out\n"
            "FILE, or the rules themselves: --tensor-type-rules of stable-diffusion.cpp, \"attn=q8_0,out=f16\"\n"
            "FILE, or a format such as w8a8: a recipe of this program")
        ->required();
    verb.add_option("--out", options->out, "recipe file to write (*.recipe.json); an existing one is replaced")
        ->required();
    verb.callback([&command, options] { command.work = [options](const Running&) { return importTo(*options); }; });
}

} // namespace app::cli
