#pragma once

#include <app/session/blockinspector.h>

#include <widgets/plotdata.h>

#include <QList>
#include <QString>

#include <optional>

namespace app::models {

/// What of a block is shown: all its layers together, or one of them.
struct InspectedPart {
    int block = -1; ///< of the model
    int layer = -1; ///< of the block, counted from 0; -1: all together
    bool operator==(const InspectedPart&) const = default;
};

/// "unet.mid_block", or the name of the layer.
QString nameOf(const ldm::ModelInfo& model, const InspectedPart& part);
/// "All 12 layers together", then the layers' names without that of the block.
QStringList partNames(const ldm::ModelInfo& model, int block);
/// The formats that the recipe gives the part; a side is missing where it varies over layers or steps.
quant::BlockFormat presentFormat(const session::StudioDocument& document, const InspectedPart& part);

/// With the levels or the range of the format as marks.
widgets::HistogramData weightHistogram(const analysis::WeightFacts& facts, std::optional<quant::WeightFormat> format);
widgets::HistogramData inputHistogram(const analysis::InputFacts& facts, std::optional<quant::ActivationFormat> format,
                                      const quant::CalibrationSettings& calibration);
/// Smallest and largest input at every step, and the range without the most extreme values.
widgets::LineData rangesOverTime(const analysis::InputFacts& facts);
/// Channels that stand out, the most outlying first.
widgets::Facts channelFacts(const std::vector<analysis::ChannelPeak>& peaks);
/// Decibels by format: of the weights alone, and those of the maps where the part is a row of them.
widgets::Facts formatFacts(const session::StudioDocument& document, const InspectedPart& part,
                           const analysis::WeightFacts& weights);

} // namespace app::models
