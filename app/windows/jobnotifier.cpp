#include <app/windows/jobnotifier.h>

#include <QApplication>
#include <QStyle>

namespace app::windows {

JobNotifier::JobNotifier(const models::JobsModel& jobs, const session::Settings& settings, QWidget& window)
    : QObject(&window), m_settings(settings), m_window(window) {
    connect(&jobs, &models::JobsModel::finished, this, &JobNotifier::consider);
    connect(qApp, &QApplication::focusChanged, this, [this] {
        if (m_icon && m_window.isActiveWindow()) m_icon->hide();
    });
}

void JobNotifier::consider(const models::JobRecord& record) {
    const int seconds = m_settings.value(session::kNotifyAfterSeconds);
    if (seconds <= 0 || record.workedMs < qint64(seconds) * 1000 || m_window.isActiveWindow()) return;
    const QString title = QStringLiteral("%1: %2").arg(models::nameOf(record.kind), models::nameOf(record.state));
    const QString text = record.sentence.isEmpty() ? record.description.what : record.sentence;
    QApplication::alert(&m_window);
    showMessage(title, text);
    Q_EMIT notified(title, text);
}

void JobNotifier::showMessage(const QString& title, const QString& text) {
    if (!QSystemTrayIcon::isSystemTrayAvailable() || !QSystemTrayIcon::supportsMessages()) return;
    if (!m_icon) {
        const QIcon own = m_window.windowIcon();
        m_icon =
            new QSystemTrayIcon(own.isNull() ? m_window.style()->standardIcon(QStyle::SP_ComputerIcon) : own, this);
        connect(m_icon, &QSystemTrayIcon::messageClicked, this, [this] {
            m_window.raise();
            m_window.activateWindow();
        });
    }
    m_icon->show();
    m_icon->showMessage(title, text);
}

} // namespace app::windows
