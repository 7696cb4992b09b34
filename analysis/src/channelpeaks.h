#pragma once

#include <analysis/inspect.h>

#include <ldm/arithmetic.h>

namespace analysis {

/// Largest absolute value of every channel: of dimension 1 of a weight or of a convolution's input, of the last one of
/// a linear layer's. float32 [channels] on the CPU.
at::Tensor channelMaxima(const at::Tensor& values, std::int64_t channelDimension);

/// The channels that stand out most, of maxima float32 [channels].
std::vector<ChannelPeak> peaksOf(const std::string& layer, const at::Tensor& maxima);

/// Those of several layers together.
std::vector<ChannelPeak> highest(std::vector<ChannelPeak> peaks);

/// Counts finite values of any shape and device; returns nothing, counting none, where one is not finite.
std::optional<quant::Range> count(const at::Tensor& values, quant::Histogram& histogram);

inline Spread spreadOf(const quant::Histogram& histogram) {
    return {histogram.whole(), histogram.bins(kMostBins)};
}

} // namespace analysis
