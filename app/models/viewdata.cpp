#include <app/models/viewdata.h>

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

namespace app::models {

namespace {

using session::StudioDocument;

struct ViewTexts {
    Q_DECLARE_TR_FUNCTIONS(ViewTexts)
};

/// Nothing to compare: the block computes in full precision.
bool isUntouched(const std::optional<quant::Format>& format) {
    return format == quant::Format{};
}

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

widgets::BlockRow blockRow(const StudioDocument& document, analysis::Metric metric, int block) {
    const ldm::BlockInfo& info = document.model().blocks[std::size_t(block)];
    const quant::BlockFormat format = quant::blockFormat(document.plan(), document.model(), block);
    widgets::BlockRow row;
    row.id = QString::fromStdString(info.id);
    row.parameters = info.parameters;
    row.bytes = bytesOf(document, info);
    row.isLocked = isLocked(document, info.id);
    if (format.weights) row.weights = toText(nameOf(*format.weights));
    if (format.activations) row.activations = toText(nameOf(*format.activations));
    std::optional<quant::Format> own;
    if (format.weights && format.activations) own = {*format.weights, *format.activations};
    const bool hasMap = own && !showsLayers(document);
    if (isUntouched(own)) {
        row.meanDb = row.worstDb = analysis::kExact;
    } else if (const auto* map = hasMap ? document.analysis().find(metric, *own) : nullptr) {
        const auto summary = analysis::summarize(map->grid, block, document.analysis().timesteps);
        row.meanDb = summary.meanDb;
        row.worstDb = summary.worstDb;
        row.worstTimestep = summary.worstTimestep;
    }
    return row;
}

QList<widgets::BlockRow> blockRows(const StudioDocument& document, analysis::Metric metric) {
    QList<widgets::BlockRow> rows;
    for (int block = 0; block < int(document.model().blocks.size()); ++block) rows << blockRow(document, metric, block);
    return rows;
}

std::vector<std::string> worstFirst(const StudioDocument& document, analysis::Metric metric) {
    const analysis::Analysis& analysis = document.analysis();
    std::vector<std::pair<double, std::string>> rows;
    for (int row = 0; row < int(analysis.blocks.size()); ++row) {
        const std::optional<quant::Format> format = shownFormat(document, {metric, std::nullopt}, row);
        const analysis::SqnrMap* map = format ? analysis.find(metric, *format) : nullptr;
        if (!map) continue;
        const double mean = analysis::summarize(map->grid, row, analysis.timesteps).meanDb;
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
