#pragma once

#include <analysis/images.h>
#include <quant/recipe.h>

#include <widgets/comparisonlook.h>

#include <QJsonObject>
#include <QString>

namespace app::models {

/// "PSNR 31.20 dB   SSIM 0.9710   perceptual distance 0.0210"; what is between the numbers may be line ends.
QString metricsText(const analysis::ImageMetrics& metrics, const QString& between = QStringLiteral("   "));
/// "w8a8 and 2 rules"
QString summaryOf(const quant::Recipe& recipe);

QJsonObject toJson(const widgets::ComparisonLook& look);
/// Whatever is missing or no possible value stays as usual.
widgets::ComparisonLook comparisonLookFrom(const QJsonObject& json);

} // namespace app::models
