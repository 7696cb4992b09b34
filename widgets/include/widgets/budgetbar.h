#pragma once

#include <QString>
#include <QWidget>

#include <limits>

namespace widgets {

/// What a recipe costs and what it is predicted to do.
struct BudgetValues {
    qint64 bytes = 0;     ///< of all weights, with scales
    qint64 fullBytes = 0; ///< the same in fp32; 0: nothing open
    double bops = 0;
    double fullBops = 0;                                           ///< in fp32; 0: not known
    double predictedDb = std::numeric_limits<double>::quiet_NaN(); ///< NaN: not known, +inf: exact
    QString predictionBasis; ///< "from 12 of 20 measured steps"; shown behind the prediction

    bool operator==(const BudgetValues&) const = default;
};

/// "1.5 MiB", "812 KiB", "3 bytes".
QString sizeText(qint64 bytes);

/// Size and BOPs as bars with numbers, the predicted SQNR as text. GUI thread only.
class BudgetBar : public QWidget {
    Q_OBJECT

public:
    explicit BudgetBar(QWidget* parent = nullptr);

    void setValues(const BudgetValues& values);
    const BudgetValues& values() const { return m_values; }
    /// The texts beside the bars, as drawn and as read to assistive tools.
    QString sizeLine() const;
    QString bopsLine() const;
    QString predictionLine() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void paintGauge(QPainter& painter, const QRect& area, const QString& name, double fraction,
                    const QString& text) const;

    BudgetValues m_values;
};

} // namespace widgets
