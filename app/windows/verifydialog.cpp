#include <app/windows/verifydialog.h>

#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>

namespace app::windows {

namespace {

constexpr int kLineWidth = 420;
constexpr int kMostRuns = 100;

} // namespace

VerifyDialog::VerifyDialog(const QString& folder, quant::Recipe recipe, QWidget* parent)
    : QDialog(parent), m_folder(folder), m_recipe(std::move(recipe)), m_path(new QLineEdit(this)),
      m_chooseFile(new QPushButton(tr("F&ile…"), this)), m_chooseFolder(new QPushButton(tr("F&older…"), this)),
      m_usePresent(new QCheckBox(tr("Compare with the &present recipe"), this)), m_runs(new QSpinBox(this)),
      m_verify(new QPushButton(tr("&Verify"), this)) {
    setWindowTitle(tr("Verify an export"));
    nameControls();
    arrange();
    connect(m_path, &QLineEdit::textChanged, this, &VerifyDialog::check);
    connect(m_chooseFile, &QPushButton::clicked, this, [this] { browse(false); });
    connect(m_chooseFolder, &QPushButton::clicked, this, [this] { browse(true); });
    check();
}

void VerifyDialog::nameControls() {
    const auto name = [](QWidget* widget, const char* objectName, const QString& spoken, const QString& tip) {
        widget->setObjectName(QLatin1String(objectName));
        widget->setAccessibleName(spoken);
        widget->setToolTip(tip);
    };
    name(m_path, "verifyPath", tr("File or folder of the export"),
         tr("What was exported, or any file or folder of that kind"));
    name(m_chooseFile, "verifyFile", tr("Choose the file"), tr("Choose the file of the export"));
    name(m_chooseFolder, "verifyFolder", tr("Choose the folder"), tr("Choose the folder of the export"));
    name(m_usePresent, "verifyPresent", tr("Compare with the present recipe"),
         tr("Without it the recipe that the export carries is used, if it carries one"));
    name(m_runs, "verifyRuns", tr("Runs of a graph"),
         tr("How many runs of a graph are compared, spread over the timesteps; other exports are not run"));
    name(m_verify, "verifyStart", tr("Verify"), tr("Compare everything in the export with the present model"));
    m_path->setMinimumWidth(kLineWidth);
    m_runs->setRange(1, kMostRuns);
    m_runs->setValue(quant::VerifyRequest{}.runs);
}

QLayout* VerifyDialog::buildPath() {
    auto* path = new QHBoxLayout;
    path->addWidget(m_path, 1);
    path->addWidget(m_chooseFile);
    path->addWidget(m_chooseFolder);
    return path;
}

void VerifyDialog::arrange() {
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    buttons->addButton(m_verify, QDialogButtonBox::AcceptRole);
    m_verify->setDefault(true);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* form = new QFormLayout(this);
    auto* label = new QLabel(tr("&Export"), this);
    label->setBuddy(m_path);
    form->addRow(label, buildPath());
    form->addRow(QString(), m_usePresent);
    form->addRow(tr("&Runs of a graph"), m_runs);
    form->addRow(buttons);
}

void VerifyDialog::browse(bool forFolder) {
    auto* dialog = new QFileDialog(this, tr("Choose an export"), m_folder,
                                   forFolder ? QString() : tr("Exports (*.safetensors *.gguf);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(forFolder ? QFileDialog::Directory : QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, m_path, &QLineEdit::setText);
    dialog->open();
}

void VerifyDialog::check() {
    m_verify->setEnabled(!m_path->text().trimmed().isEmpty());
}

quant::VerifyRequest VerifyDialog::request() const {
    quant::VerifyRequest request;
    request.path = m_path->text().trimmed().toStdString();
    if (m_usePresent->isChecked()) request.recipe = m_recipe;
    request.runs = m_runs->value();
    return request;
}

} // namespace app::windows
