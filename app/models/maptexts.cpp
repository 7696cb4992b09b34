#include <app/models/maptexts.h>

#include <QCoreApplication>

namespace app::models {

namespace {

struct MapTexts {
    Q_DECLARE_TR_FUNCTIONS(MapTexts)
};

/// What is altered and where it is compared; %1 is a block or a layer.
QString tensorOf(analysis::Metric metric) {
    switch (metric) {
    case analysis::Metric::Weights:
        return MapTexts::tr("The weights of each %1 alone, without any data");
    case analysis::Metric::Local:
        return MapTexts::tr("Each %1 alone, on its full-precision input, compared at its own output");
    case analysis::Metric::Output:
        return MapTexts::tr("Each %1 alone, full-precision latent, compared at the predicted noise");
    case analysis::Metric::Others:
        return MapTexts::tr("All but the %1, full-precision latent, compared at the predicted noise");
    case analysis::Metric::Accumulated:
        return MapTexts::tr("All together, along their own trajectory, compared at each %1's output");
    case analysis::Metric::Information:
        return MapTexts::tr(
            "Each %1 alone, on its full-precision input: share of the information in its own output that is "
            "kept, 1 for all of it");
    case analysis::Metric::Final:
        break;
    }
    return MapTexts::tr("Each %1 alone, along its own trajectory, compared at the latent after the last step");
}

} // namespace

QString toText(std::string_view name) {
    return QString::fromUtf8(name.data(), qsizetype(name.size()));
}

QString toText(quant::Format format) {
    return QString::fromStdString(quant::toString(format));
}

widgets::HeatmapScale scaleOf(analysis::Metric metric) {
    return isShare(metric) ? widgets::HeatmapScale::Share : widgets::HeatmapScale::Sqnr;
}

QString mapLegend(const analysis::AnalysisSettings& settings, analysis::Metric metric) {
    const QString tensor =
        tensorOf(metric).arg(settings.level == analysis::Level::Block ? MapTexts::tr("block") : MapTexts::tr("layer"));
    if (metric == analysis::Metric::Weights) return MapTexts::tr("%1; sums over all of them").arg(tensor);
    const QString prompts = settings.prompts.size() == 1
                                ? MapTexts::tr("prompt “%1”").arg(QString::fromStdString(settings.prompts.front()))
                                : MapTexts::tr("%1 prompts").arg(settings.prompts.size());
    if (isShare(metric))
        return MapTexts::tr("%1; %2, both guidance halves, estimated from samples, ± over repeats")
            .arg(tensor, prompts);
    return MapTexts::tr("%1; %2, both guidance halves, sums over all elements").arg(tensor, prompts);
}

QString mapTitle(analysis::Metric metric, std::optional<quant::Format> format) {
    const QString formats = format ? toText(*format) : MapTexts::tr("formats of the recipe");
    if (isShare(metric)) return MapTexts::tr("share of information kept, %1").arg(formats);
    return MapTexts::tr("%1 SQNR, %2").arg(toText(nameOf(metric)), formats);
}

widgets::HeatmapData mapData(const analysis::Analysis& analysis, const analysis::SqnrMap& map) {
    widgets::HeatmapData data;
    for (const analysis::BlockRow& row : analysis.blocks) data.rows << QString::fromStdString(row.id);
    data.columns = {analysis.timesteps.begin(), analysis.timesteps.end()};
    data.db = {map.grid.db.begin(), map.grid.db.end()};
    const auto floor = analysis.floors.find(map.metric);
    if (floor != analysis.floors.end()) data.floorDb = {floor->second.db.begin(), floor->second.db.end()};
    data.spread = {map.spread.db.begin(), map.spread.db.end()};
    data.scale = scaleOf(map.metric);
    data.title = mapTitle(map.metric, map.format);
    data.legend = mapLegend(analysis.settings, map.metric);
    return data;
}

} // namespace app::models
