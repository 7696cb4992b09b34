#include <app/models/recipediff.h>

#include <app/models/viewdata.h>

#include <widgets/budgetbar.h>
#include <widgets/heatmapdata.h>

#include <QCoreApplication>
#include <QLocale>

#include <cmath>

namespace app::models {

namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("app::models", text);
}

/// A recipe with what follows from it.
struct Side {
    const quant::Recipe& recipe;
    quant::Plan plan;
    quant::Cost cost;
    std::optional<double> seconds;
    std::optional<double> predicted;
    std::optional<double> measured;
};

Side sideOf(const session::StudioDocument& document, const quant::Recipe& recipe) {
    quant::Plan plan = quant::resolve(recipe, document.model());
    const quant::Cost cost = quant::cost(plan, document.model());
    const analysis::Analysis& maps = document.analysis();
    std::optional<double> predicted;
    if (!maps.maps.empty()) predicted = analysis::predict(maps, plan, document.model()).db;
    const auto seconds = document.latency() ? document.latency()->seconds(plan) : std::nullopt;
    return {recipe, std::move(plan), cost, seconds, predicted, document.measurements().find(recipe, maps.settings)};
}

/// "w8a8", or in the order of a picture's making "w8a8 from 999 to 667, then w8a16".
QString courseText(const quant::Plan& plan, std::size_t layer) {
    QStringList parts;
    std::optional<quant::Format> last;
    for (auto segment = plan.segments.rbegin(); segment != plan.segments.rend(); ++segment) {
        const quant::Format format = segment->formats[layer];
        if (last == format) continue;
        const QString name = toText(format);
        parts << (last ? tr("from %1 on %2").arg(segment->lastTimestep).arg(name) : name);
        last = format;
    }
    return parts.join(QStringLiteral(", "));
}

QString decibels(const std::optional<double>& db) {
    if (!db || std::isnan(*db)) return tr("not known");
    if (std::isinf(*db)) return *db > 0 ? tr("exact") : tr("no signal left");
    return tr("%1 dB").arg(widgets::numberText(*db));
}

QList<DiffRow> summaryOf(const Side& present, const Side& other, bool isTimed) {
    const auto size = [](const Side& side) { return widgets::sizeText(qint64(side.cost.bytes)); };
    const auto share = [](const Side& side) {
        return tr("%1 % of fp32")
            .arg(QLocale().toString(100 * side.cost.bops / std::max(1.0, side.cost.fullBops), 'f', 1));
    };
    const auto bits = [](const Side& side) { return QLocale().toString(side.cost.meanWeightBits, 'f', 2); };
    const auto time = [](const Side& side) {
        return side.seconds ? widgets::durationText(*side.seconds) : tr("not measured");
    };
    QList<DiffRow> rows{{tr("Size"), size(present), size(other)},
                        {tr("BOPs"), share(present), share(other)},
                        {tr("Bits per weight"), bits(present), bits(other)}};
    if (isTimed) rows << DiffRow{tr("UNet step on this machine"), time(present), time(other)};
    return rows << DiffRow{tr("SQNR predicted"), decibels(present.predicted), decibels(other.predicted)}
                << DiffRow{tr("SQNR measured"), decibels(present.measured), decibels(other.measured)};
}

/// A row for the block if all its layers differ alike, else one for each layer that differs; how many differ.
int addBlock(const ldm::BlockInfo& block, const ldm::ModelInfo& model, const Side& present, const Side& other,
             QList<DiffRow>& rows) {
    QList<DiffRow> layers;
    for (const int layer : block.layers) {
        const QString left = courseText(present.plan, std::size_t(layer));
        const QString right = courseText(other.plan, std::size_t(layer));
        if (left != right)
            layers << DiffRow{QString::fromStdString(model.layers[std::size_t(layer)].name), left, right};
    }
    const bool isUniform = layers.size() == qsizetype(block.layers.size()) &&
                           std::all_of(layers.begin(), layers.end(), [&layers](const DiffRow& row) {
                               return row.present == layers.front().present && row.other == layers.front().other;
                           });
    if (!layers.isEmpty() && isUniform)
        rows << DiffRow{QString::fromStdString(block.id), layers.front().present, layers.front().other};
    else
        rows << layers;
    return int(layers.size());
}

QString joined(const std::vector<std::string>& patterns) {
    QStringList texts;
    for (const std::string& pattern : patterns) texts << QString::fromStdString(pattern);
    return texts.join(QStringLiteral(", "));
}

QString smoothingText(const quant::Recipe& recipe) {
    if (!recipe.smoothing) return tr("off");
    const auto alphaText = [](const std::optional<double>& alpha) {
        return alpha ? QString::number(*alpha) : tr("searched");
    };
    QStringList modules;
    for (const quant::SmoothedModule& module : recipe.smoothing->modules)
        modules << QString::fromStdString(module.match) +
                       (module.alpha ? tr(" (alpha %1)").arg(alphaText(module.alpha)) : QString());
    return tr("alpha %1: %2").arg(alphaText(recipe.smoothing->alpha), modules.join(QStringLiteral(", ")));
}

QString calibrationText(const quant::CalibrationSettings& calibration) {
    QString text = tr("%1, %2 steps, %3")
                       .arg(QString::fromStdString(calibration.prompts), QString::fromStdString(calibration.steps),
                            QString::fromStdString(calibration.range));
    if (calibration.range == "percentile") text += QStringLiteral(" %1").arg(calibration.percentile);
    if (calibration.intervals != 1) text += tr(", %1 intervals").arg(calibration.intervals);
    return calibration.file.empty() ? text : text + tr(", from %1").arg(QString::fromStdString(calibration.file));
}

void addTreatments(const quant::Recipe& present, const quant::Recipe& other, QList<DiffRow>& rows) {
    const auto add = [&](const QString& what, auto text) {
        const QString left = text(present);
        const QString right = text(other);
        if (left != right) rows << DiffRow{what, left, right};
    };
    const auto onOff = [](bool isOn) { return isOn ? tr("on") : tr("off"); };
    add(tr("Smoothing"), smoothingText);
    add(tr("Error feedback"), [](const quant::Recipe& recipe) {
        return recipe.errorFeedback ? joined(recipe.errorFeedback->modules) : tr("off");
    });
    add(tr("Low rank"), [](const quant::Recipe& recipe) {
        return recipe.lowRank ? tr("rank %1: %2").arg(recipe.lowRank->rank).arg(joined(recipe.lowRank->modules))
                              : tr("off");
    });
    add(tr("Split skips"), [&](const quant::Recipe& recipe) { return onOff(recipe.splitSkips); });
    add(tr("Precomputed time embedding"),
        [&](const quant::Recipe& recipe) { return onOff(recipe.precomputedTimeEmbedding); });
    add(tr("Calibration"), [](const quant::Recipe& recipe) { return calibrationText(recipe.calibration); });
}

} // namespace

RecipeDiff recipeDiff(const session::StudioDocument& document, const quant::Recipe& other) {
    const Side left = sideOf(document, document.recipe());
    const Side right = sideOf(document, other);
    RecipeDiff diff;
    diff.summary = summaryOf(left, right, document.latency().has_value());
    for (const ldm::BlockInfo& block : document.model().blocks)
        diff.layers += addBlock(block, document.model(), left, right, diff.rows);
    addTreatments(document.recipe(), other, diff.rows);
    return diff;
}

} // namespace app::models
