#pragma once

#include <app/models/palettemodel.h>

#include <QFrame>
#include <QLineEdit>
#include <QListView>
#include <QPointer>

namespace app::windows {

class MainWindow;

/// A line and a list over the window: type a few letters of what you want to do, Enter does it. Goes with Esc, or when
/// the keyboard goes elsewhere; nothing waits for it. Deletes itself. GUI thread.
class CommandPalette : public QFrame {
    Q_OBJECT
public:
    /// Shows it over the window, or closes the one that is open.
    static void toggle(MainWindow& window);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    explicit CommandPalette(MainWindow& window);
    void build();
    void place();
    void narrow(const QString& pattern);
    void select(int row);
    void move(int by);
    void run(const QModelIndex& index);
    void dismiss();

    MainWindow& m_window;
    models::PaletteModel m_model;
    QLineEdit* m_line;
    QListView* m_list;
    QPointer<QWidget> m_before; ///< had the keyboard
};

} // namespace app::windows
