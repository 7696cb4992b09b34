#include <app/windows/recentmenu.h>

#include <algorithm>

namespace app::windows {

RecentMenu::RecentMenu(session::Settings& settings, QWidget* parent)
    : QMenu(tr("Open Re&cent"), parent), m_settings(settings) {
    connect(this, &QMenu::aboutToShow, this, &RecentMenu::fill);
}

void RecentMenu::fill() {
    clear();
    const QList<session::RecentFile> files = m_settings.allRecentFiles();
    for (const session::RecentFile& file : files) {
        QAction* action = addAction(QStringLiteral("%1\t%2").arg(file.path, file.details()));
        action->setEnabled(file.isThere);
        connect(action, &QAction::triggered, this, [this, path = file.path] { Q_EMIT chosen(path); });
    }
    if (files.isEmpty()) addAction(tr("None yet"))->setEnabled(false);
    if (std::all_of(files.begin(), files.end(), [](const session::RecentFile& file) { return file.isThere; })) return;
    addSeparator();
    connect(addAction(tr("Remove Those That Are Gone")), &QAction::triggered, this, &RecentMenu::removeMissing);
}

void RecentMenu::removeMissing() {
    const QList<session::RecentFile> files = m_settings.allRecentFiles();
    for (const session::RecentFile& file : files)
        if (!file.isThere) m_settings.removeRecentFile(file.path);
    Q_EMIT cleaned();
}

} // namespace app::windows
