#include <app/cli/options.h>

#include <ldm/error.h>
#include <ldm/files.h>

#include <unistd.h>

#include <charconv>
#include <cstdio>

namespace app::cli {

namespace {

namespace fs = std::filesystem;

constexpr int kMaxThreads = 1024;
constexpr int kMaxSteps = 1000;
constexpr double kMaxGuidance = 1000;

/// Accepts one value and says in a sentence why any other is refused.
CLI::Validator only(const std::string& accepted, const std::string& why) {
    return CLI::Validator([accepted, why](std::string& value) { return value == accepted ? std::string{} : why; }, {});
}

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

CLI::App& addVerb(CLI::App& program, Command& command, const VerbText& text, std::string& model) {
    CLI::App& verb = *program.add_subcommand(text.name, text.purpose);
    verb.footer(std::string("Example:\n  ") + text.example);
    verb.add_option("MODEL", model, "diffusers folder or the name of an embedded model (emoji-ldm)")->required();
    verb.add_option("--threads", command.threads, "threads to compute with; default: the cores that are free")
        ->check(CLI::Range(1, kMaxThreads).description("N"));
    verb.add_option_function<std::string>(
            "--device", [](const std::string&) {}, "where to compute; only cpu so far")
        ->check(only("cpu", "this version computes on the CPU only; leave --device out or say --device cpu"));
    verb.add_option_function<std::string>(
            "--precision", [](const std::string&) {}, "of the computation; only fp32 so far")
        ->check(only("fp32", "this version computes in fp32 only; leave --precision out or say --precision fp32"));
    verb.add_flag("--json", command.json, "print the result as one JSON object on stdout");
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

void addPrompts(CLI::App& verb, std::string& file) {
    file = quant::CalibrationSettings{}.prompts;
    verb.add_option("--prompts", file, "text file, one prompt a line")->capture_default_str();
}

void addLatents(CLI::App& verb, std::string& file) {
    verb.add_option("--latents", file, "safetensors file whose `latents` replace the seeded noise");
}

quant::Recipe recipeFor(const ldm::ModelInfo& model, const std::string& fileOrFormat) {
    const quant::Recipe recipe = readRecipe(fileOrFormat, model);
    for (const std::string& warning : quant::resolve(recipe, model).warnings)
        std::fprintf(stderr, "noisefloor: warning: %s\n", warning.c_str());
    return recipe;
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
