#pragma once

#include <app/session/studio.h>
#include <app/windows/rowcollector.h>

#include <widgets/blocktable.h>

#include <QComboBox>
#include <QWidget>

namespace app::windows {

/// The blocks with their precision, and the default precision above them.
class BlocksPane : public QWidget {
    Q_OBJECT
public:
    explicit BlocksPane(session::Studio& studio, QWidget* parent = nullptr);

    widgets::BlockTable* table() const { return m_table; }
    /// The metric whose values the SQNR columns show.
    void setMetric(analysis::Metric metric);
    QStringList selectedBlocks() const { return m_table->selectedBlocks(); }

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
};

} // namespace app::windows
