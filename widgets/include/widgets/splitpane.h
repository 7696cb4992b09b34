#pragma once

#include <widgets/imagepane.h>

#include <optional>

namespace widgets {

class SplitHandle;

/// Two images in one pane, the other one beyond a line that a handle moves. The handle takes arrow keys, Page Up and
/// Page Down, Home and End; dragging it leaves the images where they are. GUI thread only.
class SplitPane : public ImagePane {
    Q_OBJECT
public:
    /// `link` must outlive the pane.
    explicit SplitPane(ViewLink* link, QWidget* parent = nullptr);

    /// Shown right of a vertical line or below a horizontal one; image() on the near side.
    void setOther(const QImage& image);
    /// How the line lies; without it image() has the whole pane.
    void setLine(std::optional<Qt::Orientation> line);
    /// 0..1 of the pane.
    double split() const;
    void setSplit(double split);
    QWidget* handle() const;
    /// Both images as they are shown, in the pixels of image().
    QImage composite() const;

Q_SIGNALS:
    void splitChanged(double split);

protected:
    void paintImage(QPainter& painter) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void placeHandle();

    QImage m_other;
    std::optional<Qt::Orientation> m_line;
    SplitHandle* m_handle;
};

} // namespace widgets
