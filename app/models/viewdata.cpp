#include <app/models/viewdata.h>

#include <app/models/mapdata.h>

#include <QCoreApplication>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace app::models {

namespace {

using session::StudioDocument;

struct ViewTexts {
    Q_DECLARE_TR_FUNCTIONS(ViewTexts)
};

qint64 bytesOf(const StudioDocument& document, const ldm::BlockInfo& block) {
    qint64 bytes = 0;
    for (const int layer : block.layers) {
        std::uint64_t largest = 0;
        for (const quant::PlanSegment& segment : document.plan().segments)
            largest = std::max(largest, quant::weightBytes(document.model().layers[std::size_t(layer)],
                                                           segment.formats[std::size_t(layer)].weights));
        bytes += qint64(largest);
    }
    return bytes;
}

bool showsLayers(const StudioDocument& document) {
    const analysis::Analysis& analysis = document.analysis();
    return analysis.settings.level == analysis::Level::Layer && !analysis.blocks.empty();
}

/// Of a row at layer level in the model, which is the one the analysis was made for.
std::size_t layerIndex(const StudioDocument& document, const analysis::BlockRow& row) {
    return std::size_t(std::max(0, document.model().layerIndex(row.id)));
}

/// The format of a layer where it has the same at all timesteps.
std::optional<quant::Format> layerFormat(const StudioDocument& document, int row) {
    const auto& rows = document.analysis().blocks;
    const std::size_t layer = layerIndex(document, rows[std::size_t(row)]);
    std::optional<quant::Format> format;
    for (const quant::PlanSegment& segment : document.plan().segments) {
        if (format && *format != segment.formats[layer]) return std::nullopt;
        format = segment.formats[layer];
    }
    return format;
}

bool isLocked(const StudioDocument& document, const std::string& block) {
    const auto& locks = document.locks();
    return std::any_of(locks.begin(), locks.end(), [&block](const analysis::Lock& lock) { return lock.id == block; });
}

} // namespace

std::optional<quant::Format> shownFormat(const StudioDocument& document, const MapChoice& choice, int row) {
    if (choice.format) return choice.format;
    if (showsLayers(document)) return layerFormat(document, row);
    const quant::BlockFormat format = quant::blockFormat(document.plan(), document.model(), row);
    if (!format.weights || !format.activations) return std::nullopt;
    return quant::Format{*format.weights, *format.activations};
}

namespace {

/// As the map shows it: of its own format, or made from its layers where those were measured.
analysis::RowSummary mapSummary(const StudioDocument& document, const MapRows& map, analysis::Metric metric,
                                int block) {
    const std::vector<int>& timesteps = document.analysis().timesteps;
    analysis::SqnrMap shown{metric, {}, analysis::Grid(1, int(timesteps.size()))};
    const QList<double> values = map.values({metric, std::nullopt}, map.rowOfBlock(block));
    shown.grid.db.assign(values.begin(), values.end());
    return analysis::summarize(shown, 0, timesteps);
}

widgets::BlockRow rowOf(const StudioDocument& document, const MapRows& map, analysis::Metric metric, int block) {
    const ldm::BlockInfo& info = document.model().blocks[std::size_t(block)];
    const quant::BlockFormat format = quant::blockFormat(document.plan(), document.model(), block);
    widgets::BlockRow row;
    row.id = QString::fromStdString(info.id);
    row.parameters = info.parameters;
    row.bytes = bytesOf(document, info);
    row.isLocked = isLocked(document, info.id);
    if (format.weights) row.weights = toText(nameOf(*format.weights));
    if (format.activations) row.activations = toText(nameOf(*format.activations));
    const bool isUntouched = format == quant::BlockFormat{quant::WeightFormat::Fp32, quant::ActivationFormat::Fp32};
    if (isUntouched) {
        row.meanDb = row.worstDb = analysis::kExact; // also without an analysis
        row.information = 1;
        return row;
    }
    const analysis::RowSummary summary = mapSummary(document, map, metric, block);
    row.meanDb = summary.meanDb;
    row.worstDb = summary.worstDb;
    row.worstTimestep = summary.worstTimestep;
    row.information = mapSummary(document, map, analysis::Metric::Information, block).meanDb;
    return row;
}

} // namespace

