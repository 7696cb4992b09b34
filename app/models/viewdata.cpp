#include <app/models/viewdata.h>

#include <algorithm>
#include <cmath>

namespace app::models {

namespace {

using session::StudioDocument;

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

QString legendOf(const analysis::AnalysisSettings& settings, analysis::Metric metric) {
    QString tensor;
    switch (metric) {
    case analysis::Metric::Weights:
        return QStringLiteral("The weights of each block alone, without any data; sums over all of them");
    case analysis::Metric::Local:
        tensor = QStringLiteral("Each block alone, on its full-precision input, compared at its own output");
        break;
    case analysis::Metric::Output:
        tensor = QStringLiteral("Each block alone, full-precision latent, compared at the predicted noise");
        break;
    case analysis::Metric::Others:
        tensor = QStringLiteral("All blocks but this one, full-precision latent, compared at the predicted noise");
        break;
    case analysis::Metric::Accumulated:
        tensor = QStringLiteral("All blocks, along their own trajectory, compared at each block's output");
        break;
    case analysis::Metric::Final:
        tensor =
            QStringLiteral("Each block alone, along its own trajectory, compared at the latent after the last step");
        break;
    }
    const QString prompts = settings.prompts.size() == 1
                                ? QStringLiteral("prompt “%1”").arg(QString::fromStdString(settings.prompts.front()))
                                : QStringLiteral("%1 prompts").arg(settings.prompts.size());
    return QStringLiteral("%1; %2, both guidance halves, sums over all elements").arg(tensor, prompts);
}

QString titleOf(const MapChoice& choice) {
    const QString format = choice.format ? toText(*choice.format) : QStringLiteral("formats of the recipe");
    return QStringLiteral("%1 SQNR, %2").arg(toText(nameOf(choice.metric)), format);
}

} // namespace

QString toText(std::string_view name) {
    return QString::fromUtf8(name.data(), qsizetype(name.size()));
}

QString toText(quant::Format format) {
    return QString::fromStdString(quant::toString(format));
}

std::optional<quant::Format> shownFormat(const StudioDocument& document, const MapChoice& choice, int block) {
    if (choice.format) return choice.format;
    const quant::BlockFormat format = quant::blockFormat(document.plan(), document.model(), block);
    if (!format.weights || !format.activations) return std::nullopt;
    return quant::Format{*format.weights, *format.activations};
}

QList<double> heatmapRow(const StudioDocument& document, const MapChoice& choice, int block) {
    const int columns = int(document.analysis().timesteps.size());
    const std::optional<quant::Format> format = shownFormat(document, choice, block);
    if (isUntouched(format)) return QList<double>(columns, analysis::kExact);
    const analysis::SqnrMap* map = format ? document.analysis().find(choice.metric, *format) : nullptr;
    if (!map || block >= map->grid.rows || map->grid.columns != columns)
        return QList<double>(columns, analysis::kNotMeasured);
    QList<double> row(columns);
    for (int column = 0; column < columns; ++column) row[column] = map->grid.at(block, column);
    return row;
}

QList<double> floorValues(const StudioDocument& document, analysis::Metric metric) {
    const auto floor = document.analysis().floors.find(metric);
    if (floor == document.analysis().floors.end()) return {};
    return {floor->second.db.begin(), floor->second.db.end()};
}

widgets::HeatmapData heatmapData(const StudioDocument& document, const MapChoice& choice) {
    widgets::HeatmapData data;
    for (const ldm::BlockInfo& block : document.model().blocks) data.rows << QString::fromStdString(block.id);
    data.columns = {document.analysis().timesteps.begin(), document.analysis().timesteps.end()};
    for (int block = 0; block < data.rows.size(); ++block) data.db += heatmapRow(document, choice, block);
    data.floorDb = floorValues(document, choice.metric);
    data.title = titleOf(choice);
    data.legend = legendOf(document.analysis().settings, choice.metric);
    return data;
}

widgets::BlockRow blockRow(const StudioDocument& document, analysis::Metric metric, int block) {
    const ldm::BlockInfo& info = document.model().blocks[std::size_t(block)];
    const quant::BlockFormat format = quant::blockFormat(document.plan(), document.model(), block);
    widgets::BlockRow row;
    row.id = QString::fromStdString(info.id);
    row.parameters = info.parameters;
    row.bytes = bytesOf(document, info);
    if (format.weights) row.weights = toText(nameOf(*format.weights));
    if (format.activations) row.activations = toText(nameOf(*format.activations));
    const std::optional<quant::Format> shown = shownFormat(document, {metric, std::nullopt}, block);
    if (isUntouched(shown)) {
        row.meanDb = row.worstDb = analysis::kExact;
    } else if (const auto* map = shown ? document.analysis().find(metric, *shown) : nullptr) {
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

bool looksEqual(widgets::BlockRow a, widgets::BlockRow b) {
    const auto matchUnmeasured = [](double& left, double& right) {
        if (std::isnan(left) && std::isnan(right)) left = right = 0;
    };
    matchUnmeasured(a.meanDb, b.meanDb);
    matchUnmeasured(a.worstDb, b.worstDb);
    return a == b;
}

widgets::BudgetValues budgetValues(const StudioDocument& document) {
    widgets::BudgetValues values;
    if (!document.hasModel()) return values;
    values.bytes = qint64(document.cost().bytes);
    values.fullBytes = qint64(document.cost().fullBytes);
    values.bops = document.cost().bops;
    values.fullBops = document.cost().fullBops;
    const analysis::Prediction& prediction = document.prediction();
    if (prediction.db) values.predictedDb = *prediction.db;
    values.predictionBasis = QStringLiteral("from the %1 map").arg(toText(nameOf(prediction.basis)));
    if (!prediction.missing.empty()) {
        QStringList missing;
        for (const quant::Format& format : prediction.missing) missing << toText(format);
        values.predictionBasis += QStringLiteral(", without %1").arg(missing.join(QStringLiteral(", ")));
    }
    return values;
}

QImage toQImage(const ldm::Image& image) {
    if (image.empty()) return {};
    const QImage view(image.rgb.data(), image.width, image.height, image.width * 3, QImage::Format_RGB888);
    return view.convertToFormat(QImage::Format_RGB32); // a copy of its own
}

} // namespace app::models
