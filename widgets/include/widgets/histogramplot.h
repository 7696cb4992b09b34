#pragma once

#include <widgets/plotdata.h>

#include <QWidget>

#include <memory>

namespace widgets {

/// A histogram with marks, a choice of even or logarithmic counts, a read-out line and a table twin. Hover reads out,
/// arrow keys go from bin to bin, Copy takes the table. GUI thread only.
class HistogramPlot : public QWidget {
    Q_OBJECT

public:
    explicit HistogramPlot(QWidget* parent = nullptr);
    ~HistogramPlot() override;

    /// Without bins there is nothing to draw, and the words of setEmptyText() stand there.
    void setData(const HistogramData& data);
    const HistogramData& data() const;
    void setEmptyText(const QString& text);

    bool isLogarithmic() const;
    void setLogarithmic(bool logarithmic);
    bool tableShown() const;
    void setTableShown(bool shown);
    /// The sentence under the plot: the hovered bin, else the current one, else what the marks are.
    QString readOut() const;

private:
    struct Parts;
    std::unique_ptr<Parts> m_parts;
};

} // namespace widgets
