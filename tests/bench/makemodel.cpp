// Writes a diffusers folder of true size with random weights, tensor by tensor: what it takes to try large models
// without having one. Which tensors a network wants, the network says itself.
#include "support/proceduralweights.h"

#include <ldm/error.h>
#include <ldm/files.h>
#include <ldm/jsonreading.h>
#include <ldm/textencoder.h>
#include <ldm/threads.h>
#include <ldm/tokenizer.h>
#include <ldm/unet.h>
#include <ldm/vae.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdio>

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Request {
    std::string shape;  ///< a name below tests/bench/shapes, or a diffusers folder of which configurations are read
    std::string recipe; ///< or a folder with a weights.recipe.json
    std::string type = "f16";
    std::uint64_t seed = 9;
    fs::path out;
};

ldm::DType typeNamed(const std::string& name) {
    if (name == "f32") return ldm::DType::F32;
    return name == "bf16" ? ldm::DType::BF16 : ldm::DType::F16;
}

/// Builds a network of nothing and returns what it asked for.
template <typename Build> std::vector<ldm::StoredTensor> wanted(const std::string& part, const Build& build) {
    ldm::WeightSource source(part, ldm::TensorTable("an empty table"));
    try {
        build(source);
    } catch (const ldm::Error&) {
        if (source.missing().empty()) throw; // about something else than missing tensors
    }
    return source.missing();
}

std::vector<ldm::StoredTensor> wantedBy(const std::string& part, const std::string& className, const fs::path& file) {
    const json config = ldm::readJsonObject(file);
    const std::string name = file.string();
    return wanted(part, [&](ldm::WeightSource& source) {
        if (part == "unet")
            ldm::UNet(ldm::UNetConfig::parse(config, name), source);
        else if (part == "vae")
            ldm::Vae(ldm::VaeConfig::parse(config, name), source);
        else
            ldm::TextEncoder(ldm::TextEncoderConfig::parse(config, name, className), source);
    });
}

bool endsWithAny(const std::string& name, std::initializer_list<const char*> endings) {
    return std::any_of(endings.begin(), endings.end(), [&](const char* ending) { return name.ends_with(ending); });
}

/// Half the width of a weight matrix' values, times the root of its inputs: variance about one from layer to layer,
/// queries and keys a little more, residual branches and the picture a little less.
double gainOf(const std::string& name) {
    if (endsWithAny(name, {"to_q.weight", "to_k.weight", "q_proj.weight", "k_proj.weight"})) return 1.4;
    if (name.ends_with("conv2.weight")) return 0.7;
    return name == "decoder.conv_out.weight" ? 0.5 : 1.0;
}

/// Values that keep activations of any depth finite.
support::ProceduralTensor randomised(const ldm::StoredTensor& tensor) {
    const auto rounded = [](double scale) { return double(float(scale)); };
    const std::string& name = tensor.name;
    const std::string module = name.substr(0, name.rfind('.'));
    const bool norm = module.substr(module.rfind('.') + 1).find("norm") != std::string::npos;
    if (name.ends_with(".bias")) return {name, tensor.shape, 0, rounded(norm ? 0.15 : 0.1)};
    if (norm) return {name, tensor.shape, 1, 0.25};
    if (name.ends_with("token_embedding.weight")) return {name, tensor.shape, 0, rounded(0.6)};
    if (name.ends_with("position_embedding.weight")) return {name, tensor.shape, 0, rounded(0.3)};
    const double inputs = double(tensor.elements()) / double(tensor.shape.front());
    return {name, tensor.shape, 0, rounded(gainOf(name) * std::sqrt(3.0 / inputs))};
}

void copyConfiguration(const fs::path& from, const fs::path& to) {
    fs::create_directories(to.parent_path());
    ldm::writeTextFile(to, ldm::readTextFile(from));
}

/// CLIP's own vocabulary where the folder has none.
void writeTokenizer(const fs::path& from, const fs::path& to, const std::string& padToken) {
    fs::create_directories(to);
    const bool complete = fs::exists(from / "vocab.json");
    for (const auto& [file, text] :
         (complete ? ldm::TokenizerFiles::of(from) : ldm::TokenizerFiles::clip(padToken)).texts)
        ldm::writeTextFile(to / file, text);
}

/// All of the folder but weights.
json writeConfigurations(const fs::path& shape, const fs::path& out) {
    const json index = ldm::readJsonObject(shape / "model_index.json");
    copyConfiguration(shape / "model_index.json", out / "model_index.json");
    copyConfiguration(shape / "scheduler" / "scheduler_config.json", out / "scheduler" / "scheduler_config.json");
    for (const auto& [part, entry] : index.items()) {
        if (!entry.is_array() || !entry[1].is_string() || part == "scheduler") continue;
        if (part.starts_with("tokenizer"))
            writeTokenizer(shape / part, out / part, part == "tokenizer_2" ? "!" : "<|endoftext|>");
        else
            copyConfiguration(shape / part / "config.json", out / part / "config.json");
    }
    return index;
}

using Files = std::vector<std::pair<fs::path, support::ProceduralFile>>;

Files filesOf(const json& index, const Request& request) {
    Files files;
    for (const std::string part : {"unet", "vae", "text_encoder", "text_encoder_2"}) {
        if (!index.contains(part)) continue;
        support::ProceduralFile file{request.seed, part, typeNamed(request.type), {}};
        for (const auto& tensor : wantedBy(part, index[part][1], request.out / part / "config.json"))
            file.tensors.push_back(randomised(tensor));
        const bool text = part.starts_with("text");
        files.emplace_back(fs::path(part) / (text ? "model.safetensors" : "diffusion_pytorch_model.safetensors"), file);
    }
    return files;
}

/// A shape's folder: one that comes with the program, else the path itself.
fs::path shapeFolder(const std::string& shape) {
    const fs::path known = fs::path(NOISEFLOOR_SHAPES) / shape;
    return fs::exists(known) ? known : fs::path(shape);
}

void make(const Request& request) {
    const fs::path shape = !request.recipe.empty() ? fs::path(request.recipe) : shapeFolder(request.shape);
    const json index = writeConfigurations(shape, request.out);
    for (const auto& [path, file] :
         request.recipe.empty() ? filesOf(index, request) : support::proceduralFiles(shape)) {
        support::writeProcedural(request.out / path, file);
        std::printf("%s: %zu tensors, %.2f GB\n", path.c_str(), file.tensors.size(), double(file.bytes()) / 1e9);
    }
}

} // namespace

int main(int argc, char** argv) {
    Request request;
    CLI::App program("writes a diffusers folder of random weights");
    auto* shape = program.add_option("--shape", request.shape, "sd15, sdxl, or a folder of configurations");
    auto* recipe = program.add_option("--recipe", request.recipe, "a folder with weights.recipe.json instead");
    shape->excludes(recipe);
    program.add_option("--dtype", request.type, "of the weights of a shape")
        ->check(CLI::IsMember({"f32", "f16", "bf16"}))
        ->capture_default_str();
    program.add_option("--seed", request.seed, "of the weights of a shape")->capture_default_str();
    program.add_option("OUT", request.out, "folder to write; files in it are replaced")->required();
    CLI11_PARSE(program, argc, argv);
    try {
        if (request.shape.empty() && request.recipe.empty()) throw ldm::badInput("Give --shape or --recipe.");
        ldm::configureRuntime();
        make(request);
        return 0;
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "noisefloor_makemodel: %s\n", failure.what());
        return 1;
    }
}
