#pragma once

#include "qcp.h"

#include <QList>

namespace widgets {

/// Axes, palette, and one element after the other under mouse and keys: what every drawing has that is a row of
/// elements along its x axis. A line stands at the element that is shown.
class PlotCanvas : public QCustomPlot {
    Q_OBJECT

public:
    explicit PlotCanvas(QWidget* parent = nullptr);

    /// Index of the element under the mouse, else of the current one; -1 without.
    int shown() const { return m_hovered >= 0 ? m_hovered : m_current; }
    int current() const { return m_current; }
    void setCurrent(int index);
    /// Of the element whose x is nearest; -1 outside the axes and without elements.
    int elementAt(const QPointF& position) const;
    QPointF placeOf(int index) const;

Q_SIGNALS:
    /// Another element is shown than before.
    void moved();
    void copyRequested();

protected:
    /// One x for each element; the current one stays where it still is.
    void setElements(const QList<double>& places);
    /// The n-th of the colours that can be told apart, on the present background (Okabe and Ito).
    QColor colour(int n) const;
    QColor textColour() const { return palette().color(QPalette::WindowText); }
    /// The drawing's own colours; called when the palette changes.
    virtual void recolour() = 0;
    void refresh();

    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void applyPalette();
    void hover(int index);
    void showCursor();
    bool moveCurrent(int key);

    QList<double> m_places;
    int m_current = -1;
    int m_hovered = -1;
    QCPItemStraightLine* m_cursor;
};

} // namespace widgets
