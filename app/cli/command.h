#pragma once

#include <app/cli/team.h>

#include <ldm/progress.h>

#include <nlohmann/json.hpp>

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace CLI {
class App;
}

namespace app::cli {

using Json = nlohmann::ordered_json;

/// What a verb's work gets from its surroundings.
struct Running {
    std::stop_token stop;
    ldm::ProgressSink progress;
    std::optional<Team> team; ///< the processes that share the work, if there are several
};

/// What a verb's work gives back: the same facts for programs and for people.
struct Outcome {
    Json json;
    std::string text;         ///< lines for people, each ended by a newline
    bool interrupted = false; ///< stopped by Ctrl+C; `text` then says what was kept
    bool refuted = false;     ///< all was done, and what was to be shown is not so: exit code 1
};

/// What the command line asked for; the chosen verb fills it in while it is parsed.
struct Command {
    std::function<Outcome(const Running&)> work;
    int threads = 0; ///< 0: the cores that are free
    bool json = false;
    bool canBeShared = false; ///< among the processes that mpirun starts
};

void addInspect(CLI::App& program, Command& command);
void addGenerate(CLI::App& program, Command& command);
void addAnalyze(CLI::App& program, Command& command);
void addSearch(CLI::App& program, Command& command);
void addTreat(CLI::App& program, Command& command);
void addCalibrate(CLI::App& program, Command& command);
void addCompare(CLI::App& program, Command& command);
void addImport(CLI::App& program, Command& command);
void addExport(CLI::App& program, Command& command);
void addVerify(CLI::App& program, Command& command);
void addReport(CLI::App& program, Command& command);
void addSalience(CLI::App& program, Command& command);
void addBench(CLI::App& program, Command& command);

} // namespace app::cli