QList<widgets::BlockRow> blockRows(const StudioDocument& document, analysis::Metric metric, const QList<int>& blocks) {
    const MapRows map(document.analysis(), document.model(), document.plan());
    QList<widgets::BlockRow> rows;
    for (const int block : blocks) rows << rowOf(document, map, metric, block);
    return rows;
}

int blockOf(const StudioDocument& document, int analysisRow) {
    if (!showsLayers(document)) return analysisRow;
    const analysis::BlockRow& row = document.analysis().blocks[std::size_t(analysisRow)];
    const auto& blocks = document.model().blocks;
    const int layer = document.model().layerIndex(row.id);
    const auto found = std::find_if(blocks.begin(), blocks.end(), [&](const ldm::BlockInfo& block) {
        return block.id == row.id || std::find(block.layers.begin(), block.layers.end(), layer) != block.layers.end();
    });
    return found == blocks.end() ? -1 : int(found - blocks.begin());
}

QList<widgets::BlockRow> blockRows(const StudioDocument& document, analysis::Metric metric) {
    QList<int> all(qsizetype(document.model().blocks.size()));
    std::iota(all.begin(), all.end(), 0);
    return blockRows(document, metric, all);
}

widgets::BlockRow blockRow(const StudioDocument& document, analysis::Metric metric, int block) {
    return blockRows(document, metric, {block}).constFirst();
}

std::vector<std::string> worstFirst(const StudioDocument& document, analysis::Metric metric) {
    const analysis::Analysis& analysis = document.analysis();
    std::vector<std::pair<double, std::string>> rows;
    for (int row = 0; row < int(analysis.blocks.size()); ++row) {
        const std::optional<quant::Format> format = shownFormat(document, {metric, std::nullopt}, row);
        const analysis::SqnrMap* map = format ? analysis.find(metric, *format) : nullptr;
        if (!map) continue;
        const double mean = analysis::summarize(*map, row, analysis.timesteps).meanDb;
        if (std::isfinite(mean)) rows.emplace_back(mean, analysis.blocks[std::size_t(row)].id);
    }
    std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::string> ids;
    for (auto& [mean, id] : rows) ids.push_back(std::move(id));
    return ids;
}

bool looksEqual(widgets::BlockRow a, widgets::BlockRow b) {
    const auto matchUnmeasured = [](double& left, double& right) {
        if (std::isnan(left) && std::isnan(right)) left = right = 0;
    };
    matchUnmeasured(a.meanDb, b.meanDb);
    matchUnmeasured(a.worstDb, b.worstDb);
    matchUnmeasured(a.information, b.information);
    return a == b;
}

QString basisText(const analysis::Prediction& prediction) {
    const QString map = toText(nameOf(prediction.basis));
    return prediction.endToEnd ? ViewTexts::tr("end to end, from the %1 map").arg(map)
                               : ViewTexts::tr("not end to end, summed over the %1 map").arg(map);
}

widgets::BudgetValues budgetValues(const StudioDocument& document) {
    widgets::BudgetValues values;
    if (!document.hasModel()) return values;
    values.bytes = qint64(document.cost().bytes);
    values.fullBytes = qint64(document.cost().fullBytes);
    values.bops = document.cost().bops;
    values.fullBops = document.cost().fullBops;
    values.meanBits = document.cost().meanWeightBits;
    if (const auto measured = document.measuredDb()) values.measuredDb = *measured;
    if (document.latency()) values.fullSeconds = document.latency()->fullSeconds();
    if (const auto seconds = document.stepSeconds()) values.seconds = *seconds;
    const analysis::Prediction& prediction = document.prediction();
    if (prediction.db) values.predictedDb = *prediction.db;
    values.predictionBasis = basisText(prediction);
    if (!prediction.missing.empty()) {
        QStringList missing;
        for (const quant::Format& format : prediction.missing) missing << toText(format);
        values.predictionBasis += ViewTexts::tr(", without %1").arg(missing.join(QStringLiteral(", ")));
    }
    return values;
}

QImage toQImage(const ldm::Image& image) {
    if (image.empty()) return {};
    const QImage view(image.rgb.data(), image.width, image.height, image.width * 3, QImage::Format_RGB888);
    return view.convertToFormat(QImage::Format_RGB32); // a copy of its own
}

} // namespace app::models
