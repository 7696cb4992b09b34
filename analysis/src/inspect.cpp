#include <analysis/inspect.h>

#include "channelpeaks.h"
#include "weightmaps.h"

#include <ldm/error.h>
#include <ldm/networks.h>
#include <ldm/wholefiles.h>
#include <quant/calibrating.h>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <numeric>

namespace analysis {

namespace {

std::vector<quant::WeightFormat> inspectedFormats() {
    std::vector<quant::WeightFormat> formats = quant::allWeightFormats();
    std::erase(formats, quant::WeightFormat::Fp32);
    return formats;
}

/// Sums by format, or nothing where one of the layers does not fit into it.
using FormatSums = std::vector<std::optional<quant::ErrorSums>>;

FormatSums errorsOf(const ldm::Layer& layer, const at::Tensor& weight,
                    const std::vector<quant::WeightFormat>& formats) {
    FormatSums sums;
    for (const quant::WeightFormat format : formats) {
        try {
            sums.emplace_back(weightErrors(layer, weight, format));
        } catch (const ldm::Error&) { // finite weights that are too large for the format
            sums.emplace_back(std::nullopt);
        }
    }
    return sums;
}

std::vector<WeightSqnr> decibelsOf(const FormatSums& sums, const std::vector<quant::WeightFormat>& formats) {
    std::vector<WeightSqnr> sqnr;
    for (std::size_t i = 0; i < formats.size(); ++i)
        sqnr.push_back({formats[i], sums[i] ? sums[i]->db() : kNotMeasured});
    return sqnr;
}

/// Takes one layer after the other.
class WeightCollector {
public:
    void add(const ldm::Layer& layer);
    WeightInspection result() &&;

private:
    const std::vector<quant::WeightFormat> m_formats = inspectedFormats();
    FormatSums m_sums{m_formats.size(), quant::ErrorSums{}};
    quant::Histogram m_histogram;
    std::vector<ChannelPeak> m_peaks;
    WeightInspection m_result;
};

void WeightCollector::add(const ldm::Layer& layer) {
    const at::Tensor weight = layer.weight.values().to(at::kFloat).contiguous();
    quant::Histogram histogram;
    if (!count(weight, histogram))
        throw ldm::badInput("The weights of layer '" + layer.name +
                            "' are not all finite numbers; get the file again, or leave this layer out.");
    const std::vector<ChannelPeak> peaks = peaksOf(layer.name, channelMaxima(weight, 1));
    const FormatSums sums = errorsOf(layer, weight, m_formats);
    m_histogram.add(histogram);
    m_peaks.insert(m_peaks.end(), peaks.begin(), peaks.end());
    for (std::size_t i = 0; i < m_formats.size(); ++i) {
        if (m_sums[i] && sums[i])
            *m_sums[i] += *sums[i];
        else
            m_sums[i].reset();
    }
    m_result.layers.push_back({layer.name, spreadOf(histogram), peaks, decibelsOf(sums, m_formats)});
}

WeightInspection WeightCollector::result() && {
    m_result.together = {{}, spreadOf(m_histogram), highest(std::move(m_peaks)), decibelsOf(m_sums, m_formats)};
    return std::move(m_result);
}

} // namespace

at::Tensor channelMaxima(const at::Tensor& values, std::int64_t channelDimension) {
    const std::int64_t kept = channelDimension < 0 ? channelDimension + values.dim() : channelDimension;
    std::vector<std::int64_t> others;
    for (std::int64_t dimension = 0; dimension < values.dim(); ++dimension)
        if (dimension != kept) others.push_back(dimension);
    if (others.empty()) return values.abs().to(at::kCPU, at::kFloat);
    return at::maximum(values.amax(others), values.amin(others).neg()).to(at::kCPU, at::kFloat);
}

std::vector<ChannelPeak> highest(std::vector<ChannelPeak> peaks) {
    std::stable_sort(peaks.begin(), peaks.end(),
                     [](const ChannelPeak& a, const ChannelPeak& b) { return a.ratio > b.ratio; });
    if (peaks.size() > kMostPeaks) peaks.resize(kMostPeaks);
    return peaks;
}

std::vector<ChannelPeak> peaksOf(const std::string& layer, const at::Tensor& maxima) {
    const at::Tensor values = maxima.contiguous();
    const auto* largest = values.data_ptr<float>();
    std::vector<float> sorted(largest, largest + values.numel());
    const auto middle = sorted.begin() + std::ptrdiff_t(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    const double median = *middle;
    std::vector<ChannelPeak> peaks;
    for (std::int64_t channel = 0; channel < values.numel(); ++channel) {
        const double here = largest[channel];
        const double ratio = here == median ? 1 : median > 0 ? here / median : std::numeric_limits<double>::infinity();
        peaks.push_back({layer, int(channel), here, ratio});
    }
    return highest(std::move(peaks));
}

std::optional<quant::Range> count(const at::Tensor& values, quant::Histogram& histogram) {
    const at::Tensor flat = values.to(at::kCPU, at::kFloat).contiguous();
    const auto range = quant::rangeOf(flat);
    if (range) histogram.add({flat.data_ptr<float>(), std::size_t(flat.numel())}, *range);
    return range;
}

std::vector<int> layersOf(const ldm::ModelInfo& model, std::string_view blockOrLayer) {
    if (const ldm::BlockInfo* block = model.findBlock(blockOrLayer)) return block->layers;
    const int layer = model.layerIndex(blockOrLayer);
    if (layer < 0)
        throw ldm::badInput("The model " + model.name + " has no block or layer '" + std::string(blockOrLayer) +
                            "'; noisefloor inspect MODEL lists the blocks, and with --json their layers.");
    return {layer};
}

std::optional<WeightInspection> inspectWeights(const ldm::Model& model, const std::vector<int>& layers,
                                               std::stop_token stop, const ldm::ProgressSink& progress) {
    const c10::InferenceMode inference;
    WeightCollector collector;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        if (stop.stop_requested()) return std::nullopt;
        const ldm::Layer& layer = *model.networks().unet.layers()[std::size_t(layers[i])];
        collector.add(layer);
        layer.weight.release();
        ldm::report(progress, "weights", std::int64_t(i + 1), std::int64_t(layers.size()));
    }
    ldm::requireWhole(model);
    return std::move(collector).result();
}

} // namespace analysis
