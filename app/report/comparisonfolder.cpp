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

QJsonObject metricsIn(const QString& path) {
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

/// The class that a picture was taken for, behind its name.
QString named(const QString& name, const QJsonValue& recognition) {
    if (!recognition.isObject()) return name;
    return QStringLiteral("%1 (%2, %3 %)")
        .arg(name, recognition[QStringLiteral("name")].toString(),
             QString::number(100 * recognition[QStringLiteral("probability")].toDouble(), 'f', 0));
}

QString metricsOf(const QJsonObject& recipe) {
    const QString metrics =
        QStringLiteral("PSNR %1 dB, SSIM %2, perceptual %3")
            .arg(numberOf(recipe[QStringLiteral("psnr")], 2), numberOf(recipe[QStringLiteral("ssim")], 4),
                 numberOf(recipe[QStringLiteral("perceptual")], 4));
    const QJsonValue salience = recipe[QStringLiteral("salience")];
    if (!salience.isObject()) return metrics;
    return QStringLiteral("%1, salience drift %2, PSNR where salient %3 dB, elsewhere %4 dB")
        .arg(metrics, numberOf(salience[QStringLiteral("drift")], 3),
             numberOf(salience[QStringLiteral("salient_psnr")], 2), numberOf(salience[QStringLiteral("rest_psnr")], 2));
}

} // namespace

QList<PictureRow> loadComparison(const QString& path) {
    const QDir folder(path);
    const QString file = folder.filePath(QLatin1String(analysis::kMetricsFile));
    const QJsonArray pictures = metricsIn(file)[QStringLiteral("pictures")].toArray();
    if (pictures.isEmpty()) refuse(file, QStringLiteral("names no picture"));
    QList<PictureRow> rows;
    for (const QJsonValue& one : pictures) {
        const QJsonObject picture = one.toObject();
        PictureRow row;
        row.caption = QStringLiteral("“%1”, seed %2")
                          .arg(picture[QStringLiteral("prompt")].toString())
                          .arg(picture[QStringLiteral("seed")].toInteger());
        row.pictures << ReportPicture{named(QStringLiteral("full precision"), picture[QStringLiteral("full_class")]),
                                      pictureOf(folder, picture[QStringLiteral("full")].toString()),
                                      {}};
        for (const QJsonValue& result : picture[QStringLiteral("quantized")].toArray()) {
            const QJsonObject recipe = result.toObject();
            row.pictures << ReportPicture{
                named(recipe[QStringLiteral("recipe")].toString(), recipe[QStringLiteral("class")]),
                pictureOf(folder, recipe[QStringLiteral("file")].toString()), metricsOf(recipe)};
        }
        rows << row;
    }
    return rows;
}

} // namespace app::report
