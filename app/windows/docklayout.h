#pragma once

#include <QDockWidget>
#include <QList>
#include <QMainWindow>

namespace app::windows {

/// The panes around the map: which there are and where they stand at first. Does not own them. GUI thread.
class DockLayout {
public:
    explicit DockLayout(QMainWindow& window) : m_window(window) {}

    QDockWidget* add(const QString& id, const QString& title, QWidget* content, Qt::DockWidgetArea area);
    const QList<QDockWidget*>& docks() const { return m_docks; }
    QDockWidget* find(const QString& id) const;

    /// Puts all panes to their places and hides those that are not seen at first; these, too, while there is nothing to
    /// show.
    void arrange(bool hasContent);
    QByteArray save() const;
    /// Places of another version are left alone.
    void restore(const QByteArray& places);
    /// Whether the window with its panes as they stand is not too large for the screen.
    bool fitsTheScreen() const;

private:
    QDockWidget* place(const char* id, Qt::DockWidgetArea area, bool isVisible);

    QMainWindow& m_window;
    QList<QDockWidget*> m_docks;
};

} // namespace app::windows
