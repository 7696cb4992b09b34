#pragma once

#include <QWidget> // first: moc 6.4 fails on a file that begins with <compare>

#include <app/models/rulemodel.h>

#include <QPushButton>
#include <QTableView>

namespace app::windows {

/// The rules of a recipe with what each reaches, to add, edit, reorder and delete; what the user wants goes out as
/// RuleModel::proposed. Insert, Delete and Alt+Up and Down work in the table.
class RuleTable : public QWidget {
    Q_OBJECT
public:
    explicit RuleTable(QWidget* parent = nullptr);

    models::RuleModel* model() const { return m_model; }
    QTableView* view() const { return m_view; }
    /// Shows them; names of the model are proposed while a pattern is typed.
    void setRules(const std::vector<quant::Rule>& rules, const ldm::ModelInfo& model);
    /// What a new rule is about: the block that is selected elsewhere.
    void setNewMatch(const QString& block) { m_newMatch = block; }

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void build();
    QPushButton* addButton(const char* name, const QString& text, const QString& tip);
    void addRule();
    void deleteSelected();
    void moveCurrent(int by);
    void enableButtons();

    models::RuleModel* m_model;
    QTableView* m_view;
    QPushButton* m_add = nullptr;
    QPushButton* m_delete = nullptr;
    QPushButton* m_up = nullptr;
    QPushButton* m_down = nullptr;
    QString m_newMatch;
    QString m_firstBlock;
    std::string m_fingerprint; ///< of the model whose names are proposed
};

} // namespace app::windows
