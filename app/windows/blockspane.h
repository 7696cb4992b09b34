#pragma once

#include <app/session/studio.h>
#include <app/windows/presetmenu.h>
#include <app/windows/rowcollector.h>
#include <app/windows/viewstate.h>

#include <widgets/blocktable.h>

#include <QComboBox>
#include <QWidget>

namespace app::windows {

/// The blocks with their precision, and the default precision above them.
class BlocksPane : public QWidget, public HasViewState {
    Q_OBJECT
public:
    explicit BlocksPane(session::Studio& studio, QWidget* parent = nullptr);

    widgets::BlockTable* table() const { return m_table; }
    /// The metric whose values the SQNR columns show; they keep the one before where it tells no decibels.
    void setMetric(analysis::Metric metric);
    analysis::Metric metric() const { return m_metric; }
    PresetMenu* presetMenu() const { return m_presets; }
    QStringList selectedBlocks() const { return m_table->selectedBlocks(); }

    QJsonObject viewState() const override;
    void setViewState(const QJsonObject& state) override;

private:
    void build();
    void connectDocument();
    void showAll();
    void showRows(const QList<int>& rows);
    void showRecipe();
    void setDefault();
    void setFormat(const QStringList& blocks, const QString& weights, const QString& activations);

    session::Studio& m_studio;
    analysis::Metric m_metric = analysis::Metric::Local;
    RowCollector m_changedRows;
    widgets::BlockTable* m_table;
    QComboBox* m_defaultWeights;
    QComboBox* m_defaultActivations;
    PresetMenu* m_presets;
};

} // namespace app::windows
