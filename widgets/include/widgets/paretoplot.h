#pragma once

#include <widgets/paretodata.h>

#include <QWidget>

#include <memory>

namespace widgets {

/// Cost against SQNR: the best recipes as a curve, uniform ones, the present and the found recipe as points, the target
/// as a line; with a read-out line and a table twin. Hover reads out, click picks, arrow keys go from point to point
/// and Enter picks. GUI thread only.
class ParetoPlot : public QWidget {
    Q_OBJECT

public:
    explicit ParetoPlot(QWidget* parent = nullptr);
    ~ParetoPlot() override;

    void setData(const ParetoData& data);
    const ParetoData& data() const;

    bool tableShown() const;
    void setTableShown(bool shown);
    /// The sentence under the plot: the hovered point, else the current one.
    QString readOut() const;

Q_SIGNALS:
    /// The user chose a point by click, Enter, or in the table.
    void picked(const widgets::ParetoPoint& point);

private:
    struct Parts;
    std::unique_ptr<Parts> m_parts;
};

} // namespace widgets
