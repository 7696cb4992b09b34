#include <app/models/searchdata.h>

#include <app/models/viewdata.h>

#include <widgets/budgetbar.h>
#include <widgets/heatmapdata.h>

#include <QCoreApplication>
#include <QLocale>

#include <cmath>

namespace app::models {

namespace {

using analysis::Goal;
using widgets::CostAxis;

constexpr double kMebi = 1024.0 * 1024.0;
constexpr double kGiga = 1e9;
constexpr double kMilli = 1e-3;

QString tr(const char* text) {
    return QCoreApplication::translate("app::models", text);
}

CostAxis axisOf(analysis::Saving saving) {
    if (saving == analysis::Saving::Seconds) return CostAxis::Seconds;
    return saving == analysis::Saving::Bops ? CostAxis::Bops : CostAxis::Bytes;
}

CostAxis axisOf(const session::RecipeFinder& finder) {
    return finder.target().goal == Goal::MaxMeanBits ? CostAxis::MeanBits : axisOf(finder.axis());
}

QString percentText(double part, double whole) {
    return tr("%1 % of fp32").arg(QLocale().toString(whole > 0 ? 100 * part / whole : 0, 'f', 1));
}

double costOn(CostAxis axis, const quant::Cost& cost, double seconds) {
    switch (axis) {
    case CostAxis::Bytes:
        return double(cost.bytes);
    case CostAxis::Bops:
        return cost.bops;
    case CostAxis::MeanBits:
        return cost.meanWeightBits;
    case CostAxis::Seconds:
        return seconds;
    }
    return 0;
}

widgets::ParetoPoint pointOf(CostAxis axis, const analysis::Tradeoff& place) {
    return {QString::fromStdString(place.name), costOn(axis, place.cost, place.seconds), place.predictedDb};
}

QString decibels(double db) {
    if (std::isnan(db)) return tr("not known");
    if (std::isinf(db) && db < 0) return tr("no signal left");
    return std::isinf(db) ? tr("exact") : tr("%1 dB").arg(widgets::numberText(db));
}

QString formatOf(const quant::Rule& rule) {
    if (rule.weights && rule.activations) return toText(quant::Format{*rule.weights, *rule.activations});
    if (rule.weights) return tr("weights %1").arg(toText(nameOf(*rule.weights)));
    return rule.activations ? tr("activations %1").arg(toText(nameOf(*rule.activations))) : QString();
}

QString boundText(const analysis::SearchResult& result, const analysis::SearchTarget& target) {
    const QString gap = tr("gap %1 %").arg(QLocale().toString(100 * result.gap, 'f', 2));
    if (target.goal != Goal::MinSqnr)
        return tr("no choice within it is predicted above %1; %2").arg(decibels(result.boundDb), gap);
    return tr("no choice that reaches it is below %1; %2")
        .arg(widgets::costText(axisOf(target.saving), result.boundCost), gap);
}

QString measuredText(const analysis::SearchResult& result) {
    QString text = tr("%1 end to end").arg(decibels(*result.measuredDb));
    if (result.repairs == 1) text += tr(", after 1 repair");
    if (result.repairs > 1) text += tr(", after %1 repairs").arg(result.repairs);
    return text;
}

QStringList namesOf(const std::vector<session::MapKey>& keys) {
    QStringList names;
    for (const session::MapKey& key : keys)
        if (const QString name = toText(key.format); !names.contains(name)) names << name;
    return names;
}

} // namespace

double unitSize(Goal goal) {
    if (goal == Goal::MaxBytes) return kMebi;
    if (goal == Goal::MaxSeconds) return kMilli;
    return goal == Goal::MaxBops ? kGiga : 1;
}

QString unitOf(Goal goal) {
    switch (goal) {
    case Goal::MaxBytes:
        return tr(" MiB");
    case Goal::MaxBops:
        return tr(" GBOPs");
    case Goal::MaxMeanBits:
        return tr(" bits");
    case Goal::MaxSeconds:
        return tr(" ms");
    case Goal::MinSqnr:
        return tr(" dB");
    }
    return {};
}

widgets::BudgetTarget budgetTarget(const session::RecipeFinder& finder) {
    using Kind = widgets::BudgetTarget::Kind;
    if (!finder.hasTarget()) return {};
    const double value = finder.target().value;
    switch (finder.target().goal) {
    case Goal::MaxBytes:
        return {Kind::Bytes, value};
    case Goal::MaxBops:
        return {Kind::Bops, value};
    case Goal::MaxMeanBits:
        return {Kind::MeanBits, value};
    case Goal::MaxSeconds:
        return {Kind::Seconds, value};
    case Goal::MinSqnr:
        return {Kind::Sqnr, value};
    }
    return {};
}

widgets::ParetoData paretoData(session::RecipeFinder& finder) {
    widgets::ParetoData data;
    data.axis = axisOf(finder);
    for (const analysis::Tradeoff& place : finder.paretoCurve()) data.best << pointOf(data.axis, place);
    for (const analysis::Tradeoff& place : finder.uniform()) data.uniform << pointOf(data.axis, place);
    if (const auto& present = finder.present()) data.present = pointOf(data.axis, *present);
    if (data.best.isEmpty()) return data;
    if (const auto& result = finder.result()) {
        const QString name = QString::fromStdString(result->recipe.name);
        const double cost = costOn(data.axis, result->cost, result->seconds);
        data.found = widgets::ParetoPoint{name, cost, result->predicted.db.value_or(analysis::kNotMeasured)};
        if (result->measuredDb) data.measured = widgets::ParetoPoint{name, cost, *result->measuredDb};
    }
    const analysis::SearchTarget& target = finder.target();
    data.target = widgets::ParetoTarget{target.goal != Goal::MinSqnr, target.value};
    return data;
}

QList<RuleRow> ruleRows(const quant::Recipe& recipe) {
    QList<RuleRow> rows;
    rows << RuleRow{tr("all others"), toText(recipe.base), tr("all"), tr("the default of the recipe")};
    for (const quant::Rule& rule : recipe.rules) {
        const QString steps =
            rule.timesteps ? tr("%1 to %2").arg((*rule.timesteps)[1]).arg((*rule.timesteps)[0]) : tr("all");
        rows << RuleRow{QString::fromStdString(rule.match), formatOf(rule), steps, QString::fromStdString(rule.why)};
    }
    return rows;
}

QList<ResultLine> resultLines(const analysis::SearchResult& result, const analysis::SearchTarget& target) {
    QList<ResultLine> lines;
    const quant::Cost& cost = result.cost;
    lines << ResultLine{tr("Size"), tr("%1, %2, %3 bits per weight")
                                        .arg(widgets::sizeText(qint64(cost.bytes)),
                                             percentText(double(cost.bytes), double(cost.fullBytes)),
                                             QLocale().toString(cost.meanWeightBits, 'f', 2))};
    lines << ResultLine{tr("BOPs"), tr("%1, %2").arg(widgets::costText(CostAxis::Bops, cost.bops),
                                                     percentText(cost.bops, cost.fullBops))};
    if (!std::isnan(result.seconds))
        lines << ResultLine{
            tr("UNet step"),
            tr("%1, measured layer by layer on this machine").arg(widgets::durationText(result.seconds))};
    lines << ResultLine{
        tr("Predicted"),
        tr("%1, %2").arg(decibels(result.predicted.db.value_or(analysis::kNotMeasured)), basisText(result.predicted))};
    if (result.measuredDb) lines << ResultLine{tr("Measured"), measuredText(result)};
    lines << ResultLine{tr("Bound"), boundText(result, target)};
    return lines;
}

QString searchNotice(session::RecipeFinder& finder) {
    if (!finder.obstacle().isEmpty()) return finder.obstacle();
    const auto& result = finder.result();
    if (result && !result->reached && !finder.isSearching())
        return finder.wasStopped() ? tr("Stopped before the target held; this is the best so far.")
                                   : tr("The target does not hold when measured, and no precision is left to raise; "
                                        "this is the best found.");
    const std::vector<session::MapKey> missing = finder.missingMaps();
    if (missing.empty()) return {};
    return tr("Maps of %1 are missing: predictions are rough until they are measured.")
        .arg(namesOf(missing).join(QStringLiteral(", ")));
}

} // namespace app::models
