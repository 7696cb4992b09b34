#include <app/models/mapdata.h>

#include <app/models/maptexts.h>

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

namespace app::models {

namespace {

using analysis::Metric;
using widgets::HeatmapData;

bool hasLayers(const analysis::Analysis& analysis) {
    return analysis.settings.level == analysis::Level::Layer && !analysis.blocks.empty();
}

/// -1 for a name that the analysis does not have.
int find(const std::unordered_map<std::string, int>& rows, const std::string& name) {
    const auto found = rows.find(name);
    return found == rows.end() ? -1 : found->second;
}

QList<double> cellsOf(const analysis::Grid& grid, int row) {
    const auto first = grid.db.begin() + std::ptrdiff_t(row) * grid.columns;
    return {first, first + grid.columns};
}

} // namespace

Pooling poolingOf(Metric metric) {
    return metric == Metric::Output || metric == Metric::Final ? Pooling::SumOfNoise : Pooling::Worst;
}

MapRows::MapRows(const analysis::Analysis& analysis, const ldm::ModelInfo& model, const quant::Plan& plan)
    : m_analysis(analysis), m_model(model), m_plan(plan), m_rowOfMeasured(analysis.blocks.size(), -1) {
    MeasuredRows measured;
    for (int row = 0; row < int(analysis.blocks.size()); ++row)
        measured.emplace(analysis.blocks[std::size_t(row)].id, row);
    if (hasLayers(analysis))
        addLayers(measured);
    else
        addBlocks(measured);
}

/// The blocks of the model; those that the analysis does not name have no numbers.
void MapRows::addBlocks(const MeasuredRows& measured) {
    for (int block = 0; block < int(m_model.blocks.size()); ++block)
        add(block, -1, find(measured, m_model.blocks[std::size_t(block)].id));
}

void MapRows::addLayers(const MeasuredRows& measured) {
    for (int block = 0; block < int(m_model.blocks.size()); ++block) {
        const ldm::BlockInfo& info = m_model.blocks[std::size_t(block)];
        const int itself = isOneLayer(block) ? find(measured, info.id) : -1;
        const int blockRow = add(block, -1, itself);
        if (itself >= 0) continue;
        for (const int layer : info.layers) {
            const int of = find(measured, m_model.layers[std::size_t(layer)].name);
            if (of < 0) continue;
            const int row = add(block, layer, of); // before its block is looked up: rows may move
            m_rows[std::size_t(blockRow)].layerRows << row;
        }
    }
}

int MapRows::add(int block, int layer, int measured) {
    const int row = size();
    if (layer < 0) m_rowOfBlock.push_back(row);
    if (measured >= 0) m_rowOfMeasured[std::size_t(measured)] = row;
    m_rows.push_back({block, layer, measured, {}});
    return row;
}

bool MapRows::isOneLayer(int block) const {
    const ldm::BlockInfo& info = m_model.blocks[std::size_t(block)];
    return info.layers.size() == 1 && m_model.layers[std::size_t(info.layers.front())].name == info.id;
}

QString MapRows::idAt(int row) const {
    const Row& place = m_rows[std::size_t(row)];
    return place.layer < 0 ? blockAt(row) : QString::fromStdString(m_model.layers[std::size_t(place.layer)].name);
}

QString MapRows::blockAt(int row) const {
    if (row < 0 || row >= size()) return {};
    return QString::fromStdString(m_model.blocks[std::size_t(m_rows[std::size_t(row)].block)].id);
}

bool MapRows::isNamed(int row) const {
    const Row& place = m_rows[std::size_t(row)];
    return place.measured >= 0 || !place.layerRows.isEmpty();
}

QList<int> MapRows::rowsOf(int analysisRow) const {
    if (analysisRow < 0 || std::size_t(analysisRow) >= m_rowOfMeasured.size()) return {};
    const int row = m_rowOfMeasured[std::size_t(analysisRow)];
    if (row < 0 || isBlock(row)) return row < 0 ? QList<int>{} : QList<int>{row};
    int block = row;
    while (!isBlock(block)) --block;
    return {block, row};
}

/// The format of a row where it has the same at all timesteps.
std::optional<quant::Format> MapRows::formatOf(const Row& row) const {
    if (row.layer < 0) {
        const quant::BlockFormat format = quant::blockFormat(m_plan, m_model, row.block);
        if (!format.weights || !format.activations) return std::nullopt;
        return quant::Format{*format.weights, *format.activations};
    }
    std::optional<quant::Format> format;
    for (const quant::PlanSegment& segment : m_plan.segments) {
        if (format && *format != segment.formats[std::size_t(row.layer)]) return std::nullopt;
        format = segment.formats[std::size_t(row.layer)];
    }
    return format;
}

QList<double> MapRows::values(const MapChoice& choice, int row) const {
    const Row& place = m_rows[std::size_t(row)];
    return place.layerRows.isEmpty() ? measuredValues(choice, place) : pooled(choice, place);
}

QList<double> MapRows::measuredValues(const MapChoice& choice, const Row& row) const {
    const int columns = int(m_analysis.timesteps.size());
    if ((choice.format ? choice.format : formatOf(row)) == quant::Format{}) // computes in full precision
        return QList<double>(columns, isShare(choice.metric) ? 1.0 : analysis::kExact);
    const analysis::SqnrMap* map = mapOf(choice, row);
    return map ? cellsOf(map->grid, row.measured) : QList<double>(columns, analysis::kNotMeasured);
}

/// The one that the row's numbers come from; null where it does not have them.
const analysis::SqnrMap* MapRows::mapOf(const MapChoice& choice, const Row& row) const {
    const std::optional<quant::Format> format = choice.format ? choice.format : formatOf(row);
    const analysis::SqnrMap* map = format ? m_analysis.find(choice.metric, *format) : nullptr;
    const bool isThere = map && row.measured >= 0 && row.measured < map->grid.rows &&
                         map->grid.columns == int(m_analysis.timesteps.size());
    return isThere ? map : nullptr;
}

QList<double> MapRows::spread(const MapChoice& choice, int row) const {
    const Row& place = m_rows[std::size_t(row)];
    const analysis::SqnrMap* map = place.layerRows.isEmpty() ? mapOf(choice, place) : nullptr;
    const bool isKnown = map && map->spread.columns == map->grid.columns;
    return isKnown ? cellsOf(map->spread, place.measured)
                   : QList<double>(qsizetype(m_analysis.timesteps.size()), analysis::kNotMeasured);
}

/// Not measured while one of the layers is not.
QList<double> MapRows::pooled(const MapChoice& choice, const Row& row) const {
    const int columns = int(m_analysis.timesteps.size());
    const bool adds = poolingOf(choice.metric) == Pooling::SumOfNoise;
    QList<double> result(columns, adds ? 0.0 : analysis::kExact);
    for (const int layerRow : row.layerRows) {
        const QList<double> layer = measuredValues(choice, m_rows[std::size_t(layerRow)]);
        for (int column = 0; column < columns; ++column) {
            if (layer[column] == analysis::kUnknowable && isShare(choice.metric)) continue; // the others tell
            if (std::isnan(layer[column]) || std::isnan(result[column]))
                result[column] = analysis::kNotMeasured;
            else if (adds)
                result[column] += std::pow(10.0, -layer[column] / 10);
            else
                result[column] = std::min(result[column], layer[column]);
        }
    }
    if (isShare(choice.metric))
        for (double& value : result) value = value == analysis::kExact ? analysis::kUnknowable : value;
    if (adds)
        for (double& value : result) value = -10 * std::log10(value); // no noise: exact
    return result;
}

/// That of a block is the lowest of its layers': where none of them means anything, neither does the block.
QList<double> MapRows::floor(const MapChoice& choice) const {
    const auto found = m_analysis.floors.find(choice.metric);
    if (found == m_analysis.floors.end()) return {};
    const analysis::Grid& grid = found->second;
    const int columns = int(m_analysis.timesteps.size());
    if (grid.columns != columns) return {};
    QList<double> all(qsizetype(size()) * columns, analysis::kNotMeasured);
    const auto copy = [&](int from, int to) {
        if (from < 0 || from >= grid.rows) return;
        for (int column = 0; column < columns; ++column) {
            double& value = all[qsizetype(to) * columns + column];
            const double floor = grid.at(from, column);
            if (std::isnan(value) || floor < value) value = floor;
        }
    };
    for (int row = 0; row < size(); ++row) {
        const Row& place = m_rows[std::size_t(row)];
        copy(place.measured, row);
        for (const int layerRow : place.layerRows) copy(m_rows[std::size_t(layerRow)].measured, row);
    }
    return all;
}

HeatmapData MapRows::data(const MapChoice& choice) const {
    HeatmapData data;
    data.columns = {m_analysis.timesteps.begin(), m_analysis.timesteps.end()};
    data.db.reserve(qsizetype(size()) * data.columns.size());
    int block = -1;
    for (int row = 0; row < size(); ++row) {
        const Row& place = m_rows[std::size_t(row)];
        if (isBlock(row)) block = row;
        data.rows << idAt(row);
        data.parents << (isBlock(row) ? -1 : block);
        data.parameters << (isBlock(row) ? m_model.blocks[std::size_t(place.block)].parameters
                                         : m_analysis.blocks[std::size_t(place.measured)].parameters);
        data.db += values(choice, row);
        if (isShare(choice.metric)) data.spread += spread(choice, row);
        data.hasDetails << (!hasLayers(m_analysis) && !isOneLayer(place.block));
    }
    data.floorDb = floor(choice);
    data.scale = scaleOf(choice.metric);
    return data;
}

HeatmapData heatmapData(const session::StudioDocument& document, const MapChoice& choice) {
    HeatmapData data = MapRows(document.analysis(), document.model(), document.plan()).data(choice);
    data.title = mapTitle(choice.metric, choice.format);
    data.legend = mapLegend(document.analysis().settings, choice.metric);
    if (!hasLayers(document.analysis())) return data;
    data.legend += poolingOf(choice.metric) == Pooling::SumOfNoise
                       ? QCoreApplication::translate("Maps", "; a block is the sum of its layers' noise")
                       : QCoreApplication::translate("Maps", "; a block is the worst of its layers");
    return data;
}

std::optional<std::array<int, 2>> stepRange(const std::vector<int>& timesteps, int first, int last) {
    const int end = int(timesteps.size()) - 1;
    if (first <= 0 && last >= end) return std::nullopt;
    const auto between = [&timesteps](int earlier) {
        return (timesteps[std::size_t(earlier)] + timesteps[std::size_t(earlier) + 1]) / 2;
    };
    const int highest = first <= 0 ? analysis::kTrainingTimesteps - 1 : between(first - 1);
    const int lowest = last >= end ? 0 : std::min(between(last) + 1, timesteps[std::size_t(last)]);
    return std::array<int, 2>{lowest, highest};
}

} // namespace app::models
