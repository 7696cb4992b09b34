#pragma once

#include "modules.h"

#include <ldm/unet.h>

#include <optional>
#include <string>

namespace ldm {

/// TimestepEmbedding of diffusers: linear layer, activation, linear layer, and another activation for some.
class EmbeddingLayers {
public:
    struct Shape {
        int in = 0;
        int out = 0;
        Activation between = Activation::Silu;
        Activation after = Activation::None;
        bool ofTimestepAlone = false; ///< as LayerInfo says
    };
    EmbeddingLayers(NetworkBuilder& builder, const std::string& name, const Shape& shape);
    at::Tensor operator()(Arithmetic& arithmetic, const at::Tensor& x) const;

private:
    std::string m_name;
    Shape m_shape;
    const Layer* m_linear1;
    const Layer* m_linear2;
};

/// What tells the resnets of a UNet which timestep it is and, for SDXL and LCM, more about the picture.
class TimeEmbedding {
public:
    TimeEmbedding(NetworkBuilder& builder, const UNetConfig& config);
    /// timestep [B]; returns [B, timeDim].
    at::Tensor operator()(Arithmetic& arithmetic, const at::Tensor& timestep, const Condition& condition) const;

private:
    at::Tensor ofPicture(Arithmetic& arithmetic, const Condition& condition) const;
    at::Tensor sinusoids(const at::Tensor& values, int channels) const;

    std::string m_projectionName;
    std::string m_sizesName;
    int m_channels;
    int m_timeIdDim;
    bool m_flipSinToCos;
    double m_freqShift;
    Activation m_activation;
    const Layer* m_guidance = nullptr;
    EmbeddingLayers m_layers;
    std::optional<EmbeddingLayers> m_added;
};

} // namespace ldm
