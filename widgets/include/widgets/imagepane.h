#pragma once

#include <widgets/panegeometry.h>
#include <widgets/viewlink.h>

#include <QImage>
#include <QWidget>

namespace widgets {

/// One image in device pixels: wheel zooms around the cursor, drag and arrow keys pan, + - zoom, 0 is 100 %, F fits.
/// While following, every move goes to the link; otherwise, or with Alt held, only this pane moves and keeps its
/// offset to the link from then on. GUI thread only.
class ImagePane : public QWidget {
    Q_OBJECT

public:
    /// `link` must outlive the pane.
    explicit ImagePane(ViewLink* link, QWidget* parent = nullptr);

    void setImage(const QImage& image);
    const QImage& image() const { return m_image; }
    /// Shown in the middle while there is no image.
    void setPlaceholder(const QString& text);
    /// Says `text` over the image while a newer one is being made; a stale image, one of something else, is dimmed.
    void setBusy(bool busy, const QString& text = {}, bool stale = true);
    bool isBusy() const { return m_busy; }
    bool isStale() const { return m_busy && m_stale; }
    /// Frames the pixel at this place, 0..1 of the image; nothing at (-1, -1).
    void setProbe(QPointF place);
    void setFollowing(bool following) { m_following = following; }
    bool isFollowing() const { return m_following; }

    /// Positions in device pixels of this pane.
    PaneGeometry geometryNow() const;
    /// Device pixels per image pixel, 1 is 100 %; 0 without an image.
    double zoom() const;
    void setZoom(double zoom);

    QSize sizeHint() const override { return {320, 320}; }
    QSize minimumSizeHint() const override { return {96, 96}; }

Q_SIGNALS:
    /// 0..1 of the image, or (-1, -1) when the mouse is not on it.
    void hovered(QPointF place);
    void zoomChanged(double zoom);
    /// Clicked, or Enter pressed for the middle of the pane.
    void probed(QPointF place);

protected:
    /// Draws image(); the painter counts device pixels of this pane.
    virtual void paintImage(QPainter& painter);
    /// `image` in the size of `rect`: every pixel a sharp square when enlarged, averaged when reduced.
    static void drawImage(QPainter& painter, const QRectF& rect, const QImage& image);
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    View view() const;
    void move(const View& wanted, Qt::KeyboardModifiers modifiers);
    void dropOffset();
    void probe(QPointF position);
    void refresh();
    void paintProbe(QPainter& painter) const;
    void paintOverlay(QPainter& painter) const;

    ViewLink* m_link;
    QImage m_image;
    QString m_placeholder;
    QString m_busyText;
    QPointF m_probe{-1, -1};
    bool m_busy = false;
    bool m_stale = true;
    bool m_following = true;
    QPointF m_offset;    ///< of the centre, from the link's
    double m_factor = 1; ///< of the scale, from the link's
    QPointF m_pressedAt;
    QPointF m_dragFrom;
    bool m_dragging = false;
};

} // namespace widgets
