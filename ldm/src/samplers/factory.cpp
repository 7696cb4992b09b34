#include "makers.h"

#include <ldm/error.h>

#include <algorithm>
#include <array>
#include <utility>

namespace ldm {

namespace {

using nlohmann::json;

constexpr std::array<std::pair<std::string_view, samplers::Maker>, 11> kMakers{
    {{"DDIMScheduler", samplers::makeDdim},
     {"PNDMScheduler", samplers::makePndm},
     {"EulerDiscreteScheduler", samplers::makeEuler},
     {"EulerAncestralDiscreteScheduler", samplers::makeEulerAncestral},
     {"DPMSolverMultistepScheduler", samplers::makeDpmMultistep},
     {"DPMSolverSinglestepScheduler", samplers::makeDpmSinglestep},
     {"UniPCMultistepScheduler", samplers::makeUniPc},
     {"LCMScheduler", samplers::makeLcm},
     {"HeunDiscreteScheduler", samplers::makeHeun},
     {"LMSDiscreteScheduler", samplers::makeLms},
     {"DDPMScheduler", samplers::makeDdpm}}};

samplers::Maker makerOf(const ConfigReader& reader, const std::string& className) {
    const auto found =
        std::find_if(kMakers.begin(), kMakers.end(), [&](const auto& entry) { return entry.first == className; });
    if (found != kMakers.end()) return found->second;
    std::string known;
    for (const auto& [name, maker] : kMakers) known += (known.empty() ? "" : ", ") + std::string(name);
    reader.refuse("_class_name",
                  "is not computed by this version, which knows " + known + "; choose a sampler by name");
}

} // namespace

at::Tensor Sampler::input(std::size_t /*index*/, const at::Tensor& sample) const {
    return sample;
}

std::unique_ptr<Sampler> makeSampler(const json& schedulerConfig, const std::string& file,
                                     const SamplerSettings& settings) {
    ConfigReader reader(schedulerConfig, file);
    return makerOf(reader, reader.text("_class_name", ""))(reader, settings);
}

} // namespace ldm
