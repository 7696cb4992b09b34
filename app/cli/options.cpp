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

/// Reads "WIDTHxHEIGHT"; empty if it was understood, else the sentence for the user.
std::string readSize(const std::string& text, int& width, int& height) {
    const char* const end = text.data() + text.size();
    const auto [x, widthError] = std::from_chars(text.data(), end, width);
    const bool hasX = widthError == std::errc{} && x != end && *x == 'x';
    const auto [rest, heightError] = std::from_chars(hasX ? x + 1 : end, end, height);
    const bool understood = hasX && heightError == std::errc{} && rest == end;
    if (understood && width > 0 && height > 0) return {};
    return "'" + text + "' is no size; write width and height in pixels, such as 64x64";
}

std::string quoted(const fs::path& path) {
    return "'" + path.string() + "'";
}

quant::Recipe uniformRecipe(const std::string& format) {
    quant::Recipe recipe;
    try {
        recipe.base = quant::parseFormat(format);
    } catch (const ldm::Error& error) {
        throw ldm::badInput("there is no recipe file '" + format + "', and as a format: " + error.what());
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
    addThreads(verb, command);
    return verb;
}

void addThreads(CLI::App& verb, Command& command) {
    verb.add_option("--threads", command.threads, "threads to compute with; default: the cores that are free")
        ->check(CLI::Range(1, kMaxThreads).description("N"));
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

CLI::Option* addSize(CLI::App& verb, int& width, int& height) {
    const auto read = [&width, &height](const std::string& text) {
        const std::string problem = readSize(text, width, height);
        if (!problem.empty()) throw CLI::ValidationError("--size", problem);
    };
    return verb.add_option_function<std::string>("--size", read, "pixels as WIDTHxHEIGHT; default: the model's own");
}

void addForce(CLI::App& verb, bool& force, const std::string& what) {
    verb.add_flag("--force,--overwrite", force, "replace " + what);
}

quant::ImportedRecipe readRecipe(const ldm::ModelInfo& model, const std::string& text) {
    const quant::RecipeSource source = quant::recipeSource(text);
    std::error_code ignored;
    const bool hasSlash = text.find('/') != std::string::npos;
    if (fs::exists(source.file, ignored)) return quant::importRecipe(source, model);
    if (!hasSlash && text.find('=') != std::string::npos) return quant::importTensorTypeRules(text, "--recipe", model);
    if (hasSlash || text.find('.') != std::string::npos) return quant::importRecipe(source, model);
    return {uniformRecipe(text), {}};
}

quant::Recipe recipeFor(const ldm::ModelInfo& model, const std::string& text) {
    const quant::ImportedRecipe read = readRecipe(model, text);
    for (const std::string& note : read.notes) warn(note);
    for (const std::string& warning : quant::resolve(read.recipe, model).warnings) warn(warning);
    return read.recipe;
}

void warn(const std::string& sentence) {
    std::fprintf(stderr, "noisefloor: warning: %s\n", sentence.c_str());
}

void announce(const std::string& lines) {
    std::fputs(lines.c_str(), stderr);
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
                         quoted(target) + " exists already; choose another name or add --force.");
    if (!exists) return requireWritable(target);
    ldm::requireReplaceable(target, overwrite, marker);
}

} // namespace app::cli
