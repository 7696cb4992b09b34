#include <app/cli/options.h>
#include <app/cli/texttable.h>

#include <analysis/analyze.h>
#include <analysis/cache.h>
#include <analysis/merge.h>
#include <analysis/noisemodel.h>
#include <analysis/sharedfolder.h>
#include <ldm/error.h>
#include <quant/calibration.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace app::cli {

namespace {

namespace fs = std::filesystem;

struct Options {
    ldm::OpenRequest model;
    std::string metrics = "local";
    std::string formats = "w8a8,w4a8";
    std::string level = "block";
    PromptChoice prompts;
    std::string latents;
    std::string out;
    analysis::AnalysisSettings settings;
    bool resume = false;
    bool noCache = false;
};

/// Rows of the summary, and layers it calls time-sensitive.
constexpr std::size_t kMostRows = 40;
constexpr std::size_t kMostSensitive = 5;

analysis::AnalysisSettings settingsFrom(const Options& options) {
    analysis::AnalysisSettings settings = options.settings;
    settings.metrics = analysis::parseMetrics(options.metrics);
    settings.formats = quant::parseFormats(options.formats);
    settings.prompts = options.prompts.prompts();
    settings.latents = options.latents;
    settings.level = analysis::parseLevel(options.level);
    settings.device = options.model.compute.device;
    settings.precision = options.model.compute.precision;
    return settings;
}

/// A planned analysis, or the one to be continued.
analysis::Analysis startOf(const Options& options, const fs::path& out, const ldm::Model& model) {
    const analysis::AnalysisSettings settings = settingsFrom(options);
    std::error_code ignored;
    if (!options.resume) return analysis::planned(model, settings);
    if (!fs::exists(out, ignored))
        return analysis::SharedFolder::withLeftovers(analysis::planned(model, settings), out);
    analysis::Analysis partial = analysis::loadAnalysis(out);
    if (!analysis::canResume(partial, model, settings))
        throw ldm::badInput("cannot resume '" + out.string() +
                            "': it was made with another model or other settings than metrics and formats; repeat "
                            "those, or leave --resume out.");
    return analysis::SharedFolder::withLeftovers(analysis::continued(std::move(partial), model, settings), out);
}

bool holdsAnything(const analysis::Analysis& result) {
    return std::any_of(result.maps.begin(), result.maps.end(), [](const analysis::SqnrMap& map) {
        return std::any_of(map.grid.db.begin(), map.grid.db.end(), [](double db) { return !std::isnan(db); });
    });
}

void remember(const analysis::AnalysisCache& cache, const analysis::Analysis& result) {
    if (!holdsAnything(result)) return;
    try {
        cache.remember(result);
    } catch (const ldm::Error& error) {
        warn(std::string("the result cannot be kept for the next time: ") + error.what());
    }
}

/// The same failure for a user whose work until then is not lost.
ldm::Error withSaved(const ldm::Error& failure, const fs::path& out) {
    std::string sentence = failure.what();
    if (sentence.ends_with('.')) sentence.pop_back();
    return {failure.kind(), sentence + "; what was measured before that is in '" + out.string() + "'."};
}

/// A new file takes the place of the old one and of what belonged to that.
void keep(const analysis::AnalysisCache& cache, const analysis::Analysis& result, const fs::path& out) {
    remember(cache, result);
    analysis::saveAnalysis(result, out);
    analysis::SharedFolder::removeLeftovers(out);
}

/// What earlier runs have measured is not measured again.
analysis::Analysis measured(const analysis::AnalysisCache& cache, analysis::Analysis start, const fs::path& out,
                            const ldm::Model& model, const Running& running) {
    analysis::Analysis soFar = start;
    const auto note = [&soFar](const analysis::RowMeasured& row) { analysis::setRow(soFar, row); };
    try {
        analysis::Analysis result = analysis::analyze(model, std::move(start), running.stop, running.progress, note);
        if (!running.stop.stop_requested() || holdsAnything(result)) keep(cache, result, out);
        return result;
    } catch (const ldm::Error& failure) {
        if (!holdsAnything(soFar)) throw;
        keep(cache, soFar, out);
        throw withSaved(failure, out);
    }
}

/// The same with the other processes of the team. Whoever has the whole result first writes it, and whoever is left
/// alone what there is of an unfinished one.
analysis::Analysis measuredTogether(const analysis::AnalysisCache& cache, analysis::Analysis start, const fs::path& out,
                                    const ldm::Model& model, const Running& running) {
    if (running.team->isSpeaker() && !running.team->survivesLosses)
        warn("mpirun ends all processes when one is lost; with mpirun --enable-recovery the others finish its share.");
    analysis::SharedFolder shared(analysis::SharedFolder::beside(out, running.team->job), running.team->place);
    const auto saveRest = [&] {
        const analysis::Analysis rest = shared.gathered(start);
        if (holdsAnything(rest)) keep(cache, rest, out);
    };
    try {
        analysis::Analysis result = analysis::analyzeTogether(shared, model, start, running.stop, running.progress);
        if (result.complete()) shared.saveOnce([&] { keep(cache, result, out); });
        shared.leave(saveRest);
        return result;
    } catch (const ldm::Error&) {
        shared.leave(saveRest);
        throw;
    }
}

std::string nameOf(const analysis::SqnrMap& map) {
    return std::string(analysis::nameOf(map.metric)) + ' ' + quant::toString(map.format);
}

/// False for metrics with one value for all timesteps.
bool variesOverTime(analysis::Metric metric) {
    return metric != analysis::Metric::Weights && metric != analysis::Metric::Final;
}

std::string numberOf(analysis::Metric metric, double value) {
    if (!isShare(metric)) return decibels(value, 1);
    return value == analysis::kUnknowable ? "unknown" : decibels(value, 2);
}

/// One row: mean and worst step of every map.
std::vector<std::string> summaryCells(const analysis::Analysis& result, int row) {
    std::vector<std::string> cells{result.blocks[static_cast<std::size_t>(row)].id};
    for (const analysis::SqnrMap& map : result.maps) {
        const auto summary = analysis::summarize(map, row, result.timesteps);
        const bool hasWorst = summary.worstTimestep >= 0 && variesOverTime(map.metric);
        cells.push_back(numberOf(map.metric, summary.meanDb));
        cells.push_back(hasWorst ? numberOf(map.metric, summary.worstDb) + " t=" + std::to_string(summary.worstTimestep)
                                 : "-");
    }
    return cells;
}

/// All rows in order, or the worst of the first map where there are many.
std::vector<int> rowsToShow(const analysis::Analysis& result) {
    std::vector<int> rows(result.blocks.size());
    std::iota(rows.begin(), rows.end(), 0);
    if (rows.size() <= kMostRows) return rows;
    std::vector<double> means;
    for (const int row : rows) means.push_back(analysis::summarize(result.maps.front(), row, result.timesteps).meanDb);
    const auto order = [&means](int row) { // what was not measured goes last
        const double mean = means[static_cast<std::size_t>(row)];
        return std::isnan(mean) ? analysis::kExact : mean;
    };
    std::stable_sort(rows.begin(), rows.end(), [&](int a, int b) { return order(a) < order(b); });
    rows.resize(kMostRows);
    return rows;
}

std::string summaryTable(const analysis::Analysis& result) {
    const bool hasShares = std::any_of(result.maps.begin(), result.maps.end(),
                                       [](const analysis::SqnrMap& map) { return isShare(map.metric); });
    std::vector<std::string> header{hasShares ? "SQNR in dB, information as the share kept" : "SQNR in dB"};
    for (const analysis::SqnrMap& map : result.maps) {
        header.push_back(nameOf(map));
        header.push_back("worst at");
    }
    TextTable table(std::move(header));
    for (const int row : rowsToShow(result)) table.add(summaryCells(result, row));
    std::string text = table.text();
    if (result.blocks.size() > kMostRows)
        text += "the " + std::to_string(kMostRows) + " worst of " + std::to_string(result.blocks.size()) + " rows by " +
                nameOf(result.maps.front()) + "; the file holds all\n";
    return text;
}

/// The layers whose input range varies most over time; empty where no activations were seen.
std::vector<analysis::TimeSensitivity> mostSensitive(const analysis::Analysis& result) {
    if (!result.activations) return {};
    std::vector<analysis::TimeSensitivity> layers = analysis::timeSensitivity(*result.activations);
    if (layers.size() > kMostSensitive) layers.resize(kMostSensitive);
    return layers;
}

std::string sensitivityText(const analysis::Analysis& result) {
    std::string list;
    for (const analysis::TimeSensitivity& layer : mostSensitive(result)) {
        const std::string times = std::isinf(layer.ratio) ? "from zero" : fixed(layer.ratio, 1) + " x";
        list += (list.empty() ? "" : ", ") + layer.layer + " (" + times + ")";
    }
    return list.empty() ? list : "input ranges that vary most over time: " + list + '\n';
}

Json jsonOf(const analysis::Analysis& result, const fs::path& out) {
    Json json{{"out", out.string()},
              {"model", {{"name", result.model.name}, {"fingerprint", result.model.fingerprint}}},
              {"complete", result.complete()},
              {"level", analysis::nameOf(result.settings.level)},
              {"blocks", result.blocks.size()},
              {"timesteps", result.timesteps.size()},
              {"maps", Json::array()},
              {"timeSensitive", Json::array()},
              {"timingSeconds", result.timingSeconds}};
    for (const analysis::SqnrMap& map : result.maps)
        json["maps"].push_back({{"metric", analysis::nameOf(map.metric)},
                                {"format", quant::toString(map.format)},
                                {"complete", map.grid.complete()}});
    for (const analysis::TimeSensitivity& layer : mostSensitive(result))
        json["timeSensitive"].push_back({{"layer", layer.layer},
                                         {"smallestRange", layer.smallest},
                                         {"largestRange", layer.largest},
                                         {"ratio", std::isinf(layer.ratio) ? Json() : Json(layer.ratio)}});
    return json;
}

Outcome analyze(const Options& options, const Running& running) {
    const fs::path out(options.out);
    requireWritable(out);
    const ldm::Model model = ldm::Model::open(options.model);
    const analysis::AnalysisCache cache(options.noCache ? fs::path() : analysis::AnalysisCache::standardFolder());
    analysis::Analysis start = cache.recalled(startOf(options, out, model));
    const analysis::Analysis result = running.team ? measuredTogether(cache, std::move(start), out, model, running)
                                                   : measured(cache, std::move(start), out, model, running);
    Outcome outcome;
    outcome.interrupted = running.stop.stop_requested() && !result.complete();
    if (outcome.interrupted && !holdsAnything(result)) {
        outcome.json = {{"out", nullptr}, {"complete", false}};
        outcome.text = "stopped before anything was measured; '" + out.string() + "' was not written.";
        return outcome;
    }
    outcome.json = jsonOf(result, out);
    outcome.text = outcome.interrupted
                       ? "what was measured is in '" + out.string() + "'; the same command with --resume continues it."
                       : summaryTable(result) + sensitivityText(result) + "wrote " + out.string() + '\n';
    return outcome;
}

/// Accepts what `parse` does not throw at.
template <typename Parse> CLI::Validator readBy(Parse parse) {
    const auto check = [parse](std::string& text) -> std::string {
        try {
            parse(text);
            return {};
        } catch (const ldm::Error& error) {
            return error.what();
        }
    };
    return CLI::Validator(check, {});
}

} // namespace

