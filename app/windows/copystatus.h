#pragma once

#include <QLabel>
#include <QPushButton>
#include <QWidget>

namespace app::windows {

/// Says in the status bar, as long as it is so, that no copies of the work can be kept for recovery, and offers to save
/// it elsewhere. Not to be seen otherwise.
class CopyStatus : public QWidget {
    Q_OBJECT
public:
    explicit CopyStatus(QWidget* parent = nullptr);

    /// Why copies cannot be kept; empty: they are.
    void showFailure(const QString& sentence);

Q_SIGNALS:
    void saveRequested();

private:
    QLabel* m_text;
    QPushButton* m_save;
};

} // namespace app::windows
