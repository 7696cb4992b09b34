#pragma once

#include <widgets/facttable.h>

#include <quant/export.h>

#include <QDialog>

namespace app::windows {

/// What verifying an export has found, or reading it back when it was written: a verdict, the layers that lost most,
/// every stored type, a graph's blocks. Deletes itself when it is closed.
class VerifyReportDialog : public QDialog {
    Q_OBJECT
public:
    VerifyReportDialog(const QString& path, const quant::VerifyReport& report, QWidget* parent = nullptr);
    /// Of an export that was just written.
    explicit VerifyReportDialog(const quant::ExportReport& report, QWidget* parent = nullptr);

private:
    void fill(const QString& said, const quant::VerifyReport& report, const QStringList& remarks);
    widgets::FactTable* makeTable(const char* name, const QString& spoken, const widgets::Facts& facts);
};

} // namespace app::windows
