#pragma once

#include <QList>
#include <QString>
#include <QWidget>

#include <limits>
#include <optional>

namespace widgets {

/// What a recipe is to keep to.
struct BudgetTarget {
    enum class Kind { None, Bytes, Bops, MeanBits, Sqnr, Seconds };
    Kind kind = Kind::None;
    double value = 0; ///< bytes, BOPs, bits per weight, dB, or seconds: at most, of the SQNR at least

    bool operator==(const BudgetTarget&) const = default;
};

/// What a recipe costs and what it is predicted and measured to do.
struct BudgetValues {
    qint64 bytes = 0;     ///< of all weights, with scales
    qint64 fullBytes = 0; ///< the same in fp32; 0: nothing open
    double bops = 0;
    double fullBops = 0;                                           ///< in fp32; 0: not known
    double predictedDb = std::numeric_limits<double>::quiet_NaN(); ///< NaN: not known, +inf: exact
    double measuredDb = std::numeric_limits<double>::quiet_NaN();  ///< NaN: not measured, +inf: exact
    double meanBits = 0;                                           ///< per weight, with scales
    double seconds = std::numeric_limits<double>::quiet_NaN();     ///< of one UNet run as measured; NaN: not known
    double fullSeconds = 0;                                        ///< in fp32; 0: speed was not measured
    BudgetTarget target = {};
    QString predictionBasis; ///< "from 12 of 20 measured steps"; shown behind the prediction
};

/// How a recipe stands to its target.
struct BudgetVerdict {
    bool holds = false;
    QString text; ///< "0.3 MiB over the target of 2.0 MiB"
};

/// "1.5 MiB", "812 KiB", "3 bytes".
QString sizeText(qint64 bytes);
/// "12.3 ms", "1.25 s".
QString durationText(double seconds);

/// Size, BOPs and, once speed was measured, the time of a UNet run as bars with numbers, the predicted and the measured
/// SQNR as text, and beside what the target limits whether it holds: a mark on the bar, a tick or a triangle, and
/// words. GUI thread only.
class BudgetBar : public QWidget {
    Q_OBJECT

public:
    explicit BudgetBar(QWidget* parent = nullptr);

    void setValues(const BudgetValues& values);
    const BudgetValues& values() const { return m_values; }
    /// The texts beside the bars, as drawn and as read to assistive tools.
    QString sizeLine() const;
    QString bopsLine() const;
    QString speedLine() const;
    /// Predicted and, once it is known, measured.
    QString predictionLine() const;
    /// Nothing without a target or without the value it is about.
    std::optional<BudgetVerdict> verdict() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    /// The user wants to change the target.
    void targetClicked();

protected:
    void mouseReleaseEvent(QMouseEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    struct Gauge {
        QString name;
        QString text;
        double fraction = 0;
        double limit = 0; ///< of the target, as a fraction; 0: none
    };
    void paintGauge(QPainter& painter, QRect area, const Gauge& gauge) const;
    void paintName(QPainter& painter, QRect& area, const QString& name) const;
    void paintVerdict(QPainter& painter, QRect& area, const BudgetVerdict& verdict) const;
    QList<Gauge> gauges() const;
    int verdictRow() const;

    BudgetValues m_values;
};

} // namespace widgets
