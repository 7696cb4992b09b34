#pragma once

#include <ldm/denoise.h>

#include <cstdint>
#include <vector>

namespace ldm {

/// Gives a trajectory its noise and that of the runs in which the sampler draws, [P, ...] in `shape`: from the file
/// that the pictures' settings name, else from their seeds. `result` knows its sampling settings.
void setNoise(Conditioning& result, const Sampler& sampler, const std::vector<GenerateSettings>& pictures,
              const std::vector<std::int64_t>& shape);

/// True if the file holds noise of the runs though the sampler never draws. Throws BadInput for a file that is none.
bool holdsNeedlessNoise(const std::filesystem::path& latents, const Sampler& sampler);

} // namespace ldm
