#pragma once

#include <QList>
#include <QString>
#include <QStringList>

namespace widgets {

/// A cell is greyed from this far below the noise floor on, in dB.
inline constexpr double kFloorMarginDb = 3.0;

enum class CellKind { NotMeasured, Measured, AtFloor, Exact };

/// SQNR in dB, one row per block and one column per timestep.
struct HeatmapData {
    QStringList rows;   ///< block ids, the first on top
    QList<int> columns; ///< training timesteps, left to right
    QList<double> db;   ///< row-major, rows x columns; NaN: not measured, +inf: exact; may be empty: nothing measured
    QList<double> floorDb; ///< the noise floor, the same size as `db`; or empty: not known
    QString title;         ///< what the map shows: "local SQNR, w8a8"
    QString legend;        ///< which tensor, which inputs, which pooling

    bool contains(int row, int column) const;
    /// NaN outside the map and where nothing was measured.
    double at(int row, int column) const;
    CellKind kind(int row, int column) const;
    /// "23.4 dB", "exact", "not measured", "98.1 dB, at the noise floor".
    QString valueText(int row, int column) const;
    /// "unet.mid_block, t 951: 23.4 dB"; empty outside the map.
    QString cellText(int row, int column) const;
};

/// "23.4" or "exact"; empty for NaN.
QString numberText(double db);

/// Values of cells that mean something on a scale (Measured only), as the smallest and largest multiple of 5 dB
/// around them; 0..40 while there is none.
struct DbRange {
    double low = 0;
    double high = 40;
    bool operator==(const DbRange&) const = default;
};
DbRange rangeOf(const HeatmapData& data);

/// Tab-separated, with a header line; what Copy puts on the clipboard.
QString toTabSeparated(const HeatmapData& data);

} // namespace widgets
