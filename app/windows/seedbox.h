#pragma once

#include <QAbstractSpinBox>

namespace app::windows {

/// A whole number of 64 bits: QSpinBox ends at 31.
class SeedBox : public QAbstractSpinBox {
    Q_OBJECT
public:
    explicit SeedBox(QWidget* parent = nullptr);

    quint64 value() const { return m_value; }
    void setValue(quint64 value);

    void stepBy(int steps) override;
    QValidator::State validate(QString& text, int& position) const override;

Q_SIGNALS:
    /// A number was set, entered, or is being typed.
    void valueChanged(quint64 value);

protected:
    StepEnabled stepEnabled() const override;

private:
    void change(quint64 value);
    void noteTyping(const QString& text);
    void takeText();

    quint64 m_value = 0;
};

} // namespace app::windows
