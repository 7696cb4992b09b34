#pragma once

#include <quant/recipe.h>
#include <quant/verify.h>

#include <ldm/generate.h>
#include <ldm/model.h>
#include <ldm/progress.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace quant {

enum class ExportFormat {
    Diffusers,  ///< folder, quantized values baked into float weights
    Checkpoint, ///< one .safetensors in the original LDM layout, likewise
    Gguf,       ///< ggml's block types: stable-diffusion.cpp, ComfyUI-GGUF, diffusers
    Onnx,       ///< folder of graphs with QuantizeLinear and DequantizeLinear: ONNX Runtime, TensorRT, OpenVINO
    ComfyUi,    ///< .safetensors with int8_tensorwise linear layers
    Sdnq,       ///< diffusers folder with a quantization_config, as are the next two
    Bitsandbytes,
    Quanto,
    Aimet,         ///< encodings beside an ONNX model
    Apple,         ///< mixed-bit recipe of ml-stable-diffusion
    ModelExplorer, ///< SQNR per layer as node data
    MixDq,         ///< bit widths by layer, YAML
    Recipe,        ///< the recipe file alone
};

/// What can be chosen about an export: the fields of ExportOptions.
enum class ExportOption { Floats, UnetOnly, Prefixed, Variant, FloatGraph, Size, Schema, LayerDb };
inline constexpr ExportOption kExportOptions[] = {
    ExportOption::Floats,     ExportOption::UnetOnly, ExportOption::Prefixed, ExportOption::Variant,
    ExportOption::FloatGraph, ExportOption::Size,     ExportOption::Schema,   ExportOption::LayerDb};
std::string_view nameOf(ExportOption option); ///< on the command line: "floats", "unet-only", ...

struct ExportFormatInfo {
    ExportFormat format;
    std::string_view name;                  ///< on the command line: "diffusers", "checkpoint", "gguf", ...
    std::string_view description;           ///< one line, for people
    std::string_view suffix;                ///< of the file it writes; empty for a folder
    bool holdsWeights = true;               ///< false for files that say something about a model and hold none of it
    std::vector<ExportOption> options = {}; ///< that it looks at; all others say nothing about it
    std::string_view clients = {};          ///< programs that load it, for people: "ONNX Runtime, TensorRT, OpenVINO"
    bool clientTested = true; ///< false where no client has loaded a file of ours: format-conformant, no more

    bool uses(ExportOption option) const;
};
const std::vector<ExportFormatInfo>& exportFormats();
const ExportFormatInfo& infoOf(ExportFormat format);

/// The recipe in an exported folder, and what marks the folder as an export: overwriting replaces no other folder.
inline constexpr const char* kExportedRecipeFile = "noisefloor.recipe.json";

/// What is stored of weights that are not quantized.
enum class FloatFormat { Fp32, Fp16, Bf16 };
inline constexpr FloatFormat kFloatFormats[] = {FloatFormat::Fp32, FloatFormat::Fp16, FloatFormat::Bf16};
std::string_view nameOf(FloatFormat floats); ///< "fp32", "fp16", "bf16"

/// Versions of AIMET's encodings, in the order of ExportOptions::schema.
inline constexpr std::string_view kAimetSchemas[] = {"0.6.1", "1.0.0"};

/// How a format is written. Each looks at those alone that its ExportFormatInfo lists; see docs/export.md.
struct ExportOptions {
    FloatFormat floats = FloatFormat::Fp16;
    bool unetOnly = false;     ///< Gguf, ComfyUi: the UNet without text encoders and autoencoder
    bool prefixed = false;     ///< of a UNet alone: names begin with "model.diffusion_model."
    std::string variant;       ///< Diffusers: "fp16" names weight files "*.fp16.safetensors"; may be empty
    bool quantizes = true;     ///< Onnx: false writes the float graph
    int width = 0, height = 0; ///< Onnx: of pictures in pixels, which its graphs are made for; 0: the model's default
    int schema = 0;            ///< Aimet: index into kAimetSchemas
    /// SQNR in dB by layer, for formats that tell it; empty, or one entry per ModelInfo::layers.
    std::vector<std::optional<double>> layerDb = {};

    bool operator==(const ExportOptions&) const = default;
};

struct ExportRequest {
    ExportFormat format = ExportFormat::Diffusers;
    std::filesystem::path path;
    bool overwrite = false; ///< an existing target is refused otherwise
    /// How the pictures are made whose layer inputs calibration and treatments are fitted to; see calibrationRuns().
    ldm::GenerateSettings sampling = {};
    ExportOptions options = {};
};

/// What becomes of a layer's weights in a file.
enum class Carriage {
    Exact,       ///< the recipe's integers or blocks, unchanged; scales as the format rounds them
    Requantized, ///< rounded anew to a type of the format: its quality must be measured again
    Float,       ///< as floating-point numbers, the recipe's rounding baked in
};
std::string_view nameOf(Carriage carriage); ///< "exact", "requantized", "float"

struct LayerCarriage {
    Carriage carriage = Carriage::Float;
    std::string type;        ///< as the format names it: "Q8_0", "I8", "F16"
    std::uint64_t bytes = 0; ///< of the weight with its scales
    std::string why = {};    ///< where not exact although the recipe quantizes: one clause, "rows of 36 hold no block"
};

/// What an export would write, known from shapes and formats alone.
struct ExportPlan {
    std::vector<LayerCarriage> layers; ///< by index into ModelInfo::layers; empty for formats that hold no weights
    std::uint64_t bytes = 0;           ///< predicted, of everything that is written
    std::vector<std::string> notes;    ///< what the format cannot carry, such as activation formats

    int count(Carriage carriage) const;
};

/// Throws BadInput for recipes and models that the format cannot express, saying why, and as resolve() does.
ExportPlan planExport(const ldm::ModelInfo& model, const Recipe& recipe, ExportFormat format,
                      const ExportOptions& options = {});

struct ExportReport {
    std::filesystem::path path;
    std::uint64_t bytes = 0;          ///< written in all
    std::uint64_t predictedBytes = 0; ///< of the plan
    std::int64_t tensors = 0;         ///< written, re-read and compared
    std::int64_t exactLayers = 0;     ///< as the file carries them, see Carriage
    std::int64_t requantizedLayers = 0;
    std::int64_t floatLayers = 0;
    std::int64_t bakedLayers = 0;  ///< of floatLayers: rounded to 8 bits or fewer by the recipe
    std::optional<double> worstDb; ///< least SQNR of a weight that is not float as it was read back against the
                                   ///< recipe's; nothing where all are equal
    std::string worstLayer;
    std::vector<std::string> notes; ///< as planned, and what writing found beside
    VerifyReport verified;          ///< every tensor as it was read back; no blocks, which verifyExport() computes
};

/// Writes aside, re-reads with the strict reader, compares tensor by tensor, then renames. Throws WriteFailed or
/// BadInput and leaves nothing behind, also where the model's files changed meanwhile; a stopped export returns nothing
/// and leaves nothing either. Recipes whose weight formats vary over time are refused by formats with weights.
std::optional<ExportReport> exportModel(const ldm::Model& model, const Recipe& recipe, const ExportRequest& request,
                                        std::stop_token stop = {}, const ldm::ProgressSink& progress = {});

} // namespace quant
