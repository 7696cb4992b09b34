#pragma once

#include <QAbstractSlider>

namespace widgets {

/// The line between two halves of its parent: a slider of kSteps steps over the parent's width or height.
class SplitHandle : public QAbstractSlider {
    Q_OBJECT
public:
    static constexpr int kSteps = 1000;
    static constexpr int kThickness = 17; ///< of what can be grabbed; the line itself is thin

    explicit SplitHandle(QWidget* parent);

    void setLine(Qt::Orientation line);
    /// Moves to where its value says.
    void place();

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void sliderChange(SliderChange change) override;

private:
    bool isVertical() const { return orientation() == Qt::Horizontal; } ///< a vertical line moves horizontally

    int m_grabbedAt = 0; ///< distance of the mouse from the line
};

} // namespace widgets
