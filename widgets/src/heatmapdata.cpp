#include <widgets/heatmapdata.h>

#include <widgets/heatmapsummary.h>

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>
#include <cmath>
#include <limits>

namespace widgets {

namespace {

constexpr double kRangeStepDb = 5;

struct Texts {
    Q_DECLARE_TR_FUNCTIONS(Heatmap)
};

/// 1, 2, 5, 10, 20, ...: the first that is not below the value.
double roundedUp(double value) {
    const double decade = std::pow(10.0, std::floor(std::log10(std::max(value, 1.0))));
    for (const double step : {1.0, 2.0, 5.0})
        if (value <= step * decade) return step * decade;
    return 10 * decade;
}

/// All digits that another program could use, and words that none takes for a number.
QString exportText(double db, HeatmapScale scale) {
    if (std::isfinite(db)) return QString::number(db, 'g', 9);
    if (std::isnan(db)) return {};
    if (scale == HeatmapScale::Share) return QStringLiteral("unknown");
    return scale == HeatmapScale::Sqnr || db > 0 ? QStringLiteral("exact") : QStringLiteral("lost");
}

/// In hundredths; + 0.0: no "-0.00".
double rounded(double share) {
    return std::round(share * 100) / 100 + 0.0;
}

QString shareText(double share, double spread) {
    const QString number = numberText(share, HeatmapScale::Share);
    return std::isnan(spread) ? Texts::tr("%1 kept").arg(number)
                              : Texts::tr("%1 ± %2 kept").arg(number, numberText(spread, HeatmapScale::Share));
}

QString quoted(QString field) {
    if (!field.contains(u',') && !field.contains(u'"') && !field.contains(u'\n')) return field;
    return u'"' + field.replace(u'"', QStringLiteral("\"\"")) + u'"';
}

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
    if (std::isinf(value) && scale == HeatmapScale::Share) return CellKind::Unknowable;
    if (std::isinf(value) && (value > 0 || scale == HeatmapScale::Difference)) return CellKind::Exact;
    const qsizetype place = row * columns.size() + column;
    const bool atFloor = place < floorDb.size() && value >= floorDb[place] - kFloorMarginDb;
    return atFloor ? CellKind::AtFloor : CellKind::Measured;
}

QString HeatmapData::valueText(int row, int column) const {
    const double value = at(row, column);
    const double deviation = spread.value(row * columns.size() + column, std::numeric_limits<double>::quiet_NaN());
    const bool isDifference = scale == HeatmapScale::Difference;
    switch (kind(row, column)) {
    case CellKind::NotMeasured:
        return isDifference ? Texts::tr("not in both") : Texts::tr("not measured");
    case CellKind::Exact:
        if (!isDifference) return Texts::tr("exact");
        return value > 0 ? Texts::tr("exact here alone") : Texts::tr("exact in the other alone");
    case CellKind::AtFloor:
        return Texts::tr("%1 dB, at the noise floor").arg(numberText(value, scale));
    case CellKind::Unknowable:
        return Texts::tr("cannot be told: constant, not finite, or too few samples");
    case CellKind::Measured:
        break;
    }
    if (scale == HeatmapScale::Share) return shareText(value, deviation);
    return Texts::tr("%1 dB").arg(numberText(value, scale));
}

QString HeatmapData::cellText(int row, int column) const {
    if (!contains(row, column)) return {};
    return QStringLiteral("%1, t %2: %3").arg(rows[row]).arg(columns[column]).arg(valueText(row, column));
}

QString numberText(double db) {
    if (std::isnan(db)) return {};
    if (std::isinf(db)) return Texts::tr("exact");
    return QLocale().toString(std::round(db * 10) / 10 + 0.0, 'f', 1); // + 0.0: no "-0.0"
}

QString numberText(double db, HeatmapScale scale) {
    if (scale == HeatmapScale::Share && std::isfinite(db)) return QLocale().toString(rounded(db), 'f', 2);
    if (scale == HeatmapScale::Share && std::isinf(db)) return Texts::tr("unknown");
    if (scale == HeatmapScale::Sqnr || std::isnan(db)) return numberText(db);
    if (std::isinf(db)) return db > 0 ? Texts::tr("exact") : Texts::tr("lost");
    const QString number = numberText(db);
    return std::round(db * 10) > 0 ? u'+' + number : number;
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
    if (data.scale == HeatmapScale::Share) return {0, 1};
    if (data.scale == HeatmapScale::Difference) {
        const double end = low > high ? 1 : roundedUp(std::max(std::abs(low), std::abs(high)));
        return {-end, end};
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
        for (int column = 0; column < data.columns.size(); ++column)
            line << numberText(data.at(row, column), data.scale);
        text += line.join(u'\t') + u'\n';
    }
    return text;
}

QString toCommaSeparated(const HeatmapData& data) {
    const bool isShare = data.scale == HeatmapScale::Share;
    const bool hasSpread = data.spread.size() == data.db.size() && isShare;
    QStringList line{isShare ? QStringLiteral("row (shares of information)") : QStringLiteral("row")};
    for (const int timestep : data.columns) line << QString::number(timestep);
    line << QStringLiteral("mean") << QStringLiteral("worst");
    if (hasSpread)
        for (const int timestep : data.columns) line << QStringLiteral("spread at %1").arg(timestep);
    QString text = line.join(u',') + QStringLiteral("\r\n");
    for (int row = 0; row < data.rows.size(); ++row) {
        line = {quoted(data.rows[row])};
        for (int column = 0; column < data.columns.size(); ++column)
            line << exportText(data.at(row, column), data.scale);
        const HeatmapSummary summary = rowSummary(data, row);
        line << exportText(summary.mean, data.scale) << exportText(summary.worst, data.scale);
        if (hasSpread)
            for (int column = 0; column < data.columns.size(); ++column)
                line << exportText(data.spread[row * data.columns.size() + column], data.scale);
        text += line.join(u',') + QStringLiteral("\r\n");
    }
    QStringList means{QStringLiteral("mean")};
    QStringList worst{QStringLiteral("worst")};
    for (int column = 0; column < data.columns.size(); ++column) {
        const HeatmapSummary summary = columnSummary(data, column);
        means << exportText(summary.mean, data.scale);
        worst << exportText(summary.worst, data.scale);
    }
    const QString rest = QString(2 + (hasSpread ? data.columns.size() : 0), u',') + QStringLiteral("\r\n");
    return text + means.join(u',') + rest + worst.join(u',') + rest;
}

} // namespace widgets
