#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

namespace ldm {

/// The nonlinearities that configurations of UNets and autoencoders name.
enum class Activation { None, Silu, Gelu, Mish, Relu };

/// "silu" or "swish", "gelu" (the exact one), "mish", "relu"; anything else is None.
Activation activationNamed(std::string_view name);

/// Applies it in place: x must be the caller's own.
void activate(Activation activation, at::Tensor& x);

} // namespace ldm
