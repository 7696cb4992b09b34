#include "graphnames.h"
#include "sidecar.h"

#include <ldm/error.h>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace quant {

namespace {

using Json = nlohmann::ordered_json;

enum class Schema { Lists061, Objects100 }; ///< as in kAimetSchemas

/// The grid x = (q + offset) * scale with q = 0 .. 2^bits - 1; one scale, one per output channel, or one per block of
/// consecutive weights of a channel.
struct Grid {
    int bits = 8;
    bool symmetric = true;
    std::int64_t offset = 0;
    std::vector<float> scales;
    std::int64_t block = 0; ///< weights per scale along a channel; 0: all
};

std::int64_t largestCode(int bits) {
    return (std::int64_t{1} << bits) - 1;
}

Json entry061(const Grid& grid, float scale) {
    return {{"bitwidth", grid.bits},
            {"dtype", "int"},
            {"is_symmetric", grid.symmetric ? "True" : "False"},
            {"min", static_cast<double>(grid.offset) * scale},
            {"max", static_cast<double>(grid.offset + largestCode(grid.bits)) * scale},
            {"scale", scale},
            {"offset", grid.offset}};
}

Json encoding100(const std::string& name, const Grid& grid) {
    Json json{{"name", name},
              {"enc_type", grid.block > 0           ? "PER_BLOCK"
                           : grid.scales.size() > 1 ? "PER_CHANNEL"
                                                    : "PER_TENSOR"},
              {"dtype", "INT"},
              {"bw", grid.bits},
              {"is_sym", grid.symmetric},
              {"scale", grid.scales},
              {"offset", std::vector(grid.scales.size(), grid.offset)}};
    if (grid.block > 0) json["block_size"] = grid.block;
    return json;
}

/// Collects the encodings of one of the file's two sections as text: those of a large model would not fit as objects.
class Section {
public:
    explicit Section(Schema schema) : m_schema(schema) {}

    void add(const std::string& name, const Grid& grid) {
        if (m_schema == Schema::Objects100) return append(encoding100(name, grid).dump());
        Json entries = Json::array();
        for (const float scale : grid.scales) entries.push_back(entry061(grid, scale));
        append(Json(name).dump() + ":" + entries.dump());
    }
    void addHalf(const std::string& name) {
        if (m_schema == Schema::Objects100)
            return append(Json{{"name", name}, {"enc_type", "PER_TENSOR"}, {"dtype", "FLOAT"}, {"bw", 16}}.dump());
        append(Json(name).dump() + ":" + Json::array({{{"bitwidth", 16}, {"dtype", "float"}}}).dump());
    }
    std::string text() const { return m_schema == Schema::Objects100 ? "[" + m_text + "]" : "{" + m_text + "}"; }

private:
    void append(const std::string& entry) { m_text += (m_text.empty() ? "\n" : ",\n") + entry; }

