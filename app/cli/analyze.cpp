#include <app/cli/options.h>
#include <app/cli/texttable.h>

#include <analysis/analyze.h>
#include <analysis/noisemodel.h>
#include <ldm/error.h>
#include <quant/calibration.h>

#include <algorithm>
#include <cmath>

namespace app::cli {

namespace {

namespace fs = std::filesystem;

struct Options {
    ldm::OpenRequest model;
    std::string metrics = "local";
    std::string formats = "w8a8,w4a8";
    std::string prompts;
    std::string latents;
    std::string out;
    analysis::AnalysisSettings settings;
    bool resume = false;
};

analysis::AnalysisSettings settingsFrom(const Options& options) {
    analysis::AnalysisSettings settings = options.settings;
    settings.metrics = analysis::parseMetrics(options.metrics);
    settings.formats = quant::parseFormats(options.formats);
    settings.prompts = quant::loadPrompts(options.prompts);
    settings.latents = options.latents;
    return settings;
}

/// A planned analysis, or the one to be continued.
analysis::Analysis startOf(const Options& options, const fs::path& out, const ldm::Model& model) {
    const analysis::AnalysisSettings settings = settingsFrom(options);
    std::error_code ignored;
    if (!options.resume || !fs::exists(out, ignored)) return analysis::planned(model, settings);
    analysis::Analysis partial = analysis::loadAnalysis(out);
    if (!analysis::canResume(partial, model, settings))
        throw ldm::badInput(
            "cannot resume '" + out.string() +
            "': it was made with another model or other settings; repeat those, or leave --resume out.");
    return partial;
}

std::string decibels(double db) {
    if (std::isnan(db)) return "-";
    return std::isinf(db) ? "exact" : fixed(db, 1);
}

std::string nameOf(const analysis::SqnrMap& map) {
    return std::string(analysis::nameOf(map.metric)) + ' ' + quant::toString(map.format);
}

/// One line a block: the mean and the worst step of every map.
std::string summaryTable(const analysis::Analysis& result) {
    std::vector<std::string> header{"SQNR in dB"};
    for (const analysis::SqnrMap& map : result.maps) {
        header.push_back(nameOf(map));
        header.push_back("worst at");
    }
    TextTable table(std::move(header));
    for (std::size_t row = 0; row < result.blocks.size(); ++row) {
        std::vector<std::string> cells{result.blocks[row].id};
        for (const analysis::SqnrMap& map : result.maps) {
            const auto summary = analysis::summarize(map.grid, static_cast<int>(row), result.timesteps);
            const bool hasWorst = summary.worstTimestep >= 0;
            cells.push_back(decibels(summary.meanDb));
            cells.push_back(hasWorst ? decibels(summary.worstDb) + " t=" + std::to_string(summary.worstTimestep) : "-");
        }
        table.add(std::move(cells));
    }
    return table.text();
}

Json jsonOf(const analysis::Analysis& result, const fs::path& out) {
    Json json{{"out", out.string()},
              {"model", {{"name", result.model.name}, {"fingerprint", result.model.fingerprint}}},
              {"complete", result.complete()},
              {"blocks", result.blocks.size()},
              {"timesteps", result.timesteps.size()},
              {"maps", Json::array()},
              {"timingSeconds", result.timingSeconds}};
    for (const analysis::SqnrMap& map : result.maps)
        json["maps"].push_back({{"metric", analysis::nameOf(map.metric)},
                                {"format", quant::toString(map.format)},
                                {"complete", map.grid.complete()}});
    return json;
}

bool holdsAnything(const analysis::Analysis& result) {
    return std::any_of(result.maps.begin(), result.maps.end(), [](const analysis::SqnrMap& map) {
        return std::any_of(map.grid.db.begin(), map.grid.db.end(), [](double db) { return !std::isnan(db); });
    });
}

Outcome analyze(const Options& options, const Running& running) {
    const fs::path out(options.out);
    requireWritable(out);
    const ldm::Model model = ldm::Model::open(options.model);
    const analysis::Analysis result =
        analysis::analyze(model, startOf(options, out, model), running.stop, running.progress);
    Outcome outcome;
    outcome.interrupted = running.stop.stop_requested() && !result.complete();
    if (outcome.interrupted && !holdsAnything(result)) {
        outcome.json = {{"out", nullptr}, {"complete", false}};
        outcome.text = "stopped before anything was measured; '" + out.string() + "' was not written.";
        return outcome;
    }
    analysis::saveAnalysis(result, out);
    outcome.json = jsonOf(result, out);
    outcome.text = outcome.interrupted
                       ? "what was measured is in '" + out.string() + "'; the same command with --resume continues it."
                       : summaryTable(result) + "wrote " + out.string() + '\n';
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

void addLevel(CLI::App& verb) {
    const auto check = [](std::string& level) -> std::string {
        if (level == "block") return {};
        if (level == "layer") return "level 'layer' is not in this version; say --level block or leave it out";
        return "'" + level + "' is no level; say block";
    };
    verb.add_option_function<std::string>(
            "--level", [](const std::string&) {}, "what a row stands for; only block so far")
        ->check(CLI::Validator(check, {}));
}

} // namespace

void addAnalyze(CLI::App& program, Command& command) {
    auto options = std::make_shared<Options>();
    analysis::AnalysisSettings& settings = options->settings;
    CLI::App& verb = addVerb(program, command,
                             {"analyze", "measure the signal-to-noise ratio of every block at every timestep",
                              "noisefloor analyze emoji-ldm --out emoji.analysis.json --formats w8a8,w4a8"},
                             options->model);
    verb.add_option("--out", options->out, "analysis file to write (*.analysis.json); an existing one is replaced")
        ->required();
    verb.add_option("--metrics", options->metrics, "comma-separated: local, output, accumulated")
        ->check(readBy(analysis::parseMetrics))
        ->capture_default_str();
    verb.add_option("--formats", options->formats, "comma-separated formats to try")
        ->check(readBy(quant::parseFormats))
        ->capture_default_str();
    addPrompts(verb, options->prompts);
    addScheduler(verb, settings.scheduler, settings.scheduler);
    addSampling(verb, settings.steps, settings.guidance, settings.seed);
    verb.add_option("--calibration", settings.calibration, "steps the activation ranges are taken from: first or all")
        ->check(CLI::IsMember({"first", "all"}).description({}))
        ->capture_default_str();
    addLatents(verb, options->latents, "a row for each prompt");
    addLevel(verb);
    verb.add_flag("--resume", options->resume, "continue the partial analysis in the --out file");
    verb.callback([&command, options] {
        command.work = [options](const Running& running) { return analyze(*options, running); };
    });
}

} // namespace app::cli
