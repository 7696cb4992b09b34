#pragma once

#include <quant/format.h>

#include <ldm/model.h>

#include <array>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace quant {

/// A LoRA that was merged into a model's weights before they were quantized.
struct LoraRef {
    std::string name;
    std::string fingerprint;
    double weight = 1;
    bool operator==(const LoraRef&) const = default;
};

/// Which model a recipe or an analysis was made for. The fingerprint is that of the model with its LoRAs.
struct ModelRef {
    std::string name;
    std::string fingerprint;
    std::vector<LoraRef> loras = {}; ///< in the order in which they were merged
    bool operator==(const ModelRef&) const = default;
};

/// How recipes refer to an opened model.
ModelRef modelRef(const ldm::ModelInfo& model);

/// One rule: layers whose name or block id matches get the given side(s) of the format. `*` matches inside one name
/// segment, `**` across segments.
struct Rule {
    std::string match;
    std::optional<WeightFormat> weights;
    std::optional<ActivationFormat> activations;
    std::optional<std::array<int, 2>> timesteps; ///< first and last training timestep, both included, ascending
    std::string why;
    bool operator==(const Rule&) const = default;
};

/// Layers that are smoothed; `match` as in rules. Later ones win.
struct SmoothedModule {
    std::string match;
    std::optional<double> alpha; ///< 0..1; without one, that of all
    bool operator==(const SmoothedModule&) const = default;
};

/// Range of inputs moved into the weights: per input channel s = max|X|^alpha / max|W|^(1 - alpha), X / s, W * s
/// (SmoothQuant, after Yang et al. 2023 for the modules that are sensitive).
struct Smoothing {
    std::optional<double> alpha; ///< 0..1; without one, each layer gets that of least error at its own output
    std::vector<SmoothedModule> modules;
    bool operator==(const Smoothing&) const = default;
};

/// Layers whose 4-bit weights are rounded with error feedback (GPTQ) rather than to nearest.
struct ErrorFeedback {
    std::vector<std::string> modules; ///< patterns as in rules
    bool operator==(const ErrorFeedback&) const = default;
};

/// Layers whose largest singular directions stay in fp16 beside the quantized rest (after SVDQuant).
struct LowRank {
    int rank = 16;
    std::vector<std::string> modules; ///< patterns as in rules
    bool operator==(const LowRank&) const = default;
};

/// How the activation ranges of a recipe are found.
struct CalibrationSettings {
    std::string prompts = "resources/prompts/default.txt"; ///< file, one prompt a line
    std::string steps = "all";                             ///< "first" or "all" sampling steps
    std::string range = "minmax";                          ///< "minmax", "percentile" or "mse"
    double percentile = 99.99; ///< of the values, that stays inside the range; for "percentile"
    int intervals = 1;         ///< ranges of their own per so many equal parts of the training timesteps
    std::string file;          ///< saved ranges (*.calib.safetensors) used in place of a run; may be empty
    bool operator==(const CalibrationSettings&) const = default;
};

struct Provenance {
    std::string analysis;
    std::string metric;
    std::optional<std::int64_t> seed;
    std::string version;
    std::optional<double> predictedDb = {}; ///< end-to-end SQNR as predicted when it was made; finite
    std::optional<double> measuredDb = {};  ///< likewise, as measured
    bool operator==(const Provenance&) const = default;
};

/// The precision of every layer of a UNet as data: a default, then rules of which later ones win.
struct Recipe {
    std::string name = "untitled";
    ModelRef model;
    Format base{WeightFormat::Int8, ActivationFormat::Int8}; ///< "default" in the file
    std::vector<Rule> rules;
    std::optional<Smoothing> smoothing;
    std::optional<ErrorFeedback> errorFeedback; ///< "error_feedback" in the file
    std::optional<LowRank> lowRank;             ///< "low_rank"
    bool splitSkips = false; ///< "split_skips": both halves of a skip concatenation have ranges of their own
    bool precomputedTimeEmbedding = false; ///< "precomputed_time_embedding": exact per step, kept as a table
    CalibrationSettings calibration;
    Provenance provenance;
    bool operator==(const Recipe&) const = default;
};

