#pragma once

#include <app/windows/commandactions.h>

#include <QDialog>
#include <QKeySequenceEdit>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTreeWidget>

namespace app::windows {

/// All commands with their keys, which can be changed here; menus, tooltips and help follow at once. Keys that another
/// command has are taken from it only when the user says so. Does not block the window. GUI thread.
class ShortcutEditor : public QDialog {
    Q_OBJECT
public:
    explicit ShortcutEditor(CommandActions& commands, QWidget* parent = nullptr);

private:
    void build();
    QWidget* buildKeyRow();
    void fill();
    void showKeys();
    void narrow(const QString& pattern);
    void showSelected();
    void check();
    void assign();
    QString selectedId() const;

    CommandActions& m_commands;
    QLineEdit* m_filter;
    QTreeWidget* m_tree;
    QKeySequenceEdit* m_keys;
    QPushButton* m_assign;
    QPushButton* m_none;
    QPushButton* m_reset;
    QLabel* m_told;
};

} // namespace app::windows
