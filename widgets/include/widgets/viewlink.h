#pragma once

#include <QObject>
#include <QPointF>

namespace widgets {

/// The part of an image that is looked at, independent of its size in pixels, so that images of different sizes show
/// the same place.
struct View {
    QPointF centre{0.5, 0.5}; ///< 0..1 of the image, shown in the middle of the pane
    double scale = 0;         ///< device pixels that the full width of the image covers; 0: fitted to the pane

    bool operator==(const View&) const = default;
};

/// What all linked panes obey; they never talk to each other. GUI thread only.
class ViewLink : public QObject {
    Q_OBJECT

public:
    explicit ViewLink(QObject* parent = nullptr);

    const View& view() const { return m_view; }
    /// Does nothing when the view is that one already, which ends echo loops.
    void set(const View& view);
    /// Fits the image, and makes all panes give up their own offsets.
    void reset();

Q_SIGNALS:
    void changed();
    void wasReset();

private:
    View m_view;
};

} // namespace widgets