    Schema m_schema;
    std::string m_text;
};

Schema schemaOf(const ExportInput& input) {
    return input.options.schema == 0 ? Schema::Lists061 : Schema::Objects100;
}

Format formatOf(const ExportInput& input, std::size_t layer) {
    return input.plan.segments.front().formats[layer];
}

/// Blocks must lie along the input channels and divide them.
bool fitsBlocks(const ldm::LayerInfo& layer, std::int64_t group) {
    const std::int64_t row = layer.weights() / layer.outputs();
    return layer.weightShape[1] == row && row % group == 0;
}

/// Whether the file has words for a layer's weights.
bool tellsWeights(const ExportInput& input, std::size_t layer) {
    const WeightFormat format = formatOf(input, layer).weights;
    const PlannedTreatment* treated = input.plan.treatmentOf(static_cast<int>(layer));
    if (!isInteger(format) || (treated && (treated->exact || treated->smoothed || treated->rank > 0))) return false;
    const std::int64_t group = *scaleGroup(format);
    return group == 0 || (schemaOf(input) == Schema::Objects100 && fitsBlocks(input.model.layers[layer], group));
}

bool tellsInput(const ExportInput& input, std::size_t layer) {
    const PlannedTreatment* treated = input.plan.treatmentOf(static_cast<int>(layer));
    const ActivationFormat format = formatOf(input, layer).activations;
    const bool isFixed =
        format == ActivationFormat::Int16 || format == ActivationFormat::Int8 || format == ActivationFormat::Int4;
    return isFixed && !(treated && (treated->exact || treated->smoothed));
}

Grid weightGrid(const ExportJob& job, int layer) {
    const WeightFormat format = job.formatOf(layer).weights;
    const at::Tensor scales = job.codesOf(layer)->scale.contiguous();
    Grid grid{bits(format), true, -(std::int64_t{1} << (bits(format) - 1)), {}, *scaleGroup(format)};
    grid.scales.assign(scales.data_ptr<float>(), scales.data_ptr<float>() + scales.numel());
    return grid;
}

/// The range over all timesteps.
Range rangeOf(const Calibration& calibration, const ExportJob& job, int layer) {
    const ActivationFormat format = job.formatOf(layer).activations;
    Range range = calibration.range(layer, format);
    for (int interval = 1; interval < calibration.intervals; ++interval)
        range = {std::min(range.lo, calibration.range(layer, format, interval).lo),
                 std::max(range.hi, calibration.range(layer, format, interval).hi)};
    return range;
}

Grid inputGrid(const Calibration& calibration, const ExportJob& job, int layer) {
    const ActivationFormat format = job.formatOf(layer).activations;
    const ActivationScale found = activationScale(rangeOf(calibration, job, layer), format);
    return {bits(format), false, -std::int64_t{found.zeroPoint}, {found.scale}, 0};
}

/// What the file says of a layer's input if it alone reads that: nothing where this is Fp32.
ActivationFormat wantedInput(const ExportInput& input, std::size_t layer) {
    const ActivationFormat format = formatOf(input, layer).activations;
    return tellsInput(input, layer) || format == ActivationFormat::Fp16 ? format : ActivationFormat::Fp32;
}

/// For each tensor that layers read, the one whose format is widest: a tensor has one encoding for all its readers.
std::map<std::string, std::size_t> widestReaders(const ExportInput& input, const std::vector<LayerInGraph>& names) {
    std::map<std::string, std::size_t> widest;
    for (std::size_t layer = 0; layer < names.size(); ++layer) {
        const auto [reader, isFirst] = widest.emplace(names[layer].input, layer);
        // Formats ascend from most to fewest bits.
        if (!isFirst && wantedInput(input, layer) < wantedInput(input, reader->second)) reader->second = layer;
    }
    return widest;
}

/// How the ranges were found, in AIMET's words.
const char* schemeOf(const std::string& range) {
    if (range == "mse") return "post_training_tf_enhanced";
    return range == "percentile" ? "post_training_percentile" : "post_training_tf";
}

class AimetEncodings final : public Sidecar {
public:
    void check(const ExportInput& input, std::vector<std::string>& notes) const override {
        requireConstantFormats(input);
        std::size_t told = 0;
        std::size_t untoldWeights = 0;
        std::size_t untoldInputs = 0;
        for (std::size_t layer = 0; layer < input.model.layers.size(); ++layer) {
            const Format format = formatOf(input, layer);
            const bool weights = tellsWeights(input, layer);
            const bool inputs = tellsInput(input, layer);
            if (weights || inputs) ++told;
            if (!weights && bits(format.weights) < 16) ++untoldWeights;
            if (!inputs && bits(format.activations) < 16) ++untoldInputs;
        }
        if (told == 0)
            throw ldm::badInput("recipe '" + input.recipe.name +
                                "' has no integer format that encodings could hold; choose such as w8a8.");
        noteTreatmentsAreLeftOut(input, notes);
        if (untoldWeights > 0)
            notes.emplace_back("weights of " + layersText(untoldWeights) +
                               " left out: encodings hold integers with a scale "
                               "per channel, and version 1.0.0 blocks of rows");
        if (untoldInputs > 0)
            notes.emplace_back("inputs of " + layersText(untoldInputs) +
                               " left out: encodings hold integers with one fixed range");
        if (input.recipe.calibration.intervals > 1)
            notes.emplace_back("ranges by timestep are united to one per layer, which is wider");
        notes.emplace_back(
            "names are those of the float graph of the UNet that the ONNX export writes, in which an encoding "
            "rounds a tensor for all that read it");
    }

