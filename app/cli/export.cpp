#include <app/cli/options.h>
#include <app/cli/texttable.h>

#include <quant/export.h>

#include <algorithm>

namespace app::cli {

namespace {

struct Options {
    ldm::OpenRequest model;
    std::string recipe;
    std::string format;
    std::string out;
    bool overwrite = false;
};

std::vector<std::string> formatNames() {
    std::vector<std::string> names;
    for (const quant::ExportFormatInfo& info : quant::exportFormats()) names.emplace_back(info.name);
    return names;
}

std::string formatHelp() {
    std::string help = "what to write:";
    for (const quant::ExportFormatInfo& info : quant::exportFormats())
        help += "\n" + std::string(info.name) + ": " + std::string(info.description);
    return help;
}

quant::ExportFormat formatFrom(const std::string& name) {
    const auto& formats = quant::exportFormats();
    return std::ranges::find(formats, name, &quant::ExportFormatInfo::name)->format;
}

Outcome exportTo(const Options& options, const Running& running) {
    const quant::ExportRequest request{formatFrom(options.format), pathFrom(options.out), options.overwrite};
    requireFree(request.path, options.overwrite, quant::kExportedRecipeFile);
    const ldm::Model model = ldm::Model::open(options.model);
    const quant::Recipe recipe = recipeFor(model.info(), options.recipe);
    const auto report = quant::exportModel(model, recipe, request, running.stop, running.progress);

    Outcome outcome;
    outcome.interrupted = !report;
    if (!report) {
        outcome.text = "nothing was written.";
        return outcome;
    }
    outcome.json = {{"out", report->path.string()}, {"format", options.format},
                    {"recipe", recipe.name},        {"bytes", report->bytes},
                    {"tensors", report->tensors},   {"quantizedLayers", report->quantizedLayers},
                    {"notes", report->notes}};
    outcome.text = "wrote " + report->path.string() + " (" + sizeText(report->bytes) + ")\n";
    if (report->tensors > 0)
        outcome.text += std::to_string(report->tensors) + " tensors read back and found equal, " +
                        std::to_string(report->quantizedLayers) + " layers quantized\n";
    for (const std::string& note : report->notes) outcome.text += "note: " + note + '\n';
    return outcome;
}

} // namespace

void addExport(CLI::App& program, Command& command) {
    auto options = std::make_shared<Options>();
    CLI::App& verb = addVerb(program, command,
                             {"export", "write the model with a recipe applied, and verify what was written",
                              "noisefloor export emoji-ldm --recipe w8a8 --format diffusers --out emoji-w8a8"},
                             options->model);
    verb.add_option("--recipe", options->recipe, kRecipeHelp)->required();
    verb.add_option("--format", options->format, formatHelp())
        ->required()
        ->check(CLI::IsMember(formatNames()).description({}));
    verb.add_option("--out", options->out, "folder or file to create")->required();
    verb.add_flag("--overwrite", options->overwrite, "replace an existing target");
    verb.callback([&command, options] {
        command.work = [options](const Running& running) { return exportTo(*options, running); };
    });
}

} // namespace app::cli
