#pragma once

#include <app/windows/recipediffview.h>
#include <app/windows/recipetext.h>
#include <app/windows/ruletable.h>
#include <app/windows/treatmentseditor.h>
#include <app/windows/viewstate.h>

#include <QSplitter>
#include <QTabWidget>

namespace app::windows {

/// The recipe as rules and as text side by side, its treatments, and what differs from another recipe. All pages show
/// the document's recipe; an edit that does not fit the model stays in the text as a draft until it is corrected.
class RecipePane : public QWidget, public HasViewState {
    Q_OBJECT
public:
    explicit RecipePane(session::Studio& studio, QWidget* parent = nullptr);

    RuleTable* rules() const { return m_rules; }
    RecipeText* text() const { return m_text; }
    TreatmentsEditor* treatments() const { return m_treatments; }
    RecipeDiffView* diff() const { return m_diff; }
    /// What a new rule is about.
    void setSelectedBlocks(const QStringList& blocks) { m_rules->setNewMatch(blocks.value(0)); }
    void showDiff();

    QJsonObject viewState() const override;
    void setViewState(const QJsonObject& state) override;

protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void build();
    void connectAll();
    void update();
    void showAll();
    void showNotes();
    void propose(const QString& what, const quant::Recipe& recipe);

    session::Studio& m_studio;
    QTabWidget* m_pages;
    QSplitter* m_splitter;
    RuleTable* m_rules;
    RecipeText* m_text;
    TreatmentsEditor* m_treatments;
    RecipeDiffView* m_diff;
    QLabel* m_notes; ///< what was refused, or what is worth knowing about the recipe
    bool m_isStale = true;
};

} // namespace app::windows
