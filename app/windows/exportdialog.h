#pragma once

#include <QCheckBox> // first: moc 6.4 fails on a file that begins with <compare>
#include <QComboBox>
#include <QDialog>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTableView>

#include <app/jobs/filethread.h>
#include <app/models/exportplanmodel.h>
#include <app/session/studiodocument.h>
#include <app/windows/exportoptionsform.h>

namespace app::windows {

/// Asks in which format and where to export the document's recipe, and shows what becomes of every layer. Plans are
/// made on a thread of their own. GUI thread.
class ExportDialog : public QDialog {
    Q_OBJECT
public:
    /// `baseName` is proposed as the name of the result in `folder`.
    ExportDialog(const session::StudioDocument& document, const QString& folder, const QString& baseName,
                 QWidget* parent = nullptr);

    quant::ExportRequest request() const;
    /// True while the plan on show is not that of the present choice.
    bool isPlanning() const { return m_shown != m_wanted; }

private:
    void nameControls();
    void arrange();
    QLayout* buildPath();
    void buildTable();
    void chooseFormat();
    void describeFormat();
    void browse();
    void plan();
    void showPlan(const jobs::Result<quant::ExportPlan>& plan);
    void check();
    const quant::ExportFormatInfo& format() const;
    quant::ExportOptions options() const;

    const session::StudioDocument& m_document;
    std::shared_ptr<const ldm::ModelInfo> m_model; ///< for the thread
    QString m_folder;
    QString m_baseName;
    QComboBox* m_format;
    QLabel* m_description;
    ExportOptionsForm* m_options;
    QLineEdit* m_path;
    QPushButton* m_choose;
    QCheckBox* m_overwrite;
    QLabel* m_summary;
    QPlainTextEdit* m_notes;
    models::ExportPlanModel m_layers;
    QTableView* m_table;
    QPushButton* m_export;
    quint64 m_wanted = 0;
    quint64 m_shown = 0;
    bool m_isPossible = false;  ///< as the plan on show says
    jobs::FileThread m_planner; ///< last: finishes before what it tells
};

} // namespace app::windows
