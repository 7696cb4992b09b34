#pragma once

#include <widgets/comparisonlook.h>
#include <widgets/imagepane.h>
#include <widgets/splitpane.h>
#include <widgets/viewlink.h>

#include <QWidget>

#include <memory>

namespace widgets {

/// Full-precision and quantized picture side by side, on both sides of a line, or as their difference; zoom and pan
/// linked, with captions, metrics and the pixel under the mouse, or the one that was clicked, in both. Space shows the
/// reference while held, B blinks, H shows salience, S and D change the mode, [ and ] the gain, digits pick a
/// candidate. GUI thread only.
class ComparisonView : public QWidget {
    Q_OBJECT

public:
    static constexpr int kBlinkMs = 400; ///< for which each picture is seen

    explicit ComparisonView(QWidget* parent = nullptr);
    ~ComparisonView() override;

    void setReference(const QImage& image);
    void setCandidate(const QImage& image);
    const QImage& reference() const;
    const QImage& candidate() const;
    void setCaptions(const QString& reference, const QString& candidate);
    /// Grey levels: the brighter, the more the picture is recognised by a pixel. Null where that is not known.
    void setSalience(const QImage& reference, const QImage& candidate);
    /// The line under the pictures: "PSNR 31.2 dB  SSIM 0.97".
    void setMetrics(const QString& text);
    /// A newer picture is being made and `text` says how far it is; what is older than that is dimmed.
    void setReferenceBusy(bool busy, const QString& text = {}, bool stale = true);
    void setBusy(bool busy, const QString& text = {}, bool stale = true);
    /// Shown in panes without an image.
    void setMessage(const QString& text);

    ComparisonLook look() const;
    void setLook(const ComparisonLook& look);
    void setMode(ComparisonMode mode);
    bool isLinked() const { return look().linked; }
    void setLinked(bool linked);
    void setBlinking(bool blinking);
    void setShowsSalience(bool shows);
    /// Shows all of the pictures, or each of their pixels as one of the screen.
    void fit();
    void showActualSize();
    /// What the keyboard is on, as it is shown: one of the pictures, both beside the line, or the difference.
    QImage shownImage() const;

    ImagePane* referencePane() const;
    ImagePane* candidatePane() const;
    /// The one pane of all modes but side by side.
    SplitPane* mergedPane() const;

Q_SIGNALS:
    void lookChanged();
    /// A digit from 1 on was pressed.
    void picked(int number);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    bool pressed(int key);
    void readOut(QPointF place);
    void pin(QPointF place);

    struct Parts;
    std::unique_ptr<Parts> m_parts;
};

} // namespace widgets
