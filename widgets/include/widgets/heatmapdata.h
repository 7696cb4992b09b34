#pragma once

#include <QList>
#include <QString>
#include <QStringList>

namespace widgets {

/// A cell is greyed from this far below the noise floor on, in dB.
inline constexpr double kFloorMarginDb = 3.0;

enum class CellKind { NotMeasured, Measured, AtFloor, Exact, Unknowable };

/// What the numbers are: SQNR, by how many dB one map is above another, or shares of something, 1 for all of it.
enum class HeatmapScale { Sqnr, Difference, Share };

/// SQNR in dB, or what the scale says, one row per block or layer and one column per timestep.
struct HeatmapData {
    QStringList rows;   ///< ids of blocks or layers, the first on top
    QList<int> columns; ///< training timesteps, left to right
    QList<double> db;   ///< row-major, rows x columns; NaN: not measured, +inf: exact (-inf in a difference: exact in
                        ///< the other map alone; -inf in a share: cannot be told); may be empty: nothing measured
    QList<double> floorDb;    ///< the noise floor, the same size as `db`; or empty: not known
    QList<double> spread;     ///< of shares, their standard deviation, the same size as `db`; or empty
    QString title;            ///< what the map shows: "local SQNR, w8a8"
    QString legend;           ///< which tensor, which inputs, which pooling
    QList<int> parents;       ///< by row: that of the block which a layer belongs to, -1 for a block; may be empty
    QList<qint64> parameters; ///< by row; may be empty
    QList<bool> hasDetails;   ///< by row: it has children that can be asked for; may be empty
    HeatmapScale scale = HeatmapScale::Sqnr;

    bool contains(int row, int column) const;
    /// NaN outside the map and where nothing was measured.
    double at(int row, int column) const;
    CellKind kind(int row, int column) const;
    /// -1 for a row on its own.
    int parentOf(int row) const { return parents.value(row, -1); }
    /// "23.4 dB", "exact", "not measured", "98.1 dB, at the noise floor", "+1.2 dB", "0.93 ± 0.02 kept".
    QString valueText(int row, int column) const;
    /// "unet.mid_block, t 951: 23.4 dB"; empty outside the map.
    QString cellText(int row, int column) const;
};

/// "23.4" or "exact"; empty for NaN.
QString numberText(double db);
/// The same, with a sign where it is a difference.
QString numberText(double db, HeatmapScale scale);

/// Values of cells that mean something on a scale (Measured only), as the smallest and largest multiple of 5 dB
/// around them; 0..40 while there is none. Shares always have 0..1. Differences have 0 in the middle, and ends of 1, 2,
/// 5, 10, 20, ... dB.
struct DbRange {
    double low = 0;
    double high = 40;
    bool operator==(const DbRange&) const = default;
};
DbRange rangeOf(const HeatmapData& data);

/// Tab-separated, with a header line; what Copy puts on the clipboard.
QString toTabSeparated(const HeatmapData& data);
/// Comma-separated (RFC 4180) with all digits, the mean and the worst of every row and column; for other programs.
QString toCommaSeparated(const HeatmapData& data);

} // namespace widgets
