#pragma once

#include <QComboBox> // first: moc 6.4 fails on a file that begins with <compare>
#include <QToolButton>
#include <QWidget>

#include <app/models/mapdata.h>
#include <app/session/studio.h>
#include <app/windows/brushbar.h>
#include <app/windows/rowcollector.h>
#include <app/windows/viewstate.h>

#include <widgets/heatmap.h>

namespace app::windows {

/// The SQNR map with the choice of metric, format and what a row stands for, in which order the rows are, and which
/// other analysis is taken away from it. Brushed rows and timesteps get formats here.
class HeatmapPane : public QWidget, public HasViewState {
    Q_OBJECT
public:
    explicit HeatmapPane(session::Studio& studio, QWidget* parent = nullptr);

    widgets::HeatmapWidget* heatmap() const { return m_heatmap; }
    BrushBar* brushBar() const { return m_brush; }
    const models::MapChoice& choice() const { return m_choice; }
    void selectBlock(const QString& id);
    void selectBlocks(const QStringList& ids);

    /// Sorting by a timestep takes that under the mouse, else the current one.
    void sortBy(widgets::HeatmapSort sort);
    void reverseOrder();
    void expandAll();
    void foldAll();
    /// The file is one of the document's shelf of analyses; an empty one ends the comparison.
    void compareWith(const QString& file);

    QJsonObject viewState() const override;
    void setViewState(const QJsonObject& state) override;

Q_SIGNALS:
    void metricChosen(analysis::Metric metric);
    void blockPicked(const QString& id);
    /// A right click on a block, or the menu key.
    void menuRequested(const QString& id, const QPoint& globalPosition);
    /// A file to compare with is to be chosen.
    void analysisWanted();

private:
    void buildChoices();
    void buildOrder();
    void arrange();
    void connectDocument();
    void connectChoices();
    void connectHeatmap();
    void offerFormats();
    void offerAnalyses();
    void choose();
    void takeChoice();
    void chooseLevel();
    void chooseCompared();
    void showOrder();
    void showMenu(const QPoint& position);
    void requestShownMaps();
    void showAll();
    void showRows(const QList<int>& rows);
    void noteRow(const analysis::RowMeasured& row);
    void showDetails(int row);
    void showBrush();
    QString brushText() const;
    void setBrushedFormats(std::optional<quant::WeightFormat> weights,
                           std::optional<quant::ActivationFormat> activations);
    models::MapRows mapRows() const;
    /// The present map, or its difference from the chosen analysis.
    widgets::HeatmapData shownData();
    void showRead(const QString& file);
    void giveUpComparing(const QString& file, const jobs::Failure& failure);
    /// The block that a row is or belongs to.
    QString blockAt(int row) const;

    session::Studio& m_studio;
    models::MapChoice m_choice;
    RowCollector m_changedRows;
    QString m_compared;                 ///< the file; empty while nothing is compared
    std::optional<QRectF> m_wantedZoom; ///< of a session whose map is not there yet
    QComboBox* m_metric;
    QComboBox* m_format;
    QComboBox* m_level;
    QComboBox* m_sort;
    QToolButton* m_descending;
    QComboBox* m_comparison;
    BrushBar* m_brush;
    widgets::HeatmapWidget* m_heatmap;
};

} // namespace app::windows
