#pragma once

#include <ldm/unet.h>

#include <optional>
#include <stop_token>
#include <utility>

namespace quant {

/// Runs all stages and returns the predicted noise; nothing when stopped between two of them.
inline std::optional<at::Tensor> runUNet(const ldm::UNet& unet, ldm::Arithmetic& arithmetic, ldm::UNetState state,
                                         const std::stop_token& stop) {
    for (const ldm::Stage& stage : unet.stages()) {
        if (stop.stop_requested()) return std::nullopt;
        stage.run(arithmetic, state);
    }
    return std::move(state.hidden);
}

} // namespace quant
