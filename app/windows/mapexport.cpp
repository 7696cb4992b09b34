#include <app/windows/mapexport.h>

#include <QBuffer>
#include <QCoreApplication>
#include <QSaveFile>
#include <QSvgGenerator>

namespace app::windows {

namespace {

constexpr qreal kPngRatio = 2; ///< pixels for one of the window, for print

jobs::Result<jobs::Done> write(const QString& file, const QByteArray& content) {
    QSaveFile target(file);
    const bool isWritten = target.open(QIODevice::WriteOnly) && target.write(content) == content.size();
    if (isWritten && target.commit()) return jobs::Done{};
    return jobs::Failure{ldm::ErrorKind::WriteFailed,
                         QCoreApplication::translate("MapExport", "The map could not be written to %1 (%2); choose "
                                                                  "another place.")
                             .arg(file, target.errorString())};
}

} // namespace

jobs::Result<jobs::Done> saveMapPng(const widgets::HeatmapWidget& map, const QString& file) {
    QBuffer content;
    content.open(QIODevice::WriteOnly);
    map.picture(kPngRatio).save(&content, "PNG");
    return write(file, content.data());
}

jobs::Result<jobs::Done> saveMapSvg(const widgets::HeatmapWidget& map, const QString& file) {
    QBuffer content;
    QSvgGenerator generator;
    generator.setOutputDevice(&content);
    generator.setSize(map.pictureSize());
    generator.setViewBox(QRect(QPoint(), map.pictureSize()));
    generator.setTitle(map.data().title);
    generator.setDescription(map.data().legend);
    QPainter painter(&generator);
    map.drawPicture(painter);
    painter.end();
    return write(file, content.data());
}

jobs::Result<jobs::Done> saveMapCsv(const widgets::HeatmapWidget& map, const QString& file) {
    return write(file, widgets::toCommaSeparated(map.shown()).toUtf8());
}

} // namespace app::windows
