#include <app/cli/exportoptions.h>
#include <app/cli/options.h>
#include <app/cli/texttable.h>

#include <algorithm>

namespace app::cli {

namespace {

struct Options {
    ldm::OpenRequest model;
    std::string recipe;
    std::string format;
    std::string out;
    bool force = false;
    bool planOnly = false;
    ExportChoices choices;
    ldm::GenerateSettings sampling;
};

std::vector<std::string> formatNames() {
    std::vector<std::string> names;
    for (const quant::ExportFormatInfo& info : quant::exportFormats()) names.emplace_back(info.name);
    return names;
}

/// Only where nobody has loaded one of our files.
std::string caveat(const quant::ExportFormatInfo& format) {
    return format.clientTested ? std::string() : "format-conformant, not client-tested";
}

std::string formatHelp() {
    std::string help = "what to write:";
    for (const quant::ExportFormatInfo& info : quant::exportFormats()) {
        const std::string warning = caveat(info);
        help += "\n" + std::string(info.name) + ": " + std::string(info.description) +
                (warning.empty() ? "" : " (" + warning + ")");
    }
    return help;
}

const quant::ExportFormatInfo& formatFrom(const std::string& name) {
    return *std::ranges::find(quant::exportFormats(), name, &quant::ExportFormatInfo::name);
}

/// "120 layers exact, 3 requantized, 12 as floats".
std::string layersText(std::int64_t exact, std::int64_t requantized, std::int64_t floats) {
    return std::to_string(exact) + " layers exact, " + std::to_string(requantized) + " requantized, " +
           std::to_string(floats) + " as floats";
}

/// "gguf: 120 layers exact, 3 requantized, 12 as floats, about 12.3 MiB".
std::string summaryLine(const quant::ExportPlan& plan, const quant::ExportFormatInfo& format) {
    std::string line(format.name);
    line += ": ";
    if (format.holdsWeights)
        line += layersText(plan.count(quant::Carriage::Exact), plan.count(quant::Carriage::Requantized),
                           plan.count(quant::Carriage::Float)) +
                ", ";
    return line + "about " + sizeText(plan.bytes) + '\n';
}

std::string layersTable(const quant::ExportPlan& plan, const std::vector<quant::Format>& formats,
                        const ldm::ModelInfo& model) {
    if (plan.layers.empty()) return {};
    TextTable table({"layer", "recipe", "becomes", "type", "bytes", "why"});
    for (std::size_t i : {1, 2, 3, 5}) table.alignLeft(i);
    for (std::size_t i = 0; i < plan.layers.size(); ++i) {
        const quant::LayerCarriage& layer = plan.layers[i];
        table.add({model.layers[i].name, quant::toString(formats[i]), std::string(nameOf(layer.carriage)), layer.type,
                   grouped(static_cast<std::int64_t>(layer.bytes)), layer.why});
    }
    return table.text() + '\n';
}

std::string notesText(const std::vector<std::string>& notes, const quant::ExportFormatInfo& format) {
    std::string text;
    for (const std::string& note : notes) text += "note: " + note + '\n';
    const std::string warning = caveat(format);
    return warning.empty() ? text : text + "note: " + warning + '\n';
}

Json jsonOf(const quant::ExportFormatInfo& format, const quant::Recipe& recipe) {
    return {{"format", format.name}, {"recipe", recipe.name}, {"clientTested", format.clientTested}};
}

Json jsonOf(const quant::ExportPlan& plan, const std::vector<quant::Format>& formats, const ldm::ModelInfo& model) {
    Json layers = Json::array();
    for (std::size_t i = 0; i < plan.layers.size(); ++i) {
        const quant::LayerCarriage& layer = plan.layers[i];
        layers.push_back({{"layer", model.layers[i].name},
                          {"recipe", quant::toString(formats[i])},
                          {"becomes", nameOf(layer.carriage)},
                          {"type", layer.type},
                          {"bytes", layer.bytes},
                          {"why", layer.why}});
    }
    return {{"bytes", plan.bytes},
            {"exact", plan.count(quant::Carriage::Exact)},
            {"requantized", plan.count(quant::Carriage::Requantized)},
            {"float", plan.count(quant::Carriage::Float)},
            {"layers", layers}};
}

Outcome told(const quant::ExportPlan& plan, const quant::Recipe& recipe, const ldm::ModelInfo& model,
             const quant::ExportFormatInfo& format) {
    const std::vector<quant::Format> formats = quant::resolve(recipe, model).segments.front().formats;
    Outcome outcome;
    outcome.json = jsonOf(format, recipe);
    outcome.json["plan"] = jsonOf(plan, formats, model);
    outcome.json["notes"] = plan.notes;
    outcome.text = layersTable(plan, formats, model) + summaryLine(plan, format) + notesText(plan.notes, format);
    return outcome;
}

std::string writtenText(const quant::ExportReport& report) {
    std::string text = "wrote " + report.path.string() + " (" + sizeText(report.bytes) + ", predicted " +
                       sizeText(report.predictedBytes) + ")\n";
    if (report.tensors == 0) return text;
    text += std::to_string(report.tensors) + " tensors read back and compared: " +
            layersText(report.exactLayers, report.requantizedLayers, report.floatLayers);
    if (report.bakedLayers > 0) text += ", " + std::to_string(report.bakedLayers) + " of them rounded by the recipe";
    text += '\n';
    if (report.worstDb)
        text += "farthest from the recipe: " + report.worstLayer + ", " + decibels(*report.worstDb) + " dB\n";
    return text;
}

Outcome told(const quant::ExportReport& report, const quant::Recipe& recipe, const quant::ExportFormatInfo& format) {
    Outcome outcome;
    outcome.json = jsonOf(format, recipe);
    outcome.json.update({{"out", report.path.string()},
                         {"bytes", report.bytes},
                         {"tensors", report.tensors},
                         {"predictedBytes", report.predictedBytes},
                         {"exactLayers", report.exactLayers},
                         {"requantizedLayers", report.requantizedLayers},
                         {"floatLayers", report.floatLayers},
                         {"bakedLayers", report.bakedLayers},
                         {"worstDb", report.worstDb ? Json(*report.worstDb) : Json()},
                         {"worstLayer", report.worstDb ? Json(report.worstLayer) : Json()},
                         {"notes", report.notes}});
    outcome.text = writtenText(report) + notesText(report.notes, format);
    return outcome;
}

Outcome exportTo(const Options& options, const Running& running) {
    const quant::ExportFormatInfo& format = formatFrom(options.format);
    quant::ExportRequest request{format.format, pathFrom(options.out), options.force, options.sampling, {}};
    if (!options.planOnly) requireFree(request.path, options.force, quant::kExportedRecipeFile);
    const ldm::Model model = ldm::Model::open(options.model);
    const quant::Recipe recipe = recipeFor(model.info(), options.recipe);
    request.options = exportOptionsFor(options.choices, recipe, model.info());
    const quant::ExportPlan plan = quant::planExport(model.info(), recipe, format.format, request.options);
    if (options.planOnly) return told(plan, recipe, model.info(), format);

    announce(summaryLine(plan, format));
    const auto report = quant::exportModel(model, recipe, request, running.stop, running.progress);
    if (report) return told(*report, recipe, format);
    Outcome outcome;
    outcome.interrupted = true;
    outcome.text = "nothing was written.";
    return outcome;
}

void requireUsable(const Options& options) {
    requireUsed(options.choices, formatFrom(options.format));
    if (options.out.empty() && !options.planOnly) throw CLI::RequiredError("--out");
}

void addCalibration(CLI::App& verb, ldm::GenerateSettings& sampling) {
    addScheduler(verb, sampling.scheduler, "the model's own");
    addSampling(verb, sampling.steps, sampling.guidance, sampling.seed);
    addPromptReading(verb, sampling);
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
    verb.add_option("--out", options->out, "folder or file to create");
    verb.add_flag("--plan", options->planOnly, "tell what would become of every layer, and write nothing");
    addForce(verb, options->force, "an existing target");
    addExportOptions(verb, options->choices);
    addCalibration(verb, options->sampling);
    verb.callback([&command, options] {
        requireUsable(*options);
        command.work = [options](const Running& running) { return exportTo(*options, running); };
    });
}

} // namespace app::cli
