#pragma once

#include <QAbstractTableModel> // first: moc 6.4 fails on a file that begins with <compare>

#include <app/models/rulefacts.h>

#include <widgets/listchanges.h>

namespace app::models {

/// The rules of a recipe as a table with what each of them does. An edit is a request: proposed() tells the rules that
/// the user wants, and whoever owns the recipe answers with setRules(). GUI thread.
class RuleModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Match, Weights, Activations, StepsColumn, Reach, State, Why, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    void setRules(const std::vector<quant::Rule>& rules, const ldm::ModelInfo& model);
    const std::vector<quant::Rule>& rules() const { return m_rules; }
    const std::vector<RuleFacts>& facts() const { return m_facts; }

    /// Behind `row`, or at the end without one.
    void insert(int row, const quant::Rule& rule);
    void remove(QList<int> rows);
    /// Up for -1, down for 1.
    void move(int row, int by);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;

Q_SIGNALS:
    void proposed(const QString& what, const std::vector<quant::Rule>& rules);
    void refused(const QString& sentence);

private:
    void replaceRows(const widgets::ListChange& change, const std::vector<quant::Rule>& rules,
                     const std::vector<RuleFacts>& facts);
    QString textOf(int row, int column) const;

    std::vector<quant::Rule> m_rules;
    std::vector<RuleFacts> m_facts;
};

} // namespace app::models
