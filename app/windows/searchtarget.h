#pragma once

#include <app/session/recipefinder.h>

#include <widgets/paretodata.h>

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QSlider>
#include <QWidget>

namespace app::windows {

/// The target of a search: its kind, its value as a number and as a slider over what can be had, and what is saved.
class SearchTargetEditor : public QWidget {
    Q_OBJECT
public:
    explicit SearchTargetEditor(session::RecipeFinder& finder, QWidget* parent = nullptr);

    void showTarget();
    /// Makes a point of the picture the target: its cost or its decibels, whatever the kind limits.
    void takePoint(const widgets::ParetoPoint& point);

private:
    void build();
    void connectAll();
    void chooseGoal();
    void setShown(double shown);
    void slide(int position);

    session::RecipeFinder& m_finder;
    QComboBox* m_goal;
    QDoubleSpinBox* m_value;
    QSlider* m_slider;
    QComboBox* m_saving;
};

} // namespace app::windows
