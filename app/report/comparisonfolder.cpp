#include <app/report/report.h>

#include <analysis/compare.h>
#include <ldm/error.h>

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace app::report {

namespace {

constexpr qint64 kMostBytes = 64 << 20;
constexpr int kMostSide = 8192; ///< of a picture, in pixels

[[noreturn]] void refuse(const QString& path, const QString& why) {
    throw ldm::badInput(
        QStringLiteral("'%1' %2; give a folder that noisefloor compare wrote.").arg(path, why).toStdString());
}

QJsonObject metricsOf(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) refuse(path, QStringLiteral("cannot be read"));
    if (file.size() > kMostBytes) refuse(path, QStringLiteral("is too large to be the metrics of a comparison"));
    QJsonParseError error{};
    const QJsonDocument document = QJsonDocument::fromJson(file.readAll(), &error);
    if (error.error != QJsonParseError::NoError)
        refuse(path, QStringLiteral("is no JSON (%1 at byte %2)").arg(error.errorString()).arg(error.offset));
    if (document.object()[QStringLiteral("noisefloor_comparison")].toInt() != 1)
        refuse(path, QStringLiteral("holds no comparison of version 1"));
    return document.object();
}

/// A file inside the folder, whatever the metrics say.
QImage pictureOf(const QDir& folder, const QString& name) {
    const QString path = folder.filePath(name);
    if (name.isEmpty() || name != QFileInfo(name).fileName())
        refuse(path, QStringLiteral("is no picture of the folder"));
    QImage image(path);
    if (image.isNull() || image.width() > kMostSide || image.height() > kMostSide)
        refuse(path, QStringLiteral("cannot be read as a picture"));
    return image;
}

/// A number, or "exact".
QString numberOf(const QJsonValue& value, int decimals) {
    return value.isDouble() ? QString::number(value.toDouble(), 'f', decimals) : value.toString();
}

} // namespace

QList<PictureRow> loadComparison(const QString& path) {
    const QDir folder(path);
    const QString file = folder.filePath(QLatin1String(analysis::kMetricsFile));
    const QJsonArray pictures = metricsOf(file)[QStringLiteral("pictures")].toArray();
    if (pictures.isEmpty()) refuse(file, QStringLiteral("names no picture"));
    QList<PictureRow> rows;
    for (const QJsonValue& one : pictures) {
        const QJsonObject picture = one.toObject();
        PictureRow row;
        row.caption = QStringLiteral("“%1”, seed %2")
                          .arg(picture[QStringLiteral("prompt")].toString())
                          .arg(picture[QStringLiteral("seed")].toInteger());
        row.pictures << ReportPicture{
            QStringLiteral("full precision"), pictureOf(folder, picture[QStringLiteral("full")].toString()), {}};
        for (const QJsonValue& result : picture[QStringLiteral("quantized")].toArray()) {
            const QJsonObject recipe = result.toObject();
            row.pictures << ReportPicture{recipe[QStringLiteral("recipe")].toString(),
                                          pictureOf(folder, recipe[QStringLiteral("file")].toString()),
                                          QStringLiteral("PSNR %1 dB, SSIM %2, perceptual %3")
                                              .arg(numberOf(recipe[QStringLiteral("psnr")], 2),
                                                   numberOf(recipe[QStringLiteral("ssim")], 4),
                                                   numberOf(recipe[QStringLiteral("perceptual")], 4))};
        }
        rows << row;
    }
    return rows;
}

} // namespace app::report
