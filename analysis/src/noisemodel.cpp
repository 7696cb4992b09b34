#include <analysis/noisemodel.h>

#include "response.h"
#include "rownoise.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <set>
#include <unordered_map>

namespace analysis {

namespace {

/// Layers by row: indices into the model and their share of the row's weights.
struct Share {
    std::size_t layer = 0;
    double share = 0;
};

std::vector<std::vector<Share>> sharesOf(const Analysis& analysis, const ldm::ModelInfo& model) {
    std::unordered_map<std::string, std::size_t> indices;
    for (std::size_t i = 0; i < model.layers.size(); ++i) indices.emplace(model.layers[i].name, i);
    std::vector<std::vector<Share>> rows;
    for (const BlockRow& row : analysis.blocks) {
        auto& shares = rows.emplace_back();
        double total = 0;
        for (const std::string& name : row.layers) {
            const auto found = indices.find(name);
            if (found == indices.end()) continue; // of another model: nothing of it is in the plan
            shares.push_back({found->second, static_cast<double>(model.layers[found->second].weights())});
            total += shares.back().share;
        }
        for (Share& share : shares) share.share /= total;
    }
    return rows;
}

/// The share of a row's weights that each format holds.
using Mix = std::map<quant::Format, double>;

std::set<quant::Format> formatsOf(const quant::Plan& plan) {
    std::set<quant::Format> formats;
    for (const auto& segment : plan.segments) formats.insert(segment.formats.begin(), segment.formats.end());
    return formats;
}

/// What one format adds, row by row, as running sums over the columns.
class Contributions {
public:
    Contributions(int rows, int columns)
        : m_columns(columns), m_sums(std::size_t(rows) * std::size_t(columns + 1)), m_known(m_sums.size()) {}

    void set(int row, int column, double noise) {
        const std::size_t at = index(row, column);
        const bool known = !std::isnan(noise);
        m_sums[at + 1] = m_sums[at] + (known ? noise : 0);
        m_known[at + 1] = m_known[at] + (known ? 1 : 0);
        m_complete = m_complete && known;
    }
    bool complete() const { return m_complete; }
    bool complete(int row) const { return m_known[index(row, m_columns)] == m_columns; }
    /// As a share of all columns; cells that are not known count as the others of the stretch.
    double over(int row, Columns columns) const {
        const std::size_t first = index(row, columns.first);
        const std::size_t end = first + std::size_t(columns.count);
        const int known = m_known[end] - m_known[first];
        if (known == 0) return columns.count == 0 ? 0 : kNotMeasured;
        return (m_sums[end] - m_sums[first]) / known * columns.count / m_columns;
    }

private:
    std::size_t index(int row, int column) const {
        return std::size_t(row) * std::size_t(m_columns + 1) + std::size_t(column);
    }

    int m_columns;
    std::vector<double> m_sums;
    std::vector<int> m_known;
    bool m_complete = true;
};

constexpr Metric kBases[] = {Metric::Final, Metric::Output, Metric::Local};

} // namespace

struct NoiseModel::Impl {
    Impl(const Analysis& measured, const ldm::ModelInfo& model)
        : analysis(measured), shares(sharesOf(measured, model)), columns(int(measured.timesteps.size())),
          gains(measured.timesteps.size(), 1.0) {
        for (const Metric metric : kBases) noises.emplace(metric, RowNoise(measured, metric));
    }

    int rows() const { return int(analysis.blocks.size()); }
    Columns all() const { return {0, columns}; }
    bool tells(Metric metric, quant::Format format) { return noises.at(metric).complete(format); }
    void chooseBasis(const std::vector<quant::Format>& formats);
    const Contributions& contributions(quant::Format format);
    Contributions contributionsOf(quant::Format format);
    std::vector<double> sharesOver(const double* shape) const;
    double uniformNoise(quant::Format format, Columns stretch);
    void fitGains();
    void fitResponse();
    std::vector<std::pair<Columns, std::vector<Mix>>> stretches(const quant::Plan& plan) const;
    double perTimestep(const std::vector<Mix>& mixes, int column);

