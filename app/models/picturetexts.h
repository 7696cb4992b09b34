#pragma once

#include <analysis/images.h>
#include <quant/recipe.h>

#include <widgets/comparisonlook.h>

#include <QImage>
#include <QJsonObject>
#include <QString>

#include <optional>

namespace app::models {

/// "PSNR 31.20 dB   SSIM 0.9710   perceptual distance 0.0210", and how salience differs where that is known; what is
/// between the numbers may be line ends.
QString metricsText(const analysis::ImageMetrics& metrics, const QString& between = QStringLiteral("   "));
/// "Full precision (cat face, 97 %)"; the caption alone where nothing was recognised.
QString withRecognition(const QString& caption, const std::optional<analysis::Recognition>& recognition);
/// Grey levels, 255 where the map is 1. Null where nothing was recognised.
QImage salienceImage(const std::optional<analysis::Recognition>& recognition);
/// "w8a8 and 2 rules"
QString summaryOf(const quant::Recipe& recipe);

QJsonObject toJson(const widgets::ComparisonLook& look);
/// Whatever is missing or no possible value stays as usual.
widgets::ComparisonLook comparisonLookFrom(const QJsonObject& json);

} // namespace app::models
