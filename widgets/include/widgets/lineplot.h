#pragma once

#include <widgets/plotdata.h>

#include <QWidget>

#include <memory>

namespace widgets {

/// Several quantities as lines over the same places, with a read-out line and a table twin. Hover reads out, arrow keys
/// go from place to place, Copy takes the table. GUI thread only.
class LinePlot : public QWidget {
    Q_OBJECT

public:
    explicit LinePlot(QWidget* parent = nullptr);
    ~LinePlot() override;

    /// Without places there is nothing to draw, and the words of setEmptyText() stand there.
    void setData(const LineData& data);
    const LineData& data() const;
    void setEmptyText(const QString& text);

    bool tableShown() const;
    void setTableShown(bool shown);
    /// The sentence under the plot: the hovered place, else the current one.
    QString readOut() const;

private:
    struct Parts;
    std::unique_ptr<Parts> m_parts;
};

} // namespace widgets
