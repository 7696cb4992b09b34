#pragma once

#include <ldm/weights.h>

#include <string>
#include <string_view>
#include <vector>

namespace ldm {

/// One part's tensors in a single file, under diffusers' names.
struct SortedPart {
    std::string name; ///< "unet"
    TensorTable tensors;
    bool openClip = false;   ///< a text encoder of open_clip
    bool wholeTower = false; ///< that has its last layer, which SD 2.x does not use
};

/// A single file by parts, whatever names it uses: those of the original code, with or without the prefixes of a whole
/// checkpoint, or diffusers' with stable-diffusion.cpp's prefixes or none.
struct SortedFile {
    std::vector<SortedPart> parts; ///< in the order of partKinds()
    bool predictsVelocity = false; ///< says so by a marker tensor
    bool zeroTerminalSnr = false;  ///< likewise

    const SortedPart* find(std::string_view part) const;
};

/// Throws BadInput for models of other families, by name, for LoRAs, and for files that hold none of our parts. Tensors
/// that nothing is known about stay in their part, under the file's names, for the network to complain about.
SortedFile sortedByPart(const TensorTable& file);

/// A copy with the first `layers` layers of a text encoder.
TensorTable withLayers(const TensorTable& textEncoder, int layers);

} // namespace ldm
