#pragma once

#include <app/session/studiodocument.h>

#include <widgets/blocktreemodel.h>
#include <widgets/budgetbar.h>
#include <widgets/heatmapdata.h>

#include <ldm/image.h>

#include <QImage>

#include <optional>

namespace app::models {

/// Which numbers a view shows: one metric, and one format for all blocks or, without it, each block in the format that
/// the recipe gives it.
struct MapChoice {
    analysis::Metric metric = analysis::Metric::Local;
    std::optional<quant::Format> format;
    bool operator==(const MapChoice&) const = default;
};

/// The format whose map a block's row comes from; nothing where its layers differ.
std::optional<quant::Format> shownFormat(const session::StudioDocument& document, const MapChoice& choice, int block);

widgets::HeatmapData heatmapData(const session::StudioDocument& document, const MapChoice& choice);
/// One row of heatmapData().
QList<double> heatmapRow(const session::StudioDocument& document, const MapChoice& choice, int block);
QList<double> floorValues(const session::StudioDocument& document, analysis::Metric metric);

/// The block under the recipe; its SQNR is that of its own format.
widgets::BlockRow blockRow(const session::StudioDocument& document, analysis::Metric metric, int block);
QList<widgets::BlockRow> blockRows(const session::StudioDocument& document, analysis::Metric metric);
/// As ==, but values that are not measured are equal to each other.
bool looksEqual(widgets::BlockRow a, widgets::BlockRow b);

widgets::BudgetValues budgetValues(const session::StudioDocument& document);

QImage toQImage(const ldm::Image& image);

/// "w8a8" as text for people and as key of combo boxes.
QString toText(quant::Format format);
QString toText(std::string_view name);

} // namespace app::models
