#include <app/cli/arithmetic.h>
#include <app/cli/benchflo.h>
#include <app/cli/options.h>
#include <app/cli/texttable.h>

#include <analysis/steptime.h>

#include <ldm/devices.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace app::cli {

namespace {

namespace fs = std::filesystem;

constexpr double kMilli = 1e3;
constexpr std::size_t kSlowest = 20;

struct Options {
    ldm::OpenRequest model;
    std::string formats = "w8a8,w4a8";
    std::vector<std::string> recipes;
    analysis::LatencySettings settings;
    bool showsLayers = false;
    std::string out;
};

/// What was timed; layers only where they were asked for.
struct Timed {
    std::optional<analysis::StepTime> bf16; ///< where the processor has products of it
    std::vector<analysis::StepTime> steps;
    std::optional<analysis::Latency> layers;
};

std::vector<quant::Recipe> recipesFrom(const Options& options, const ldm::ModelInfo& model) {
    std::vector<quant::Recipe> recipes;
    for (const quant::Format format : options.settings.formats) {
        recipes.emplace_back().base = format;
        recipes.back().name = quant::toString(format);
    }
    for (const std::string& recipe : options.recipes) recipes.push_back(recipeFor(model, recipe));
    return recipes;
}

/// Nothing when stopped.
std::optional<Timed> timed(const Options& options, const ldm::Model& model, const Running& running) {
    Timed result;
    if (ldm::hasBf16Products()) {
        result.bf16 = analysis::timeBf16(model, options.settings, running.stop, running.progress);
        if (!result.bf16) return std::nullopt;
    }
    auto steps = analysis::timeSteps(model, recipesFrom(options, model.info()), options.settings, running.stop,
                                     running.progress);
    if (!steps) return std::nullopt;
    result.steps = std::move(*steps);
    if (!options.showsLayers && options.out.empty()) return result;
    result.layers = analysis::measureLatency(model, options.settings, running.stop, running.progress);
    if (!result.layers) return std::nullopt;
    return result;
}

std::string milliseconds(double seconds) {
    return fixed(kMilli * seconds, 2);
}

std::string stepTable(const std::optional<analysis::StepTime>& bf16, const std::vector<analysis::StepTime>& steps) {
    TextTable table({"UNet step", "ms", "of full precision", "SQNR dB", "integer layers", "integers against float dB"});
    const auto fastest = std::min_element(steps.begin(), steps.end(),
                                          [](const auto& a, const auto& b) { return a.fullSeconds < b.fullSeconds; });
    table.add({"full precision", milliseconds(fastest->fullSeconds), "1.00", "-", "-", "-"});
    if (bf16)
        table.add({"bf16, against fp32", milliseconds(bf16->seconds), fixed(bf16->seconds / bf16->fullSeconds, 2),
                   decibels(bf16->db), "-", "-"});
    for (const analysis::StepTime& step : steps) {
        const int integers = arithmeticOf(step.formats, step.isTreated).integers;
        table.add({step.name, milliseconds(step.seconds), fixed(step.seconds / step.fullSeconds, 2), decibels(step.db),
                   std::to_string(integers) + " of " + std::to_string(step.formats.size()),
                   integers > 0 ? decibels(step.productsDb) : "-"});
    }
    return table.text();
}

std::string whyFloats(const std::vector<analysis::StepTime>& steps) {
    std::string text;
    for (const analysis::StepTime& step : steps)
        for (const auto& [why, layers] : arithmeticOf(step.formats, step.isTreated).floats)
            text += step.name + ": " + std::to_string(layers) + " layers in float32, since " + why + '\n';
    return text;
}

/// Full precision first, then the formats, of one thing.
std::vector<std::string> timesCells(std::string what, const std::vector<double>& seconds) {
    std::vector<std::string> cells{std::move(what)};
    for (const double each : seconds) cells.push_back(milliseconds(each));
    return cells;
}

/// The slowest layers in full precision, then all of them, and what is beside them.
std::string layersTable(const analysis::Latency& latency) {
    std::vector<std::size_t> order(latency.layers.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const std::vector<double>& full = latency.formats.front().seconds;
    std::stable_sort(order.begin(), order.end(), [&full](std::size_t a, std::size_t b) { return full[a] > full[b]; });
    order.resize(std::min(order.size(), kSlowest));
    std::vector<std::string> header{"slowest layers, ms"};
    for (const analysis::FormatLatency& row : latency.formats) header.push_back(quant::toString(row.format));
    TextTable table(header);
    const auto times = [&latency](const auto& of) {
        std::vector<double> seconds;
        for (const analysis::FormatLatency& row : latency.formats) seconds.push_back(of(row));
        return seconds;
    };
    for (const std::size_t layer : order)
        table.add(timesCells(latency.layers[layer], times([layer](const auto& row) { return row.seconds[layer]; })));
    table.add(timesCells("all " + std::to_string(latency.layers.size()) + " layers", times([](const auto& row) {
                             return std::accumulate(row.seconds.begin(), row.seconds.end(), 0.0);
                         })));
    table.add(
        timesCells("attention, norms and all else", times([&latency](const auto&) { return latency.restSeconds; })));
    return '\n' + table.text();
}

std::string machineText(const analysis::Machine& machine, const analysis::LatencySettings& settings) {
    return machine.processor + ", " + std::to_string(machine.threads) +
           (machine.threads == 1 ? " thread" : " threads") + "; the fastest of " + std::to_string(settings.rounds) +
           " runs with guidance, each in turns with full precision; SQNR of the noise predicted at the first step\n";
}

Json decibelsJson(double db) {
    if (std::isnan(db)) return nullptr;
    return std::isinf(db) ? Json(decibels(db)) : Json(db);
}

Json stepJson(const analysis::StepTime& step) {
    const LayerArithmetic arithmetic = arithmeticOf(step.formats, step.isTreated);
    Json floats = Json::array();
    for (const auto& [why, layers] : arithmetic.floats) floats.push_back({{"layers", layers}, {"why", why}});
    return {{"name", step.name},
            {"seconds", step.seconds},
            {"fullSeconds", step.fullSeconds},
            {"ratio", step.seconds / step.fullSeconds},
            {"integerLayers", arithmetic.integers},
            {"floatLayers", floats},
            {"db", decibelsJson(step.db)},
            {"integersAgainstFloatDb", arithmetic.integers > 0 ? decibelsJson(step.productsDb) : Json()}};
}

Json jsonOf(const Timed& timed, const analysis::Machine& machine, const Options& options) {
    Json steps = Json::array();
    for (const analysis::StepTime& step : timed.steps) steps.push_back(stepJson(step));
    Json json{
        {"machine", {{"processor", machine.processor}, {"exactCode", machine.exactCode}, {"threads", machine.threads}}},
        {"rounds", options.settings.rounds},
        {"steps", steps}};
    if (timed.bf16)
        json["bf16"] = {{"seconds", timed.bf16->seconds},
                        {"fp32Seconds", timed.bf16->fullSeconds},
                        {"db", decibelsJson(timed.bf16->db)}};
    if (timed.layers) json["layers"] = Json::parse(analysis::toJson(*timed.layers));
    if (!options.out.empty()) json["out"] = options.out;
    return json;
}

Outcome bench(Options options, const Running& running) {
    if (!options.out.empty()) requireWritable(options.out);
    const ldm::Model model = ldm::Model::open(options.model);
    options.settings.formats = quant::parseFormats(options.formats);
    options.settings.precision = options.model.compute.precision;
    const auto result = timed(options, model, running);
    Outcome outcome;
    outcome.interrupted = !result;
    if (!result) {
        outcome.text = "the speed was not measured to the end.";
        return outcome;
    }
    if (!options.out.empty()) analysis::saveLatency(*result->layers, options.out);
    const analysis::Machine machine = analysis::thisMachine();
    outcome.json = jsonOf(*result, machine, options);
    outcome.text =
        stepTable(result->bf16, result->steps) + whyFloats(result->steps) + machineText(machine, options.settings);
    if (options.showsLayers) outcome.text += layersTable(*result->layers);
    if (!options.out.empty()) outcome.text += "wrote " + options.out + '\n';
    return outcome;
}

} // namespace

void addBench(CLI::App& program, Command& command) {
    auto options = std::make_shared<Options>();
    analysis::LatencySettings& settings = options->settings;
    CLI::App& verb = addVerb(program, command,
                             {"bench", "how fast the UNet runs on this machine in several formats and under recipes",
                              "noisefloor bench emoji-ldm --formats w8a8,w4a8 --layers"},
                             options->model);
    verb.add_option("--formats", options->formats, "comma-separated formats to time")->capture_default_str();
    verb.add_option("--recipe", options->recipes, std::string(kRecipeHelp) + "; may be repeated")
        ->expected(1)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    verb.add_flag("--layers", options->showsLayers, "also time every layer in every format, and list the slowest");
    verb.add_option("--rounds", settings.rounds, "runs of which the fastest counts")
        ->check(CLI::Range(1, analysis::kMostRounds))
        ->capture_default_str();
    addSize(verb, settings.width, settings.height);
    verb.add_option("--out", options->out,
                    "file to write (*.latency.json) with the time of every layer, for search --latency; an existing "
                    "one is replaced");
    addBenchFlo(verb, command);
    // A required MODEL would take the word "flo" for itself.
    const CLI::Option* model = verb.get_option("MODEL")->required(false);
    verb.callback([&command, &verb, options, model] {
        if (verb.got_subcommand("flo")) return;
        if (model->empty()) throw CLI::RequiredError("MODEL");
        command.work = [options](const Running& running) { return bench(*options, running); };
    });
}

} // namespace app::cli
