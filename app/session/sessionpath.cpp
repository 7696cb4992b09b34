#include <app/session/sessionpath.h>

#include <ldm/model.h>

#include <QDir>

#include <algorithm>

namespace app::session {

namespace {

QString topFolder(const QString& absolute) {
    return absolute.section(QLatin1Char('/'), 1, 1);
}

} // namespace

QString storedPath(const QString& file, const QString& folder) {
    const QString clean = QDir::cleanPath(file);
    if (folder.isEmpty() || topFolder(clean) != topFolder(QDir::cleanPath(folder))) return clean;
    return QDir(folder).relativeFilePath(clean);
}

QString meantPath(const QString& stored, const QString& folder) {
    return QDir::cleanPath(QDir(folder).absoluteFilePath(stored));
}

bool isEmbedded(const QString& model) {
    const std::vector<std::string> names = ldm::embeddedModels();
    return std::ranges::find(names, model.toStdString()) != names.end();
}

} // namespace app::session
