#pragma once

#include <app/models/inspectiondata.h>
#include <app/session/blockinspector.h>
#include <app/windows/viewstate.h>

#include <widgets/facttable.h>
#include <widgets/histogramplot.h>
#include <widgets/lineplot.h>

#include <QComboBox>
#include <QLabel>
#include <QTabWidget>
#include <QTimer>
#include <QWidget>

namespace app::windows {

/// What is in a block or one of its layers: weights and inputs as histograms with the present format, ranges over time,
/// channels that stand out, decibels by format. Asks for nothing while nobody sees it.
class InspectorPane : public QWidget, public HasViewState {
    Q_OBJECT
public:
    explicit InspectorPane(session::Studio& studio, QWidget* parent = nullptr);

    /// A block, or a layer, which is shown in its block.
    void inspect(const QString& id);

    session::BlockInspector& inspector() { return m_inspector; }
    const models::InspectedPart& part() const { return m_part; }
    widgets::HistogramPlot* weights() const { return m_weights; }
    widgets::HistogramPlot* inputs() const { return m_inputs; }
    widgets::LinePlot* ranges() const { return m_ranges; }
    /// The sentence about what is going on or in the way; empty if all is there.
    QString notice() const { return m_notice->text(); }

    QJsonObject viewState() const override;
    void setViewState(const QJsonObject& state) override;

protected:
    void showEvent(QShowEvent* event) override;

private:
    void build();
    QWidget* buildPage(const QList<QWidget*>& parts);
    void nameControls();
    void connectAll();
    void startAnew();
    void askSoon();
    void update();
    void showParts();
    void showAll();
    void showNotice();

    session::Studio& m_studio;
    session::BlockInspector m_inspector;
    models::InspectedPart m_part;
    QTimer m_askSoon; ///< who runs through the blocks is not waited for
    QComboBox* m_layers;
    QLabel* m_title;
    QLabel* m_notice;
    QTabWidget* m_pages;
    widgets::HistogramPlot* m_weights;
    widgets::FactTable* m_weightChannels;
    widgets::HistogramPlot* m_inputs;
    widgets::LinePlot* m_ranges;
    widgets::FactTable* m_inputChannels;
    widgets::FactTable* m_formats;
    bool m_isStale = true; ///< something changed while the pane was hidden
};

} // namespace app::windows
