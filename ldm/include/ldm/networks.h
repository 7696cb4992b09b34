#pragma once

#include <ldm/arithmetic.h>
#include <ldm/model.h>
#include <ldm/scheduler.h>
#include <ldm/textencoder.h>
#include <ldm/tokenizer.h>
#include <ldm/unet.h>
#include <ldm/vae.h>

namespace ldm {

/// The networks of an opened model with their full-precision arithmetic. Only ldm, quant and analysis look inside.
struct Networks {
    ModelInfo info;
    Tokenizer tokenizer;
    TextEncoder textEncoder;
    UNet unet;
    Vae vae;
    DdimConfig scheduler;
    FloatArithmetic textArithmetic;
    FloatArithmetic unetArithmetic;
    FloatArithmetic vaeArithmetic;
};

} // namespace ldm
