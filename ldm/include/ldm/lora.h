#pragma once

#include <ldm/checkpoint.h>

namespace ldm {

/// Adds a LoRA to the weights of a checkpoint: the layers it names get tensors that compute
/// `base + weight * alpha / rank * up * down` in float32 each time they are read, so nothing is kept in memory and
/// several LoRAs add up. Such a tensor is F32 whatever its base is stored as; `storedAs` and `bytes` stay the file's.
///
/// Reads the names of diffusers and PEFT, of diffusers' former attention processors and of kohya's scripts, those with
/// diffusers' and those with the original code's layer names. Throws BadInput with the name and the expectation for
/// files that are missing or whole models, keys that belong to no layer (a LoRA for another model: first ten named),
/// shapes that do not fit, halves that are missing, values that are not finite, and kinds that are no LoRA (DoRA, LoHa,
/// LoKr). Appends to `checkpoint.loras`.
void mergeLora(Checkpoint& checkpoint, const LoraChoice& choice);

} // namespace ldm
