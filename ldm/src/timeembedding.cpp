#include "timeembedding.h"

#include <ATen/ATen.h>

#include <cmath>

namespace ldm {

namespace {

constexpr LinearOptions kVectorWithoutBias = {.bias = false, .domain = Domain::Vector};

LinearOptions vectorLayer(bool ofTimestepAlone) {
    return {.domain = Domain::Vector, .ofTimestepAlone = ofTimestepAlone};
}

/// The rows [C, n] of a condition for a batch that repeats them.
at::Tensor forBatch(const at::Tensor& rows, std::int64_t batch) {
    return rows.size(0) == batch ? rows : rows.repeat({batch / rows.size(0), 1});
}

const Layer* guidanceLayer(NetworkBuilder& builder, const UNetConfig& config) {
    if (config.guidanceDim == 0) return nullptr;
    return builder.linear("time_embedding.cond_proj", config.guidanceDim, config.channels.front(), kVectorWithoutBias);
}

} // namespace

EmbeddingLayers::EmbeddingLayers(NetworkBuilder& builder, const std::string& name, const Shape& shape)
    : m_name(builder.fullName(name)), m_shape(shape),
      m_linear1(builder.linear(name + ".linear_1", shape.in, shape.out, vectorLayer(shape.ofTimestepAlone))),
      m_linear2(builder.linear(name + ".linear_2", shape.out, shape.out, vectorLayer(shape.ofTimestepAlone))) {
}

at::Tensor EmbeddingLayers::operator()(Arithmetic& arithmetic, const at::Tensor& x) const {
    at::Tensor hidden = arithmetic.linear(*m_linear1, x);
    activate(m_shape.between, hidden);
    hidden = arithmetic.linear(*m_linear2, hidden);
    activate(m_shape.after, hidden);
    arithmetic.produced(m_name, hidden);
    return hidden;
}

TimeEmbedding::TimeEmbedding(NetworkBuilder& builder, const UNetConfig& config)
    : m_projectionName(builder.fullName("time_proj")), m_sizesName(builder.fullName("add_time_proj")),
      m_channels(config.channels.front()), m_timeIdDim(config.timeIdDim), m_flipSinToCos(config.flipSinToCos),
      m_freqShift(config.freqShift), m_activation(config.timeActivation), m_guidance(guidanceLayer(builder, config)),
      m_layers(builder, "time_embedding",
               {config.channels.front(), config.timeDim, config.activation, config.timestepActivation,
                config.guidanceDim == 0}) {
    if (config.pooledDim > 0)
        m_added.emplace(builder, "add_embedding",
                        EmbeddingLayers::Shape{config.pooledDim + kTimeIds * config.timeIdDim, config.timeDim});
}

/// get_timestep_embedding of diffusers in float32: [N] -> [N, channels].
at::Tensor TimeEmbedding::sinusoids(const at::Tensor& values, int channels) const {
    const int half = channels / 2;
    const at::Tensor exponent = at::arange(half, values.options()) * -std::log(10000.0) / (half - m_freqShift);
    const at::Tensor angle = values.unsqueeze(1) * at::exp(exponent).unsqueeze(0);
    const at::Tensor sine = at::sin(angle), cosine = at::cos(angle);
    const at::Tensor result = m_flipSinToCos ? at::cat({cosine, sine}, 1) : at::cat({sine, cosine}, 1);
    return channels % 2 == 0 ? result : at::constant_pad_nd(result, {0, 1});
}

/// "text_time": the pooled text embedding and sinusoids of the sizes, of as many rows as there are texts.
at::Tensor TimeEmbedding::ofPicture(Arithmetic& arithmetic, const Condition& condition) const {
    const at::Tensor ids = condition.timeIds.to(at::kFloat);
    const at::Tensor sizes = sinusoids(ids.flatten(), m_timeIdDim);
    arithmetic.produced(m_sizesName, sizes);
    return (*m_added)(arithmetic, at::cat({condition.pooled, sizes.view({ids.size(0), -1})}, 1));
}

at::Tensor TimeEmbedding::operator()(Arithmetic& arithmetic, const at::Tensor& timestep,
                                     const Condition& condition) const {
    const std::int64_t batch = timestep.size(0);
    at::Tensor projected = sinusoids(timestep, m_channels);
    arithmetic.produced(m_projectionName, projected);
    if (m_guidance) projected = projected + forBatch(arithmetic.linear(*m_guidance, condition.guidance), batch);
    at::Tensor result = m_layers(arithmetic, projected);
    if (m_added) result = result + forBatch(ofPicture(arithmetic, condition), batch);
    if (m_activation != Activation::None) {
        result = result.clone(); // as it stands it has been reported
        activate(m_activation, result);
    }
    return result;
}

} // namespace ldm
