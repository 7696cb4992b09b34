#pragma once

#include <QObject>
#include <QWidget>

namespace app::windows {

/// Prints how long the start took, from the start of the process to the moment when the first window is painted and
/// takes events; then the program ends.
class StartReport : public QObject {
    Q_OBJECT
public:
    explicit StartReport(QWidget& window, QObject* parent = nullptr);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void print();

    QWidget& m_window;
    bool m_isPainted = false;
};

} // namespace app::windows
