#include <app/session/settings.h>

#include <QFileInfo>

namespace app::session {

namespace {

constexpr int kRecentFilesKept = 10;

} // namespace

QStringList Settings::recentFiles() const {
    QStringList files = value(kRecentFiles);
    files.removeIf([](const QString& file) { return !QFileInfo::exists(file); });
    return files;
}

void Settings::addRecentFile(const QString& path) {
    const QString absolute = QFileInfo(path).absoluteFilePath();
    QStringList files = recentFiles();
    files.removeAll(absolute);
    files.prepend(absolute);
    set(kRecentFiles, QStringList(files.mid(0, kRecentFilesKept)));
}

} // namespace app::session
