#include "modules.h"
#include "transformer.h"

#include <ldm/error.h>
#include <ldm/unet.h>

#include <ATen/ATen.h>

#include <cmath>
#include <optional>
#include <utility>

namespace ldm {

struct UNet::Impl {
    UNetConfig config;
    NetworkParts parts;
    std::vector<Stage> stages;
    std::vector<const Layer*> layers;
};

namespace {

constexpr const char* kTimeStage = "time_embedding";

bool attends(const std::string& blockType) {
    return blockType.starts_with("CrossAttn");
}

TextContext textOf(const UNetState& state) {
    return {state.condition.context, state.keyValues.get()};
}

/// Sinusoidal embedding of timesteps [B] -> [B, channels], in float32 as diffusers' get_timestep_embedding.
at::Tensor sinusoids(const at::Tensor& timestep, int channels, bool flipSinToCos, double freqShift) {
    const int half = channels / 2;
    const at::Tensor exponent = at::arange(half, at::kFloat) * -std::log(10000.0) / (half - freqShift);
    const at::Tensor angle = timestep.unsqueeze(1) * at::exp(exponent).unsqueeze(0);
    return flipSinToCos ? at::cat({at::cos(angle), at::sin(angle)}, 1) : at::cat({at::sin(angle), at::cos(angle)}, 1);
}

/// Builds the stages in order of execution. Each stage owns its modules; they refer to the network's layers.
class Assembly {
public:
    Assembly(const UNetConfig& config, NetworkBuilder& builder, std::vector<Stage>& stages)
        : m_config(config), m_builder(builder), m_stages(stages), m_timeChannels(config.channels.front() * 4) {}

    void build() {
        addTimeEmbedding();
        addInput();
        for (int level = 0; level < levels(); ++level) addDownBlock(level);
        addMiddle();
        for (int index = 0; index < levels(); ++index) addUpBlock(index);
        addOutput();
    }

private:
    int levels() const { return static_cast<int>(m_config.channels.size()); }

    void beginStage(const std::string& name, int level) {
        m_builder.beginBlock(name, 1 << level);
        m_stages.push_back({m_builder.fullName(name), {}});
    }

    template <typename Run> void runs(Run run) { m_stages.back().run = std::move(run); }

    ResnetBlock resnet(const std::string& name, int in, int out) {
        return ResnetBlock(m_builder, name, {in, out, m_timeChannels, m_config.normGroups, m_config.normEps});
    }

    SpatialTransformer transformer(const std::string& name, int level) {
        const auto at = static_cast<std::size_t>(level);
        return SpatialTransformer(m_builder, name,
                                  {m_config.channels[at], m_config.heads[at], m_config.crossAttentionDim,
                                   m_config.normGroups, m_config.linearProjection});
    }

    void addTimeEmbedding();
    void addInput();
    void addDownBlock(int level);
    void addDownLayer(int level, int index, bool ends);
    void addDownsampler(int level);
    void addMiddle();
    void addUpBlock(int index);
    void addUpLayer(int block, int index, bool ends);
    void addOutput();

