#include <analysis/noisemodel.h>

#include "contributions.h"
#include "course.h"
#include "response.h"
#include "rownoise.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <unordered_map>
#include <utility>

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

/// A plan by the columns in which its formats stay the same.
using PlannedStretches = std::vector<std::pair<Columns, const std::vector<quant::Format>*>>;

PlannedStretches stretchesOf(const quant::Plan& plan, const std::vector<int>& timesteps) {
    PlannedStretches stretches;
    for (int column = 0; column < int(timesteps.size()); ++column) {
        const auto* formats = &plan.at(timesteps[std::size_t(column)]);
        if (stretches.empty() || stretches.back().second != formats)
            stretches.emplace_back(Columns{column, 0}, formats);
        ++stretches.back().first.count;
    }
    return stretches;
}

/// The share of a row's weights by their formats, stretch by stretch.
std::map<std::vector<quant::Format>, double> mixOf(const std::vector<Share>& shares,
                                                   const PlannedStretches& stretches) {
    std::map<std::vector<quant::Format>, double> mix;
    for (const Share& share : shares) {
        std::vector<quant::Format> formats;
        for (const auto& stretch : stretches) formats.push_back((*stretch.second)[share.layer]);
        mix[formats] += share.share;
    }
    return mix;
}

std::set<quant::Format> formatsOf(const quant::Plan& plan) {
    std::set<quant::Format> formats;
    for (const auto& segment : plan.segments) formats.insert(segment.formats.begin(), segment.formats.end());
    return formats;
}

/// The parts of the steps that uniform recipes were measured in, and what they made, as shares of the whole.
struct MeasuredParts {
    std::vector<Columns> columns;
    std::vector<double> shares;
};

/// A course for the columns that its parts stand for.
struct CourseOverTime {
    std::vector<Columns> parts;
    Course course;
};

constexpr Metric kBases[] = {Metric::Final, Metric::Output, Metric::Local};

} // namespace

struct NoiseModel::Impl {
    Impl(const Analysis& measured, const ldm::ModelInfo& model)
        : analysis(measured), shares(sharesOf(measured, model)), columns(int(measured.timesteps.size())) {
        for (const Metric metric : kBases) noises.emplace(metric, RowNoise(measured, metric));
    }

    int rows() const { return int(analysis.blocks.size()); }
    Columns all() const { return {0, columns}; }
    bool tells(Metric metric, quant::Format format) { return noises.at(metric).complete(format); }
    const std::vector<double>* valuesOf(Metric metric, quant::Format format);
    void use(const std::vector<quant::Format>& formats);
    void chooseBasis(const std::vector<quant::Format>& formats);
    void fit();
    std::vector<double> shapeOf(quant::Format format, int row);
    const Contributions& contributions(quant::Format format);
    Contributions contributionsOf(quant::Format format);
    const CourseOverTime* courseOf(quant::Format format) const;
    std::vector<CourseRow> courseRows(quant::Format format, const std::vector<Columns>& parts);
    MeasuredParts measuredParts(quant::Format format) const;
    void fitCourses();
    void fitResponse();
    double noise(int row, const std::vector<Stretch>& stretches);
    void addPerTimestep(const std::vector<quant::Format>& formats, Columns stretch, std::vector<double>& decibels);

    const Analysis& analysis;
    std::vector<std::vector<Share>> shares;
    int columns;
    Metric basis = Metric::Local;
    Metric overTime = Metric::Local; ///< tells how a row's noise is shared among the columns
    std::map<Metric, RowNoise> noises;
    std::map<quant::Format, CourseOverTime> courses;
    std::map<quant::Format, Contributions> known;
    Response response;
    bool isFitted = false;
};

/// What was fitted depends on the formats by the maps alone that were chosen for them.
void NoiseModel::Impl::use(const std::vector<quant::Format>& formats) {
    const auto before = std::pair(basis, overTime);
    chooseBasis(formats);
    if (!std::exchange(isFitted, true) || before != std::pair(basis, overTime)) fit();
}

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

/// Row-major powers of a map; nothing where it does not tell the format.
const std::vector<double>* NoiseModel::Impl::valuesOf(Metric metric, quant::Format format) {
    const auto& values = noises.at(metric).values(format);
    return values.size() == std::size_t(rows()) * std::size_t(columns) ? &values : nullptr;
}

