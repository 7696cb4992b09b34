#include <app/cli/options.h>
#include <app/cli/texttable.h>

#include <app/models/storedtypes.h>

#include <quant/verify.h>

#include <algorithm>
#include <cmath>

namespace app::cli {

namespace {

constexpr int kMostWorst = 100'000;
constexpr int kMostRuns = 1000;
constexpr std::size_t kListedNames = 10;

struct Options {
    std::string path;
    ldm::OpenRequest model;
    std::string recipe;
    int worst = 10;
    int runs = quant::VerifyRequest{}.runs;
    ldm::GenerateSettings sampling;
};

using Sums = std::optional<quant::ErrorSums>;

std::string text(const Sums& sums) {
    return sums ? decibels(sums->db()) : "-";
}

Json json(double db) {
    if (std::isnan(db)) return nullptr;
    return std::isinf(db) ? Json(decibels(db)) : Json(db);
}

Json json(const Sums& sums) {
    return sums ? json(sums->db()) : Json();
}

std::string worstTable(const quant::VerifyReport& report, std::size_t count) {
    TextTable table({"worst layers", "stored as", "SQNR dB", "to the recipe dB"});
    for (const std::size_t i : report.worst(count)) {
        const quant::VerifiedTensor& tensor = report.tensors[i];
        table.add({tensor.name, tensor.storedAs, text(tensor.against), text(tensor.recipe)});
    }
    return table.text() + '\n';
}

std::string typesTable(const std::vector<models::StoredType>& types) {
    TextTable table({"stored as", "tensors", "SQNR dB", "least dB", "to the recipe dB"});
    for (const models::StoredType& type : types)
        table.add(
            {type.type, std::to_string(type.tensors), text(type.against), decibels(type.leastDb), text(type.recipe)});
    return table.text() + '\n';
}

std::string blocksTable(const quant::VerifyReport& report) {
    if (report.blocks.empty()) return {};
    TextTable table({"block", "graph dB", "simulated dB", "graph to simulation dB", "to its own rounding dB"});
    for (const quant::VerifiedBlock& block : report.blocks)
        table.add({block.id, text(block.against), text(block.simulated), text(block.recipe), text(block.deployed)});
    return table.text() + '\n';
}

/// The first of them, one a line.
std::string listed(const char* what, const std::vector<std::string>& names) {
    std::string lines;
    for (std::size_t i = 0; i < std::min(names.size(), kListedNames); ++i)
        lines += std::string(what) + ": " + names[i] + '\n';
    if (names.size() > kListedNames)
        lines += std::string(what) + ": and " + std::to_string(names.size() - kListedNames) + " more\n";
    return lines;
}

std::string verdict(const quant::VerifyReport& report) {
    if (report.isSound()) return "sound: nothing is missing, nothing surplus, nothing wrong, all numbers are finite\n";
    const bool isComplete = report.missing.empty() && report.surplus.empty() && report.wrong.empty();
    return "not sound: " + std::to_string(report.missing.size()) + " tensors missing, " +
           std::to_string(report.surplus.size()) + " surplus, " + std::to_string(report.wrong.size()) + " wrong" +
           (isComplete ? ", and numbers that are not finite\n" : "\n");
}

Json jsonOf(const quant::VerifyReport& report, std::size_t worst) {
    Json json{{"container", report.container}, {"tensors", report.tensors.size()}, {"sound", report.isSound()}};
    json["worst"] = Json::array();
    for (const std::size_t i : report.worst(worst)) {
        const quant::VerifiedTensor& tensor = report.tensors[i];
        json["worst"].push_back({{"tensor", tensor.name},
                                 {"storedAs", tensor.storedAs},
                                 {"db", cli::json(tensor.against)},
                                 {"recipeDb", cli::json(tensor.recipe)}});
    }
    json["types"] = Json::array();
    for (const models::StoredType& type : models::storedTypes(report))
        json["types"].push_back({{"storedAs", type.type},
                                 {"tensors", type.tensors},
                                 {"db", cli::json(type.against)},
                                 {"leastDb", cli::json(type.leastDb)},
                                 {"recipeDb", cli::json(type.recipe)}});
    json["blocks"] = Json::array();
    for (const quant::VerifiedBlock& block : report.blocks)
        json["blocks"].push_back({{"id", block.id},
                                  {"db", cli::json(block.against)},
                                  {"simulatedDb", cli::json(block.simulated)},
                                  {"recipeDb", cli::json(block.recipe)},
                                  {"ownRoundingDb", cli::json(block.deployed)}});
    json.update(
        {{"missing", report.missing}, {"surplus", report.surplus}, {"wrong", report.wrong}, {"notes", report.notes}});
    return json;
}

Outcome told(const quant::VerifyReport& report, const quant::VerifyRequest& request, const ldm::ModelInfo& model,
             std::size_t worst) {
    Outcome outcome;
    outcome.refuted = !report.isSound();
    outcome.json = {{"path", request.path.string()}, {"against", model.name}};
    outcome.json.update(jsonOf(report, worst));
    outcome.text = report.container + ' ' + request.path.string() + " against " + model.name + ", " +
                   std::to_string(report.tensors.size()) + " tensors\n\n";
    if (worst > 0) outcome.text += worstTable(report, worst);
    outcome.text += typesTable(models::storedTypes(report)) + blocksTable(report) + listed("missing", report.missing) +
                    listed("surplus", report.surplus) + listed("wrong", report.wrong) + listed("note", report.notes) +
                    verdict(report);
    return outcome;
}

Outcome verify(const Options& options, const Running& running) {
    const ldm::Model model = ldm::Model::open(options.model);
    quant::VerifyRequest request{pathFrom(options.path), {}, options.sampling, options.runs};
    if (!options.recipe.empty()) request.recipe = recipeFor(model.info(), options.recipe);
    const auto report = quant::verifyExport(model, request, running.stop, running.progress);
    if (report) return told(*report, request, model.info(), static_cast<std::size_t>(options.worst));
    Outcome outcome;
    outcome.interrupted = true;
    outcome.text = "the export was not verified to its end.";
    return outcome;
}

} // namespace

void addVerify(CLI::App& program, Command& command) {
    auto options = std::make_shared<Options>();
    CLI::App& verb = addPlainVerb(program, command,
                                  {"verify", "open an export again and compare all it holds with the model it is of",
                                   "noisefloor verify emoji-w8a8 --against emoji-ldm"});
    verb.add_option("PATH", options->path, "what noisefloor export wrote, or any file or folder of the kind")
        ->required();
    addModel(verb, options->model, "--against");
    addThreads(verb, command);
    verb.add_option("--recipe", options->recipe,
                    std::string(kRecipeHelp) + "; default: the one that the export carries");
    verb.add_option("--worst", options->worst, "how many layers to list, the worst first")
        ->check(CLI::Range(0, kMostWorst).description("N"))
        ->capture_default_str();
    verb.add_option("--runs", options->runs, "how many runs of a graph are compared, spread over the timesteps")
        ->check(CLI::Range(1, kMostRuns).description("N"))
        ->capture_default_str();
    addScheduler(verb, options->sampling.scheduler, "the model's own");
    addSampling(verb, options->sampling.steps, options->sampling.guidance, options->sampling.seed);
    addPromptReading(verb, options->sampling);
    verb.callback([&command, options] {
        command.work = [options](const Running& running) { return verify(*options, running); };
    });
}

} // namespace app::cli
