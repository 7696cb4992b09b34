#include <quant/calibration.h>

#include "nearest.h"

#include <ldm/error.h>
#include <ldm/files.h>
#include <ldm/safetensors.h>
#include <ldm/wholefiles.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <set>
#include <span>

namespace quant {

namespace {

static_assert(std::endian::native == std::endian::little, "safetensors data is little-endian");
static_assert(sizeof(Range) == 2 * sizeof(float), "ranges are written as they lie in memory");

constexpr const char* kStepsKey = "noisefloor.steps";
constexpr const char* kRangeKey = "noisefloor.range"; ///< absent in older files: "minmax"
constexpr const char* kPercentileKey = "noisefloor.percentile";
constexpr const char* kModelKey = "noisefloor.model";

ldm::Error damaged(const std::filesystem::path& file, const std::string& what) {
    return ldm::badInput(file.string() + ": " + what + "; calibrate this model again.");
}

std::string clippedName(const std::string& layer, ActivationFormat format) {
    return layer + "." + std::string(nameOf(format));
}

/// The ranges of one layer by interval out of those of all layers.
std::vector<Range> rangesOf(const std::vector<Range>& all, std::size_t layer, std::size_t layers) {
    std::vector<Range> ranges;
    for (std::size_t i = layer; i < all.size(); i += layers) ranges.push_back(all[i]);
    return ranges;
}

std::string toText(double value) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

/// Reads the parts of one file.
class Reader {
public:
    Reader(const std::filesystem::path& file, const ldm::ModelInfo& model)
        : m_file(ldm::SafetensorsFile::open(file)), m_model(model) {}

    Calibration read() {
        readMetadata();
        m_result.inputs = ranges([](const std::string& layer) { return layer; });
        if (m_result.method == "mse")
            for (const ActivationFormat format : clippedFormats())
                m_result.clipped[format] =
                    ranges([format](const std::string& layer) { return clippedName(layer, format); });
        for (const ldm::TensorEntry& entry : m_file.entries())
            if (!m_names.contains(entry.name))
                throw damaged(m_file.path(), "'" + entry.name + "' is no layer of model '" + m_model.name +
                                                 "', the nearest is " +
                                                 quotedList(nearest(entry.name, {m_names.begin(), m_names.end()}, 1)));
        return std::move(m_result);
    }

private:
    const std::string* metadata(const char* key) const {
        const auto found = m_file.metadata().find(key);
        return found == m_file.metadata().end() ? nullptr : &found->second;
    }

    void readMetadata() {
        const std::string* steps = metadata(kStepsKey);
        if (!steps || (*steps != "first" && *steps != "all"))
            throw damaged(m_file.path(), "its metadata does not say which steps the ranges were taken from");
        m_result.steps = *steps;
        if (const std::string* range = metadata(kRangeKey)) m_result.method = *range;
        if (m_result.method != "minmax" && m_result.method != "percentile" && m_result.method != "mse")
            throw damaged(m_file.path(), "its metadata names no known kind of range");
        if (m_result.method == "percentile") m_result.percentile = percentile();
    }

    double percentile() const {
        double value = 0;
        const std::string* text = metadata(kPercentileKey);
        const bool isNumber = text && std::from_chars(text->data(), text->data() + text->size(), value).ptr ==
                                          text->data() + text->size();
        if (!isNumber || !(value > 50 && value <= 100))
            throw damaged(m_file.path(), "its metadata does not say which percentile its ranges are");
        return value;
    }

    /// The ranges of all layers, by interval and layer.
    template <typename NameOf> std::vector<Range> ranges(const NameOf& nameOf) {
        std::vector<std::vector<Range>> byLayer;
        for (const ldm::LayerInfo& layer : m_model.layers) byLayer.push_back(readRanges(nameOf(layer.name)));
        std::vector<Range> all;
        for (std::size_t interval = 0; interval < static_cast<std::size_t>(m_result.intervals); ++interval)
            for (const std::vector<Range>& ranges : byLayer) all.push_back(ranges[interval]);
        return all;
    }

    std::vector<Range> readRanges(const std::string& name) {
        const ldm::TensorEntry* entry = m_file.find(name);
        if (!entry) throw damaged(m_file.path(), "there is no range for layer '" + name + "'");
        const std::int64_t intervals = intervalsOf(*entry);
        if (m_names.empty()) m_result.intervals = static_cast<int>(intervals);
        if (intervals != m_result.intervals)
            throw damaged(m_file.path(), "layer '" + name + "' has ranges of " + std::to_string(intervals) +
                                             " intervals where others have " + std::to_string(m_result.intervals));
        m_names.insert(name);
        std::vector<Range> ranges(static_cast<std::size_t>(intervals));
        std::memcpy(ranges.data(), m_file.bytes(*entry).data(), ranges.size() * sizeof(Range));
        ldm::requireWhole(m_file.bytes(*entry));
        for (const Range& range : ranges)
            if (!std::isfinite(range.lo) || !std::isfinite(range.hi) || range.lo > range.hi)
                throw damaged(m_file.path(), "the range of layer '" + name + "' is not finite and ascending");
        return ranges;
    }

    std::int64_t intervalsOf(const ldm::TensorEntry& entry) const {
        const auto& shape = entry.shape;
        const bool isOne = shape.size() == 1 && shape[0] == 2;
        const bool areMany = shape.size() == 2 && shape[0] > 1 && shape[0] <= kMostIntervals && shape[1] == 2;
        if (entry.dtype != ldm::DType::F32 || !(isOne || areMany))
            throw damaged(m_file.path(),
                          "the range of layer '" + entry.name + "' is not two float32 numbers an interval");
        return isOne ? 1 : shape[0];
    }

    ldm::SafetensorsFile m_file;
    const ldm::ModelInfo& m_model;
    std::set<std::string> m_names; ///< of tensors that belong to the file
    Calibration m_result;
};

} // namespace

void saveCalibration(const Calibration& calibration, const ldm::ModelInfo& model, const std::filesystem::path& file) {
    const std::size_t layers = model.layers.size();
    if (calibration.layers() != layers)
        throw ldm::Error(ldm::ErrorKind::Failed, "the calibration does not belong to model '" + model.name + "'.");
    std::vector<std::pair<std::string, std::vector<Range>>> tables;
    for (std::size_t i = 0; i < layers; ++i) {
        const std::string& name = model.layers[i].name;
        tables.emplace_back(name, rangesOf(calibration.inputs, i, layers));
        for (const auto& [format, ranges] : calibration.clipped)
            tables.emplace_back(clippedName(name, format), rangesOf(ranges, i, layers));
    }
    std::vector<ldm::TensorToWrite> tensors;
    for (const auto& [name, ranges] : tables) {
        const auto intervals = static_cast<std::int64_t>(ranges.size());
        const std::vector<std::int64_t> shape =
            intervals == 1 ? std::vector<std::int64_t>{2} : std::vector<std::int64_t>{intervals, 2};
        tensors.push_back({name, ldm::DType::F32, shape, std::as_bytes(std::span(ranges))});
    }
    std::map<std::string, std::string> metadata{
        {kStepsKey, calibration.steps}, {kRangeKey, calibration.method}, {kModelKey, model.fingerprint}};
    if (calibration.percentile) metadata[kPercentileKey] = toText(*calibration.percentile);
    ldm::writeSafetensors(file, std::move(tensors), metadata);
}

Calibration loadCalibration(const std::filesystem::path& file, const ldm::ModelInfo& model) {
    return Reader(file, model).read();
}

} // namespace quant
