#pragma once

#include <app/models/searchdata.h>
#include <app/windows/searchformats.h>
#include <app/windows/searchtarget.h>
#include <app/windows/viewstate.h>

#include <widgets/paretoplot.h>

#include <QCheckBox>
#include <QFormLayout>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QTableWidget>
#include <QWidget>

namespace app::windows {

/// The search for a recipe: target, formats, locked blocks, the picture of cost against quality, and the result with
/// its reasons, which becomes the recipe by one step. What goes wrong is said in a sentence of the pane.
class SearchPane : public QWidget, public HasViewState {
    Q_OBJECT
public:
    explicit SearchPane(session::Studio& studio, QWidget* parent = nullptr);

    session::RecipeFinder& finder() { return m_finder; }
    widgets::ParetoPlot* plot() const { return m_plot; }
    /// The sentence about what is in the way; empty if nothing is.
    QString notice() const { return m_notice->text(); }

    QJsonObject viewState() const override;
    void setViewState(const QJsonObject& state) override;

Q_SIGNALS:
    /// The user wants the selected blocks locked.
    void lockRequested();
    /// The user looks at the rule of this block.
    void blockPicked(const QString& id);

protected:
    void showEvent(QShowEvent* event) override;

private:
    void build();
    QWidget* buildContent();
    void nameControls();
    QLayout* buildLocks();
    QLayout* buildButtons();
    void connectAll();
    void update();
    void showAll();
    void showPreparing();
    void showLocks();
    void showResult();
    void showRules();
    void unlockSelected();

    session::Studio& m_studio;
    session::RecipeFinder m_finder;
    SearchTargetEditor* m_target;
    SearchFormats* m_formats;
    QCheckBox* m_timeRanges;
    QListWidget* m_locks;
    QPushButton* m_lock;
    QPushButton* m_unlock;
    widgets::ParetoPlot* m_plot;
    QLabel* m_notice;
    QFormLayout* m_lines;
    QTableWidget* m_rules;
    QList<models::RuleRow> m_shownRules;
    QPushButton* m_apply;
    QPushButton* m_measure;
    bool m_isStale = true; ///< something changed while the pane was hidden
};

} // namespace app::windows
