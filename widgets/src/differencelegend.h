#pragma once

#include <widgets/picturedifference.h>

#include <QWidget>

namespace widgets {

/// The colours of a difference with the levels they stand for, and how much differs.
class DifferenceLegend : public QWidget {
    Q_OBJECT
public:
    explicit DifferenceLegend(QWidget* parent = nullptr);

    void setLook(const DifferenceLook& look);
    void setMeasured(const PictureDifference& difference);
    /// All that is drawn, as text.
    QString text() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {120, sizeHint().height()}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString endText(double level) const;
    QString measuredText() const;
    void describe();

    DifferenceLook m_look;
    double m_share = 0;
    int m_largest = 0;
    bool m_isMeasured = false;
};

} // namespace widgets
