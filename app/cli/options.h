#pragma once

#include <app/cli/command.h>
#include <app/cli/modeloptions.h>

#include <ldm/generate.h>
#include <quant/recipeimport.h>

#include <CLI/CLI.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace app::cli {

/// The name, purpose and example of a verb, as `--help` shows them.
struct VerbText {
    const char* name;
    const char* purpose;
    const char* example;
};

/// Adds a verb with its help and --json.
CLI::App& addPlainVerb(CLI::App& program, Command& command, const VerbText& text);
/// Adds a verb with the options all verbs of a model share: MODEL and how it is opened, --threads and --json.
CLI::App& addVerb(CLI::App& program, Command& command, const VerbText& text, ldm::OpenRequest& model);
/// --threads.
void addThreads(CLI::App& verb, Command& command);

/// --steps, --guidance and --seed.
void addSampling(CLI::App& verb, int& steps, double& guidance, std::uint64_t& seed);
/// --scheduler with the names of all samplers; `fallback` says what happens without it.
void addScheduler(CLI::App& verb, std::string& scheduler, const std::string& fallback);
/// --negative, --weighted, --clip-skip and --eta.
struct PromptReading {
    std::optional<std::string>& negative;
    bool& weighted;
    int& clipSkip;
    double& eta;
};
void addPromptReading(CLI::App& verb, const PromptReading& reading);
/// For ldm::GenerateSettings and analysis::AnalysisSettings.
template <class Settings> void addPromptReading(CLI::App& verb, Settings& settings) {
    addPromptReading(verb, PromptReading{settings.negative, settings.weightedPrompts, settings.clipSkip, settings.eta});
}

/// Prompts of a file, or one by one.
struct PromptChoice {
    std::string file;
    std::vector<std::string> texts;
    /// At least one. Throws BadInput.
    std::vector<std::string> prompts() const;
};
/// --prompts and --prompt.
void addPrompts(CLI::App& verb, PromptChoice& choice);
/// --latents; `rows` says whose noise the file holds.
void addLatents(CLI::App& verb, std::string& file, const std::string& rows);

/// --size as WIDTHxHEIGHT, both above 0.
CLI::Option* addSize(CLI::App& verb, int& width, int& height);
/// --force, which older scripts know as --overwrite; `what` it replaces: "an existing file".
void addForce(CLI::App& verb, bool& force, const std::string& what);

/// Help text of every option that takes a recipe.
inline constexpr const char* kRecipeHelp = "recipe file, also of Apple, MixDQ or stable-diffusion.cpp (see noisefloor "
                                           "import --help), or a format such as w8a8 "
                                           "for all layers alike";
/// The recipe behind such an option for a model that it must fit, and what it says otherwise than its file. Throws
/// BadInput.
quant::ImportedRecipe readRecipe(const ldm::ModelInfo& model, const std::string& text);
/// The same, with notes and warnings about it on stderr.
quant::Recipe recipeFor(const ldm::ModelInfo& model, const std::string& text);

/// One line about something the user should know, on stderr.
void warn(const std::string& sentence);
/// Lines that tell what is about to happen, on stderr.
void announce(const std::string& lines);

/// A path as typed, without the slash some put behind a folder.
std::filesystem::path pathFrom(const std::string& typed);
/// Throws WriteFailed early, before long work, if the file `target` cannot be written where it is to go.
void requireWritable(const std::filesystem::path& target);
/// The same for targets that are not to be replaced unasked.
void requireFree(const std::filesystem::path& target, bool overwrite, const std::string& marker);

} // namespace app::cli
