#include <analysis/noisemodel.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace analysis {

namespace {

double powerOf(double db) {
    return std::isinf(db) ? 0.0 : std::pow(10.0, -db / 10.0);
}

double dbOf(double power) {
    return power > 0 ? -10.0 * std::log10(power) : kExact;
}

/// The share of a block's layer weights that each format holds.
using Mix = std::map<quant::Format, double>;

std::vector<Mix> mixes(const std::vector<quant::Format>& formats, const ldm::ModelInfo& model) {
    std::vector<Mix> all(model.blocks.size());
    for (std::size_t block = 0; block < model.blocks.size(); ++block) {
        double total = 0;
        for (const int layer : model.blocks[block].layers) {
            const auto weights = static_cast<double>(model.layers[std::size_t(layer)].weights());
            all[block][formats[std::size_t(layer)]] += weights;
            total += weights;
        }
        for (auto& [format, share] : all[block]) share /= total;
    }
    return all;
}

/// Adds up the noise of one basis.
class Sum {
public:
    Sum(const Analysis& analysis, Metric metric) : m_analysis(analysis), m_metric(metric) {}

    /// Relative noise power at one timestep; nothing if blocks are quantized but none of them is measured.
    std::optional<double> at(int column, const std::vector<Mix>& blocks) {
        double power = 0;
        bool quantized = false;
        bool measured = false;
        for (std::size_t row = 0; row < blocks.size(); ++row)
            for (const auto& [format, share] : blocks[row]) {
                if (format == quant::Format{}) continue;
                quantized = true;
                const double db = cell(format, int(row), column);
                if (std::isnan(db)) {
                    m_missing.insert(format);
                    continue;
                }
                measured = true;
                power += share * powerOf(db);
            }
        if (quantized && !measured) return std::nullopt;
        return power;
    }

    const std::set<quant::Format>& missing() const { return m_missing; }

private:
    double cell(quant::Format format, int row, int column) {
        auto known = m_maps.find(format);
        if (known == m_maps.end()) known = m_maps.emplace(format, m_analysis.find(m_metric, format)).first;
        const SqnrMap* map = known->second;
        return map && row < map->grid.rows ? map->grid.at(row, column) : kNotMeasured;
    }

    const Analysis& m_analysis;
    Metric m_metric;
    std::map<quant::Format, const SqnrMap*> m_maps;
    std::set<quant::Format> m_missing;
};

Prediction predictFrom(const Analysis& analysis, const std::vector<std::vector<Mix>>& bySegment,
                       const quant::Plan& plan, Metric metric) {
    Prediction prediction;
    prediction.basis = metric;
    Sum sum(analysis, metric);
    double total = 0;
    int counted = 0;
    for (std::size_t column = 0; column < analysis.timesteps.size(); ++column) {
        const auto& formats = plan.at(analysis.timesteps[column]);
        const auto segment = std::find_if(plan.segments.begin(), plan.segments.end(),
                                          [&](const auto& each) { return &each.formats == &formats; });
        const auto power = sum.at(int(column), bySegment[std::size_t(segment - plan.segments.begin())]);
        prediction.perTimestepDb.push_back(power ? dbOf(*power) : kNotMeasured);
        if (!power) continue;
        total += *power;
        ++counted;
    }
    if (counted > 0) prediction.db = dbOf(total / counted);
    prediction.missing.assign(sum.missing().begin(), sum.missing().end());
    return prediction;
}

} // namespace

Prediction predict(const Analysis& analysis, const quant::Plan& plan, const ldm::ModelInfo& model) {
    std::vector<std::vector<Mix>> bySegment;
    for (const auto& segment : plan.segments) bySegment.push_back(mixes(segment.formats, model));
    Prediction output = predictFrom(analysis, bySegment, plan, Metric::Output);
    Prediction local = predictFrom(analysis, bySegment, plan, Metric::Local);
    return output.db && output.missing.size() <= local.missing.size() ? output : local;
}

RowSummary summarize(const Grid& grid, int row, const std::vector<int>& timesteps) {
    RowSummary summary;
    double total = 0;
    int counted = 0;
    for (int column = 0; column < grid.columns; ++column) {
        const double db = grid.at(row, column);
        if (std::isnan(db)) continue;
        total += powerOf(db);
        if (counted++ == 0 || db < summary.worstDb) {
            summary.worstDb = db;
            summary.worstTimestep = timesteps[std::size_t(column)];
        }
    }
    if (counted > 0) summary.meanDb = dbOf(total / counted);
    return summary;
}

} // namespace analysis
