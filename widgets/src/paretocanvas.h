#pragma once

#include "qcp.h"

#include <widgets/paretodata.h>

#include <map>

namespace widgets {

/// The drawn twin of ParetoTable: axes, curve, points and target, with mouse and keys.
class ParetoCanvas : public QCustomPlot {
    Q_OBJECT

public:
    explicit ParetoCanvas(QWidget* parent = nullptr);

    /// Draws once per event-loop turn. The current point stays where it still is.
    void setPoints(const ParetoData& points);
    const QList<ParetoMark>& marks() const { return m_marks; }
    /// Index into marks() of the point under the mouse, else of the current one; -1 without.
    int shown() const { return m_hovered >= 0 ? m_hovered : m_current; }
    int current() const { return m_current; }
    void setCurrent(int index);
    /// Index of the drawn point at most a finger's width away; -1 without.
    int markAt(const QPointF& position) const;
    QPointF placeOf(const ParetoPoint& point) const;

Q_SIGNALS:
    /// Another point is shown than before.
    void moved();
    void picked(int index);

protected:
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void changeEvent(QEvent* event) override;
    void updateLayout() override;

private:
    void buildGraphs();
    void applyPalette();
    void fitAxes();
    void fillGraphs();
    void drawTarget();
    void drawRing();
    void labelUniform();
    void hover(int index);
    bool moveCurrent(int key);
    void refresh();

    ParetoData m_data;
    QList<ParetoMark> m_marks;
    double m_divisor = 1; ///< of costs, so that the axis counts in MiB
    int m_current = -1;
    int m_hovered = -1;
    std::map<MarkKind, QCPGraph*> m_graphs;
    QCPGraph* m_ring; ///< around the shown point
    QCPItemStraightLine* m_target;
    QList<QCPItemText*> m_labels; ///< of the uniform recipes
};

} // namespace widgets
