#include <app/cli/benchflo.h>

#include <app/cli/floplot.h>
#include <app/cli/options.h>
#include <app/cli/texttable.h>

#include <ldm/error.h>
#include <ldm/files.h>

#include <algorithm>
#include <map>

namespace app::cli {

namespace {

namespace fs = std::filesystem;
namespace flo = analysis::flo;

constexpr const char* kResultFile = "flo.json";
constexpr const char* kPlotFile = "flo.svg";
constexpr double kReached = 5.0 / 6; ///< share of the truth whose iteration is told

struct Options {
    flo::Benchmark benchmark;
    std::vector<double> rhos; ///< instead of the grid
    int points = 20;
    std::vector<std::string> bounds;
    std::string out;
    bool overwrite = false;
};

flo::Benchmark benchmarkFrom(const Options& options) {
    flo::Benchmark benchmark = options.benchmark;
    benchmark.rhos = options.rhos.empty() ? flo::Benchmark::evenRhos(options.points) : options.rhos;
    if (options.bounds.empty()) return benchmark;
    benchmark.bounds.clear();
    for (const std::string& name : options.bounds) benchmark.bounds.push_back(*flo::boundNamed(name));
    return benchmark;
}

/// The first iteration around which training batches said so much of the truth. Nothing if none did.
std::optional<int> reachedAfter(const flo::BenchmarkCell& cell) {
    const std::vector<double>& course = cell.estimate->course;
    const auto reached = std::ranges::find_if(course, [&](double nats) { return nats >= kReached * cell.truth; });
    if (reached == course.end() || cell.truth <= 0) return std::nullopt;
    return int(reached - course.begin() + 1) * flo::kEpoch;
}

/// One row per correlation, one column per bound.
std::string gridTable(const flo::Benchmark& benchmark, const std::vector<flo::BenchmarkCell>& cells) {
    std::vector<std::string> header{"correlation", "truth"};
    for (const flo::Bound bound : benchmark.bounds) header.push_back(flo::nameOf(bound));
    TextTable table(header);
    const std::size_t points = benchmark.rhos.size();
    for (std::size_t r = 0; r < points; ++r) {
        std::vector<std::string> row{fixed(cells[r].rho, 4), fixed(cells[r].truth, 4)};
        for (std::size_t b = 0; b < benchmark.bounds.size(); ++b) {
            const auto& estimate = cells[b * points + r].estimate;
            row.push_back(estimate ? fixed(estimate->nats, 3) : "diverged");
        }
        table.add(row);
    }
    return table.text();
}

/// One row per bound: all there is about one correlation.
std::string singleTable(const std::vector<flo::BenchmarkCell>& cells) {
    TextTable table({"bound", "nats", "10 %", "90 %", "5/6 of the truth after"});
    for (const flo::BenchmarkCell& cell : cells) {
        if (!cell.estimate) {
            table.add({flo::nameOf(cell.bound), "diverged", "-", "-", "-"});
            continue;
        }
        const std::optional<int> after = reachedAfter(cell);
        table.add({flo::nameOf(cell.bound), fixed(cell.estimate->nats, 3), fixed(cell.estimate->lowDecile, 3),
                   fixed(cell.estimate->highDecile, 3), after ? grouped(*after) + " iterations" : "-"});
    }
    return table.text() + "truth: " + fixed(cells.front().truth, 4) + " nats\n";
}

Json jsonOf(const flo::BenchmarkCell& cell) {
    Json json{{"bound", flo::nameOf(cell.bound)}, {"rho", cell.rho}, {"truth", cell.truth}, {"nats", nullptr}};
    if (!cell.estimate) return json;
    json["nats"] = cell.estimate->nats;
    json["lowDecile"] = cell.estimate->lowDecile;
    json["highDecile"] = cell.estimate->highDecile;
    json["course"] = cell.estimate->course;
    return json;
}

Json jsonOf(const flo::Benchmark& benchmark, const std::vector<flo::BenchmarkCell>& cells) {
    const flo::Training& training = benchmark.training;
    Json estimates = Json::array();
    for (const flo::BenchmarkCell& cell : cells) estimates.push_back(jsonOf(cell));
    return {{"dimensions", benchmark.dimensions},
            {"cubed", benchmark.cubed},
            {"candidates", training.candidates},
            {"hidden", training.hidden},
            {"batch", training.batch},
            {"iterations", training.iterations},
            {"learningRate", training.learningRate},
            {"seed", training.seed},
            {"estimates", estimates}};
}

void save(const Options& options, const flo::Benchmark& benchmark, const std::vector<flo::BenchmarkCell>& cells,
          const Json& json) {
    const auto write = [&](const fs::path& folder) {
        fs::create_directories(folder);
        ldm::writeTextFile(folder / kResultFile, json.dump(2) + '\n');
        ldm::writeTextFile(folder / kPlotFile, floPlot(benchmark, cells));
    };
    ldm::createAside(pathFrom(options.out), options.overwrite, write, kResultFile);
}

Outcome benchFlo(const Options& options, const Running& running) {
    if (!options.out.empty()) requireFree(pathFrom(options.out), options.overwrite, kResultFile);
    const flo::Benchmark benchmark = benchmarkFrom(options);
    const auto cells = flo::run(benchmark, running.stop, running.progress);
    Outcome outcome;
    outcome.interrupted = !cells;
    if (!cells) {
        outcome.text = "the estimates were not finished; nothing was written.";
        return outcome;
    }
    outcome.json = jsonOf(benchmark, *cells);
    outcome.text = benchmark.rhos.size() == 1 ? singleTable(*cells) : gridTable(benchmark, *cells);
    outcome.text += "nats; " + std::to_string(benchmark.dimensions) + "-dimensional normals" +
                    (benchmark.cubed ? ", rotated and cubed" : "") +
                    ", K = " + std::to_string(benchmark.training.candidates) + "\n";
    if (options.out.empty()) return outcome;
    save(options, benchmark, *cells, outcome.json);
    outcome.json["out"] = options.out;
    outcome.text += "wrote " + (pathFrom(options.out) / kPlotFile).string() + " and " + kResultFile + " beside it\n";
    return outcome;
}

void addProblem(CLI::App& verb, Options& options) {
    verb.add_option("--dim", options.benchmark.dimensions, "independent pairs of normals")
        ->check(CLI::Range(1, 1000).description("N"))
        ->capture_default_str();
    verb.add_flag("--cubed", options.benchmark.cubed, "rotate and cube one side, which changes no information");
    verb.add_option("--points", options.points, "correlations from 0 to 0.99")
        ->check(CLI::Range(2, 1000).description("N"))
        ->capture_default_str();
    verb.add_option("--rho", options.rhos, "comma-separated correlations instead of those; one alone is told in detail")
        ->delimiter(',')
        ->check(CLI::Range(0.0, 0.9999).description("from 0 to 0.9999"));
}

void addTraining(CLI::App& verb, flo::Training& training) {
    static const std::map<std::string, flo::Form> forms{
        {"shared", flo::Form::Shared}, {"separate", flo::Form::Separate}, {"bilinear", flo::Form::Bilinear}};
    verb.add_option("--K", training.candidates, "candidates that each sample is told from, its partner included")
        ->check(CLI::Range(2, 10000).description("N"))
        ->capture_default_str();
    verb.add_option_function<std::string>(
            "--critic", [&training](const std::string& name) { training.form = forms.at(name); },
            "shared (one network for g and u), separate or bilinear; default: shared")
        ->check(CLI::IsMember(forms).description({}));
    verb.add_option("--hidden", training.hidden, "comma-separated widths of the hidden layers; default: 512,512")
        ->delimiter(',')
        ->check(CLI::Range(1, 8192).description("N"));
    verb.add_option("--batch", training.batch, "pairs per iteration")
        ->check(CLI::Range(2, 10000).description("N"))
        ->capture_default_str();
    verb.add_option("--iterations", training.iterations, "steps of training, each with fresh samples")
        ->check(CLI::Range(1, 10'000'000).description("N"))
        ->capture_default_str();
    verb.add_option("--rate", training.learningRate, "learning rate of Adam")
        ->check(CLI::Range(1e-9, 1.0).description("from 1e-9 to 1"))
        ->capture_default_str();
    verb.add_option("--seed", training.seed, "of samples and networks")->capture_default_str();
}

} // namespace

void addBenchFlo(CLI::App& bench, Command& command) {
    auto options = std::make_shared<Options>();
    options->benchmark.training.candidates = 5;
    CLI::App& verb = addPlainVerb(bench, command,
                                  {"flo", "how well bounds of mutual information find what normals are known to share",
                                   "noisefloor bench flo --dim 10 --K 5 --out flo"});
    addProblem(verb, *options);
    addTraining(verb, options->benchmark.training);
    verb.add_option("--bounds", options->bounds, "comma-separated; default: FLO,FDV,InfoNCE,NWJ,TUBA,DV")
        ->delimiter(',')
        ->check([](const std::string& name) {
            return flo::boundNamed(name) ? std::string{} : "there is no bound '" + name + "'";
        });
    verb.add_option("--out", options->out, std::string("folder to create, with ") + kPlotFile + " and " + kResultFile);
    addForce(verb, options->overwrite, "an existing folder");
    addThreads(verb, command);
    verb.callback([&command, options] {
        command.work = [options](const Running& running) { return benchFlo(*options, running); };
    });
}

} // namespace app::cli
