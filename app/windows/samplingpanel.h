#pragma once

#include <app/session/studio.h>
#include <app/windows/seedbox.h>

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QToolButton>
#include <QWidget>

namespace app::windows {

/// What determines a picture besides model and recipe, and when pictures are made.
class SamplingPanel : public QWidget {
    Q_OBJECT
public:
    explicit SamplingPanel(session::Studio& studio, QWidget* parent = nullptr);

    /// A seed by chance.
    void drawSeed();

Q_SIGNALS:
    /// Pictures are to be stopped at once and compared as far as they are.
    void compareNowRequested();

private:
    void buildFields();
    void buildButtons();
    void arrange();
    void connectFields();
    void showSampling();
    void takePrompts(bool isTyping);
    template <class Change> void changeSampling(Change change);
    template <class Change> void changeNumber(const QAbstractSpinBox& box, Change change);
    void showJobs();

    session::Studio& m_studio;
    QLineEdit* m_prompt;
    QLineEdit* m_negative;
    SeedBox* m_seed;
    QToolButton* m_random;
    QSpinBox* m_steps;
    QDoubleSpinBox* m_guidance;
    QComboBox* m_sampler;
    QCheckBox* m_weighted;
    QCheckBox* m_automatic;
    QPushButton* m_make;
    QPushButton* m_compareNow;
    QPushButton* m_afterPicture;
};

} // namespace app::windows