/// The course of a row's noise over the steps: as its map has it, or flat where none tells.
std::vector<double> NoiseModel::Impl::shapeOf(quant::Format format, int row) {
    std::vector<double> shape(std::size_t(columns), 1.0);
    const std::vector<double>* values = valuesOf(basis == Metric::Final ? overTime : basis, format);
    if (!values) return shape;
    const auto first = values->begin() + std::ptrdiff_t(row) * columns;
    const double sum = std::accumulate(first, first + columns, 0.0);
    if (basis != Metric::Final || (std::isfinite(sum) && sum > 0)) std::copy(first, first + columns, shape.begin());
    return shape;
}

Contributions NoiseModel::Impl::contributionsOf(quant::Format format) {
    Contributions made(rows(), columns);
    const std::vector<double>* totals = valuesOf(basis, format);
    const CourseOverTime* course = courseOf(format);
    const double coherence = course ? course->course.coherence : 0;
    for (int row = 0; row < rows(); ++row) {
        std::vector<double> noise = shapeOf(format, row);
        for (std::size_t part = 0; course && part < course->parts.size(); ++part)
            for (int i = 0; i < course->parts[part].count; ++i)
                noise[std::size_t(course->parts[part].first + i)] *= course->course.gains[part];
        double powers = 0;
        double amplitudes = 0;
        for (const double each : noise) {
            powers += each / columns;
            amplitudes += std::sqrt(each) / columns;
        }
        const double together = (1 - coherence) * powers + coherence * amplitudes * amplitudes;
        const double total = totals ? (*totals)[std::size_t(row) * std::size_t(columns)] : kNotMeasured;
        const double scale = basis != Metric::Final ? 1 : total > 0 ? total / together : total;
        for (int column = 0; column < columns; ++column) {
            const double power = totals ? noise[std::size_t(column)] * scale / columns : kNotMeasured;
            made.set(row, column,
                     {(1 - coherence) * power, std::sqrt(coherence * power / columns), !std::isnan(power)});
        }
    }
    return made;
}

/// Of the format itself, else of one with the same weights.
const CourseOverTime* NoiseModel::Impl::courseOf(quant::Format format) const {
    const auto own = courses.find(format);
    if (own != courses.end()) return &own->second;
    for (const auto& [other, course] : courses)
        if (other.weights == format.weights) return &course;
    return nullptr;
}

std::vector<CourseRow> NoiseModel::Impl::courseRows(quant::Format format, const std::vector<Columns>& parts) {
    std::vector<CourseRow> result;
    for (int row = 0; row < rows(); ++row) {
        const std::vector<double> shape = shapeOf(format, row);
        CourseRow& made = result.emplace_back();
        if (basis == Metric::Final) made.total = (*valuesOf(basis, format))[std::size_t(row) * std::size_t(columns)];
        for (const Columns part : parts) {
            double power = 0;
            double amplitude = 0;
            for (int i = 0; i < part.count; ++i) {
                power += shape[std::size_t(part.first + i)];
                amplitude += std::sqrt(shape[std::size_t(part.first + i)]);
            }
            made.powers.push_back(power);
            made.amplitudes.push_back(amplitude / std::sqrt(columns));
        }
    }
    return result;
}

/// Nothing unless the parts follow each other without gaps and every noise is positive.
MeasuredParts NoiseModel::Impl::measuredParts(quant::Format format) const {
    std::map<int, UniformResult> results; // by first column
    double whole = 0;
    for (const UniformResult& result : analysis.uniform) {
        if (result.format != format) continue;
        if (result.columns == all())
            whole = response.inverse(powerOf(result.db));
        else
            results.emplace(result.columns.first, result);
    }
    MeasuredParts parts;
    int next = 0;
    for (const auto& [first, result] : results) {
        const double share = response.inverse(powerOf(result.db)) / whole;
        if (first != next || !(share > 0) || !std::isfinite(share)) return {};
        next += result.columns.count;
        parts.columns.push_back(result.columns);
        parts.shares.push_back(share);
    }
    return next == columns ? parts : MeasuredParts{};
}

/// Uniform recipes that were quantized in a part of the steps only tell how much noise of that part counts, and how
/// much of it is the same error again.
void NoiseModel::Impl::fitCourses() {
    std::set<quant::Format> formats;
    for (const UniformResult& result : analysis.uniform) formats.insert(result.format);
    for (const quant::Format format : formats) {
        if (!tells(basis, format)) continue;
        const MeasuredParts parts = measuredParts(format);
        if (parts.columns.empty()) continue;
        courses[format] = {parts.columns, fittedCourse(courseRows(format, parts.columns), parts.shares)};
    }
    if (!courses.empty()) known.clear();
}

