#pragma once

#include <QWidget> // first: moc 6.4 fails on a file that begins with <compare>

#include <quant/recipe.h>

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QGroupBox>
#include <QLabel>
#include <QLineEdit>
#include <QSpinBox>

namespace app::windows {

/// What a recipe asks for beside formats, as controls: smoothing, error feedback, low rank, split skips, the table for
/// the time embedding, and how activations are calibrated. What the user wants goes out as proposed().
class TreatmentsEditor : public QWidget {
    Q_OBJECT
public:
    explicit TreatmentsEditor(QWidget* parent = nullptr);

    void showRecipe(const quant::Recipe& recipe, const ldm::ModelInfo& model);

Q_SIGNALS:
    /// The whole recipe with one treatment changed.
    void proposed(const QString& what, const quant::Recipe& recipe);
    void refused(const QString& sentence);

private:
    /// A treatment of chosen layers: its switch, the patterns, and how many layers they match.
    struct Chosen {
        QGroupBox* box = nullptr;
        QFormLayout* form = nullptr;
        QLineEdit* patterns = nullptr;
        QLabel* reach = nullptr;
    };
    Chosen makeChosen(const char* name, const QString& title, const QString& tip);
    void buildSmoothing();
    void buildLowRank();
    QGroupBox* buildCalibration();
    void name(QWidget* control, const char* objectName, const QString& title, const QString& tip);
    void showChosen(const Chosen& chosen, bool isOn, const QStringList& patterns, const ldm::ModelInfo& model);
    void showCalibration(const quant::CalibrationSettings& calibration);
    void propose(const QString& what);
    quant::Recipe edited() const;
    quant::Smoothing editedSmoothing() const;
    quant::CalibrationSettings editedCalibration() const;

    quant::Recipe m_recipe;
    bool m_isShowing = false; ///< the program changes controls, not the user
    Chosen m_smoothing;
    QCheckBox* m_alphaSearched;
    QDoubleSpinBox* m_alpha;
    Chosen m_feedback;
    Chosen m_lowRank;
    QSpinBox* m_rank;
    QCheckBox* m_splitSkips;
    QCheckBox* m_timeTable;
    QLineEdit* m_prompts;
    QComboBox* m_steps;
    QComboBox* m_range;
    QDoubleSpinBox* m_percentile;
    QSpinBox* m_intervals;
    QLineEdit* m_file;
};

} // namespace app::windows
