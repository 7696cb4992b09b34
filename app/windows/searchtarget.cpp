#include <app/windows/searchtarget.h>

#include <app/models/searchdata.h>

#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include <cmath>

namespace app::windows {

namespace {

using analysis::Goal;
using analysis::Saving;

constexpr int kSliderSteps = 400;
constexpr double kLargestShown = 1e9;
constexpr double kRoundingRoom = 1e-9; ///< a point must keep to the target made of itself

struct GoalText {
    Goal goal;
    const char* text;
    int decimals;
};
constexpr GoalText kGoals[] = {
    {Goal::MinSqnr, QT_TRANSLATE_NOOP("app::windows::SearchTargetEditor", "SQNR at least"), 1},
    {Goal::MaxBytes, QT_TRANSLATE_NOOP("app::windows::SearchTargetEditor", "Size at most"), 3},
    {Goal::MaxBops, QT_TRANSLATE_NOOP("app::windows::SearchTargetEditor", "BOPs at most"), 3},
    {Goal::MaxMeanBits, QT_TRANSLATE_NOOP("app::windows::SearchTargetEditor", "Mean bits at most"), 2},
    {Goal::MaxSeconds, QT_TRANSLATE_NOOP("app::windows::SearchTargetEditor", "UNet step at most"), 2},
};

int decimalsOf(Goal goal) {
    for (const GoalText& entry : kGoals)
        if (entry.goal == goal) return entry.decimals;
    return 1;
}

} // namespace

SearchTargetEditor::SearchTargetEditor(session::RecipeFinder& finder, QWidget* parent)
    : QWidget(parent), m_finder(finder), m_goal(new QComboBox(this)), m_value(new QDoubleSpinBox(this)),
      m_slider(new QSlider(Qt::Horizontal, this)), m_saving(new QComboBox(this)) {
    build();
    connectAll();
}

void SearchTargetEditor::build() {
    setFocusProxy(m_value);
    for (const GoalText& entry : kGoals) m_goal->addItem(tr(entry.text), int(entry.goal));
    m_goal->setObjectName(QStringLiteral("searchGoal"));
    m_goal->setAccessibleName(tr("Kind of target"));
    m_goal->setToolTip(tr("What the recipe has to keep to; everything else is then made as good as it can be"));
    m_value->setObjectName(QStringLiteral("searchValue"));
    m_value->setAccessibleName(tr("Target"));
    m_value->setRange(0, kLargestShown);
    m_value->setKeyboardTracking(false);
    m_slider->setObjectName(QStringLiteral("searchSlider"));
    m_slider->setAccessibleName(tr("Target, between the ends of what can be had"));
    m_slider->setRange(0, kSliderSteps);
    m_slider->setPageStep(kSliderSteps / 20);
    m_saving->addItem(tr("least size"), int(Saving::Bytes));
    m_saving->addItem(tr("least BOPs"), int(Saving::Bops));
    m_saving->addItem(tr("least time"), int(Saving::Seconds));
    m_saving->setObjectName(QStringLiteral("searchSaving"));
    m_saving->setAccessibleName(tr("What is saved"));
    m_saving->setToolTip(tr("What is made small while the SQNR holds"));
    auto* row = new QHBoxLayout;
    row->addWidget(m_goal);
    row->addWidget(m_value, 1);
    row->addWidget(m_saving);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addLayout(row);
    column->addWidget(m_slider);
}

void SearchTargetEditor::connectAll() {
    connect(m_goal, &QComboBox::activated, this, &SearchTargetEditor::chooseGoal);
    connect(m_saving, &QComboBox::activated, this, &SearchTargetEditor::chooseGoal);
    connect(m_value, &QDoubleSpinBox::valueChanged, this, &SearchTargetEditor::setShown);
    connect(m_slider, &QSlider::valueChanged, this, &SearchTargetEditor::slide);
}

void SearchTargetEditor::chooseGoal() {
    m_finder.setGoal(Goal(m_goal->currentData().toInt()), Saving(m_saving->currentData().toInt()));
}

void SearchTargetEditor::setShown(double shown) {
    analysis::SearchTarget target = m_finder.target();
    target.value = shown * models::unitSize(target.goal);
    m_finder.setTarget(target);
}

void SearchTargetEditor::slide(int position) {
    const auto range = m_finder.range();
    if (!range) return;
    analysis::SearchTarget target = m_finder.target();
    const bool isLast = position == kSliderSteps; // exactly the end, not beside it
    target.value = isLast ? range->high : range->low + (range->high - range->low) * position / kSliderSteps;
    m_finder.setTarget(target);
}

void SearchTargetEditor::takePoint(const widgets::ParetoPoint& point) {
    analysis::SearchTarget target = m_finder.target();
    if (target.goal == Goal::MinSqnr) {
        if (!std::isfinite(point.db)) return; // an exact recipe has no decibels to aim at
        target.value = point.db - kRoundingRoom;
    } else {
        target.value = point.cost * (1 + kRoundingRoom);
    }
    m_finder.setTarget(target);
}

void SearchTargetEditor::showTarget() {
    const QSignalBlocker quietGoal(m_goal);
    const QSignalBlocker quietValue(m_value);
    const QSignalBlocker quietSlider(m_slider);
    const QSignalBlocker quietSaving(m_saving);
    const analysis::SearchTarget& target = m_finder.target();
    const auto range = m_finder.range();
    const double shown = target.value / models::unitSize(target.goal);
    m_goal->setCurrentIndex(m_goal->findData(int(target.goal)));
    m_saving->setCurrentIndex(m_saving->findData(int(target.saving)));
    m_saving->setVisible(target.goal == Goal::MinSqnr);
    m_value->setDecimals(decimalsOf(target.goal));
    m_value->setSingleStep(target.goal == Goal::MinSqnr ? 0.5 : std::pow(10, 1 - decimalsOf(target.goal)));
    m_value->setSuffix(models::unitOf(target.goal));
    m_value->setValue(shown);
    m_slider->setEnabled(range && range->high > range->low);
    if (!m_slider->isEnabled()) return;
    const double place = (target.value - range->low) / (range->high - range->low);
    m_slider->setValue(int(std::lround(std::clamp(place, 0.0, 1.0) * kSliderSteps)));
}

} // namespace app::windows
