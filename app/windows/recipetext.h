#pragma once

#include <app/session/studio.h>

#include <widgets/codeeditor.h>

#include <QLabel>
#include <QPushButton>
#include <QTimer>
#include <QWidget>

namespace app::windows {

/// The recipe as the text of its file, in step with the document: edits made elsewhere appear at once, and what is
/// typed becomes the recipe after each pause or on Ctrl+Return, as one undo step. While the text is no recipe of this
/// model a sentence says what is wrong and where, and the last recipe stays in force.
class RecipeText : public QWidget {
    Q_OBJECT
public:
    explicit RecipeText(session::Studio& studio, QWidget* parent = nullptr);

    widgets::CodeEditor* editor() const { return m_editor; }
    /// What is below the text.
    QString status() const { return m_status->text(); }
    /// Shows the document's recipe unless the text stands for it already. Text that was not applied yet can be had
    /// back.
    void showRecipe();
    /// Shows a recipe that does not fit the model, to be corrected.
    void showDraft(const quant::Recipe& recipe);
    /// Shows the document's draft, unless it comes from here; false if there is none or it does.
    bool takeUpDraft();
    void apply();
    /// Another model: nothing of the former text counts.
    void forget();

Q_SIGNALS:
    /// The text is a recipe but does not fit the model.
    void drafted(const quant::Recipe& recipe);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    struct Problem {
        int line = 0; ///< 0: nowhere in particular
        int column = 0;
        QString sentence;
    };
    void build();
    void noteTyping();
    void put(const QString& text);
    void putTyped(const QString& text);
    void settle(const quant::Recipe& recipe);
    void showProblem(const Problem& problem);
    void bringBack();
    static Problem parseProblem(const QString& sentence);
    Problem fitProblem(const quant::Recipe& recipe, const QString& sentence) const;

    session::Studio& m_studio;
    widgets::CodeEditor* m_editor;
    QLabel* m_status;
    QPushButton* m_goTo;
    QPushButton* m_bringBack;
    QTimer m_pause;
    quant::Recipe m_shown; ///< what the text stands for, unless it is pending
    bool m_isPending = false;
    bool m_isPutting = false; ///< the program changes the text, not the user
    Problem m_problem;
    QString m_replaced; ///< text that an edit elsewhere has pushed away
};

} // namespace app::windows
