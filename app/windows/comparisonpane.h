#pragma once

#include <app/session/studio.h>

#include <widgets/comparison.h>

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QWidget>

namespace app::windows {

/// The same prompt and seed in full precision and under the recipe, with what determines the pictures beside them.
class ComparisonPane : public QWidget {
    Q_OBJECT
public:
    explicit ComparisonPane(session::Studio& studio, QWidget* parent = nullptr);

    widgets::ComparisonView* view() const { return m_view; }
    /// PSNR, SSIM and perceptual distance of the pair on show; empty before there is one.
    const QString& metrics() const { return m_metrics; }

private:
    void buildControls();
    void arrange();
    void connectControls();
    void connectEngine();
    void showSampling();
    void takeSampling();
    void reset();
    void showFull(const ldm::Image& image, const ldm::GenerateSettings& sampling);
    void showQuantized(const ldm::Image& image, const analysis::ImageMetrics& metrics);
    void settle(jobs::JobKind kind);

    session::Studio& m_studio;
    QLineEdit* m_prompt;
    QLineEdit* m_negative;
    QSpinBox* m_seed;
    QSpinBox* m_steps;
    QDoubleSpinBox* m_guidance;
    QComboBox* m_sampler;
    QCheckBox* m_weighted;
    QCheckBox* m_automatic;
    QPushButton* m_make;
    widgets::ComparisonView* m_view;
    QString m_metrics;
};

} // namespace app::windows
