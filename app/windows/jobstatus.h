#pragma once

#include <app/jobs/engine.h>

#include <QLabel>
#include <QProgressBar>
#include <QToolButton>
#include <QWidget>

namespace app::windows {

/// What the engine is doing, how far it is, and the button that stops it.
class JobStatus : public QWidget {
    Q_OBJECT
public:
    explicit JobStatus(const jobs::Engine& engine, QWidget* parent = nullptr);

    QString text() const { return m_text->text(); }

Q_SIGNALS:
    void stopRequested();

private:
    void showProgress(jobs::JobKind kind, const ldm::Progress& progress);
    void showBusy(bool busy);

    QLabel* m_text;
    QProgressBar* m_bar;
    QToolButton* m_stop;
};

} // namespace app::windows
