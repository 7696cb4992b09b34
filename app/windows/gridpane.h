#pragma once

#include <app/session/studio.h>
#include <app/windows/comparisonpane.h>
#include <app/windows/viewstate.h>

#include <widgets/picturegrid.h>

#include <QLabel>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QWidget>

namespace app::windows {

/// Pictures of several prompts in full precision, under the present recipe and under those kept for comparison, with
/// how alike they are. What is finished stays when the work is stopped.
class GridPane : public QWidget, public HasViewState {
    Q_OBJECT
public:
    explicit GridPane(session::Studio& studio, QWidget* parent = nullptr);

    widgets::PictureGrid* grid() const { return m_grid; }
    /// One a line; those after kMostPrompts are not made.
    QStringList prompts() const;
    void setPrompts(const QStringList& prompts);
    void make();
    /// Shows the picture of a recipe, counted from 1, for the prompt that was chosen last.
    void pick(int recipe);
    bool isFinished() const { return m_finishedPrompts > 0; }

    QJsonObject viewState() const override;
    void setViewState(const QJsonObject& state) override;

Q_SIGNALS:
    void pairChosen(const app::windows::PicturePair& pair);
    void keepRequested();
    void promptsChanged();
    void exportRequested();

private:
    void build();
    QWidget* buildControls();
    void connectStudio();
    void reset();
    void showRecipes();
    std::vector<quant::Recipe> chosenRecipes() const;
    void takePicture(const jobs::GridPicture& picture);
    void choose(int row, int column);
    void showJobs();

    session::Studio& m_studio;
    QPlainTextEdit* m_prompts;
    QListWidget* m_recipes;
    QPushButton* m_keep;
    QPushButton* m_make;
    QPushButton* m_stop;
    QPushButton* m_afterPicture;
    QPushButton* m_export;
    QLabel* m_state;
    widgets::PictureGrid* m_grid;
    analysis::CompareRequest m_request; ///< what the present grid is of
    int m_finishedPrompts = 0;
    std::map<std::pair<int, int>, std::optional<analysis::Recognition>> m_recognitions; ///< by row and column
    QStringList m_toldPrompts; ///< what promptsChanged() told last
};

} // namespace app::windows