void addAnalyze(CLI::App& program, Command& command) {
    auto options = std::make_shared<Options>();
    analysis::AnalysisSettings& settings = options->settings;
    CLI::App& verb = addVerb(program, command,
                             {"analyze", "measure the signal-to-noise ratio of every block or layer at every timestep",
                              "noisefloor analyze emoji-ldm --out emoji.analysis.json --formats w8a8,w4a8"},
                             options->model);
    verb.add_option("--out", options->out, "analysis file to write (*.analysis.json); an existing one is replaced")
        ->required();
    verb.add_option("--metrics", options->metrics,
                    "comma-separated: weights, local, output, others, accumulated, final, information")
        ->check(readBy(analysis::parseMetrics))
        ->capture_default_str();
    verb.add_option("--formats", options->formats, "comma-separated formats to try")
        ->check(readBy(quant::parseFormats))
        ->capture_default_str();
    addPrompts(verb, options->prompts);
    addPromptReading(verb, settings);
    addScheduler(verb, settings.scheduler, settings.scheduler);
    addSampling(verb, settings.steps, settings.guidance, settings.seed);
    verb.add_option("--calibration", settings.calibration, "steps the activation ranges are taken from: first or all")
        ->check(CLI::IsMember({"first", "all"}).description({}))
        ->capture_default_str();
    addLatents(verb, options->latents, "a row for each prompt");
    verb.add_option("--level", options->level, "what a row stands for: block or layer")
        ->check(readBy(analysis::parseLevel))
        ->capture_default_str();
    verb.add_flag("--resume", options->resume,
                  "continue the analysis in the --out file, also by further metrics and formats");
    verb.add_flag("--no-cache", options->noCache, "measure everything anew and keep nothing for the next time");
    verb.callback([&command, options] {
        command.canBeShared = true;
        command.work = [options](const Running& running) { return analyze(*options, running); };
    });
}

} // namespace app::cli
