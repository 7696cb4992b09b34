#pragma once

#include <QWidget>

namespace widgets {

/// Says what the patterned cells of a heatmap mean.
class HeatmapKey : public QWidget {
public:
    explicit HeatmapKey(QWidget* parent = nullptr);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;
};

} // namespace widgets
