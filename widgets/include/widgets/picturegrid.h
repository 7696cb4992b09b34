#pragma once

#include <QImage>
#include <QTableWidget>

namespace widgets {

/// Pictures in rows and columns with a few lines of text under each. A cell is chosen by mouse or keyboard once it has
/// its picture. GUI thread only.
class PictureGrid : public QTableWidget {
    Q_OBJECT
public:
    explicit PictureGrid(QWidget* parent = nullptr);

    /// Empties all cells.
    void setLabels(const QStringList& rows, const QStringList& columns);
    void setPicture(int row, int column, const QImage& image, const QString& text);
    /// Null where there is none yet.
    QImage picture(int row, int column) const;
    QString text(int row, int column) const;

Q_SIGNALS:
    void pictureChosen(int row, int column);
};

} // namespace widgets
