#pragma once

#include <app/session/studio.h>

#include <QComboBox>
#include <QJsonObject>
#include <QLabel>
#include <QPushButton>
#include <QTableWidget>
#include <QTimer>
#include <QWidget>

namespace app::windows {

/// The present recipe beside another: the last saved one, one that was kept, or one from a file. Keeps, restores and
/// removes kept recipes.
class RecipeDiffView : public QWidget {
    Q_OBJECT
public:
    explicit RecipeDiffView(session::Studio& studio, QWidget* parent = nullptr);

    void showDiff();
    void keepPresent();
    /// Makes the chosen recipe the present one, as one undo step.
    void restoreChosen();
    /// Takes the chosen recipe off the shelf.
    void removeChosen();
    /// Asks for another name of the chosen recipe.
    void renameChosen();
    void chooseFile();
    /// Compares with a recipe of a file.
    void openFile(const QString& file);

protected:
    void showEvent(QShowEvent* event) override;

private:
    enum class Source { Saved, Shelf, File };
    void build();
    QTableWidget* makeTable(const char* name, const QString& title);
    QPushButton* makeButton(const char* name, const QString& text, const QString& tip, void (RecipeDiffView::*run)());
    void update();
    void fillChoices();
    std::optional<quant::Recipe> chosen() const;
    int shelfIndex() const;

    session::Studio& m_studio;
    QComboBox* m_choice;
    QPushButton* m_keep;
    QPushButton* m_restore;
    QPushButton* m_remove;
    QPushButton* m_rename;
    QPushButton* m_file;
    QLabel* m_verdict;
    QTableWidget* m_summary;
    QTableWidget* m_rows;
    QString m_fileName;
    std::optional<quant::Recipe> m_fileRecipe;
    bool m_isStale = true;
    QTimer m_soon; ///< rows of maps may arrive faster than both recipes are predicted
};

} // namespace app::windows
