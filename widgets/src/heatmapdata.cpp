#include <widgets/heatmapdata.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace widgets {

namespace {

constexpr double kRangeStepDb = 5;

} // namespace

bool HeatmapData::contains(int row, int column) const {
    return row >= 0 && row < rows.size() && column >= 0 && column < columns.size();
}

double HeatmapData::at(int row, int column) const {
    const qsizetype place = row * columns.size() + column;
    return contains(row, column) && place < db.size() ? db[place] : std::numeric_limits<double>::quiet_NaN();
}

CellKind HeatmapData::kind(int row, int column) const {
    const double value = at(row, column);
    if (std::isnan(value)) return CellKind::NotMeasured;
    if (std::isinf(value) && value > 0) return CellKind::Exact;
    const qsizetype place = row * columns.size() + column;
    const bool atFloor = place < floorDb.size() && value >= floorDb[place] - kFloorMarginDb;
    return atFloor ? CellKind::AtFloor : CellKind::Measured;
}

QString HeatmapData::valueText(int row, int column) const {
    switch (kind(row, column)) {
    case CellKind::NotMeasured:
        return QStringLiteral("not measured");
    case CellKind::Exact:
        return QStringLiteral("exact");
    case CellKind::AtFloor:
        return numberText(at(row, column)) + QStringLiteral(" dB, at the noise floor");
    case CellKind::Measured:
        break;
    }
    return numberText(at(row, column)) + QStringLiteral(" dB");
}

QString HeatmapData::cellText(int row, int column) const {
    if (!contains(row, column)) return {};
    return QStringLiteral("%1, t %2: %3").arg(rows[row]).arg(columns[column]).arg(valueText(row, column));
}

QString numberText(double db) {
    if (std::isnan(db)) return {};
    if (std::isinf(db)) return QStringLiteral("exact");
    return QString::number(std::round(db * 10) / 10 + 0.0, 'f', 1); // + 0.0: no "-0.0"
}

DbRange rangeOf(const HeatmapData& data) {
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    for (int row = 0; row < data.rows.size(); ++row) {
        for (int column = 0; column < data.columns.size(); ++column) {
            if (data.kind(row, column) != CellKind::Measured || !std::isfinite(data.at(row, column))) continue;
            low = std::min(low, data.at(row, column));
            high = std::max(high, data.at(row, column));
        }
    }
    if (low > high) return {};
    low = std::floor(low / kRangeStepDb) * kRangeStepDb;
    return {low, std::max(std::ceil(high / kRangeStepDb) * kRangeStepDb, low + kRangeStepDb)};
}

QString toTabSeparated(const HeatmapData& data) {
    QStringList line{QStringLiteral("block")};
    for (const int timestep : data.columns) line << QString::number(timestep);
    QString text = line.join(u'\t') + u'\n';
    for (int row = 0; row < data.rows.size(); ++row) {
        line = {data.rows[row]};
        for (int column = 0; column < data.columns.size(); ++column) line << numberText(data.at(row, column));
        text += line.join(u'\t') + u'\n';
    }
    return text;
}

} // namespace widgets
