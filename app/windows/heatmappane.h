#pragma once

#include <app/models/viewdata.h>
#include <app/session/studio.h>
#include <app/windows/rowcollector.h>

#include <widgets/heatmap.h>

#include <QComboBox>
#include <QWidget>

namespace app::windows {

/// The SQNR map with the choice of metric, format and what a row stands for.
class HeatmapPane : public QWidget {
    Q_OBJECT
public:
    explicit HeatmapPane(session::Studio& studio, QWidget* parent = nullptr);

    widgets::HeatmapWidget* heatmap() const { return m_heatmap; }
    const models::MapChoice& choice() const { return m_choice; }
    void selectBlock(const QString& id);
    void selectBlocks(const QStringList& ids);

Q_SIGNALS:
    void metricChosen(analysis::Metric metric);
    void blockPicked(const QString& id);
    /// A right click on a block.
    void menuRequested(const QString& id, const QPoint& globalPosition);

private:
    void build();
    void connectAll();
    void offerFormats();
    void choose();
    void requestShownMaps();
    void showAll();
    void showRows(const QList<int>& rows);
    void noteRow(const analysis::RowMeasured& row);
    /// The block that a row is or belongs to.
    QString blockAt(int row) const;

    session::Studio& m_studio;
    models::MapChoice m_choice;
    RowCollector m_changedRows;
    int m_hoveredRow = -1;
    QComboBox* m_metric;
    QComboBox* m_format;
    QComboBox* m_level;
    widgets::HeatmapWidget* m_heatmap;
};

} // namespace app::windows
