#include <widgets/heatmapsummary.h>

#include <QCoreApplication>

#include <cmath>
#include <numbers>

namespace widgets {

namespace {

constexpr double kPowerOfDb = std::numbers::ln10 / 10;

/// Takes in one value after the other.
class Summing {
public:
    explicit Summing(HeatmapScale scale) : m_scale(scale) {}

    void add(double db, int place) {
        if (std::isnan(db) || (m_scale == HeatmapScale::Share && std::isinf(db))) return;
        if (m_summary.worstPlace < 0 || db < m_summary.worst) {
            m_summary.worst = db;
            m_summary.worstPlace = place;
        }
        if (!isNoise() && std::isinf(db)) return; // exact on one side alone: no number to be taken into a mean
        m_total += isNoise() ? std::exp(-db * kPowerOfDb) : db;
        ++m_count;
    }
    HeatmapSummary summary() {
        if (m_count == 0) return m_summary;
        const double mean = m_total / m_count;
        m_summary.mean = isNoise() ? -10 * std::log10(mean) : mean; // no noise at all: exact
        return m_summary;
    }

private:
    /// Decibels are those of the mean noise.
    bool isNoise() const { return m_scale == HeatmapScale::Sqnr; }

    HeatmapSummary m_summary;
    HeatmapScale m_scale;
    double m_total = 0;
    int m_count = 0;
};

QString withUnit(double db, HeatmapScale scale) {
    const QString number = numberText(db, scale);
    return std::isinf(db) || scale == HeatmapScale::Share ? number
                                                          : QCoreApplication::translate("Heatmap", "%1 dB").arg(number);
}

} // namespace

QString HeatmapSummary::text(HeatmapScale scale) const {
    if (std::isnan(mean)) return {};
    return QCoreApplication::translate("Heatmap", "mean %1, worst %2")
        .arg(withUnit(mean, scale), withUnit(worst, scale));
}

HeatmapSummary rowSummary(const HeatmapData& data, int row) {
    Summing sum(data.scale);
    for (int column = 0; column < data.columns.size(); ++column) sum.add(data.at(row, column), column);
    return sum.summary();
}

HeatmapSummary columnSummary(const HeatmapData& data, int column) {
    Summing sum(data.scale);
    for (int row = 0; row < data.rows.size(); ++row)
        if (data.parentOf(row) < 0) sum.add(data.at(row, column), row);
    return sum.summary();
}

HeatmapData rowStrip(const HeatmapData& data) {
    HeatmapData strip;
    strip.scale = data.scale;
    strip.rows = data.rows;
    strip.columns = {0, 1};
    strip.db.reserve(2 * data.rows.size());
    for (int row = 0; row < data.rows.size(); ++row) {
        const HeatmapSummary summary = rowSummary(data, row);
        strip.db << summary.mean << summary.worst;
    }
    return strip;
}

HeatmapData columnStrip(const HeatmapData& data) {
    HeatmapData strip;
    strip.scale = data.scale;
    strip.rows = QStringList{QString(), QString()};
    strip.columns = data.columns;
    strip.db.resize(2 * data.columns.size());
    for (int column = 0; column < data.columns.size(); ++column) {
        const HeatmapSummary summary = columnSummary(data, column);
        strip.db[column] = summary.mean;
        strip.db[data.columns.size() + column] = summary.worst;
    }
    return strip;
}

} // namespace widgets
