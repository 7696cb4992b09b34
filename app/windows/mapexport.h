#pragma once

#include <app/jobs/result.h>

#include <widgets/heatmap.h>

namespace app::windows {

/// What is seen of a map as a picture or as numbers. Files are written aside and renamed. GUI thread.
jobs::Result<jobs::Done> saveMapPng(const widgets::HeatmapWidget& map, const QString& file);
/// Shapes and texts on white.
jobs::Result<jobs::Done> saveMapSvg(const widgets::HeatmapWidget& map, const QString& file);
jobs::Result<jobs::Done> saveMapCsv(const widgets::HeatmapWidget& map, const QString& file);

} // namespace app::windows
