#pragma once

#include <string_view>
#include <vector>

namespace ldm {

/// A sampler as people choose it: a scheduler class of diffusers with some keys set.
struct SamplerKind {
    std::string_view name;      ///< "dpmpp_2m_karras", as on the command line
    std::string_view label;     ///< "DPM-Solver++ 2M Karras"
    std::string_view className; ///< "DPMSolverMultistepScheduler"
};

/// The samplers offered to people, in order.
const std::vector<SamplerKind>& samplerKinds();

} // namespace ldm