    const UNetConfig& m_config;
    NetworkBuilder& m_builder;
    std::vector<Stage>& m_stages;
    int m_timeChannels;
    int m_channels = 0;       ///< of the hidden state where assembly stands
    std::vector<int> m_skips; ///< channels of the skips
};

void Assembly::addTimeEmbedding() {
    beginStage(kTimeStage, 0);
    const int channels = m_config.channels.front();
    const LinearOptions vector = {.domain = Domain::Vector};
    const Layer* linear1 = m_builder.linear("time_embedding.linear_1", channels, m_timeChannels, vector);
    const Layer* linear2 = m_builder.linear("time_embedding.linear_2", m_timeChannels, m_timeChannels, vector);
    const bool flip = m_config.flipSinToCos;
    const double shift = m_config.freqShift;
    runs([=, name = m_builder.fullName("time_embedding"),
          projectionName = m_builder.fullName("time_proj")](Arithmetic& arithmetic, UNetState& state) {
        const at::Tensor projected = sinusoids(state.timestep, channels, flip, shift);
        arithmetic.produced(projectionName, projected);
        const at::Tensor hidden = at::silu(arithmetic.linear(*linear1, projected));
        state.timeEmbedding = arithmetic.linear(*linear2, hidden);
        arithmetic.produced(name, state.timeEmbedding);
    });
}

void Assembly::addInput() {
    beginStage("conv_in", 0);
    m_channels = m_config.channels.front();
    m_skips = {m_channels};
    const Layer* conv = m_builder.conv("conv_in", m_config.inChannels, m_channels);
    runs([conv](Arithmetic& arithmetic, UNetState& state) {
        state.hidden = arithmetic.conv2d(*conv, state.hidden);
        arithmetic.produced(conv->name, state.hidden);
        state.skips = {state.hidden};
    });
}

void Assembly::addDownBlock(int level) {
    const bool samples = level + 1 < levels();
    for (int index = 0; index < m_config.layersPerBlock; ++index)
        addDownLayer(level, index, index + 1 == m_config.layersPerBlock && !samples);
    if (samples) addDownsampler(level);
}

/// `ends`: the output is that of the whole down block.
void Assembly::addDownLayer(int level, int index, bool ends) {
    const std::string block = "down_blocks." + std::to_string(level);
    const std::string number = std::to_string(index);
    beginStage(block + "." + number, level);
    const int out = m_config.channels[static_cast<std::size_t>(level)];
    const ResnetBlock convolve = resnet(block + ".resnets." + number, m_channels, out);
    std::optional<SpatialTransformer> attend;
    if (attends(m_config.downBlocks[static_cast<std::size_t>(level)]))
        attend = transformer(block + ".attentions." + number, level);
    m_channels = out;
    m_skips.push_back(out);
    runs([convolve, attend, ends, name = m_builder.fullName(block)](Arithmetic& arithmetic, UNetState& state) {
        state.hidden = convolve(arithmetic, state.hidden, state.timeEmbedding);
        if (attend) state.hidden = (*attend)(arithmetic, state.hidden, textOf(state));
        if (ends) arithmetic.produced(name, state.hidden);
        state.skips.push_back(state.hidden);
    });
}

void Assembly::addDownsampler(int level) {
    const std::string block = "down_blocks." + std::to_string(level);
    beginStage(block + ".down", level + 1);
    const Downsampler sample(m_builder, block + ".downsamplers.0", m_channels, Downsampler::Padding::Around);
    m_skips.push_back(m_channels);
    runs([sample, name = m_builder.fullName(block)](Arithmetic& arithmetic, UNetState& state) {
        state.hidden = sample(arithmetic, state.hidden);
        arithmetic.produced(name, state.hidden);
        state.skips.push_back(state.hidden);
    });
}

void Assembly::addMiddle() {
    const int level = levels() - 1;
    beginStage("mid_block", level);
    const ResnetBlock first = resnet("mid_block.resnets.0", m_channels, m_channels);
    const SpatialTransformer attend = transformer("mid_block.attentions.0", level);
    const ResnetBlock second = resnet("mid_block.resnets.1", m_channels, m_channels);
    runs([first, attend, second, name = m_builder.fullName("mid_block")](Arithmetic& arithmetic, UNetState& state) {
        state.hidden = first(arithmetic, state.hidden, state.timeEmbedding);
        state.hidden = attend(arithmetic, state.hidden, textOf(state));
        state.hidden = second(arithmetic, state.hidden, state.timeEmbedding);
        arithmetic.produced(name, state.hidden);
    });
}

void Assembly::addUpBlock(int index) {
    for (int layer = 0; layer <= m_config.layersPerBlock; ++layer)
        addUpLayer(index, layer, layer == m_config.layersPerBlock);
}

void Assembly::addUpLayer(int block, int index, bool ends) {
    const int level = levels() - 1 - block;
    const std::string blockName = "up_blocks." + std::to_string(block);
    const std::string number = std::to_string(index);
    beginStage(blockName + "." + number, level);
    const int out = m_config.channels[static_cast<std::size_t>(level)];
    const ResnetBlock convolve = resnet(blockName + ".resnets." + number, m_channels + m_skips.back(), out);
    m_skips.pop_back();
    m_channels = out;
    std::optional<SpatialTransformer> attend;
    if (attends(m_config.upBlocks[static_cast<std::size_t>(block)]))
        attend = transformer(blockName + ".attentions." + number, level);
    std::optional<Upsampler> sample;
    if (ends && level > 0) {
        m_builder.setDownscale(1 << (level - 1));
        sample.emplace(m_builder, blockName + ".upsamplers.0", out);
    }
    runs([convolve, attend, sample, ends, name = m_builder.fullName(blockName)](Arithmetic& arithmetic,
                                                                                UNetState& state) {
        const at::Tensor joined = at::cat({state.hidden, state.skips.back()}, 1);
        state.skips.pop_back();
        state.hidden = convolve(arithmetic, joined, state.timeEmbedding);
        if (attend) state.hidden = (*attend)(arithmetic, state.hidden, textOf(state));
        // To the size of the next skip: for sizes that halving rounded up, twice would be too large.
        if (sample)
            state.hidden = (*sample)(arithmetic, state.hidden, state.skips.back().size(2), state.skips.back().size(3));
        if (ends) arithmetic.produced(name, state.hidden);
    });
}

void Assembly::addOutput() {
    beginStage("conv_out", 0);
    const GroupNorm norm = m_builder.groupNorm("conv_norm_out", m_channels, m_config.normGroups, m_config.normEps);
    const Layer* conv = m_builder.conv("conv_out", m_channels, m_config.outChannels);
    runs([norm, conv, normName = m_builder.fullName("conv_norm_out")](Arithmetic& arithmetic, UNetState& state) {
        const at::Tensor normed = norm(state.hidden);
        arithmetic.produced(normName, normed);
        state.hidden = arithmetic.conv2d(*conv, at::silu(normed));
        arithmetic.produced(conv->name, state.hidden);
    });
}

} // namespace

UNet::UNet(UNetConfig config, WeightSource& weights) : m_impl(std::make_unique<Impl>()) {
    m_impl->config = std::move(config);
    NetworkBuilder builder(weights, m_impl->parts);
    Assembly(m_impl->config, builder, m_impl->stages).build();
    weights.finish();
    for (const Layer& layer : m_impl->parts.layers) m_impl->layers.push_back(&layer);
}

UNet::~UNet() = default;
UNet::UNet(UNet&&) noexcept = default;

const UNetConfig& UNet::config() const {
    return m_impl->config;
}
const std::vector<Stage>& UNet::stages() const {
    return m_impl->stages;
}
const std::vector<const Layer*>& UNet::layers() const {
    return m_impl->layers;
}
const std::vector<LayerInfo>& UNet::layerInfos() const {
    return m_impl->parts.infos;
}
const std::vector<BlockInfo>& UNet::blockInfos() const {
    return m_impl->parts.blocks;
}

UNetState UNet::start(const at::Tensor& latent, const at::Tensor& timestep, const Condition& condition) const {
    const UNetConfig& config = m_impl->config;
    const at::Tensor& context = condition.context;
    if (latent.dim() != 4 || latent.size(1) != config.inChannels)
        throw badInput("The latent must be of shape [batch, " + std::to_string(config.inChannels) +
                       ", height, width] for this UNet.");
    if (context.dim() != 3 || context.size(2) != config.crossAttentionDim || context.size(0) == 0 ||
        latent.size(0) % context.size(0) != 0)
        throw badInput("The text context must be of shape [texts, tokens, " + std::to_string(config.crossAttentionDim) +
                       "], its texts dividing the batch.");
    UNetState state;
    state.timestep = timestep.to(at::kFloat).reshape({-1}).expand({latent.size(0)});
    state.condition = condition;
    state.hidden = latent;
    return state;
}

at::Tensor UNet::finish(Arithmetic& arithmetic, UNetState state, std::size_t first) const {
    for (std::size_t i = first; i < m_impl->stages.size(); ++i) m_impl->stages[i].run(arithmetic, state);
    return state.hidden;
}

const at::Tensor& UNet::output(const Stage& stage, const UNetState& state) {
    return stage.id.ends_with(kTimeStage) ? state.timeEmbedding : state.hidden;
}

} // namespace ldm