    std::uint64_t otherBytes(const ExportInput& input) const override {
        constexpr std::uint64_t kEntry061 = 130; // of one scale, about
        constexpr std::uint64_t kEntry100 = 28;
        std::uint64_t scales = input.model.layers.size();
        for (std::size_t layer = 0; layer < input.model.layers.size(); ++layer) {
            if (!tellsWeights(input, layer)) continue;
            const ldm::LayerInfo& info = input.model.layers[layer];
            const std::int64_t group = *scaleGroup(formatOf(input, layer).weights);
            scales += static_cast<std::uint64_t>(group == 0 ? info.outputs() : info.weights() / group);
        }
        return scales * (schemaOf(input) == Schema::Lists061 ? kEntry061 : kEntry100);
    }

protected:
    Texts texts(ExportJob& job) const override {
        const ExportInput input = inputOf(job);
        const std::vector<LayerInGraph> names = layersInGraph(job.checkpoint(), job.model());
        const Section inputs = inputsOf(job, input, names);
        return {{"", fileText(input, inputs, weightsOf(job, input, names))}};
    }

private:
    static Section weightsOf(ExportJob& job, const ExportInput& input, const std::vector<LayerInGraph>& names) {
        Section section(schemaOf(input));
        for (std::size_t layer = 0; layer < names.size(); ++layer) {
            job.checkStop();
            job.advance("writing encodings");
            if (tellsWeights(input, layer))
                section.add(names[layer].weight, weightGrid(job, static_cast<int>(layer)));
            else if (formatOf(input, layer).weights == WeightFormat::Fp16)
                section.addHalf(names[layer].weight);
        }
        return section;
    }

    static Section inputsOf(ExportJob& job, const ExportInput& input, const std::vector<LayerInGraph>& names) {
        Section section(schemaOf(input));
        const std::map<std::string, std::size_t> readers = widestReaders(input, names);
        std::optional<Calibration> calibration;
        for (const auto& [tensor, layer] : readers) {
            const ActivationFormat format = wantedInput(input, layer);
            if (format == ActivationFormat::Fp16) section.addHalf(tensor);
            if (!isCalibrated(format)) continue;
            if (!calibration) calibration = job.calibration();
            section.add(tensor, inputGrid(*calibration, job, static_cast<int>(layer)));
        }
        noteWidened(job, input, names, readers);
        return section;
    }

    static void noteWidened(ExportJob& job, const ExportInput& input, const std::vector<LayerInGraph>& names,
                            const std::map<std::string, std::size_t>& readers) {
        std::size_t widened = 0;
        for (std::size_t layer = 0; layer < names.size(); ++layer)
            if (wantedInput(input, layer) != wantedInput(input, readers.at(names[layer].input))) ++widened;
        if (widened > 0)
            job.note("inputs of " + layersText(widened) +
                     " are told as wide as another layer needs that reads the same");
    }

    static std::string fileText(const ExportInput& input, const Section& inputs, const Section& weights) {
        const Json arguments{{"activation_bitwidth", bits(input.recipe.base.activations)},
                             {"param_bitwidth", bits(input.recipe.base.weights)},
                             {"dtype", "int"},
                             {"is_symmetric", true},
                             {"per_channel_quantization", true},
                             {"quant_scheme", schemeOf(input.recipe.calibration.range)}};
        return "{\"version\":\"" + std::string(kAimetSchemas[static_cast<std::size_t>(input.options.schema)]) +
               "\",\n\"activation_encodings\":" + inputs.text() + ",\n\"param_encodings\":" + weights.text() +
               ",\n\"quantizer_args\":" + arguments.dump() + "}\n";
    }
};

} // namespace

std::unique_ptr<Exporter> aimetExporter() {
    return std::make_unique<AimetEncodings>();
}

} // namespace quant
