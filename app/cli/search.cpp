#include <app/cli/options.h>
#include <app/cli/texttable.h>

#include <analysis/endtoend.h>
#include <analysis/search.h>
#include <ldm/error.h>
#include <ldm/files.h>

#include <charconv>
#include <cmath>
#include <map>
#include <set>

namespace app::cli {

namespace {

namespace fs = std::filesystem;

constexpr double kMiB = 1024.0 * 1024.0;
constexpr double kGiga = 1e9;
constexpr double kMilli = 1e3;
constexpr double kMostDecibels = 300;
const std::map<std::string, analysis::Saving> kSavings{
    {"size", analysis::Saving::Bytes}, {"bops", analysis::Saving::Bops}, {"ms", analysis::Saving::Seconds}};

struct Options {
    ldm::OpenRequest model;
    std::string analysis;
    std::string treated;           ///< recipe whose calibration and treatments are kept
    std::optional<double> maxSize; ///< MiB
    std::optional<double> maxBops;
    std::optional<double> maxBits;
    std::optional<double> maxMs;
    std::optional<double> minSqnr;
    std::string saving = "size";
    std::string latency; ///< file with measured speed
    std::string formats;
    std::vector<std::string> locks;
    bool timeRanges = false;
    bool measures = true;
    std::string weight = "even"; ///< what counts when measuring
    std::string pareto;
    std::string out;
};

analysis::SearchTarget targetFrom(const Options& options) {
    using analysis::Goal;
    if (options.maxSize) return {Goal::MaxBytes, *options.maxSize * kMiB};
    if (options.maxBops) return {Goal::MaxBops, *options.maxBops};
    if (options.maxBits) return {Goal::MaxMeanBits, *options.maxBits};
    if (options.maxMs) return {Goal::MaxSeconds, *options.maxMs / kMilli};
    return {Goal::MinSqnr, *options.minSqnr, kSavings.at(options.saving)};
}

/// What the curve of best recipes runs over.
analysis::Saving axisOf(const Options& options) {
    return options.maxMs || options.saving == "ms" ? analysis::Saving::Seconds : analysis::Saving::Bytes;
}

/// "unet.conv_out=fp16".
analysis::Lock parseLock(const std::string& text) {
    const std::size_t equals = text.rfind('=');
    if (equals == std::string::npos || equals == 0)
        throw ldm::badInput("'" + text + "' is no lock; write a block or layer, '=' and a format: unet.conv_out=fp16.");
    return {text.substr(0, equals), quant::parseFormat(text.substr(equals + 1))};
}

analysis::SearchSpace spaceFrom(const Options& options) {
    analysis::SearchSpace space;
    if (!options.formats.empty()) space.formats = quant::parseFormats(options.formats);
    for (const std::string& lock : options.locks) space.locked.push_back(parseLock(lock));
    space.timeRanges = options.timeRanges;
    if (!options.latency.empty()) space.latency = analysis::loadLatency(options.latency);
    return space;
}

Json decibelsJson(std::optional<double> db) {
    if (!db || std::isnan(*db)) return nullptr;
    return std::isinf(*db) ? Json(db > 0 ? "exact" : "lost") : Json(*db);
}

std::string formatsText(const std::vector<quant::Format>& formats) {
    std::string text;
    for (const quant::Format format : formats) text += (text.empty() ? "" : ", ") + quant::toString(format);
    return text;
}

/// The formats of a block over its layers and all steps, each once.
std::string formatsOf(const quant::Plan& plan, const ldm::BlockInfo& block) {
    std::set<quant::Format> formats;
    for (const quant::PlanSegment& segment : plan.segments)
        for (const int layer : block.layers) formats.insert(segment.formats[std::size_t(layer)]);
    return formatsText({formats.begin(), formats.end()});
}

/// One line a block, with the reasons of the rules about it.
std::string recipeTable(const quant::Recipe& recipe, const ldm::ModelInfo& model) {
    const quant::Plan plan = quant::resolve(recipe, model);
    TextTable table({"block", "format"});
    for (const ldm::BlockInfo& block : model.blocks) table.add({block.id, formatsOf(plan, block)});
    std::string text = table.text() + "\n";
    for (const quant::Rule& rule : recipe.rules) {
        text += rule.match;
        if (rule.timesteps)
            text += " at t=" + std::to_string((*rule.timesteps)[1]) + ".." + std::to_string((*rule.timesteps)[0]);
        text += ": " + rule.why + "\n";
    }
    return text;
}

/// Milliseconds of a UNet step; "-" where they are not known.
std::string stepText(double seconds) {
    return std::isnan(seconds) ? "-" : fixed(kMilli * seconds, 2);
}

std::string baselinesTable(const analysis::SearchResult& result, const std::vector<analysis::Tradeoff>& uniform,
                           bool isWeighted) {
    TextTable table({"recipe", "MiB", "bits/weight", "GBOPs", "ms/step", "predicted dB",
                     isWeighted ? "measured dB, by salience" : "measured dB"});
    const auto add = [&table](const analysis::Tradeoff& place, double measured) {
        table.add({place.name, fixed(double(place.cost.bytes) / kMiB, 2), fixed(place.cost.meanWeightBits, 2),
                   fixed(place.cost.bops / kGiga, 2), stepText(place.seconds), decibels(place.predictedDb),
                   decibels(measured)});
    };
    add({"found: " + result.recipe.name, result.cost, result.predicted.db.value_or(analysis::kNotMeasured),
         result.seconds},
        result.measuredDb.value_or(analysis::kNotMeasured));
    for (const analysis::Tradeoff& each : uniform) add(each, analysis::kNotMeasured);
    return table.text();
}

std::string repairsText(int repairs) {
    if (repairs == 0) return {};
    return "; raised " + (repairs == 1 ? std::string("once") : std::to_string(repairs) + " times") + " after measuring";
}

/// What the numbers rest on, in one line.
std::string basisText(const analysis::SearchResult& result) {
    std::string text = "predicted from the " + std::string(analysis::nameOf(result.predicted.basis)) + " map";
    text += result.predicted.endToEnd ? ", at the final latent"
                                      : "; that is not the final latent: analyze --metrics final for that";
    if (!result.predicted.derived.empty())
        text += "; put together from other formats: " + formatsText(result.predicted.derived);
    return text + "; at most " + fixed(100 * result.gap, 2) + " % from the best choice" + repairsText(result.repairs) +
           "\n";
}

Json costJson(const quant::Cost& cost, double seconds) {
    return {{"bytes", cost.bytes},
            {"bops", cost.bops},
            {"meanWeightBits", cost.meanWeightBits},
            {"seconds", std::isnan(seconds) ? Json() : Json(seconds)}};
}

Json tradeoffsJson(const std::vector<analysis::Tradeoff>& points) {
    Json json = Json::array();
    for (const analysis::Tradeoff& point : points)
        json.push_back({{"name", point.name},
                        {"cost", costJson(point.cost, point.seconds)},
                        {"predictedDb", decibelsJson(point.predictedDb)}});
    return json;
}

Json jsonOf(const analysis::SearchResult& result, const analysis::RecipeSearch& search, const Options& options) {
    Json rules = Json::array();
    for (const quant::Rule& rule : result.recipe.rules) rules.push_back({{"match", rule.match}, {"why", rule.why}});
    return {{"out", options.out},
            {"name", result.recipe.name},
            {"cost", costJson(result.cost, result.seconds)},
            {"predictedDb", decibelsJson(result.predicted.db)},
            {"predictedFrom", analysis::nameOf(result.predicted.basis)},
            {"endToEnd", result.predicted.endToEnd},
            {"measuredDb", decibelsJson(result.measuredDb)},
            {"weight", options.weight},
            {"repairs", result.repairs},
            {"gap", result.gap},
            {"rules", rules},
            {"uniform", tradeoffsJson(search.uniform())},
            {"pareto", tradeoffsJson(search.paretoCurve(axisOf(options)))}};
}

/// The curve and the uniform recipes, one line each.
void writePareto(const analysis::RecipeSearch& search, const Options& options) {
    std::string text = "kind,name,bytes,mean_weight_bits,bops,predicted_db,ms\n";
    const auto add = [&text](const char* kind, const std::vector<analysis::Tradeoff>& points) {
        for (const analysis::Tradeoff& point : points)
            text += std::string(kind) + ',' + point.name + ',' + std::to_string(point.cost.bytes) + ',' +
                    fixed(point.cost.meanWeightBits, 4) + ',' + fixed(point.cost.bops, 0) + ',' +
                    decibels(point.predictedDb) + ',' + stepText(point.seconds) + '\n';
    };
    add("best", search.paretoCurve(axisOf(options)));
    add("uniform", search.uniform());
    ldm::writeTextFile(options.pareto, text);
}

/// What a limit is about, in its own unit.
double limited(const analysis::SearchResult& result, analysis::Goal goal) {
    if (goal == analysis::Goal::MaxBytes) return double(result.cost.bytes);
    if (goal == analysis::Goal::MaxSeconds) return result.seconds;
    return goal == analysis::Goal::MaxBops ? result.cost.bops : result.cost.meanWeightBits;
}

/// The formats found, with calibration and treatments of the recipe that --recipe names.
void treat(analysis::SearchResult& result, const quant::Recipe& treated, const analysis::RecipeSearch& search,
           const analysis::SearchTarget& target) {
    result.recipe = analysis::withFormatsOf(treated, result.recipe);
    const analysis::Tradeoff place = search.place(result.recipe);
    result.cost = place.cost;
    result.seconds = place.seconds;
    if (target.goal == analysis::Goal::MaxSeconds && std::isnan(result.seconds))
        warn("formats alone keep to the limit; how fast the treatments of the recipe '" + treated.name +
             "' are was not measured: bench --recipe tells.");
    else if (target.goal != analysis::Goal::MinSqnr && limited(result, target.goal) > target.value)
        warn("formats alone keep to the limit, but the treatments of the recipe '" + treated.name +
             "' take more; search again with a lower limit.");
}

analysis::SearchResult find(const Options& options, const ldm::Model& model, const analysis::AnalysisSettings& settings,
                            const analysis::RecipeSearch& search, const Running& running) {
    const analysis::SearchTarget target = targetFrom(options);
    std::optional<quant::Recipe> treated;
    if (!options.treated.empty()) treated = recipeFor(model.info(), options.treated);
    std::optional<analysis::EndToEnd> endToEnd;
    if (options.measures)
        endToEnd.emplace(model, settings,
                         options.weight == "salience" ? analysis::Weighting::Salience : analysis::Weighting::Even);
    const auto measure = [&](const quant::Recipe& recipe) {
        return endToEnd->measure(treated ? analysis::withFormatsOf(*treated, recipe) : recipe, running.stop,
                                 running.progress);
    };
    analysis::SearchResult result =
        options.measures ? analysis::searchMeasured(search, target, measure) : search.find(target);
    if (treated) treat(result, *treated, search, target);
    return result;
}

Outcome search(const Options& options, const Running& running) {
    if (axisOf(options) == analysis::Saving::Seconds && options.latency.empty())
        throw ldm::badInput("Milliseconds must be measured first; run noisefloor bench --out and name its file by "
                            "--latency.");
    const fs::path out(options.out);
    requireWritable(out);
    if (!options.pareto.empty()) requireWritable(options.pareto);
    const ldm::Model model = ldm::Model::open(options.model);
    const analysis::Analysis analysis = analysis::loadAnalysis(options.analysis);
    const analysis::RecipeSearch prepared(analysis, model.info(), spaceFrom(options));
    analysis::SearchResult result = find(options, model, analysis.settings, prepared, running);
    result.recipe.provenance.analysis = options.analysis;
    result.recipe.provenance.version = NOISEFLOOR_VERSION;
    if (options.weight != "even") result.recipe.provenance.measuredDb.reset(); // that is of all errors alike
    const bool stopped = running.stop.stop_requested();
    if (!stopped && !result.reached)
        throw ldm::Error(ldm::ErrorKind::Failed, "no recipe of these formats has " + fixed(*options.minSqnr, 2) +
                                                     " dB when measured; the nearest reachable is " +
                                                     decibels(*result.measuredDb) + " dB, or allow finer formats.");
    quant::saveRecipe(result.recipe, out);
    if (!options.pareto.empty()) writePareto(prepared, options);
    Outcome outcome;
    outcome.interrupted = stopped;
    outcome.json = jsonOf(result, prepared, options);
    outcome.text = stopped ? "the best recipe so far is in '" + out.string() + "'; it was not measured to the end."
                           : recipeTable(result.recipe, model.info()) + "\n" +
                                 baselinesTable(result, prepared.uniform(), options.weight == "salience") +
                                 basisText(result) + "wrote " + out.string() + '\n';
    return outcome;
}

CLI::Validator finiteNumber(double least, const std::string& otherwise) {
    const auto check = [least, otherwise](std::string& text) {
        double number = 0;
        const char* const end = text.data() + text.size();
        const auto [rest, error] = std::from_chars(text.data(), end, number);
        const bool isFine = error == std::errc{} && rest == end && std::isfinite(number) && number > least;
        return isFine ? std::string{} : "'" + text + "' is no " + otherwise;
    };
    return CLI::Validator(check, {});
}

void addTargets(CLI::App& verb, Options& options) {
    const CLI::Validator limit = finiteNumber(0, "limit; give a positive number");
    const CLI::Validator decibels = finiteNumber(-kMostDecibels, "number of decibels above -300");
    CLI::Option_group& targets = *verb.add_option_group("target", "what the recipe is to keep to; one of these");
    targets.add_option("--max-size", options.maxSize, "weights of the UNet in MiB, at most")->check(limit);
    targets.add_option("--max-bops", options.maxBops, "bit operations of one UNet run, at most")->check(limit);
    targets.add_option("--max-bits", options.maxBits, "bits per weight in the mean, at most")->check(limit);
    targets.add_option("--max-ms", options.maxMs, "milliseconds of one UNet run as --latency tells them, at most")
        ->check(limit);
    targets.add_option("--min-sqnr", options.minSqnr, "dB at the latent after the last step, at least; measured")
        ->check(decibels);
    targets.require_option(1);
}

} // namespace

void addSearch(CLI::App& program, Command& command) {
    auto options = std::make_shared<Options>();
    CLI::App& verb = addVerb(program, command,
                             {"search", "the best recipe for a size, a cost or a quality, from an analysis",
                              "noisefloor search emoji-ldm --analysis emoji.analysis.json --max-size 8 "
                              "--out small.recipe.json"},
                             options->model);
    verb.add_option("--analysis", options->analysis, "analysis file of this model; best with --metrics output,final")
        ->required();
    addTargets(verb, *options);
    verb.add_option("--recipe", options->treated,
                    "recipe whose calibration and treatments are kept beside the formats found; default: calibrated "
                    "with the prompts of the resources, no treatments");
    verb.add_option("--latency", options->latency,
                    "measured speed of this model (*.latency.json), which noisefloor bench --out writes; for --max-ms "
                    "and --saving ms");
    verb.add_option("--saving", options->saving, "what --min-sqnr makes small: size, bops or ms")
        ->check(CLI::IsMember({"size", "bops", "ms"}).description({}))
        ->capture_default_str();
    verb.add_option("--formats", options->formats, "comma-separated formats to choose from; default: all analyzed");
    verb.add_option("--lock", options->locks,
                    "a block or layer with a format it is to keep: ID=FORMAT; may be repeated")
        ->take_all()
        ->expected(1);
    verb.add_flag("--time-ranges", options->timeRanges, "let activations differ between first, middle and last steps");
    verb.add_option(
            "--weight", options->weight,
            "which errors count when measuring: all alike (even), or each as much as the full-precision picture "
            "is recognised by its place (salience; emoji pictures)")
        ->check(CLI::IsMember({"even", "salience"}).description({}))
        ->capture_default_str();
    verb.add_flag("!--no-measure", options->measures, "only predict; the recipe found is not run");
    verb.add_option("--pareto", options->pareto, "CSV file to write: best recipes of all sizes and the uniform ones");
    verb.add_option("--out", options->out, "recipe file to write (*.recipe.json); an existing one is replaced")
        ->required();
    verb.callback([&command, options] {
        command.work = [options](const Running& running) { return search(*options, running); };
    });
}

} // namespace app::cli
