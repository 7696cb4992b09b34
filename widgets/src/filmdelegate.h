#pragma once

#include <QStyledItemDelegate>

namespace widgets {

/// Data of a frame beside its text, which is Qt::DisplayRole.
enum FilmRole { FilmTitle = Qt::UserRole, FilmReference, FilmCandidate, FilmDecibels, FilmIsParting };

/// Draws a frame: two pictures, a title, how far they are apart, and a line above the frame where they part.
class FilmDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

} // namespace widgets
