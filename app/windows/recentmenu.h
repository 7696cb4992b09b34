#pragma once

#include <app/session/settings.h>

#include <QMenu>

namespace app::windows {

/// Files that were open lately, with what they are about. Filled whenever it opens. GUI thread.
class RecentMenu : public QMenu {
    Q_OBJECT
public:
    RecentMenu(session::Settings& settings, QWidget* parent);

Q_SIGNALS:
    void chosen(const QString& path);
    /// Files that are gone were taken off the list.
    void cleaned();

private:
    void fill();
    void removeMissing();

    session::Settings& m_settings;
};

} // namespace app::windows
