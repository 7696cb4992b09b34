#pragma once

#include <QAbstractTableModel>
#include <QList>
#include <QStringList>
#include <QTableView>

namespace widgets {

/// Rows of texts under a header. The first column names the row; the others hold numbers where `numbers` says so.
struct Facts {
    QStringList header;
    QList<QStringList> rows;
    bool numbers = true; ///< columns after the first stand at the right
    bool operator==(const Facts&) const = default;
};

/// Tab-separated, with a header line; what Copy puts on the clipboard.
QString toTabSeparated(const Facts& facts);

/// Facts for views. GUI thread.
class FactModel : public QAbstractTableModel {
    Q_OBJECT

public:
    using QAbstractTableModel::QAbstractTableModel;

    void show(const Facts& facts);
    const Facts& facts() const { return m_facts; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    Facts m_facts;
};

/// A table of facts that Copy (Ctrl+C) puts on the clipboard as a whole. GUI thread.
class FactTable : public QTableView {
    Q_OBJECT

public:
    explicit FactTable(QWidget* parent = nullptr);

    /// The current row stays where it is.
    void setFacts(const Facts& facts);
    const Facts& facts() const { return m_model.facts(); }
    void copy() const;

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    FactModel m_model;
};

} // namespace widgets
