#pragma once

#include "../configreading.h"

#include <ldm/sampler.h>

namespace ldm::samplers {

// One function per scheduler class of diffusers. Each reads the keys its class knows; others are not its business.
using Maker = std::unique_ptr<Sampler> (*)(ConfigReader& reader, const SamplerSettings& settings);

std::unique_ptr<Sampler> makeDdim(ConfigReader& reader, const SamplerSettings& settings);
std::unique_ptr<Sampler> makeDdpm(ConfigReader& reader, const SamplerSettings& settings);
std::unique_ptr<Sampler> makePndm(ConfigReader& reader, const SamplerSettings& settings);
std::unique_ptr<Sampler> makeLcm(ConfigReader& reader, const SamplerSettings& settings);
std::unique_ptr<Sampler> makeEuler(ConfigReader& reader, const SamplerSettings& settings);
std::unique_ptr<Sampler> makeEulerAncestral(ConfigReader& reader, const SamplerSettings& settings);
std::unique_ptr<Sampler> makeHeun(ConfigReader& reader, const SamplerSettings& settings);
std::unique_ptr<Sampler> makeLms(ConfigReader& reader, const SamplerSettings& settings);
std::unique_ptr<Sampler> makeDpmMultistep(ConfigReader& reader, const SamplerSettings& settings);
std::unique_ptr<Sampler> makeDpmSinglestep(ConfigReader& reader, const SamplerSettings& settings);
std::unique_ptr<Sampler> makeUniPc(ConfigReader& reader, const SamplerSettings& settings);

} // namespace ldm::samplers
