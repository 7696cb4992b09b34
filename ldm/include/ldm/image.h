#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ldm {

/// An 8-bit RGB picture: rows from the top, pixels from the left, three bytes each, no padding.
struct Image {
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> rgb; ///< width * height * 3 bytes

    bool empty() const { return rgb.empty(); }
    bool operator==(const Image&) const = default;
};

} // namespace ldm
