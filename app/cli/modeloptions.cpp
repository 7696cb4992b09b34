#include <app/cli/modeloptions.h>

#include <CLI/CLI.hpp>

#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>
#include <string_view>

namespace app::cli {

namespace {

constexpr int kMostDevices = 64;

/// An option whose text `read` takes apart.
template <typename Target>
CLI::Option* addRead(CLI::App& verb, const std::string& name, std::string (*read)(const std::string&, Target&),
                     Target& target, const std::string& help) {
    const auto take = [name, read, &target](const std::string& text) {
        const std::string problem = read(text, target);
        if (!problem.empty()) throw CLI::ValidationError(name, problem);
    };
    return verb.add_option_function<std::string>(name, take, help);
}

/// The finite number that a text is as a whole.
std::optional<double> numberIn(std::string_view text) {
    double number = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || rest != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
    return number;
}

void readEachLora(CLI::App& verb, std::vector<ldm::LoraChoice>& loras) {
    const auto take = [&loras](const std::vector<std::string>& texts) {
        loras.clear();
        for (const std::string& text : texts) {
            const std::string problem = readLora(text, loras);
            if (!problem.empty()) throw CLI::ValidationError("--lora", problem);
        }
    };
    verb.add_option_function<std::vector<std::string>>(
            "--lora", take, "LoRA file to merge into the weights, as FILE or FILE:WEIGHT; may be repeated")
        ->expected(1)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

} // namespace

std::string readDevice(const std::string& text, ldm::Compute& compute) {
    compute.device = text.starts_with("cuda") ? ldm::DeviceKind::Cuda : ldm::DeviceKind::Cpu;
    compute.deviceIndex = 0;
    if (text == "cpu" || text == "cuda") return {};
    const std::string problem = "'" + text + "' is no device; write cpu, cuda or cuda:N";
    if (!text.starts_with("cuda:")) return problem;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + 5, end, compute.deviceIndex);
    const bool known = error == std::errc{} && rest == end && compute.deviceIndex >= 0;
    return known && compute.deviceIndex < kMostDevices ? std::string{} : problem;
}

std::string readPrecision(const std::string& text, ldm::Compute& compute) {
    compute.precision = text == "bf16" ? ldm::Precision::Bf16 : ldm::Precision::Fp32;
    return text == "bf16" || text == "fp32" ? std::string{}
                                            : "'" + text + "' is no precision to compute in; write fp32 or bf16";
}

std::string readLora(const std::string& text, std::vector<ldm::LoraChoice>& loras) {
    std::error_code ignored;
    const std::size_t colon = text.rfind(':');
    const bool weighted = colon != std::string::npos && !std::filesystem::exists(text, ignored);
    const std::string file = weighted ? text.substr(0, colon) : text;
    if (file.empty()) return "'" + text + "' names no file; write FILE or FILE:WEIGHT";
    const std::optional<double> weight = weighted ? numberIn(std::string_view(text).substr(colon + 1)) : 1;
    if (!weight)
        return "'" + text +
               "' is no file, and what stands behind its last colon is no number; write FILE or FILE:WEIGHT";
    loras.push_back({file, *weight});
    return {};
}

void addModel(CLI::App& verb, ldm::OpenRequest& request, const std::string& name) {
    verb.add_option(
            name, request.model,
            "diffusers folder, .safetensors checkpoint, .gguf file, or the name of an embedded model (emoji-ldm)")
        ->required();
    readEachLora(verb, request.loras);
    verb.add_option("--base", request.base,
                    "model that lends the parts MODEL lacks, such as the text encoder of a UNet-only file");
    verb.add_option("--prediction", request.prediction,
                    "what the UNet of a single file predicts where the file does not say: epsilon or v_prediction")
        ->check(CLI::IsMember({"epsilon", "v_prediction"}).description({}));
    addRead(verb, "--device", readDevice, request.compute, "where to compute: cpu, cuda or cuda:N");
    addRead(verb, "--precision", readPrecision, request.compute, "of the computation: fp32 or bf16");
}

} // namespace app::cli
