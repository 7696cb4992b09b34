#pragma once

#include <app/session/settings.h>
#include <app/windows/commandtable.h>

#include <QAction>
#include <QKeySequence>
#include <QList>
#include <QObject>

namespace app::windows {

/// The actions of all commands and of the switches of the panes, under the shortcuts that the user has chosen. GUI
/// thread.
class CommandActions : public QObject {
    Q_OBJECT
public:
    struct Entry {
        QString id;
        QString menu; ///< its title, without a mnemonic
        QAction* action = nullptr;
        QKeySequence standardKeys;
        QString tip;
        QString whenDisabled; ///< why it cannot be used while it is disabled and a model is open
        bool needsModel = true;

        /// The text of the action without mnemonic.
        QString text() const;
    };

    /// The actions belong to `window`.
    CommandActions(session::Settings& settings, MainWindow& window);

    QAction* add(const CommandInfo& info);
    /// An action made elsewhere, such as the switch of a pane.
    void adopt(const Entry& entry);

    const QList<Entry>& entries() const { return m_entries; }
    /// Null if there is none.
    QAction* find(const QString& id) const;
    const Entry* entry(const QString& id) const;
    /// The command with these keys; null if there is none.
    const Entry* holderOf(const QKeySequence& keys) const;

    /// Remembers the keys; another command that has them loses them.
    void setKeys(const QString& id, const QKeySequence& keys);
    void resetKeys(const QString& id);
    void resetAllKeys();
    /// Once all commands are there.
    void applyKeys();
    void setModelOpen(bool isOpen);

Q_SIGNALS:
    void keysChanged();

private:
    session::Settings& m_settings;
    MainWindow& m_window;
    QList<Entry> m_entries;
};

} // namespace app::windows
