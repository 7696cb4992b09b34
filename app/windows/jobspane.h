#pragma once

#include <app/models/jobsmodel.h>
#include <app/session/studio.h>

#include <QLabel>
#include <QPushButton>
#include <QSpinBox>
#include <QTableView>
#include <QWidget>

namespace app::windows {

/// The queue and the history of jobs, and what can be done about each: pause, go on, stop, have it as a command line.
class JobsPane : public QWidget {
    Q_OBJECT
public:
    explicit JobsPane(session::Studio& studio, QWidget* parent = nullptr);

    models::JobsModel& jobs() { return m_jobs; }
    QTableView* table() const { return m_table; }
    /// What a program that did not end by itself left undone; nothing hides it.
    void offerAbandoned(const QStringList& jobs);
    bool isOffering() const { return !m_offer->isHidden(); }

Q_SIGNALS:
    /// The user wants what was left undone, or not.
    void resumeRequested();
    void forgetRequested();

private:
    void build();
    void nameControls();
    void connectAll();
    QLayout* buildButtons();
    QLayout* buildNotification();
    /// Null without a selection.
    const models::JobRecord* selected() const;
    void showChoices();
    void copyCommandLine();

    session::Studio& m_studio;
    models::JobsModel m_jobs;
    QTableView* m_table;
    QPushButton* m_pause;
    QPushButton* m_resume;
    QPushButton* m_stop;
    QPushButton* m_stopAfter;
    QPushButton* m_copy;
    QPushButton* m_clear;
    QSpinBox* m_notifyAfter;
    QWidget* m_offer;
    QLabel* m_abandoned;
    QPushButton* m_resumeAbandoned;
    QPushButton* m_forget;
};

} // namespace app::windows
