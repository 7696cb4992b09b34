#pragma once

#include <widgets/facttable.h>

#include <quant/verify.h>

#include <QDialog>

namespace app::windows {

/// What verifying an export has found: a verdict, the layers that lost most, every stored type, a graph's blocks.
class VerifyReportDialog : public QDialog {
    Q_OBJECT
public:
    VerifyReportDialog(const QString& path, const quant::VerifyReport& report, QWidget* parent = nullptr);

private:
    widgets::FactTable* makeTable(const char* name, const QString& spoken, const widgets::Facts& facts);
};

} // namespace app::windows
