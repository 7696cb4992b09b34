#pragma once

#include <ldm/weights.h>

#include <nlohmann/json.hpp>

#include <string>

namespace ldm {

/// What tensors alone do not tell is the family's.
enum class Family { Sd1, Sd2, Sdxl };

/// What a part's tensors say about its configuration: the keys of diffusers' config.json that follow from names and
/// shapes. Throws BadInput where they do not make a network.
nlohmann::json factsOf(const std::string& part, const TensorTable& tensors);

/// The configurations with these facts, completed by what the family has: heads, activations, scaling factor, sample
/// size. Throws BadInput where that does not fit, advising to name a model that lends its configuration.
nlohmann::json unetConfig(nlohmann::json facts, Family family, bool predictsVelocity, int pooledDim,
                          const std::string& file);
nlohmann::json autoencoderConfig(nlohmann::json facts, Family family, const std::string& file);
nlohmann::json textEncoderConfig(nlohmann::json facts, Family family, bool second, const std::string& file);

/// The scheduler_config.json that models of a family come with; `guided` for LCMs, whose UNet is told the guidance.
nlohmann::json schedulerConfig(Family family, const std::string& prediction, bool guided);

} // namespace ldm
