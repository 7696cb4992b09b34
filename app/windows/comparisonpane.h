#pragma once

#include <app/session/studio.h>
#include <app/windows/samplingpanel.h>
#include <app/windows/viewstate.h>

#include <widgets/comparison.h>
#include <widgets/filmstrip.h>

#include <QLabel>
#include <QWidget>

#include <optional>

namespace app::windows {

/// Two pictures with what is to be said about them.
struct PicturePair {
    QImage full;
    QImage quantized;
    QImage fullSalience; ///< grey levels; null where nothing was recognised
    QImage quantizedSalience;
    QString fullCaption;
    QString quantizedCaption;
    QString metrics;
    jobs::PreviewRequest origin; ///< what both were made with
};

/// The same prompt and seed in full precision and under the recipe: what determines the pictures, the pair, and the
/// steps to it. Shows the pair as it comes, or a step or another pair that was chosen, until the next pictures are
/// made.
class ComparisonPane : public QWidget, public HasViewState {
    Q_OBJECT
public:
    explicit ComparisonPane(session::Studio& studio, QWidget* parent = nullptr);

    widgets::ComparisonView* view() const { return m_view; }
    widgets::FilmStrip* filmStrip() const { return m_strip; }
    /// Of the pair on show: PSNR, SSIM, perceptual distance and how salience differs, or how far the latents of a step
    /// are apart; empty before there is one.
    const QString& metrics() const { return m_shown.metrics; }
    /// Pictures are null as long as they are not made; a full-precision picture in the making is not among them.
    const PicturePair& shown() const { return m_shown; }

    /// A pair from elsewhere.
    void showPair(const PicturePair& pair);
    /// Stops pictures at once and shows the last step that both have.
    void compareNow();
    void copyPicture();
    void drawSeed() { m_sampling->drawSeed(); }
    bool showsSteps() const { return m_steps->isVisibleTo(this); }
    void setShowsSteps(bool shows);

    QJsonObject viewState() const override;
    void setViewState(const QJsonObject& state) override;

Q_SIGNALS:
    /// A candidate was picked by its number, from 1.
    void candidatePicked(int number);

private:
    void arrange();
    void connectEngine();
    void beginPictures();
    void reset();
    void takeFullStep(const jobs::StepPicture& step);
    void takeQuantizedStep(const jobs::StepPicture& step);
    void takeFull(const ldm::Image& image, const ldm::GenerateSettings& sampling);
    void takeQuantized(const jobs::QuantizedPicture& picture);
    void showProgress(const ldm::Progress& progress);
    void settle(jobs::JobKind kind);
    void showStep(int frame);
    void showParting();
    void put(const PicturePair& pair);

    session::Studio& m_studio;
    SamplingPanel* m_sampling;
    widgets::ComparisonView* m_view;
    QWidget* m_steps;
    QLabel* m_parting;
    widgets::FilmStrip* m_strip;
    PicturePair m_shown;

    PicturePair m_pair;                              ///< made last, as far as it is
    std::optional<jobs::PreviewRequest> m_requested; ///< what the steps in the strip are of
    std::optional<ldm::GenerateSettings> m_fullFor;  ///< what the full-precision picture was made for
    int m_runs = 0;                                  ///< steps of the full-precision picture so far
    bool m_isFollowing = true;                       ///< shows pictures as they are made, nothing that was chosen
    bool m_isCandidateFresh = false;                 ///< of the present run
};

} // namespace app::windows
