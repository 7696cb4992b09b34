#include <app/windows/verifyreport.h>

#include <app/models/verifydata.h>

#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

namespace app::windows {

namespace {

constexpr std::size_t kWorst = 10;
constexpr QSize kSize{900, 600};
constexpr int kMostRemarkLines = 6;

} // namespace

VerifyReportDialog::VerifyReportDialog(const QString& path, const quant::VerifyReport& report, QWidget* parent)
    : QDialog(parent) {
    setWindowTitle(tr("Verification of %1").arg(path.section(QLatin1Char('/'), -1)));
    fill(models::verdictOf(report), report, models::remarksOf(report));
}

VerifyReportDialog::VerifyReportDialog(const quant::ExportReport& report, QWidget* parent) : QDialog(parent) {
    setWindowTitle(tr("Export to %1").arg(QString::fromStdString(report.path.filename().string())));
    QStringList remarks = models::remarksOf(report.verified);
    for (const std::string& note : report.notes) remarks << QString::fromStdString(note);
    fill(models::writtenText(report) + QLatin1Char('\n') + models::verdictOf(report.verified), report.verified,
         remarks);
}

void VerifyReportDialog::fill(const QString& said, const quant::VerifyReport& report, const QStringList& remarks) {
    setAttribute(Qt::WA_DeleteOnClose);
    auto* column = new QVBoxLayout(this);
    auto* verdict =
        new QLabel(tr("%1, tensors: %2").arg(QString::fromStdString(report.container)).arg(report.tensors.size()) +
                       QLatin1Char('\n') + said,
                   this);
    verdict->setObjectName(QStringLiteral("verdict"));
    verdict->setWordWrap(true);
    verdict->setTextInteractionFlags(Qt::TextSelectableByMouse);
    column->addWidget(verdict);
    const auto add = [&](const char* name, const QString& spoken, const widgets::Facts& facts, int share) {
        if (!facts.rows.isEmpty()) column->addWidget(makeTable(name, spoken, facts), share);
    };
    add("worstLayers", tr("The layers that lost most"), models::worstFacts(report, kWorst), 3);
    add("storedTypes", tr("What is stored in which type"), models::typeFacts(report), 2);
    add("graphBlocks", tr("The graph block by block"), models::blockFacts(report), 3);
    if (!remarks.isEmpty()) {
        auto* text = new QPlainTextEdit(remarks.join(QLatin1Char('\n')), this);
        text->setObjectName(QStringLiteral("remarks"));
        text->setAccessibleName(tr("Remarks"));
        text->setReadOnly(true);
        text->setTabChangesFocus(true);
        const int lines = std::min(int(remarks.size()), kMostRemarkLines);
        text->setFixedHeight((lines + 1) * fontMetrics().lineSpacing() + 8);
        column->addWidget(text);
    }
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    column->addWidget(buttons);
    resize(kSize);
}

widgets::FactTable* VerifyReportDialog::makeTable(const char* name, const QString& spoken,
                                                  const widgets::Facts& facts) {
    auto* table = new widgets::FactTable(this);
    table->setObjectName(QLatin1String(name));
    table->setAccessibleName(spoken);
    table->setToolTip(tr("%1; Ctrl+C copies the table").arg(spoken));
    table->setTabKeyNavigation(false);
    table->setFacts(facts);
    return table;
}

} // namespace app::windows
