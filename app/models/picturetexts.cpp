#include <app/models/picturetexts.h>

#include <app/models/viewdata.h>

#include <QCoreApplication>
#include <QLocale>

#include <cmath>

namespace app::models {

namespace {

using widgets::ComparisonLook;
using widgets::ComparisonMode;
using widgets::DifferenceKind;

struct Texts {
    Q_DECLARE_TR_FUNCTIONS(PictureTexts)
};

/// A whole number from 0 to `last`, else the fallback.
int choiceFrom(const QJsonValue& value, int last, int fallback) {
    const int choice = value.toInt(fallback);
    return choice >= 0 && choice <= last ? choice : fallback;
}

} // namespace

QString metricsText(const analysis::ImageMetrics& metrics, const QString& between) {
    if (std::isinf(metrics.psnr)) return Texts::tr("The pictures are equal");
    const QLocale locale;
    const QStringList parts{Texts::tr("PSNR %1 dB").arg(locale.toString(metrics.psnr, 'f', 2)),
                            Texts::tr("SSIM %1").arg(locale.toString(metrics.ssim, 'f', 4)),
                            Texts::tr("perceptual distance %1").arg(locale.toString(metrics.perceptual, 'f', 4))};
    return parts.join(between);
}

QString summaryOf(const quant::Recipe& recipe) {
    const QString base = toText(recipe.base);
    if (recipe.rules.empty()) return base;
    return recipe.rules.size() == 1 ? Texts::tr("%1 and a rule").arg(base)
                                    : Texts::tr("%1 and %2 rules").arg(base).arg(recipe.rules.size());
}

QJsonObject toJson(const ComparisonLook& look) {
    return {{"mode", int(look.mode)},       {"difference", int(look.difference.kind)},
            {"gain", look.difference.gain}, {"tolerance", look.difference.tolerance},
            {"split", look.split},          {"linked", look.linked}};
}

ComparisonLook comparisonLookFrom(const QJsonObject& json) {
    ComparisonLook look;
    look.mode = ComparisonMode(choiceFrom(json["mode"], int(ComparisonMode::Difference), int(look.mode)));
    look.difference.kind =
        DifferenceKind(choiceFrom(json["difference"], int(DifferenceKind::Absolute), int(look.difference.kind)));
    look.difference.gain = json["gain"].toInt(look.difference.gain);
    look.difference.tolerance = json["tolerance"].toInt(look.difference.tolerance);
    look.split = json["split"].toDouble(look.split);
    look.linked = json["linked"].toBool(look.linked);
    return widgets::checked(look);
}

} // namespace app::models
