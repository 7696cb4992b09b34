#include <widgets/paretodata.h>

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
    if (std::isnan(db)) return QStringLiteral("not known");
    if (std::isinf(db) && db < 0) return QStringLiteral("no signal left");
    return std::isinf(db) ? numberText(db) : numberText(db) + QStringLiteral(" dB");
}

} // namespace

QString nameOf(MarkKind kind) {
    switch (kind) {
    case MarkKind::Best:
        return QStringLiteral("best recipe");
    case MarkKind::Uniform:
        return QStringLiteral("uniform");
    case MarkKind::Present:
        return QStringLiteral("present recipe");
    case MarkKind::Found:
        return QStringLiteral("found recipe");
    case MarkKind::Measured:
        return QStringLiteral("found recipe, measured");
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
        return QStringLiteral("size");
    case CostAxis::Bops:
        return QStringLiteral("BOPs");
    case CostAxis::MeanBits:
        return QStringLiteral("bits per weight");
    }
    return {};
}

QString costText(CostAxis axis, double cost) {
    switch (axis) {
    case CostAxis::Bytes:
        return sizeText(qint64(std::llround(cost)));
    case CostAxis::Bops:
        return QString::number(cost / kGiga, 'f', 2) + QStringLiteral(" GBOPs");
    case CostAxis::MeanBits:
        return QString::number(cost, 'f', 2) + QStringLiteral(" bits");
    }
    return {};
}

QString markText(CostAxis axis, const ParetoMark& mark) {
    const QString name =
        mark.kind == MarkKind::Uniform ? nameOf(mark.kind) + u' ' + mark.point.name : nameOf(mark.kind);
    return QStringLiteral("%1, %2: %3").arg(name, costText(axis, mark.point.cost), decibelText(mark.point.db));
}

} // namespace widgets
