#include <app/cli/options.h>

#include <ldm/error.h>
#include <ldm/files.h>
#include <ldm/samplerkinds.h>
#include <quant/calibration.h>

#include <unistd.h>

#include <charconv>
#include <cstdio>

namespace app::cli {

namespace {

namespace fs = std::filesystem;

constexpr int kMaxThreads = 1024;
constexpr int kMaxSteps = 1000;
constexpr double kMaxGuidance = 1000;
constexpr int kMaxClipSkip = 64;

/// CLI11 would take -1 and numbers that are too large for the largest there is.
CLI::Validator wholeNumber() {
    const auto check = [](std::string& value) {
        std::uint64_t number = 0;
        const char* const end = value.data() + value.size();
        const auto [rest, error] = std::from_chars(value.data(), end, number);
        return error == std::errc{} && rest == end
                   ? std::string{}
                   : "'" + value + "' is no seed; give a whole number from 0 to 2^64 - 1";
    };
    return CLI::Validator(check, {});
}

std::string quoted(const fs::path& path) {
    return "'" + path.string() + "'";
}

quant::Recipe readRecipe(const std::string& fileOrFormat, const ldm::ModelInfo& model) {
    const bool looksLikeFile = fileOrFormat.find_first_of("./") != std::string::npos;
    std::error_code ignored;
    if (looksLikeFile || fs::exists(fileOrFormat, ignored)) return quant::loadRecipe(fileOrFormat, model);
    quant::Recipe recipe;
    try {
        recipe.base = quant::parseFormat(fileOrFormat);
    } catch (const ldm::Error& error) {
        throw ldm::badInput("there is no recipe file '" + fileOrFormat + "', and as a format: " + error.what());
    }
    recipe.name = quant::toString(recipe.base);
    return recipe;
}

} // namespace

CLI::App& addPlainVerb(CLI::App& program, Command& command, const VerbText& text) {
    CLI::App& verb = *program.add_subcommand(text.name, text.purpose);
    verb.footer(std::string("Example:\n  ") + text.example);
    verb.add_flag("--json", command.json, "print the result as one JSON object on stdout");
    return verb;
}

CLI::App& addVerb(CLI::App& program, Command& command, const VerbText& text, ldm::OpenRequest& model) {
    CLI::App& verb = addPlainVerb(program, command, text);
    addModel(verb, model);
    verb.add_option("--threads", command.threads, "threads to compute with; default: the cores that are free")
        ->check(CLI::Range(1, kMaxThreads).description("N"));
    return verb;
}

void addSampling(CLI::App& verb, int& steps, double& guidance, std::uint64_t& seed) {
    verb.add_option("--steps", steps, "sampling steps")->check(CLI::Range(1, kMaxSteps))->capture_default_str();
    verb.add_option("--guidance", guidance, "guidance scale; at most 1 means none")
        ->check(CLI::Range(0.0, kMaxGuidance))
        ->capture_default_str();
    verb.add_option("--seed", seed, "seed of the first prompt; the next ones count up")
        ->check(wholeNumber())
        ->capture_default_str();
}

void addScheduler(CLI::App& verb, std::string& scheduler, const std::string& fallback) {
    std::vector<std::string> names;
    std::string list;
    for (const ldm::SamplerKind& kind : ldm::samplerKinds()) {
        names.emplace_back(kind.name);
        list += (list.empty() ? "" : ", ") + names.back();
    }
    verb.add_option("--scheduler", scheduler, "sampler: " + list + "; default: " + fallback)
        ->check(CLI::IsMember(names).description({}));
}

void addPromptReading(CLI::App& verb, const PromptReading& reading) {
    verb.add_option("--negative", reading.negative, "what not to draw");
    verb.add_flag("--weighted", reading.weighted, "read weights in prompts: (word:1.2), (word), [word]");
    verb.add_option("--clip-skip", reading.clipSkip, "take the text states this many layers earlier")
        ->check(CLI::Range(0, kMaxClipSkip))
        ->capture_default_str();
    verb.add_option("--eta", reading.eta, "noise that DDIM draws at each step: 0 none, 1 as much as DDPM")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
}

std::vector<std::string> PromptChoice::prompts() const {
    return texts.empty() ? quant::loadPrompts(file) : texts;
}

void addPrompts(CLI::App& verb, PromptChoice& choice) {
    choice.file = quant::CalibrationSettings{}.prompts;
    CLI::Option* file =
        verb.add_option("--prompts", choice.file, "text file, one prompt a line")->capture_default_str();
    verb.add_option("--prompt", choice.texts, "a prompt in place of those of a file; may be repeated")
        ->expected(1)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->excludes(file);
}

void addLatents(CLI::App& verb, std::string& file, const std::string& rows) {
    verb.add_option("--latents", file,
                    "safetensors file whose `latents`, " + rows +
                        ", replace the seeded noise (and `noise.K` that of run K where the sampler draws)");
}

quant::Recipe recipeFor(const ldm::ModelInfo& model, const std::string& fileOrFormat) {
    const quant::Recipe recipe = readRecipe(fileOrFormat, model);
    for (const std::string& warning : quant::resolve(recipe, model).warnings) warn(warning);
    return recipe;
}

void warn(const std::string& sentence) {
    std::fprintf(stderr, "noisefloor: warning: %s\n", sentence.c_str());
}

fs::path pathFrom(const std::string& typed) {
    const fs::path path(typed);
    return path.has_filename() ? path : path.parent_path();
}

void requireWritable(const fs::path& target) {
    const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
    const auto refuse = [&](const std::string& why) {
        throw ldm::Error(ldm::ErrorKind::WriteFailed, "cannot write " + quoted(target) + ": " + why);
    };
    std::error_code ignored;
    if (target.filename().empty()) refuse("this names no file; add a name.");
    if (!fs::is_directory(folder, ignored)) refuse("there is no folder " + quoted(folder) + "; create it first.");
    if (access(folder.c_str(), W_OK) != 0) refuse("the folder " + quoted(folder) + " is not writable; choose another.");
    if (fs::is_directory(target, ignored)) refuse("it is a folder; choose another name.");
}

void requireFree(const fs::path& target, bool overwrite, const std::string& marker) {
    std::error_code ignored;
    const bool exists = fs::exists(fs::symlink_status(target, ignored));
    if (exists && !overwrite)
        throw ldm::Error(ldm::ErrorKind::WriteFailed,
                         quoted(target) + " exists already; choose another name or add --overwrite.");
    if (!exists) return requireWritable(target);
    ldm::requireReplaceable(target, overwrite, marker);
}

} // namespace app::cli
