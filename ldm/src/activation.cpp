#include <ldm/activation.h>

#include <ATen/ATen.h>

namespace ldm {

Activation activationNamed(std::string_view name) {
    if (name == "silu" || name == "swish") return Activation::Silu;
    if (name == "gelu") return Activation::Gelu;
    if (name == "mish") return Activation::Mish;
    return name == "relu" ? Activation::Relu : Activation::None;
}

void activate(Activation activation, at::Tensor& x) {
    switch (activation) {
    case Activation::None:
        break;
    case Activation::Silu:
        at::silu_(x);
        break;
    case Activation::Gelu:
        at::gelu_(x);
        break;
    case Activation::Mish:
        at::mish_(x);
        break;
    case Activation::Relu:
        at::relu_(x);
        break;
    }
}

} // namespace ldm
