#pragma once

#include <widgets/heatmapdata.h>

#include <QSet>

namespace widgets {

enum class HeatmapSort { Model, Name, Mean, Worst, Timestep, Parameters };

/// In which order the rows of a map are shown, and which of them show what is folded into them.
struct HeatmapOrder {
    HeatmapSort by = HeatmapSort::Model;
    bool descending = false;
    int timestep = 0;       ///< whose column counts, for HeatmapSort::Timestep
    QSet<QString> expanded; ///< ids of rows whose children are shown
    bool operator==(const HeatmapOrder&) const = default;
};

/// The rows of a map from top to bottom. Children follow their parent, in the same order among themselves; what was
/// not measured comes last whatever the direction.
QList<int> arrangedRows(const HeatmapData& data, const HeatmapOrder& order);
/// The map with these rows alone; parents are those among them.
HeatmapData withRows(const HeatmapData& data, const QList<int>& rows);
/// Rows that have children.
QList<int> parentRows(const HeatmapData& data);

} // namespace widgets
