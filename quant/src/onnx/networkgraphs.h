#pragma once

#include "recording.h"

#include <ldm/checkpoint.h>

#include <cstdint>
#include <memory>

namespace quant::onnx {

/// A recorded network, which its steps point into.
struct RecordedNetwork {
    std::shared_ptr<const void> network;
    Recording recording;
};

/// The sizes a UNet's graph is made for.
struct UNetSizes {
    std::int64_t batch = 2;   ///< with and without the prompt
    std::int64_t height = 64; ///< of the latent
    std::int64_t width = 64;
    std::int64_t tokens = 77;
};

/// Inputs sample [batch, in, height, width], timestep [1] and encoder_hidden_states [batch, tokens, dim], for SDXL also
/// text_embeds [batch, dim] and time_ids [batch, 6], for LCM timestep_cond [batch, dim]; output out_sample. All are
/// float32. Names as in diffusers and Optimum. Blocks are noted under their ids. Throws as UNetConfig::parse() does,
/// and Failed for operations that cannot be recorded.
RecordedNetwork recordUNet(const ldm::PartSource& part, const UNetSizes& sizes);

/// Input latent_sample [1, channels, height, width] as the autoencoder takes it, unscaled; output sample
/// [1, 3, pixels]. Both have names as in diffusers.
RecordedNetwork recordVaeDecoder(const ldm::PartSource& part, std::int64_t height, std::int64_t width);

/// The other way: input sample [1, 3, height, width] in pixels, output latent_sample, the most likely latent.
RecordedNetwork recordVaeEncoder(const ldm::PartSource& part, std::int64_t height, std::int64_t width);

/// Input input_ids [1, tokens] int32; outputs last_hidden_state and pooler_output, with a projection text_embeds too.
/// With `hiddenStates` also hidden_states.0 and its like: the embedding, then the output of every layer, of which SDXL
/// takes the last but one.
RecordedNetwork recordTextEncoder(const ldm::PartSource& part, std::int64_t tokens, bool hiddenStates);

} // namespace quant::onnx
