#pragma once

#include <ldm/safetensors.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ldm {

/// Where the input of a layer lives; decides how many positions the layer is applied to.
enum class Domain {
    Image,   ///< one position per pixel of the feature map, latent size / downscale
    Context, ///< one position per text token
    Vector,  ///< one position per sample (time embedding)
};

enum class LayerKind { Linear, Conv2d };

/// A linear or convolution layer of the UNet: the unit that recipes give a precision to.
struct LayerInfo {
    std::string name;  ///< diffusers name with its part: "unet.mid_block.resnets.0.conv1"
    std::string block; ///< id of the block it belongs to: "unet.mid_block"
    LayerKind kind = LayerKind::Linear;
    std::vector<std::int64_t> weightShape; ///< [out, in] or [out, in, kh, kw]
    bool hasBias = false;
    std::string storedAs = "F32";  ///< type in the file: "F16", "Q4_K"
    std::uint64_t storedBytes = 0; ///< of the weight in the file
    Domain domain = Domain::Image;
    int downscale = 1;            ///< of the output feature map against the latent, for Domain::Image
    std::int64_t skipStart = 0;   ///< first input channel that a skip was appended as; 0 where none was
    bool ofTimestepAlone = false; ///< its input depends on nothing but the timestep

    std::int64_t weights() const; ///< number of weight elements, without bias
    std::int64_t outputs() const { return weightShape.front(); }
};

/// A block of the UNet, as design and literature name it; the order of blocks is the order of execution.
struct BlockInfo {
    std::string id;              ///< "unet.down_blocks.0.1"
    std::vector<int> layers;     ///< indices into ModelInfo::layers, in order of execution
    std::int64_t parameters = 0; ///< all parameters of the block, norms and biases included
};

/// One part of the pipeline: "unet", "vae", "text_encoder".
struct PartInfo {
    std::string name;
    std::string className; ///< "UNet2DConditionModel"
    std::int64_t parameters = 0;
    std::int64_t tensors = 0;
    std::uint64_t bytes = 0; ///< of tensor data as stored
    std::string storedAs;    ///< "F16", or "F16, F32" where mixed
};

/// A LoRA to be merged into the weights when a model is opened.
struct LoraChoice {
    std::filesystem::path file;
    double weight = 1;
    bool operator==(const LoraChoice&) const = default;
};

/// A LoRA that was merged: the model is another one with it.
struct LoraInfo {
    std::string name;        ///< file name without extension
    std::string fingerprint; ///< "sha256:..."
    double weight = 1;
    int layers = 0; ///< that it changed
    bool operator==(const LoraInfo&) const = default;
};

enum class DeviceKind { Cpu, Cuda };
enum class Precision { Fp32, Bf16 };

/// Where and in which precision UNet and autoencoder run. Text encoders run once a prompt, on the CPU in fp32.
struct Compute {
    DeviceKind device = DeviceKind::Cpu;
    int deviceIndex = 0; ///< for Cuda
    Precision precision = Precision::Fp32;
    bool operator==(const Compute&) const = default;
};

/// What to open, and how.
struct OpenRequest {
    std::string model; ///< diffusers folder, .safetensors or .gguf file, or the name of an embedded model
    std::vector<LoraChoice> loras;
    /// A model like `model` that lends the parts it lacks: text encoder, tokenizer, autoencoder. May be empty.
    std::string base;
    std::string
        prediction; ///< prediction type of a single file that does not say: "epsilon", "v_prediction"; else empty
    Compute compute;
    bool operator==(const OpenRequest&) const = default;
};

/// What is known about a model without running it.
struct ModelInfo {
    std::string name;           ///< folder, file or embedded name: "emoji-ldm"
    std::filesystem::path path; ///< of the diffusers folder or file
    std::string container;      ///< "diffusers folder", "single-file checkpoint", "GGUF file"
    std::string family;         ///< "SD 1.x", "SD 2.x", "SDXL", with ", inpainting" or ", LCM" where it applies
    std::vector<LoraInfo> loras;
    /// What pictures need and the model lacks: "text encoder", "tokenizer", "autoencoder", of SDXL also "tokenizer 2".
    std::vector<std::string> missing;
    bool generates = true;   ///< false where something is missing
    bool analyzes = true;    ///< likewise, but only an inpainting UNet needs the autoencoder for that
    std::string fingerprint; ///< "sha256:..." over configurations, headers and sampled tensor data
    std::vector<PartInfo> parts;
    std::vector<BlockInfo> blocks;
    std::vector<LayerInfo> layers;
    std::uint64_t otherUnetBytes = 0; ///< stored bytes of UNet tensors that are no layer weight: biases, norms
    int latentChannels = 4;
    int vaeScale = 8;        ///< pixels per latent position
    int decoderChannels = 0; ///< most that the autoencoder computes at full resolution; 0 without one
    int defaultWidth = 512;  ///< pixels
    int defaultHeight = 512;
    int contextTokens = 77;
    std::string scheduler; ///< class name in the model's scheduler_config.json
    std::string sampler;   ///< the sampler for it, see sampler.h: "ddim"

    const BlockInfo* findBlock(std::string_view id) const;
    int layerIndex(std::string_view layer) const; ///< -1 if there is none
};

/// Multiply-accumulate operations of one layer for one sample at a latent size.
std::int64_t macs(const LayerInfo& layer, int latentHeight, int latentWidth, int contextTokens);

struct Networks; // tensors: see networks.h; never named by app or widgets

/// An opened model: its description and, behind an opaque handle, its networks. Copies share the weights. The
/// description may be read on any thread; running belongs to one thread at a time.
class Model {
public:
    /// Opens a model of any container. Maps weights, converts nothing. Throws BadInput with the
    /// file, the place and the remedy: missing or surplus tensors (first ten named), shapes that do not match the
    /// configuration, configurations this version cannot compute.
    static Model open(const OpenRequest& request);
    static Model open(const std::string& pathOrName) { return open(OpenRequest{pathOrName, {}, {}, {}, {}}); }

    const ModelInfo& info() const;
    Networks& networks() const;

private:
    explicit Model(std::shared_ptr<Networks> networks);
    std::shared_ptr<Networks> m_networks;
};

/// Folders searched for embedded models and other resources: $NOISEFLOOR_RESOURCES, the build tree's, the installed.
std::filesystem::path resourceFolder();
/// Names of the embedded models, sorted.
std::vector<std::string> embeddedModels();

} // namespace ldm
