#include <widgets/paretodata.h>

#include "words.h"

#include <widgets/budgetbar.h>
#include <widgets/heatmapdata.h>

#include <algorithm>
#include <cmath>

namespace widgets {

namespace {

constexpr double kGiga = 1e9;

void add(QList<ParetoMark>& marks, MarkKind kind, const std::optional<ParetoPoint>& point) {
    if (point) marks.append({kind, *point});
}

QString decibelText(double db) {
    if (std::isnan(db)) return Words::tr("not known");
    if (std::isinf(db) && db < 0) return Words::tr("no signal left");
    return std::isinf(db) ? numberText(db) : Words::tr("%1 dB").arg(numberText(db));
}

} // namespace

QString nameOf(MarkKind kind) {
    switch (kind) {
    case MarkKind::Best:
        return Words::tr("best recipe");
    case MarkKind::Uniform:
        return Words::tr("uniform");
    case MarkKind::Present:
        return Words::tr("present recipe");
    case MarkKind::Found:
        return Words::tr("found recipe");
    case MarkKind::Measured:
        return Words::tr("found recipe, measured");
    }
    return {};
}

QList<ParetoMark> marksOf(const ParetoData& data) {
    QList<ParetoMark> marks;
    for (const ParetoPoint& point : data.best) marks.append({MarkKind::Best, point});
    for (const ParetoPoint& point : data.uniform) marks.append({MarkKind::Uniform, point});
    add(marks, MarkKind::Present, data.present);
    add(marks, MarkKind::Found, data.found);
    add(marks, MarkKind::Measured, data.measured);
    std::stable_sort(marks.begin(), marks.end(),
                     [](const ParetoMark& a, const ParetoMark& b) { return a.point.cost < b.point.cost; });
    return marks;
}

bool isDrawn(const ParetoPoint& point) {
    return std::isfinite(point.cost) && std::isfinite(point.db);
}

QString axisTitle(CostAxis axis) {
    switch (axis) {
    case CostAxis::Bytes:
        return Words::tr("size");
    case CostAxis::Bops:
        return QStringLiteral("BOPs");
    case CostAxis::MeanBits:
        return Words::tr("bits per weight");
    case CostAxis::Seconds:
        return Words::tr("UNet step");
    }
    return {};
}

QString costText(CostAxis axis, double cost) {
    switch (axis) {
    case CostAxis::Bytes:
        return sizeText(qint64(std::llround(cost)));
    case CostAxis::Bops:
        return Words::tr("%1 GBOPs").arg(shown(cost / kGiga, 2));
    case CostAxis::MeanBits:
        return Words::tr("%1 bits").arg(shown(cost, 2));
    case CostAxis::Seconds:
        return durationText(cost);
    }
    return {};
}

QString markText(CostAxis axis, const ParetoMark& mark) {
    const QString name =
        mark.kind == MarkKind::Uniform ? nameOf(mark.kind) + u' ' + mark.point.name : nameOf(mark.kind);
    return QStringLiteral("%1, %2: %3").arg(name, costText(axis, mark.point.cost), decibelText(mark.point.db));
}

} // namespace widgets
