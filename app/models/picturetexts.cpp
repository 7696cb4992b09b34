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

/// Of pictures that differ.
QStringList salienceTexts(const analysis::SalienceMetrics& metrics) {
    const QLocale locale;
    const auto decibels = [&locale](double value) {
        return std::isinf(value) ? Texts::tr("exact") : Texts::tr("%1 dB").arg(locale.toString(value, 'f', 2));
    };
    return {Texts::tr("salience drift %1").arg(locale.toString(metrics.drift, 'f', 3)),
            Texts::tr("PSNR where salient %1").arg(decibels(metrics.salientPsnr)),
            Texts::tr("elsewhere %1").arg(decibels(metrics.restPsnr))};
}

} // namespace

QString metricsText(const analysis::ImageMetrics& metrics, const QString& between) {
    if (std::isinf(metrics.psnr)) return Texts::tr("The pictures are equal");
    const QLocale locale;
    QStringList parts{Texts::tr("PSNR %1 dB").arg(locale.toString(metrics.psnr, 'f', 2)),
                      Texts::tr("SSIM %1").arg(locale.toString(metrics.ssim, 'f', 4)),
                      Texts::tr("perceptual distance %1").arg(locale.toString(metrics.perceptual, 'f', 4))};
    if (metrics.salience) parts += salienceTexts(*metrics.salience);
    return parts.join(between);
}

QString withRecognition(const QString& caption, const std::optional<analysis::Recognition>& recognition) {
    if (!recognition) return caption;
    return Texts::tr("%1 (%2, %3 %)", "a picture, what is on it, and how sure that is")
        .arg(caption, QString::fromStdString(recognition->name),
             QLocale().toString(100 * recognition->probability, 'f', 0));
}

QImage salienceImage(const std::optional<analysis::Recognition>& recognition) {
    if (!recognition) return {};
    const analysis::Plane& map = recognition->salience.map;
    QImage image(map.width, map.height, QImage::Format_Grayscale8);
    for (int y = 0; y < map.height; ++y)
        for (int x = 0; x < map.width; ++x)
            image.scanLine(y)[x] =
                uchar(std::lround(255 * map.values[std::size_t(y) * std::size_t(map.width) + std::size_t(x)]));
    return image;
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
            {"split", look.split},          {"linked", look.linked},
            {"salience", look.salience}};
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
    look.salience = json["salience"].toBool(look.salience);
    return widgets::checked(look);
}

} // namespace app::models
