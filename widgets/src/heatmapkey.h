#pragma once

#include <widgets/heatmapdata.h>

#include <QWidget>

namespace widgets {

/// Says what the patterned cells of a heatmap mean.
class HeatmapKey : public QWidget {
    Q_OBJECT
public:
    explicit HeatmapKey(QWidget* parent = nullptr);
    void setScale(HeatmapScale scale);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

    /// At the painter's origin, in the size of sizeHint(); `ratio` pixels of the device for one of the window.
    void draw(QPainter& painter, const QPalette& colours, qreal ratio) const;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void describe();

    HeatmapScale m_scale = HeatmapScale::Sqnr;
};

} // namespace widgets
