#include <app/models/inspectiondata.h>

#include <app/models/maptexts.h>

#include <widgets/heatmapdata.h>

#include <analysis/noisemodel.h>

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>
#include <cmath>

namespace app::models {

namespace {

constexpr int kMostLevels = 31; ///< that are drawn one by one

class InspectionTexts {
    Q_DECLARE_TR_FUNCTIONS(InspectionTexts)
};

QString numberText(double value) {
    return QLocale().toString(value, 'g', 4);
}

/// "23.4", "exact" or a dash.
QString decibelText(double db) {
    const QString text = widgets::numberText(db);
    return text.isEmpty() ? QStringLiteral("–") : text;
}

widgets::HistogramData histogramOf(const analysis::Spread& spread) {
    widgets::HistogramData data;
    data.begin = spread.bins.begin;
    data.width = spread.bins.width;
    for (const std::uint64_t count : spread.bins.counts) data.counts << double(count);
    return data;
}

/// Every level where they are few and those of one layer, else the two ends.
QList<widgets::PlotMark> marksOf(const analysis::FormatGrid& grid, bool isOneLayer) {
    QList<widgets::PlotMark> marks{{grid.lo, true}};
    const bool drawsLevels = isOneLayer && grid.levels > 0 && grid.levels <= kMostLevels;
    for (int level = 1; drawsLevels && level + 1 < grid.levels; ++level)
        marks << widgets::PlotMark{grid.lo + level * grid.step, false};
    marks << widgets::PlotMark{grid.hi, true};
    return marks;
}

QString rangeText(const analysis::FormatGrid& grid) {
    return InspectionTexts::tr("%1 to %2").arg(numberText(grid.lo), numberText(grid.hi));
}

/// What the marks of weights are.
QString weightNote(quant::WeightFormat format, const std::optional<analysis::FormatGrid>& grid, bool isOneLayer) {
    const QString name = toText(quant::nameOf(format));
    if (!grid) return InspectionTexts::tr("%1: steps too fine to draw").arg(name);
    if (!isOneLayer)
        return InspectionTexts::tr("%1: each layer has ranges of its own, none wider than %2")
            .arg(name, rangeText(*grid));
    if (quant::isGguf(format))
        return InspectionTexts::tr("%1: each block of weights has a range of its own, none wider than %2")
            .arg(name, rangeText(*grid));
    if (const auto group = quant::scaleGroup(format); group && *group > 0)
        return InspectionTexts::tr("%1: each group of %2 has a range of its own, none wider than %3")
            .arg(name)
            .arg(*group)
            .arg(rangeText(*grid));
    if (grid->levels == 0)
        return InspectionTexts::tr("%1: each output channel has a range of its own, the widest is %2")
            .arg(name, rangeText(*grid));
    return InspectionTexts::tr("%1: %2 levels, a step of %3 in the widest output channel")
        .arg(name)
        .arg(grid->levels)
        .arg(numberText(grid->step));
}

/// What the marks of inputs are.
QString inputNote(quant::ActivationFormat format, const std::optional<analysis::FormatGrid>& grid, bool isOneLayer,
                  const quant::CalibrationSettings& calibration) {
    const QString name = toText(quant::nameOf(format));
    if (!grid && quant::bits(format) <= 8)
        return InspectionTexts::tr("%1: each token has the range of its own values").arg(name);
    if (!grid) return InspectionTexts::tr("%1: steps too fine to draw").arg(name);
    if (!isOneLayer)
        return InspectionTexts::tr("%1: each layer has a range of its own, none wider than %2")
            .arg(name, rangeText(*grid));
    QString note = InspectionTexts::tr("%1: range %2").arg(name, rangeText(*grid));
    if (grid->step > 0) note += InspectionTexts::tr(", a step of %1").arg(numberText(grid->step));
    if (calibration.range != "minmax") note += InspectionTexts::tr("; the recipe's calibration may make it narrower");
    return note;
}

/// The row of the maps that is this part; -1 without.
int rowOf(const session::StudioDocument& document, const InspectedPart& part) {
    const std::string name = nameOf(document.model(), part).toStdString();
    const auto& rows = document.analysis().blocks;
    const auto row =
        std::find_if(rows.begin(), rows.end(), [&name](const analysis::BlockRow& each) { return each.id == name; });
    return row == rows.end() ? -1 : int(row - rows.begin());
}

double weightDb(const analysis::WeightFacts& facts, quant::WeightFormat format) {
    for (const analysis::WeightSqnr& each : facts.sqnr)
        if (each.format == format) return each.db;
    return format == quant::WeightFormat::Fp32 ? analysis::kExact : analysis::kNotMeasured;
}

/// One side of the formats of all layers in all steps, if they agree.
template <class Side>
auto common(const quant::Plan& plan, int layer, Side side)
    -> std::optional<std::decay_t<decltype(side(quant::Format{}))>> {
    const auto first = side(plan.segments.front().formats[std::size_t(layer)]);
    for (const quant::PlanSegment& segment : plan.segments)
        if (side(segment.formats[std::size_t(layer)]) != first) return std::nullopt;
    return first;
}

} // namespace

QString nameOf(const ldm::ModelInfo& model, const InspectedPart& part) {
    if (part.block < 0) return {};
    const ldm::BlockInfo& block = model.blocks[std::size_t(part.block)];
    if (part.layer < 0) return QString::fromStdString(block.id);
    return QString::fromStdString(model.layers[std::size_t(block.layers[std::size_t(part.layer)])].name);
}

QStringList partNames(const ldm::ModelInfo& model, int block) {
    if (block < 0) return {};
    const ldm::BlockInfo& info = model.blocks[std::size_t(block)];
    QStringList names{InspectionTexts::tr("All %1 layers together").arg(info.layers.size())};
    const QString prefix = QString::fromStdString(info.id) + QLatin1Char('.');
    for (const int layer : info.layers) {
        const QString name = QString::fromStdString(model.layers[std::size_t(layer)].name);
        names << (name.startsWith(prefix) ? name.mid(prefix.size()) : name);
    }
    return names;
}

quant::BlockFormat presentFormat(const session::StudioDocument& document, const InspectedPart& part) {
    if (part.block < 0) return {};
    if (part.layer < 0) return quant::blockFormat(document.plan(), document.model(), part.block);
    const int layer = document.model().blocks[std::size_t(part.block)].layers[std::size_t(part.layer)];
    return {common(document.plan(), layer, [](quant::Format format) { return format.weights; }),
            common(document.plan(), layer, [](quant::Format format) { return format.activations; })};
}

widgets::HistogramData weightHistogram(const analysis::WeightFacts& facts, std::optional<quant::WeightFormat> format) {
    widgets::HistogramData data = histogramOf(facts.spread);
    data.title = InspectionTexts::tr("Weights");
    data.axis = InspectionTexts::tr("weight");
    if (!format) {
        data.note = InspectionTexts::tr("The layers have different formats");
        return data;
    }
    const auto grid = analysis::gridOf(*format, facts.spread.range);
    const bool isOneLayer = !facts.name.empty();
    if (grid) data.marks = marksOf(*grid, isOneLayer);
    data.note = weightNote(*format, grid, isOneLayer);
    return data;
}

widgets::HistogramData inputHistogram(const analysis::InputFacts& facts, std::optional<quant::ActivationFormat> format,
                                      const quant::CalibrationSettings& calibration) {
    widgets::HistogramData data = histogramOf(facts.spread);
    data.title = InspectionTexts::tr("Inputs");
    data.axis = InspectionTexts::tr("input");
    if (!format) {
        data.note = InspectionTexts::tr("The format differs between layers or steps");
        return data;
    }
    const auto grid = analysis::gridOf(*format, facts.spread.range);
    const bool isOneLayer = !facts.name.empty();
    if (grid) data.marks = marksOf(*grid, isOneLayer);
    data.note = inputNote(*format, grid, isOneLayer, calibration);
    return data;
}

widgets::LineData rangesOverTime(const analysis::InputFacts& facts) {
    widgets::LineData data{InspectionTexts::tr("Inputs over time"),
                           InspectionTexts::tr("timestep"),
                           InspectionTexts::tr("input"),
                           {},
                           true,
                           {}};
    const QString inner = QString::number(100 - analysis::kOutsidePercent / 2);
    const QString outer = QString::number(analysis::kOutsidePercent / 2);
    widgets::LineSeries largest{InspectionTexts::tr("largest"), {}};
    widgets::LineSeries high{InspectionTexts::tr("%1 %").arg(inner), {}};
    widgets::LineSeries low{InspectionTexts::tr("%1 %").arg(outer), {}};
    widgets::LineSeries smallest{InspectionTexts::tr("smallest"), {}};
    for (const analysis::StepRange& step : facts.steps) {
        data.places << step.timestep;
        largest.values << double(step.all.hi);
        high.values << double(step.middle.hi);
        low.values << double(step.middle.lo);
        smallest.values << double(step.all.lo);
    }
    data.series = {largest, high, low, smallest};
    return data;
}

widgets::Facts channelFacts(const std::vector<analysis::ChannelPeak>& peaks) {
    widgets::Facts facts{{InspectionTexts::tr("layer"), InspectionTexts::tr("channel"), InspectionTexts::tr("largest"),
                          InspectionTexts::tr("times the median")},
                         {},
                         true};
    for (const analysis::ChannelPeak& peak : peaks)
        facts.rows << QStringList{
            QString::fromStdString(peak.layer), QString::number(peak.channel), numberText(peak.largest),
            std::isinf(peak.ratio) ? InspectionTexts::tr("median is 0") : QLocale().toString(peak.ratio, 'f', 2)};
    return facts;
}

widgets::Facts formatFacts(const session::StudioDocument& document, const InspectedPart& part,
                           const analysis::WeightFacts& weights) {
    widgets::Facts facts{{InspectionTexts::tr("format"), InspectionTexts::tr("weights alone, dB"),
                          InspectionTexts::tr("local, mean dB"), InspectionTexts::tr("local, worst dB"),
                          InspectionTexts::tr("at step")},
                         {},
                         true};
    const QString none = QStringLiteral("–");
    const analysis::Analysis& analysis = document.analysis();
    const int row = rowOf(document, part);
    for (const analysis::SqnrMap& map : analysis.maps) {
        if (map.metric != analysis::Metric::Local || row < 0) continue;
        const analysis::RowSummary local = analysis::summarize(map.grid, row, analysis.timesteps);
        facts.rows << QStringList{toText(map.format), decibelText(weightDb(weights, map.format.weights)),
                                  decibelText(local.meanDb), decibelText(local.worstDb),
                                  local.worstTimestep < 0 ? none : QString::number(local.worstTimestep)};
    }
    const std::optional<quant::WeightFormat> present = presentFormat(document, part).weights;
    for (const analysis::WeightSqnr& each : weights.sqnr) {
        const QString name = toText(quant::nameOf(each.format));
        facts.rows << QStringList{each.format == present ? InspectionTexts::tr("%1 (present)").arg(name) : name,
                                  decibelText(each.db), none, none, none};
    }
    return facts;
}

} // namespace app::models
