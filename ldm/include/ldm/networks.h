#pragma once

#include <ldm/autoencoder.h>
#include <ldm/checkpoint.h>
#include <ldm/preview.h>
#include <ldm/promptencoder.h>
#include <ldm/unet.h>

#include <memory>
#include <optional>

namespace ldm {

/// The networks of an opened model with their full-precision arithmetic. Only ldm, quant and analysis look inside.
struct Networks {
    ModelInfo info;
    Checkpoint checkpoint; ///< the tensors as they were opened, for export
    UNet unet;
    std::optional<PromptEncoder> promptEncoder; ///< missing in files that hold a UNet alone; see ModelInfo::missing
    std::unique_ptr<Autoencoder> vae;           ///< likewise
    FloatArithmetic unetArithmetic;
    FloatArithmetic vaeArithmetic;
    std::optional<LatentPreview> latentPreview{}; ///< fitted when the first preview is wanted

    /// All three throw BadInput saying which parts are missing and how to lend them.
    void requireForPictures() const;
    PromptEncoder& prompts();
    const Autoencoder& autoencoder() const;
};

} // namespace ldm
