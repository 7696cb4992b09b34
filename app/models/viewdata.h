#pragma once

#include <app/models/maptexts.h>
#include <app/session/studiodocument.h>

#include <widgets/blocktreemodel.h>
#include <widgets/budgetbar.h>

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

/// The format whose map a row comes from; nothing where its layers differ.
std::optional<quant::Format> shownFormat(const session::StudioDocument& document, const MapChoice& choice, int row);

/// The block under the recipe; its SQNR is that of its own format, or made from its layers as in the map where layers
/// were measured.
widgets::BlockRow blockRow(const session::StudioDocument& document, analysis::Metric metric, int block);
/// The block that a row of the analysis is or belongs to; -1 if the model does not have it.
int blockOf(const session::StudioDocument& document, int analysisRow);
QList<widgets::BlockRow> blockRows(const session::StudioDocument& document, analysis::Metric metric,
                                   const QList<int>& blocks);
QList<widgets::BlockRow> blockRows(const session::StudioDocument& document, analysis::Metric metric);
/// Ids of the rows of a map, each in its own format, from the lowest mean SQNR up; rows without one are left out.
std::vector<std::string> worstFirst(const session::StudioDocument& document, analysis::Metric metric);
/// As ==, but values that are not measured are equal to each other.
bool looksEqual(widgets::BlockRow a, widgets::BlockRow b);

/// "end to end, from the final map": what a predicted number is the number of.
QString basisText(const analysis::Prediction& prediction);
/// Without a target.
widgets::BudgetValues budgetValues(const session::StudioDocument& document);

QImage toQImage(const ldm::Image& image);

} // namespace app::models