void NoiseModel::Impl::fitResponse() {
    std::vector<ResponsePoint> points;
    for (const UniformResult& result : analysis.uniform) {
        if (result.columns != all() || !tells(basis, result.format)) continue;
        double added = 0;
        for (int row = 0; row < rows(); ++row) added += noise(row, {{all(), result.format}});
        points.push_back({added, powerOf(result.db)});
    }
    response = Response(points);
}

void NoiseModel::Impl::fit() {
    courses.clear();
    known.clear();
    fitResponse();
    fitCourses();
    if (basis != Metric::Final) fitResponse(); // courses change its sums
}

double NoiseModel::Impl::noise(int row, const std::vector<Stretch>& stretches) {
    Tally tally;
    for (const Stretch& stretch : stretches)
        if (stretch.format == quant::Format{})
            tally.add(stretch.format.weights, {});
        else
            tally.add(stretch.format.weights, contributions(stretch.format).over(row, stretch.columns));
    return tally.isUnknown() ? kNotMeasured : tally.noise();
}

/// Noise at each column as the map over time has it; kNotMeasured where rows are quantized and none is measured.
void NoiseModel::Impl::addPerTimestep(const std::vector<quant::Format>& formats, Columns stretch,
                                      std::vector<double>& decibels) {
    std::vector<double> powers(std::size_t(stretch.count), 0.0);
    bool quantized = false;
    std::vector<bool> measured(powers.size(), false);
    for (std::size_t row = 0; row < shares.size(); ++row)
        for (const Share& share : shares[row]) {
            const quant::Format format = formats[share.layer];
            if (format == quant::Format{}) continue;
            quantized = true;
            const std::vector<double>* values = valuesOf(overTime, format);
            for (std::size_t i = 0; values && i < powers.size(); ++i) {
                const double power = (*values)[row * std::size_t(columns) + std::size_t(stretch.first) + i];
                if (std::isnan(power)) continue;
                measured[i] = true;
                powers[i] += share.share * power;
            }
        }
    for (std::size_t i = 0; i < powers.size(); ++i)
        decibels.push_back(quantized && !measured[i] ? kNotMeasured : ::analysis::dbOf(powers[i]));
}

NoiseModel::NoiseModel(const Analysis& analysis, const ldm::ModelInfo& model, const std::vector<quant::Format>& formats)
    : m_impl(std::make_unique<Impl>(analysis, model)) {
    use(formats);
}

void NoiseModel::use(const std::vector<quant::Format>& formats) {
    m_impl->use(formats);
}

NoiseModel::~NoiseModel() = default;
NoiseModel::NoiseModel(NoiseModel&&) noexcept = default;

Metric NoiseModel::basis() const {
    return m_impl->basis;
}

bool NoiseModel::endToEnd() const {
    return m_impl->basis == Metric::Final || m_impl->response.fitted();
}

double NoiseModel::noise(int row, const std::vector<Stretch>& stretches) const {
    return m_impl->noise(row, stretches);
}

double NoiseModel::noise(int row, quant::Format format) const {
    return m_impl->noise(row, {{m_impl->all(), format}});
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
    const auto stretches = stretchesOf(plan, m_impl->analysis.timesteps);
    for (const auto& [columns, formats] : stretches)
        m_impl->addPerTimestep(*formats, columns, prediction.perTimestepDb);
    std::set<quant::Format> missing;
    std::set<quant::Format> derived;
    double total = 0;
    bool quantized = false;
    bool measured = false;
    for (std::size_t row = 0; row < m_impl->shares.size(); ++row)
        for (const auto& [formats, share] : mixOf(m_impl->shares[row], stretches)) {
            std::vector<Stretch> course;
            bool isQuantized = false;
            for (std::size_t i = 0; i < formats.size(); ++i) {
                course.push_back({stretches[i].first, formats[i]});
                if (formats[i] == quant::Format{}) continue;
                isQuantized = true;
                if (!m_impl->contributions(formats[i]).complete(int(row))) missing.insert(formats[i]);
                if (m_impl->noises.at(basis()).source(formats[i]) == RowNoise::Source::Derived)
                    derived.insert(formats[i]);
            }
            quantized = quantized || isQuantized;
            const double added = noise(int(row), course);
            if (std::isnan(added)) continue;
            measured = measured || isQuantized;
            total += share * added;
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

} // namespace analysis
