#pragma once

#include <ldm/activation.h>
#include <ldm/arithmetic.h>
#include <ldm/weights.h>

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ldm {

/// Numbers per row of Condition::timeIds.
inline constexpr int kTimeIds = 6;

/// What stands between the way down and the way up.
enum class MiddleBlock { None, Resnet, Attention };

/// unet/config.json, reduced to what this version computes; keys with other values are refused by name.
struct UNetConfig {
    int inChannels = 4;
    int outChannels = 4;
    std::vector<std::string> downBlocks;
    std::vector<std::string> upBlocks;
    MiddleBlock middle = MiddleBlock::Attention;
    std::vector<int> channels; ///< per level
    std::vector<int> layers;   ///< resnets per level on the way down; on the way up there is one more
    int crossAttentionDim = 1280;
    std::vector<int> heads;                   ///< number of heads per level ("attention_head_dim" in the file)
    std::vector<std::vector<int>> downDepths; ///< transformer blocks per level and layer
    std::vector<std::vector<int>> upDepths;   ///< likewise, per up block
    int middleDepth = 1;
    std::vector<bool> textOnly;    ///< per level: transformers look at the text alone, never at the picture
    int pooledDim = 0;             ///< of Condition::pooled; 0: no "text_time" embedding
    int timeIdDim = 0;             ///< sinusoids per time id
    int guidanceDim = 0;           ///< of Condition::guidance ("time_cond_proj_dim"); 0: none
    int timeDim = 1280;            ///< of the time embedding
    bool linearProjection = false; ///< transformers project in and out by linear layers, not 1x1 convolutions
    int normGroups = 32;
    double normEps = 1e-5;
    Activation activation = Activation::Silu;
    Activation timestepActivation = Activation::None; ///< after the timestep's embedding ("timestep_post_act")
    Activation timeActivation = Activation::None;     ///< after everything was added to it ("time_embedding_act_fn")
    double middleScale = 1;                           ///< the middle's resnets divide their outputs by it
    int inputKernel = 3;
    int outputKernel = 3;
    bool centersInput = false; ///< takes latents of [0, 1]
    bool padsAround = true;    ///< downsamplers pad all sides, else below and right only
    bool flipSinToCos = true;
    double freqShift = 0;
    int sampleHeight = 64; ///< of the latent of a usual picture
    int sampleWidth = 64;

    /// `file` names the source in messages. Throws BadInput.
    static UNetConfig parse(const nlohmann::json& json, const std::string& file);
};

/// Keys and values of cross-attention by layer id. They depend on the prompt only, so one trajectory shares them
/// between its steps; a changed arithmetic needs a fresh cache.
using KeyValueCache = std::map<int, at::Tensor>;

/// What the UNet is told beside latent and timestep. All rows count texts: C of them, C dividing the batch.
struct Condition {
    at::Tensor context;  ///< [C, tokens, dim]
    at::Tensor pooled;   ///< [C, dim] projected text embedding (SDXL), else undefined
    at::Tensor timeIds;  ///< [C, 6] original size, crop, target size in pixels, height first (SDXL), else undefined
    at::Tensor guidance; ///< [C, time_cond_proj_dim] embedded guidance scale (LCM), else undefined
};

/// Everything a stage reads and writes. Copying is cheap: tensors are shared and never modified in place.
struct UNetState {
    at::Tensor timestep;                      ///< [B] float32, training timesteps
    Condition condition;                      ///< the batch repeats its rows in order
    at::Tensor timeEmbedding;                 ///< [B, timeDim], after stage "unet.time_embedding"
    at::Tensor hidden;                        ///< [B, channels, h, w]; the latent before the first stage
    std::vector<at::Tensor> skips;            ///< outputs of the down path that the up path will take
    std::shared_ptr<KeyValueCache> keyValues; ///< may be null: nothing is shared then
};

/// One block of the network over the explicit state.
struct Stage {
    std::string id; ///< the block's id: "unet.down_blocks.0.1"
    std::function<void(Arithmetic&, UNetState&)> run;
};

/// UNet2DConditionModel of diffusers (SD 1.x, 2.x, SDXL, LCM) as a list of stages.
/// Source of the semantics: diffusers 0.27 `unet_2d_condition.py`.
class UNet {
public:
    UNet(UNetConfig config, WeightSource& weights);
    ~UNet();
    UNet(UNet&&) noexcept;

    const UNetConfig& config() const;
    const std::vector<Stage>& stages() const;
    const std::vector<const Layer*>& layers() const; ///< by id
    /// Description of the layers and blocks, in order of execution.
    const std::vector<LayerInfo>& layerInfos() const;
    const std::vector<BlockInfo>& blockInfos() const;

    /// latent [B, in, h, w] float32; timestep [B] or one value for all. Throws BadInput if the condition lacks what
    /// this UNet asks for, or has what it does not.
    UNetState start(const at::Tensor& latent, const at::Tensor& timestep, const Condition& condition) const;
    /// Runs the stages from `first` to the end and returns the predicted noise [B, out, h, w].
    at::Tensor finish(Arithmetic& arithmetic, UNetState state, std::size_t first = 0) const;
    /// The tensor by which a stage is judged: the time embedding after "unet.time_embedding", else `hidden`.
    static const at::Tensor& output(const Stage& stage, const UNetState& state);

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace ldm
