#pragma once

#include <ldm/unet.h>

#include <optional>
#include <stop_token>
#include <utility>

namespace quant {

/// Runs all stages and returns the predicted noise; nothing when stopped.
inline std::optional<at::Tensor> runUNet(const ldm::UNet& unet, ldm::Arithmetic& arithmetic, ldm::UNetState state,
                                         const std::stop_token& stop) {
    return ldm::StoppableArithmetic::unlessStopped(
        arithmetic, stop, [&](ldm::Arithmetic& stoppable) { return unet.finish(stoppable, std::move(state)); });
}

} // namespace quant
