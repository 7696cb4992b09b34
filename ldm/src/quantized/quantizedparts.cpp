#include "quantizedparts.h"

#include "schemes.h"

#include <ldm/jsonreading.h>
#include <ldm/textencoder.h>
#include <ldm/unet.h>
#include <ldm/vae.h>

#include <algorithm>
#include <array>

namespace ldm {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr const char* kConfig = "quantization_config";

struct Method {
    std::string_view name;
    TensorTable (*decode)(const QuantizedPart& part);
};

constexpr std::array<Method, 3> kMethods = {
    {{"sdnq", decodedSdnq}, {"bitsandbytes", decodedBitsandbytes}, {"quanto", decodedQuanto}}};

void build(const PartSource& part, WeightSource& weights) {
    if (part.className == "UNet2DConditionModel")
        UNet(UNetConfig::parse(part.config, part.configName), weights);
    else if (part.className == "AutoencoderKL")
        Vae(VaeConfig::parse(part.config, part.configName), weights);
    else if (part.className.starts_with("CLIP"))
        TextEncoder(TextEncoderConfig::parse(part.config, part.configName, part.className), weights);
    else
        throw badInput(part.configName + ": quantized weights of class " + inQuotes(part.className) +
                       " are not read by this version; use the part before its quantization.");
}

/// What the network asks for that the configuration describes.
WantedShapes wantedShapes(const PartSource& part) {
    WeightSource nothing(part.name, TensorTable(part.tensors.source()));
    try {
        build(part, nothing);
    } catch (const Error&) {
        if (nothing.missing().empty()) throw; // about something else than missing tensors
    }
    WantedShapes shapes;
    for (const StoredTensor& wanted : nothing.missing()) shapes.emplace(wanted.name, wanted.shape);
    return shapes;
}

const Method& methodOf(const json& config, const std::string& file) {
    const auto found = config.find("quant_method");
    const std::string name = found != config.end() && found->is_string() ? found->get<std::string>() : "";
    const auto* method =
        std::find_if(kMethods.begin(), kMethods.end(), [&](const Method& each) { return each.name == name; });
    if (method != kMethods.end()) return *method;
    std::string known;
    for (const Method& each : kMethods) known.append(known.empty() ? "" : ", ").append(each.name);
    throw badInput(file + ": the weights are quantized by " +
                   (name.empty() ? "a method that \"quant_method\" does not name" : inQuotes(name)) +
                   ", but this version reads " + known + " only; use the model before its quantization.");
}

} // namespace

void decodeQuantized(PartSource& part, const fs::path& folder) {
    const json config = part.config.value(kConfig, json());
    part.config.erase(kConfig);
    if (!config.is_null()) {
        const std::string name = part.configName + " (" + kConfig + ")";
        if (!config.is_object()) throw badInput(name + " is no JSON object; fetch the file again.");
        const Method& method = methodOf(config, name);
        part.tensors = method.decode({part.tensors, wantedShapes(part), config, name});
    } else if (const fs::path map = folder / kQuantoMapFile; fs::exists(map)) {
        part.tensors = decodedQuantoMap({part.tensors, wantedShapes(part), readJsonObject(map), map.string()});
    }
}

} // namespace ldm
