#pragma once

#include <widgets/heatmapdata.h>

#include <analysis/sqnr.h>

#include <QString>

#include <optional>
#include <string_view>

namespace app::models {

/// "w8a8" as text for people and as key of combo boxes.
QString toText(quant::Format format);
QString toText(std::string_view name);

/// What the numbers of its maps are.
widgets::HeatmapScale scaleOf(analysis::Metric metric);
/// "local SQNR, w8a8"; without a format that of the recipe.
QString mapTitle(analysis::Metric metric, std::optional<quant::Format> format);
/// Which tensor, which inputs, which pooling.
QString mapLegend(const analysis::AnalysisSettings& settings, analysis::Metric metric);

/// One map of an analysis as it is in the file, with its noise floor.
widgets::HeatmapData mapData(const analysis::Analysis& analysis, const analysis::SqnrMap& map);

} // namespace app::models
