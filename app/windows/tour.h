#pragma once

#include <QDockWidget>
#include <QFrame>
#include <QLabel>
#include <QPointer>
#include <QPushButton>
#include <QStringList>

namespace app::windows {

class MainWindow;

/// A walk through the window in a few steps: one area is framed, a card beside it says what it is for. All else goes on
/// working, with the mouse too; arrow keys or Enter walk, Esc ends. Deletes itself at its end and remembers that it was
/// seen. GUI thread.
class Tour : public QFrame {
    Q_OBJECT
public:
    /// Begins it, from the first step if it is on already.
    static void start(MainWindow& window);

    int step() const { return m_step; }
    int steps() const;
    /// What is framed at present; null if it is not there to be shown.
    QWidget* target() const { return m_target; }

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    explicit Tour(MainWindow& window);
    void build();
    void show(int step);
    void bringForward(QDockWidget& dock);
    void putBack();
    void place();
    void end();

    MainWindow& m_window;
    QWidget* m_frame; ///< around the target; lets the mouse through
    QLabel* m_title;
    QLabel* m_text;
    QLabel* m_count;
    QPushButton* m_back;
    QPushButton* m_next;
    QPointer<QWidget> m_target;
    QPointer<QDockWidget> m_opened;  ///< was hidden before this step
    QPointer<QDockWidget> m_covered; ///< was in front of this step's pane
    int m_step = 0;
};

} // namespace app::windows
