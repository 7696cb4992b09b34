#pragma once

#include "celldelegate.h"

#include <QStringList>

namespace widgets {

/// A combo box on the precision cells. A choice is announced once, by chosen(), and never written to the model.
class FormatDelegate : public CellDelegate {
    Q_OBJECT

public:
    using CellDelegate::CellDelegate;

    void setChoices(const QStringList& choices) { m_choices = choices; }
    const QStringList& choices() const { return m_choices; }

    QWidget* createEditor(QWidget* parent, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    void setEditorData(QWidget* editor, const QModelIndex& index) const override;
    void setModelData(QWidget* editor, QAbstractItemModel* model, const QModelIndex& index) const override;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;

Q_SIGNALS:
    void chosen(const QModelIndex& index, const QString& format) const;

protected:
    int reserve() const override;

private:
    QStringList m_choices;
};

} // namespace widgets
