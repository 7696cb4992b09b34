#include <app/windows/seedbox.h>

#include <QLineEdit>

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace app::windows {

namespace {

constexpr quint64 kLargest = std::numeric_limits<quint64>::max();

} // namespace

SeedBox::SeedBox(QWidget* parent) : QAbstractSpinBox(parent) {
    setAccelerated(true);
    lineEdit()->setText(QString::number(m_value));
    connect(lineEdit(), &QLineEdit::textEdited, this, &SeedBox::noteTyping);
    connect(this, &QAbstractSpinBox::editingFinished, this, &SeedBox::takeText);
}

void SeedBox::setValue(quint64 value) {
    lineEdit()->setText(QString::number(value));
    change(value);
}

void SeedBox::change(quint64 value) {
    if (value == m_value) return;
    m_value = value;
    Q_EMIT valueChanged(value);
}

/// The text stays as it is typed.
void SeedBox::noteTyping(const QString& text) {
    bool isNumber = false;
    const quint64 typed = text.toULongLong(&isNumber);
    if (isNumber) change(typed);
}

void SeedBox::stepBy(int steps) {
    takeText();
    const quint64 distance = quint64(std::abs(qint64(steps)));
    if (steps < 0)
        setValue(m_value - std::min(m_value, distance));
    else
        setValue(m_value + std::min(kLargest - m_value, distance));
    selectAll();
}

QValidator::State SeedBox::validate(QString& text, int&) const {
    bool isNumber = false;
    text.toULongLong(&isNumber);
    if (text.isEmpty()) return QValidator::Intermediate;
    return isNumber ? QValidator::Acceptable : QValidator::Invalid;
}

QAbstractSpinBox::StepEnabled SeedBox::stepEnabled() const {
    StepEnabled steps = StepNone;
    if (m_value > 0) steps |= StepDownEnabled;
    if (m_value < kLargest) steps |= StepUpEnabled;
    return steps;
}

void SeedBox::takeText() {
    bool isNumber = false;
    const quint64 typed = text().toULongLong(&isNumber);
    setValue(isNumber ? typed : m_value);
}

} // namespace app::windows
