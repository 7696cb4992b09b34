#pragma once

#include "ldm/failures.h"
#include "support/familymodels.h"

#include <ldm/checkpoint.h>
#include <ldm/jsonreading.h>

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace support {

using Shape = std::vector<std::int64_t>;

/// The tensors of a file that is about to be written.
struct StoredTensors {
    std::vector<ldm::StoredTensor> tensors;

    void erase(const std::string& name) {
        std::erase_if(tensors, [&](const ldm::StoredTensor& tensor) { return tensor.name == name; });
    }
    void set(const std::string& name, const at::Tensor& values) {
        erase(name);
        tensors.push_back(ldm::held(name, values));
    }
    at::Tensor at(const std::string& name) const {
        return std::find_if(tensors.begin(), tensors.end(),
                            [&](const ldm::StoredTensor& tensor) { return tensor.name == name; })
            ->values();
    }
};

/// A UNet's folder in memory.
struct QuantizedFolder {
    StoredTensors weights;
    nlohmann::json config;
    nlohmann::json map; ///< of quanto; null for none

    static QuantizedFolder of(const std::filesystem::path& unet) {
        const auto file = ldm::SafetensorsFile::open(unet / "diffusion_pytorch_model.safetensors");
        return {{ldm::TensorTable(file).tensors()}, ldm::readJsonObject(unet / "config.json"), nullptr};
    }

    void write(const std::filesystem::path& unet) const {
        writeTensors(unet / "diffusion_pytorch_model.safetensors", weights.tensors);
        put(unet / "config.json", config.dump());
        std::filesystem::remove(unet / "quanto_qmap.json");
        if (!map.is_null()) put(unet / "quanto_qmap.json", map.dump());
    }
};

/// Values by their place in memory.
template <typename T, typename Value> at::Tensor filled(const Shape& shape, at::ScalarType type, const Value& value) {
    at::Tensor result = at::empty(shape, type);
    for (std::int64_t i = 0; i < result.numel(); ++i) result.data_ptr<T>()[i] = static_cast<T>(value(i));
    return result;
}
template <typename Value> at::Tensor floats(const Shape& shape, const Value& value) {
    return filled<float>(shape, at::kFloat, value);
}
template <typename Value> at::Tensor bytes(const Shape& shape, const Value& value) {
    return filled<std::uint8_t>(shape, at::kByte, value);
}
template <typename Value> at::Tensor signedBytes(const Shape& shape, const Value& value) {
    return filled<std::int8_t>(shape, at::kChar, value);
}
inline at::Tensor textBytes(const std::string& text) {
    return bytes({static_cast<std::int64_t>(text.size())}, [&](std::int64_t i) { return text[std::size_t(i)]; });
}

/// Codes that use all of -127 to 127, and scales that differ and are powers of two, so that products are exact.
inline int code(std::int64_t i) {
    return static_cast<int>(i * 37 % 255) - 127;
}
inline float scale(std::int64_t i) {
    return std::ldexp(1.0F, -6 - static_cast<int>(i % 5));
}

inline const std::string kLinear = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k"; // [16, 32]
inline const std::string kConv = "down_blocks.0.resnets.0.conv1";                                // [16, 16, 3, 3]

inline nlohmann::json sdnq(const std::string& type, int group, const nlohmann::json& more = nlohmann::json::object()) {
    nlohmann::json config = {{"quant_method", "sdnq"}, {"weights_dtype", type}, {"group_size", group}};
    config.update(more);
    return config;
}

inline int sdnqCode(const std::string& type, std::int64_t i) {
    if (type == "int8") return code(i);
    if (type == "uint8") return code(i) + 127;
    return static_cast<int>(i * 7 % 16) - (type == "int4" ? 8 : 0);
}

inline at::Tensor sdnqCodes(const std::string& type, const Shape& shape, std::int64_t elements) {
    if (type == "int8") return signedBytes(shape, [&](auto i) { return sdnqCode(type, i); });
    if (type == "uint8") return bytes(shape, [&](auto i) { return sdnqCode(type, i); });
    const int middle = type == "int4" ? 8 : 0;
    return bytes({elements / 2},
                 [&](auto i) { return (sdnqCode(type, 2 * i) + middle) | (sdnqCode(type, 2 * i + 1) + middle) << 4; });
}

/// A linear layer as SDNQ's int8 with one scale per output.
inline void putSdnq(QuantizedFolder& folder) {
    folder.config["quantization_config"] = sdnq("int8", -1);
    folder.weights.set(kLinear + ".weight", signedBytes({16, 32}, code));
    folder.weights.set(kLinear + ".scale", floats({16, 1}, scale));
}

inline void putNibbles(QuantizedFolder& folder) {
    folder.config["quantization_config"] = sdnq("uint4", 16);
    folder.weights.set(kLinear + ".weight", sdnqCodes("uint4", {}, 16 * 32));
    folder.weights.set(kLinear + ".scale", floats({16, 2, 1}, scale));
    folder.weights.set(kLinear + ".zero_point", floats({16, 2, 1}, scale));
}

inline void putBytes(QuantizedFolder& folder) {
    folder.config["quantization_config"] = {{"quant_method", "bitsandbytes"}, {"load_in_8bit", true}};
    folder.weights.set(kLinear + ".weight", signedBytes({16, 32}, code));
    folder.weights.set(kLinear + ".SCB", floats({16}, [](auto i) { return 127 * scale(i); }));
}

inline void putNf4(QuantizedFolder& folder) {
    const std::string weight = kLinear + ".weight";
    folder.config["quantization_config"] = {{"quant_method", "bitsandbytes"}, {"load_in_4bit", true}};
    folder.weights.set(weight, bytes({256, 1}, [](auto i) { return i; })); // each pair of codes once
    folder.weights.set(weight + ".absmax", floats({8}, scale));
    folder.weights.set(weight + ".quant_map", floats({16}, [](auto i) { return float(i) / 8 - 1; }));
    const nlohmann::json state = {{"quant_type", "nf4"}, {"blocksize", 64}, {"dtype", "float16"}, {"shape", {16, 32}}};
    folder.weights.set(weight + ".quant_state.bitsandbytes__nf4", support::textBytes(state.dump()));
}

inline void putQuanto(QuantizedFolder& folder) {
    folder.map = {{kLinear, {{"weights", "qint8"}, {"activations", "none"}}}};
    folder.weights.erase(kLinear + ".weight");
    folder.weights.set(kLinear + ".weight._data", signedBytes({16, 32}, code));
    folder.weights.set(kLinear + ".weight._scale", floats({16, 1}, scale).to(at::kHalf));
    folder.weights.set(kLinear + ".input_scale", at::ones({}, at::kHalf));
    folder.weights.set(kLinear + ".output_scale", at::ones({}, at::kHalf));
}

/// A convolution in 4 bits of quanto, which fits where the groups are of 144.
inline void putQuantoNibbles(QuantizedFolder& folder, std::int64_t groups, std::int64_t group) {
    folder.map = {{kConv, {{"weights", "qint4"}, {"activations", "none"}}}};
    folder.weights.erase(kConv + ".weight");
    folder.weights.set(kConv + ".weight._data._data", bytes({groups / 2, group}, [](auto i) { return i * 11 % 256; }));
    folder.weights.set(kConv + ".weight._scale", floats({groups, 1}, scale));
    folder.weights.set(kConv + ".weight._shift", floats({groups, 1}, [](auto i) { return 3 * scale(i); }));
}

} // namespace support
