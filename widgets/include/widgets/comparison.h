#pragma once

#include <widgets/imagepane.h>
#include <widgets/viewlink.h>

#include <QWidget>

#include <memory>

namespace widgets {

/// Full-precision and quantized picture side by side, zoom and pan linked, with captions, metrics and the pixel under
/// the mouse in both. Hold Space to see the reference in both panes. GUI thread only.
class ComparisonView : public QWidget {
    Q_OBJECT

public:
    explicit ComparisonView(QWidget* parent = nullptr);
    ~ComparisonView() override;

    void setReference(const QImage& image);
    void setCandidate(const QImage& image);
    const QImage& reference() const;
    const QImage& candidate() const;
    void setCaptions(const QString& reference, const QString& candidate);
    /// The line under the pictures: "PSNR 31.2 dB  SSIM 0.97".
    void setMetrics(const QString& text);
    /// A newer candidate is being made: the old one stays, dimmed.
    void setBusy(bool busy);
    /// Shown in panes without an image.
    void setMessage(const QString& text);

    bool isLinked() const;
    void setLinked(bool linked);
    ImagePane* referencePane() const;
    ImagePane* candidatePane() const;

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void readOut(QPointF place);

    struct Parts;
    std::unique_ptr<Parts> m_parts;
};

} // namespace widgets
