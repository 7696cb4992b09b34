#pragma once

#include "support/randomweights.h"

#include <ATen/ATen.h>
#include <ldm/unet.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

/// Small UNets of random weights, as configurations describe them.
namespace support {

inline constexpr double kRounding = 1e-5; ///< relative to the largest value

/// The keys of a small SD 1.x UNet.
inline nlohmann::json smallConfig() {
    return {{"block_out_channels", {16, 24}},
            {"down_block_types", {"CrossAttnDownBlock2D", "DownBlock2D"}},
            {"up_block_types", {"UpBlock2D", "CrossAttnUpBlock2D"}},
            {"layers_per_block", 1},
            {"cross_attention_dim", 12},
            {"attention_head_dim", 2},
            {"norm_num_groups", 8},
            {"sample_size", 8}};
}

inline nlohmann::json withKey(const std::string& key, const nlohmann::json& value) {
    nlohmann::json config = smallConfig();
    config[key] = value;
    return config;
}

inline nlohmann::json sdxlConfig() {
    nlohmann::json config = smallConfig();
    config["addition_embed_type"] = "text_time";
    config["addition_time_embed_dim"] = 4;
    config["projection_class_embeddings_input_dim"] = 34; // 6 * 4 + 10
    return config;
}

inline ldm::UNet networkOf(const nlohmann::json& config) {
    return support::randomNetwork<ldm::UNet>("unet", ldm::UNetConfig::parse(config, "unet/config.json"));
}

inline at::Tensor random(std::vector<std::int64_t> shape) {
    at::manual_seed(shape.back());
    return at::randn(shape);
}

inline at::Tensor latentFor(const ldm::UNetConfig& config, std::int64_t batch) {
    return random({batch, config.inChannels, 8, 6});
}

/// A condition of everything that the network asks for.
inline ldm::Condition conditionFor(const ldm::UNetConfig& config, std::int64_t texts) {
    ldm::Condition condition;
    condition.context = random({texts, 5, config.crossAttentionDim});
    if (config.pooledDim > 0) {
        condition.pooled = random({texts, config.pooledDim});
        condition.timeIds = random({texts, ldm::kTimeIds}).abs() * 100;
    }
    if (config.guidanceDim > 0) condition.guidance = random({texts, config.guidanceDim});
    return condition;
}

inline at::Tensor outputOf(const ldm::UNet& unet, ldm::Arithmetic& arithmetic) {
    const ldm::Condition condition = conditionFor(unet.config(), 1);
    return unet.finish(arithmetic, unet.start(latentFor(unet.config(), 1), at::full({1}, 321.5), condition));
}

inline at::Tensor outputOf(const nlohmann::json& config) {
    ldm::FloatArithmetic full;
    return outputOf(networkOf(config), full);
}

inline bool close(const at::Tensor& got, const at::Tensor& expected) {
    return got.sizes() == expected.sizes() &&
           ((got - expected).abs().max() <= expected.abs().max() * kRounding).item<bool>();
}

} // namespace support
