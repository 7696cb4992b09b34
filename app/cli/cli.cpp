#include <app/cli/cli.h>

#include <app/cli/command.h>
#include <app/cli/interrupt.h>
#include <app/cli/progressbar.h>

#include <ldm/error.h>
#include <ldm/model.h>
#include <ldm/threads.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string_view>

namespace app::cli {

namespace {

constexpr int kExitDone = 0;
constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;
constexpr int kExitBadInput = 3;
constexpr int kExitInterrupted = 130;
constexpr std::string_view kVerbs[] = {"inspect", "generate", "analyze", "search", "treat",    "calibrate", "compare",
                                       "import",  "export",   "verify",  "report", "salience", "bench"};

struct Failure {
    int exitCode;
    const char* kind;
    std::string sentence;
};

Failure usage(const std::string& sentence) {
    return {kExitUsage, "usage", sentence};
}

Failure failureOf(const ldm::Error& error) {
    switch (error.kind()) {
    case ldm::ErrorKind::BadInput:
        return {kExitBadInput, "bad-input", error.what()};
    case ldm::ErrorKind::WriteFailed:
        return {kExitFailed, "write-failed", error.what()};
    case ldm::ErrorKind::OutOfMemory:
        return {kExitFailed, "out-of-memory", error.what()};
    case ldm::ErrorKind::Failed:
        break;
    }
    return {kExitFailed, "failed", error.what()};
}

/// Libraries below put a stack trace behind the first line; that is not for users.
std::string firstLine(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

void printJson(const Json& json) {
    std::puts(json.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
}

int fail(const Failure& failure, bool json) {
    std::fprintf(stderr, "noisefloor: %s\n", failure.sentence.c_str());
    if (json) printJson({{"error", {{"kind", failure.kind}, {"message", failure.sentence}}}});
    return failure.exitCode;
}

/// Of several processes one alone speaks, unless something has failed.
int finish(const Outcome& outcome, bool json, bool isSpeaker) {
    if (!isSpeaker) return outcome.interrupted ? kExitInterrupted : kExitDone;
    if (outcome.interrupted) return fail({kExitInterrupted, "interrupted", "interrupted: " + outcome.text}, json);
    if (json)
        printJson(outcome.json);
    else
        std::fputs(outcome.text.c_str(), stdout);
    if (std::fflush(stdout) == 0) return outcome.refuted ? kExitFailed : kExitDone;
    return fail({kExitFailed, "write-failed", "the result could not be written to stdout; check where it leads."},
                false);
}

int execute(const Command& command) {
    const Interrupt interrupt;
    ProgressBar bar;
    bool isSpeaker = true;
    const auto failed = [&](const Failure& failure) {
        bar.clear();
        return fail(failure, command.json && isSpeaker);
    };
    try {
        const std::optional<Team> team = teamOf();
        isSpeaker = !team || team->isSpeaker();
        if (team && !command.canBeShared)
            return failed(usage("mpirun can share the work of 'noisefloor analyze' alone; start this without it."));
        ldm::configureRuntime(command.threads, team ? team->onThisMachine : 1);
        const auto show = [&bar](const ldm::Progress& progress) { bar.show(progress); };
        const Outcome outcome =
            command.work({interrupt.token(), isSpeaker ? ldm::ProgressSink(show) : ldm::ProgressSink(), team});
        bar.clear();
        return finish(outcome, command.json, isSpeaker);
    } catch (const ldm::Error& error) {
        return failed(failureOf(error));
    } catch (const std::bad_alloc&) {
        return failed({kExitFailed, "out-of-memory", "there is not enough memory for this; try smaller pictures."});
    } catch (const std::exception& error) {
        return failed({kExitFailed, "failed", "the work failed: " + firstLine(error.what())});
    }
}

void describe(CLI::App& program, Command& command) {
    program.name("noisefloor");
    program.description(
        "Noisefloor, a studio for quantizing latent diffusion models\n\n"
        "  noisefloor [open] [FILE] [--screenshot PNG]   opens the window on a model, recipe or analysis\n"
        "  noisefloor VERB ...                           does one job without it");
    program.set_version_flag("--version", "noisefloor " NOISEFLOOR_VERSION);
    program.require_subcommand(1);
    program.failure_message(CLI::FailureMessage::simple);
    addInspect(program, command);
    addGenerate(program, command);
    addAnalyze(program, command);
    addSearch(program, command);
    addTreat(program, command);
    addCalibrate(program, command);
    addCompare(program, command);
    addImport(program, command);
    addExport(program, command);
    addVerify(program, command);
    addReport(program, command);
    addSalience(program, command);
    addBench(program, command);
    std::string examples = "Examples:";
    for (const CLI::App* verb : program.get_subcommands({}))
        examples += verb->get_footer().substr(verb->get_footer().find('\n'));
    program.footer(examples +
                   "\n\nnoisefloor VERB --help lists a verb's options. Exit codes: 0 done, 1 the work failed, "
                   "2 wrong usage,\n3 bad input, 130 interrupted.");
}

/// A word that stands where a verb should and is none; empty if all is well.
std::string misspeltVerb(std::span<char*> arguments) {
    if (arguments.size() < 2) return {};
    const std::string_view word = arguments[1];
    const bool known = word.starts_with('-') || std::ranges::find(kVerbs, word) != std::end(kVerbs);
    return known ? std::string{} : std::string(word);
}

/// "inspect, generate, ... and report".
std::string listOfVerbs() {
    std::string list;
    for (const std::string_view verb : kVerbs) {
        if (!list.empty()) list += verb == std::end(kVerbs)[-1] ? " and " : ", ";
        list += verb;
    }
    return list;
}

} // namespace

bool isCommand(int argc, char** argv) {
    if (argc < 2) return false;
    const std::string_view word = argv[1];
    constexpr std::string_view kQuestions[] = {"--help", "-h", "--version", "--json"};
    if (std::ranges::find(kVerbs, word) != std::end(kVerbs)) return true;
    if (word.starts_with('-')) return std::ranges::find(kQuestions, word) != std::end(kQuestions);
    if (word == "open" || word.empty() || word.find_first_of("./:") != std::string_view::npos) return false;
    std::error_code ignored;
    if (std::filesystem::exists(word, ignored)) return false;
    const std::vector<std::string> embedded = ldm::embeddedModels();
    return std::ranges::find(embedded, word) == embedded.end();
}

int runCommand(int argc, char** argv) {
    const std::span arguments(argv, static_cast<std::size_t>(argc));
    const bool json = std::ranges::find(arguments, std::string_view("--json")) != arguments.end();
    const std::string misspelt = misspeltVerb(arguments);
    if (!misspelt.empty())
        return fail(usage("there is no verb '" + misspelt + "', nor a model of that name; the verbs are " +
                          listOfVerbs() + "."),
                    json);
    Command command;
    CLI::App program;
    describe(program, command);
    try {
        program.parse(argc, argv);
    } catch (const CLI::Success& answer) {
        return program.exit(answer); // --help, --version
    } catch (const CLI::ParseError& error) {
        return fail(usage(std::string(error.what()) + " (noisefloor VERB --help lists the options)."), json);
    }
    return execute(command);
}

} // namespace app::cli
