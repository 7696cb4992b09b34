#include <app/windows/exportdialog.h>

#include <app/models/viewdata.h>

#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QFormLayout>
#include <QHBoxLayout>

namespace app::windows {

ExportDialog::ExportDialog(const QString& folder, const QString& baseName, QWidget* parent)
    : QDialog(parent), m_folder(folder), m_baseName(baseName), m_format(new QComboBox(this)),
      m_description(new QLabel(this)), m_path(new QLineEdit(this)),
      m_overwrite(new QCheckBox(tr("Replace what is there"), this)), m_export(new QPushButton(tr("Export"), this)) {
    setWindowTitle(tr("Export the quantized model"));
    for (const quant::ExportFormatInfo& info : quant::exportFormats()) m_format->addItem(models::toText(info.name));
    m_format->setObjectName(QStringLiteral("exportFormat"));
    m_path->setObjectName(QStringLiteral("exportPath"));
    m_path->setMinimumWidth(420);
    m_description->setWordWrap(true);
    arrange();
    connect(m_format, &QComboBox::currentIndexChanged, this, &ExportDialog::proposePath);
    connect(m_path, &QLineEdit::textChanged, this, &ExportDialog::check);
    connect(m_overwrite, &QCheckBox::toggled, this, &ExportDialog::check);
    proposePath();
}

void ExportDialog::arrange() {
    auto* choose = new QPushButton(tr("Choose…"), this);
    connect(choose, &QPushButton::clicked, this, &ExportDialog::browse);
    auto* path = new QHBoxLayout;
    path->addWidget(m_path, 1);
    path->addWidget(choose);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    buttons->addButton(m_export, QDialogButtonBox::AcceptRole);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* form = new QFormLayout(this);
    form->addRow(tr("&Format"), m_format);
    form->addRow(QString(), m_description);
    auto* to = new QLabel(tr("&To"), this);
    to->setBuddy(m_path);
    form->addRow(to, path);
    form->addRow(QString(), m_overwrite);
    form->addRow(buttons);
}

const quant::ExportFormatInfo& ExportDialog::format() const {
    return quant::exportFormats()[std::size_t(m_format->currentIndex())];
}

void ExportDialog::proposePath() {
    m_description->setText(models::toText(format().description));
    m_path->setText(QDir(m_folder).filePath(m_baseName + models::toText(format().suffix)));
    check();
}

void ExportDialog::browse() {
    auto* dialog = new QFileDialog(this, tr("Export to"), m_path->text());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setFileMode(QFileDialog::AnyFile);
    dialog->setOption(QFileDialog::DontConfirmOverwrite);
    connect(dialog, &QFileDialog::fileSelected, m_path, &QLineEdit::setText);
    dialog->open();
}

void ExportDialog::check() {
    const QString path = m_path->text();
    const bool isTaken = !path.isEmpty() && QFileInfo::exists(path);
    m_overwrite->setEnabled(isTaken);
    m_export->setEnabled(!path.isEmpty() && (!isTaken || m_overwrite->isChecked()));
    m_export->setToolTip(isTaken ? tr("There is something at this place already") : QString());
}

quant::ExportRequest ExportDialog::request() const {
    return {format().format, m_path->text().toStdString(), m_overwrite->isEnabled() && m_overwrite->isChecked()};
}

} // namespace app::windows
