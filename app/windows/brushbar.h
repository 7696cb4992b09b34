#pragma once

#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>
#include <QWidget>

#include <quant/format.h>

#include <optional>

namespace app::windows {

/// What can be done with the brushed part of a map: formats for both sides in one step, a closer look, nothing. Hidden
/// while nothing is brushed. GUI thread.
class BrushBar : public QWidget {
    Q_OBJECT
public:
    explicit BrushBar(QWidget* parent = nullptr);

    /// What is brushed, in words; `isPartOfSteps`: not all timesteps are.
    void setBrushed(const QString& what, bool isPartOfSteps);
    QString said() const { return m_what->text(); }

Q_SIGNALS:
    /// At least one side has a format.
    void formatsWanted(std::optional<quant::WeightFormat> weights, std::optional<quant::ActivationFormat> activations);
    void zoomWanted();
    void clearWanted();

private:
    void build();
    void offer();

    QLabel* m_what;
    QComboBox* m_weights;
    QComboBox* m_activations;
    QPushButton* m_set;
    QToolButton* m_zoom;
    QToolButton* m_clear;
};

} // namespace app::windows
