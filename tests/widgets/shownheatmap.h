#pragma once

#include "widgets/events.h"

#include <widgets/heatmap.h>

#include <QCoreApplication>

#include <map>

namespace support {

using Place = std::pair<int, int>;

/// A shown heatmap, and what its mouse and keys report.
struct ShownHeatmap {
    widgets::HeatmapWidget widget;
    QWidget* plot = nullptr;

    explicit ShownHeatmap(widgets::HeatmapData data) {
        widget.resize(500, 360);
        widget.setData(std::move(data));
        widget.show();
        plot = events::childNamed(widget, QStringLiteral("SQNR heatmap, blocks by timesteps"));
        draw();
    }

    /// What is drawn after all queued repaints.
    QImage draw() {
        QCoreApplication::processEvents();
        return plot->grab().toImage();
    }

    /// The first pixel found of each cell that the mouse can hit now.
    std::map<Place, QPoint> cells() {
        std::map<Place, QPoint> found;
        const auto collect = connectHover(found);
        for (int y = 0; y < plot->height(); y += 3) {
            for (int x = 0; x < plot->width(); x += 3) {
                m_mouse = {x, y};
                events::move(plot, m_mouse);
            }
        }
        QObject::disconnect(collect);
        return found;
    }

    /// The first place, from the left and from below, whose read-out is this sentence.
    QPoint placeThatSays(const QString& sentence) {
        for (int x = 1; x < plot->width(); x += 4) {
            for (int y = plot->height() - 2; y > 0; y -= 4) {
                events::move(plot, {double(x), double(y)});
                if (widget.readOut() == sentence) return {x, y};
            }
        }
        return {-1, -1};
    }

private:
    QMetaObject::Connection connectHover(std::map<Place, QPoint>& found) {
        return QObject::connect(&widget, &widgets::HeatmapWidget::cellHovered, &widget,
                                [&found, this](int row, int column) {
                                    if (row >= 0) found.emplace(Place{row, column}, m_mouse);
                                });
    }

    QPoint m_mouse;
};

} // namespace support
