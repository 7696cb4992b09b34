#pragma once

#include <app/models/jobsmodel.h>
#include <app/session/settings.h>

#include <QObject>
#include <QSystemTrayIcon>
#include <QWidget>

namespace app::windows {

/// Tells of long jobs that end while the user looks at something else: the window asks for attention, and the desktop
/// shows a message where it has a place for one. GUI thread.
class JobNotifier : public QObject {
    Q_OBJECT
public:
    JobNotifier(const models::JobsModel& jobs, const session::Settings& settings, QWidget& window);

Q_SIGNALS:
    void notified(const QString& title, const QString& text);

private:
    void consider(const models::JobRecord& record);
    void showMessage(const QString& title, const QString& text);

    const session::Settings& m_settings;
    QWidget& m_window;
    QSystemTrayIcon* m_icon = nullptr; ///< while there is a message
};

} // namespace app::windows