/// True if `pattern` matches the whole name.
bool matches(std::string_view pattern, std::string_view name);
/// True if it matches the layer's name or the id of its block.
bool matches(std::string_view pattern, const ldm::LayerInfo& layer);

/// Strict: unknown keys, wrong types, unknown formats, duplicate keys and trailing text throw BadInput with file, line
/// and remedy.
Recipe parseRecipe(std::string_view text, const std::string& file);
Recipe loadRecipe(const std::filesystem::path& file);
/// The same for a recipe that must resolve() for a model: what does not fit is named with the file and the rule.
Recipe loadRecipe(const std::filesystem::path& file, const ldm::ModelInfo& model);
/// Human-editable JSON that parseRecipe reads back to an equal value.
std::string toJson(const Recipe& recipe);
void saveRecipe(const Recipe& recipe, const std::filesystem::path& file);

/// Formats of all layers over a range of timesteps.
struct PlanSegment {
    int firstTimestep = 0;       ///< lowest training timestep of the segment, included
    int lastTimestep = 0;        ///< highest, included
    std::vector<Format> formats; ///< by layer index
};

/// What a recipe asks for one layer beside its formats.
struct PlannedTreatment {
    int layer = 0; ///< index into ModelInfo::layers
    bool smoothed = false;
    std::optional<double> alpha = {}; ///< of smoothing; without one it is searched
    bool errorFeedback = false;       ///< for those of its formats that takesFeedback()
    int rank = 0;                     ///< of the part kept in fp16 beside weights of 8 bits or fewer; 0: none
    std::int64_t splitAt = 0;         ///< input channel from which on inputs have a range of their own; 0: nowhere
    int splitInput = -1;              ///< index of that range in a calibration, behind those of the layers
    bool exact = false;               ///< computed in full precision, its outputs kept per step
    std::vector<Format> formats;      ///< that the layer has over time, each once, ascending
    bool operator==(const PlannedTreatment&) const = default;

    bool needsInputs() const { return smoothed || errorFeedback; } ///< of the layer, from full precision
};

/// True for the formats that error feedback can round: 4-bit codes on a fixed grid.
bool takesFeedback(WeightFormat format);
/// Whether a low rank is kept beside weights of this shape and format: not beside those that are stored in more than 8
/// bits.
bool takesLowRank(WeightFormat format, std::span<const std::int64_t> weightShape);

/// A recipe applied to a model.
struct Plan {
    std::vector<PlanSegment>
        segments;                   ///< ascending, covering 0..999 without gaps; one segment when no rule has a range
    std::vector<int> matchedLayers; ///< how many layers each rule matches, by rule
    std::vector<std::string> warnings;          ///< such as q/k/v of one attention that differ
    std::vector<PlannedTreatment> treated = {}; ///< ascending by layer; those alone that have a treatment

    const std::vector<Format>& at(int timestep) const;
    const PlannedTreatment* treatmentOf(int layer) const; ///< null where a layer has none
    bool variesOverTime() const { return segments.size() > 1; }
};

/// Throws BadInput for a rule or a treatment that matches nothing (naming it and near names), for a low rank that no
/// matched layer is large enough for, and for a recipe whose fingerprint belongs to another model.
Plan resolve(const Recipe& recipe, const ldm::ModelInfo& model);

/// The name of the attention module that a query, key or value projection belongs to; empty for other layers. The three
/// of one attention share a format.
std::string attentionOf(std::string_view layer);

/// Editing. Sets one or both sides of whole blocks by rules whose match is exactly the block id, placed after all
/// others; rules of that kind that no longer change anything are removed. Ids must exist in the model.
Recipe withBlockFormat(Recipe recipe, const ldm::ModelInfo& model, const std::vector<std::string>& blocks,
                       std::optional<WeightFormat> weights, std::optional<ActivationFormat> activations,
                       const std::string& why = {});

/// The format of a block: of all its layers where they agree at all timesteps, nothing where they differ.
struct BlockFormat {
    std::optional<WeightFormat> weights;
    std::optional<ActivationFormat> activations;
    bool operator==(const BlockFormat&) const = default;
};
BlockFormat blockFormat(const Plan& plan, const ldm::ModelInfo& model, int block);

} // namespace quant