    const Analysis& analysis;
    std::vector<std::vector<Share>> shares;
    int columns;
    Metric basis = Metric::Local;
    Metric overTime = Metric::Local; ///< tells how a row's noise is shared among the columns
    std::map<Metric, RowNoise> noises;
    std::map<quant::Format, Contributions> known;
    std::vector<double> gains; ///< by column: how much noise made there counts at the end
    Response response;
};

void NoiseModel::Impl::chooseBasis(const std::vector<quant::Format>& formats) {
    const auto count = [&](Metric metric) {
        return std::count_if(formats.begin(), formats.end(),
                             [&](quant::Format format) { return format != quant::Format{} && tells(metric, format); });
    };
    overTime =
        count(Metric::Output) > 0 && count(Metric::Output) >= count(Metric::Local) ? Metric::Output : Metric::Local;
    basis = count(Metric::Final) > 0 && count(Metric::Final) >= count(overTime) ? Metric::Final : overTime;
    if (count(basis) > 0) return;
    // Of an incomplete analysis a map that tells anything at all.
    for (const Metric metric : {Metric::Local, Metric::Output})
        for (const quant::Format format : formats)
            if (noises.at(metric).source(format) != RowNoise::Source::None) basis = overTime = metric;
}

const Contributions& NoiseModel::Impl::contributions(quant::Format format) {
    const auto found = known.find(format);
    return found != known.end() ? found->second : known.emplace(format, contributionsOf(format)).first->second;
}

Contributions NoiseModel::Impl::contributionsOf(quant::Format format) {
    const std::size_t cells = std::size_t(rows()) * std::size_t(columns);
    const std::vector<double> nothing(cells, format == quant::Format{} ? 0.0 : kNotMeasured);
    const auto valuesOf = [&](Metric metric) -> const std::vector<double>& {
        const auto& values = noises.at(metric).values(format);
        return values.size() == cells && format != quant::Format{} ? values : nothing;
    };
    const std::vector<double>& noise = valuesOf(basis);
    const std::vector<double>& shape = valuesOf(overTime);
    Contributions made(rows(), columns);
    for (int row = 0; row < rows(); ++row) {
        const std::size_t first = std::size_t(row) * std::size_t(columns);
        const std::vector<double> weights = basis == Metric::Final ? sharesOver(&shape[first]) : gains;
        for (int column = 0; column < columns; ++column)
            made.set(row, column, noise[first + std::size_t(column)] * weights[std::size_t(column)]);
    }
    return made;
}

/// What one number for all columns is multiplied by in each: noise over time with its gains, 1 in the mean; the gains
/// alone where noise over time is not known.
std::vector<double> NoiseModel::Impl::sharesOver(const double* shape) const {
    std::vector<double> weights(gains.size());
    const auto mean = [&] { return std::accumulate(weights.begin(), weights.end(), 0.0) / columns; };
    std::transform(gains.begin(), gains.end(), shape, weights.begin(), std::multiplies<>());
    if (!std::isfinite(mean()) || mean() <= 0) weights = gains;
    const double scale = 1 / mean();
    for (double& weight : weights) weight *= scale;
    return weights;
}

double NoiseModel::Impl::uniformNoise(quant::Format format, Columns stretch) {
    double sum = 0;
    for (int row = 0; row < rows(); ++row) sum += contributions(format).over(row, stretch);
    return sum;
}

/// Uniform recipes that were quantized in a part of the steps only tell how much noise of that part counts.
void NoiseModel::Impl::fitGains() {
    std::map<int, std::pair<double, int>> logarithms; // by first column of the part: sum and count
    std::vector<Columns> parts;
    for (const UniformResult& result : analysis.uniform) {
        if (result.columns == all() || !tells(basis, result.format)) continue;
        const double added = uniformNoise(result.format, result.columns);
        const double measured = response.inverse(powerOf(result.db));
        if (!(added > 0 && measured > 0) || !std::isfinite(added) || !std::isfinite(measured)) continue;
        auto& [sum, count] = logarithms[result.columns.first];
        if (count++ == 0) parts.push_back(result.columns);
        sum += std::log(measured / added);
    }
    int covered = 0;
    for (const Columns& part : parts) covered += part.count;
    if (covered != columns) return; // parts that overlap or leave gaps cannot be compared
    for (const Columns& part : parts) {
        const auto& [sum, count] = logarithms[part.first];
        for (int i = 0; i < part.count; ++i) gains[std::size_t(part.first + i)] = std::exp(sum / count);
    }
    known.clear();
}

void NoiseModel::Impl::fitResponse() {
    std::vector<ResponsePoint> points;
    for (const UniformResult& result : analysis.uniform)
        if (result.columns == all() && tells(basis, result.format))
            points.push_back({uniformNoise(result.format, all()), powerOf(result.db)});
    response = Response(points);
}

/// The plan by stretches of columns, with the formats of every row.
std::vector<std::pair<Columns, std::vector<Mix>>> NoiseModel::Impl::stretches(const quant::Plan& plan) const {
    std::vector<std::pair<Columns, std::vector<Mix>>> result;
    const std::vector<quant::Format>* last = nullptr;
    for (int column = 0; column < columns; ++column) {
        const auto& formats = plan.at(analysis.timesteps[std::size_t(column)]);
        if (&formats == last) {
            ++result.back().first.count;
            continue;
        }
        last = &formats;
        std::vector<Mix> mixes(shares.size());
        for (std::size_t row = 0; row < shares.size(); ++row)
            for (const Share& share : shares[row]) mixes[row][formats[share.layer]] += share.share;
        result.emplace_back(Columns{column, 1}, std::move(mixes));
    }
    return result;
}

/// Noise power at one column as the map over time has it; kNotMeasured if rows are quantized and none is measured.
double NoiseModel::Impl::perTimestep(const std::vector<Mix>& mixes, int column) {
    double power = 0;
    bool quantized = false;
    bool measured = false;
    for (std::size_t row = 0; row < mixes.size(); ++row)
        for (const auto& [format, share] : mixes[row]) {
            if (format == quant::Format{}) continue;
            quantized = true;
            const auto& values = noises.at(overTime).values(format);
            const std::size_t cell = row * std::size_t(columns) + std::size_t(column);
            if (cell >= values.size() || std::isnan(values[cell])) continue;
            measured = true;
            power += share * values[cell];
        }
    return quantized && !measured ? kNotMeasured : power;
}

NoiseModel::NoiseModel(const Analysis& analysis, const ldm::ModelInfo& model, const std::vector<quant::Format>& formats)
    : m_impl(std::make_unique<Impl>(analysis, model)) {
    m_impl->chooseBasis(formats);
    m_impl->fitResponse();
    m_impl->fitGains();
    if (m_impl->basis != Metric::Final) m_impl->fitResponse(); // gains change its sums
}

NoiseModel::~NoiseModel() = default;
NoiseModel::NoiseModel(NoiseModel&&) noexcept = default;

Metric NoiseModel::basis() const {
    return m_impl->basis;
}

bool NoiseModel::endToEnd() const {
    return m_impl->basis == Metric::Final || m_impl->response.fitted();
}

double NoiseModel::noise(int row, quant::Format format, Columns columns) const {
    return m_impl->contributions(format).over(row, columns);
}

double NoiseModel::noise(int row, quant::Format format) const {
    return noise(row, format, m_impl->all());
}

double NoiseModel::dbOf(double noise) const {
    return analysis::dbOf(m_impl->response.at(noise));
}

double NoiseModel::noiseAt(double db) const {
    return m_impl->response.inverse(powerOf(db));
}

Prediction NoiseModel::predict(const quant::Plan& plan) const {
    Prediction prediction;
    prediction.basis = basis();
    prediction.endToEnd = endToEnd();
    std::set<quant::Format> missing;
    std::set<quant::Format> derived;
    double total = 0;
    bool quantized = false;
    bool measured = false;
    for (const auto& [columns, mixes] : m_impl->stretches(plan)) {
        for (std::size_t row = 0; row < mixes.size(); ++row)
            for (const auto& [format, share] : mixes[row]) {
                if (format == quant::Format{}) continue;
                quantized = true;
                const double added = noise(int(row), format, columns);
                if (!m_impl->contributions(format).complete(int(row))) missing.insert(format);
                if (m_impl->noises.at(basis()).source(format) == RowNoise::Source::Derived) derived.insert(format);
                if (std::isnan(added)) continue;
                measured = true;
                total += share * added;
            }
        for (int column = columns.first; column < columns.first + columns.count; ++column)
            prediction.perTimestepDb.push_back(analysis::dbOf(m_impl->perTimestep(mixes, column)));
    }
    if (!quantized || measured) prediction.db = dbOf(total);
    prediction.missing.assign(missing.begin(), missing.end());
    prediction.derived.assign(derived.begin(), derived.end());
    return prediction;
}

Prediction predict(const Analysis& analysis, const quant::Plan& plan, const ldm::ModelInfo& model) {
    const std::set<quant::Format> formats = formatsOf(plan);
    return NoiseModel(analysis, model, {formats.begin(), formats.end()}).predict(plan);
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
