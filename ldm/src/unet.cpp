#include "modules.h"
#include "timeembedding.h"
#include "transformer.h"

#include <ldm/error.h>
#include <ldm/unet.h>

#include <ATen/ATen.h>

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

/// Of an odd kernel that keeps the size.
ConvOptions around(int kernel) {
    return {.kernel = kernel, .padding = (kernel - 1) / 2};
}

/// Builds the stages in order of execution. Each stage owns its modules; they refer to the network's layers.
class Assembly {
public:
    Assembly(const UNetConfig& config, NetworkBuilder& builder, std::vector<Stage>& stages)
        : m_config(config), m_builder(builder), m_stages(stages) {}

    void build() {
        addTimeEmbedding();
        addInput();
        for (int level = 0; level < levels(); ++level) addDownBlock(level);
        if (m_config.middle != MiddleBlock::None) addMiddle();
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

    struct Input {
        int channels = 0;
        int skip = 0; ///< channels of a skip, appended
    };

    ResnetBlock resnet(const std::string& name, Input input, int out, double scale = 1) {
        return ResnetBlock(m_builder, name,
                           {.in = input.channels + input.skip,
                            .skipStart = input.skip > 0 ? input.channels : 0,
                            .out = out,
                            .timeChannels = m_config.timeDim,
                            .ofTimestepAlone = m_config.pooledDim == 0 && m_config.guidanceDim == 0,
                            .groups = m_config.normGroups,
                            .eps = m_config.normEps,
                            .activation = m_config.activation,
                            .scale = scale});
    }

    SpatialTransformer transformer(const std::string& name, int level, int depth, bool textOnly) {
        const auto at = static_cast<std::size_t>(level);
        return SpatialTransformer(m_builder, name,
                                  {.channels = m_config.channels[at],
                                   .heads = m_config.heads[at],
                                   .contextChannels = m_config.crossAttentionDim,
                                   .depth = depth,
                                   .groups = m_config.normGroups,
                                   .linearProjection = m_config.linearProjection,
                                   .textOnly = textOnly});
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
    int m_channels = 0;       ///< of the hidden state where assembly stands
    std::vector<int> m_skips; ///< channels of the skips
};

void Assembly::addTimeEmbedding() {
    beginStage(kTimeStage, 0);
    runs([embedding = TimeEmbedding(m_builder, m_config)](Arithmetic& arithmetic, UNetState& state) {
        state.timeEmbedding = embedding(arithmetic, state.timestep, state.condition);
    });
}

void Assembly::addInput() {
    beginStage("conv_in", 0);
    m_channels = m_config.channels.front();
    m_skips = {m_channels};
    const Layer* conv = m_builder.conv("conv_in", m_config.inChannels, m_channels, around(m_config.inputKernel));
    runs([conv, centers = m_config.centersInput](Arithmetic& arithmetic, UNetState& state) {
        state.hidden = arithmetic.conv2d(*conv, centers ? 2 * state.hidden - 1 : state.hidden);
        arithmetic.produced(conv->name, state.hidden);
        state.skips = {state.hidden};
    });
}

void Assembly::addDownBlock(int level) {
    const bool samples = level + 1 < levels();
    const int layers = m_config.layers[static_cast<std::size_t>(level)];
    for (int index = 0; index < layers; ++index) addDownLayer(level, index, index + 1 == layers && !samples);
    if (samples) addDownsampler(level);
}

/// `ends`: the output is that of the whole down block.
void Assembly::addDownLayer(int level, int index, bool ends) {
    const std::string block = "down_blocks." + std::to_string(level);
    const std::string number = std::to_string(index);
    beginStage(block + "." + number, level);
    const auto at = static_cast<std::size_t>(level);
    const int out = m_config.channels[at];
    const ResnetBlock convolve = resnet(block + ".resnets." + number, {m_channels}, out);
    std::optional<SpatialTransformer> attend;
    if (attends(m_config.downBlocks[at]))
        attend = transformer(block + ".attentions." + number, level,
                             m_config.downDepths[at][static_cast<std::size_t>(index)], m_config.textOnly[at]);
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
    const Downsampler sample(m_builder, block + ".downsamplers.0", m_channels,
                             m_config.padsAround ? Downsampler::Padding::Around : Downsampler::Padding::BelowAndRight);
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
    const ResnetBlock first = resnet("mid_block.resnets.0", {m_channels}, m_channels, m_config.middleScale);
    std::optional<SpatialTransformer> attend;
    std::optional<ResnetBlock> second;
    if (m_config.middle == MiddleBlock::Attention) { // "only_cross_attention" never reaches this one in diffusers
        attend = transformer("mid_block.attentions.0", level, m_config.middleDepth, false);
        second = resnet("mid_block.resnets.1", {m_channels}, m_channels, m_config.middleScale);
    }
    runs([first, attend, second, name = m_builder.fullName("mid_block")](Arithmetic& arithmetic, UNetState& state) {
        state.hidden = first(arithmetic, state.hidden, state.timeEmbedding);
        if (attend) state.hidden = (*attend)(arithmetic, state.hidden, textOf(state));
        if (second) state.hidden = (*second)(arithmetic, state.hidden, state.timeEmbedding);
        arithmetic.produced(name, state.hidden);
    });
}

void Assembly::addUpBlock(int index) {
    const int layers = m_config.layers[static_cast<std::size_t>(levels() - 1 - index)] + 1;
    for (int layer = 0; layer < layers; ++layer) addUpLayer(index, layer, layer + 1 == layers);
}

void Assembly::addUpLayer(int block, int index, bool ends) {
    const int level = levels() - 1 - block;
    const std::string blockName = "up_blocks." + std::to_string(block);
    const std::string number = std::to_string(index);
    beginStage(blockName + "." + number, level);
    const int out = m_config.channels[static_cast<std::size_t>(level)];
    const ResnetBlock convolve = resnet(blockName + ".resnets." + number, {m_channels, m_skips.back()}, out);
    m_skips.pop_back();
    m_channels = out;
    std::optional<SpatialTransformer> attend;
    const auto at = static_cast<std::size_t>(block);
    if (attends(m_config.upBlocks[at]))
        attend = transformer(blockName + ".attentions." + number, level,
                             m_config.upDepths[at][static_cast<std::size_t>(index)],
                             m_config.textOnly[static_cast<std::size_t>(level)]);
    std::optional<Upsampler> sample;
    if (ends && level > 0) {
        m_builder.setDownscale(1 << (level - 1));
        sample.emplace(m_builder, blockName + ".upsamplers.0", out);
    }
    runs([convolve, attend, sample, ends, name = m_builder.fullName(blockName)](Arithmetic& arithmetic,
                                                                                UNetState& state) {
        state.hidden = at::cat({state.hidden, state.skips.back()}, 1);
        state.skips.pop_back();
        state.hidden = convolve(arithmetic, state.hidden, state.timeEmbedding);
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
    const Layer* conv = m_builder.conv("conv_out", m_channels, m_config.outChannels, around(m_config.outputKernel));
    runs([norm, conv, activation = m_config.activation,
          normName = m_builder.fullName("conv_norm_out")](Arithmetic& arithmetic, UNetState& state) {
        state.hidden = norm(state.hidden);
        arithmetic.produced(normName, state.hidden);
        state.hidden = state.hidden.clone(); // as it stands it has been reported
        activate(activation, state.hidden);
        state.hidden = arithmetic.conv2d(*conv, state.hidden);
        arithmetic.produced(conv->name, state.hidden);
    });
}

/// `rows` must be [texts, size], or undefined where `size` is 0.
void checkRows(const at::Tensor& rows, std::int64_t texts, int size, const std::string& what) {
    if (size == 0 && rows.defined()) throw badInput("This UNet does not know what to do with " + what + ".");
    if (size > 0 && (!rows.defined() || rows.dim() != 2 || rows.size(0) != texts || rows.size(1) != size))
        throw badInput("This UNet asks for " + what + " of shape [texts, " + std::to_string(size) + "].");
}

void checkCondition(const UNetConfig& config, const Condition& condition, std::int64_t batch) {
    const at::Tensor& context = condition.context;
    if (!context.defined() || context.dim() != 3 || context.size(2) != config.crossAttentionDim ||
        context.size(0) == 0 || batch % context.size(0) != 0)
        throw badInput("The text context must be of shape [texts, tokens, " + std::to_string(config.crossAttentionDim) +
                       "], its texts dividing the batch.");
    const std::int64_t texts = context.size(0);
    checkRows(condition.pooled, texts, config.pooledDim, "a pooled text embedding");
    checkRows(condition.timeIds, texts, config.pooledDim > 0 ? kTimeIds : 0, "time ids");
    checkRows(condition.guidance, texts, config.guidanceDim, "an embedded guidance scale");
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
    if (latent.dim() != 4 || latent.size(1) != config.inChannels)
        throw badInput("The latent must be of shape [batch, " + std::to_string(config.inChannels) +
                       ", height, width] for this UNet.");
    const std::int64_t batch = latent.size(0);
    if (timestep.numel() != 1 && timestep.numel() != batch)
        throw badInput("There must be one timestep, or one for each of the " + std::to_string(batch) + " latents.");
    checkCondition(config, condition, batch);
    UNetState state;
    state.timestep = timestep.to(at::kFloat).reshape({-1}).expand({batch});
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
