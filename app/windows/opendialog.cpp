#include <app/windows/opendialog.h>

#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>

#include <algorithm>
#include <functional>

namespace app::windows {

namespace {

constexpr int kLineWidth = 440;
constexpr double kMostWeight = 10;

QString checkpointFilter() {
    return OpenDialog::tr("Checkpoints (*.safetensors *.gguf);;All files (*)");
}

QDoubleSpinBox* weightBox(double weight, QWidget* parent) {
    auto* box = new QDoubleSpinBox(parent);
    box->setRange(-kMostWeight, kMostWeight);
    box->setSingleStep(0.05);
    box->setDecimals(3);
    box->setValue(weight);
    box->setAccessibleName(OpenDialog::tr("Weight of the LoRA"));
    return box;
}

void choose(QComboBox* box, const QVariant& value) {
    box->setCurrentIndex(std::max(0, box->findData(value)));
}

} // namespace

OpenDialog::OpenDialog(const ldm::OpenRequest& request, const QString& folder, QWidget* parent)
    : QDialog(parent), m_folder(folder), m_compute(request.compute), m_model(new QLineEdit(this)),
      m_base(new QLineEdit(this)), m_prediction(new QComboBox(this)), m_device(new QComboBox(this)),
      m_precision(new QComboBox(this)), m_loras(new QTableWidget(0, 2, this)),
      m_open(new QPushButton(tr("Open"), this)) {
    setWindowTitle(tr("Open a model"));
    m_prediction->addItem(tr("as the file says"), QString());
    for (const char* prediction : {"epsilon", "v_prediction"})
        m_prediction->addItem(QLatin1String(prediction), QLatin1String(prediction));
    m_device->addItem(tr("Processor"), int(ldm::DeviceKind::Cpu));
    m_device->addItem(tr("CUDA"), int(ldm::DeviceKind::Cuda));
    m_precision->addItem(QStringLiteral("fp32"), int(ldm::Precision::Fp32));
    m_precision->addItem(QStringLiteral("bf16"), int(ldm::Precision::Bf16));
    build();
    m_model->setText(QString::fromStdString(request.model));
    m_base->setText(QString::fromStdString(request.base));
    choose(m_prediction, QString::fromStdString(request.prediction));
    choose(m_device, int(request.compute.device));
    choose(m_precision, int(request.compute.precision));
    for (const ldm::LoraChoice& lora : request.loras) addLora(QString::fromStdString(lora.file.string()), lora.weight);
    check();
}

void OpenDialog::build() {
    m_model->setObjectName(QStringLiteral("openModel"));
    m_model->setPlaceholderText(tr("diffusers folder, .safetensors or .gguf file"));
    m_base->setObjectName(QStringLiteral("openBase"));
    m_base->setPlaceholderText(tr("only for files without text encoder or autoencoder"));
    m_prediction->setObjectName(QStringLiteral("openPrediction"));
    m_device->setObjectName(QStringLiteral("openDevice"));
    m_precision->setObjectName(QStringLiteral("openPrecision"));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    buttons->addButton(m_open, QDialogButtonBox::AcceptRole);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_model, &QLineEdit::textChanged, this, &OpenDialog::check);
    auto* form = new QFormLayout(this);
    const auto addRow = [form](const QString& title, QWidget* field, QWidget* buddy) {
        auto* label = new QLabel(title, field->parentWidget());
        label->setBuddy(buddy);
        form->addRow(label, field);
    };
    addRow(tr("&Model"), withChooser(m_model, tr("Choose the model")), m_model);
    addRow(tr("&LoRAs"), loraSection(), m_loras);
    addRow(tr("Missing &parts from"), withChooser(m_base, tr("Choose the model that lends parts")), m_base);
    form->addRow(tr("The UNet predic&ts"), m_prediction);
    form->addRow(tr("&Device"), m_device);
    form->addRow(tr("P&recision"), m_precision);
    form->addRow(buttons);
}

/// A line with a button that chooses a folder or a file.
QWidget* OpenDialog::withChooser(QLineEdit* line, const QString& title) {
    auto* row = new QWidget(this);
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    line->setMinimumWidth(kLineWidth);
    auto* button = new QPushButton(tr("Choose"), row);
    button->setAccessibleName(title);
    auto* menu = new QMenu(button);
    const auto choose = [this, line, title](QFileDialog::FileMode mode) {
        auto* dialog =
            new QFileDialog(this, title, m_folder, mode == QFileDialog::Directory ? QString() : checkpointFilter());
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setFileMode(mode);
        connect(dialog, &QFileDialog::fileSelected, line, &QLineEdit::setText);
        dialog->open();
    };
    connect(menu->addAction(tr("&Folder…")), &QAction::triggered, this, [choose] { choose(QFileDialog::Directory); });
    connect(menu->addAction(tr("&File…")), &QAction::triggered, this, [choose] { choose(QFileDialog::ExistingFile); });
    button->setMenu(menu);
    layout->addWidget(line, 1);
    layout->addWidget(button);
    return row;
}

QWidget* OpenDialog::loraSection() {
    auto* section = new QWidget(this);
    m_loras->setParent(section);
    m_loras->setObjectName(QStringLiteral("openLoras"));
    m_loras->setAccessibleName(tr("LoRAs"));
    m_loras->setHorizontalHeaderLabels({tr("File"), tr("Weight")});
    m_loras->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
    m_loras->verticalHeader()->hide();
    m_loras->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_loras->setMinimumHeight(m_loras->fontMetrics().height() * 7);
    auto* add = new QPushButton(tr("&Add…"), section);
    auto* remove = new QPushButton(tr("Remo&ve"), section);
    connect(add, &QPushButton::clicked, this, &OpenDialog::chooseLoras);
    connect(remove, &QPushButton::clicked, this, &OpenDialog::removeLoras);
    auto* buttons = new QVBoxLayout;
    buttons->addWidget(add);
    buttons->addWidget(remove);
    buttons->addStretch();
    auto* layout = new QHBoxLayout(section);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_loras, 1);
    layout->addLayout(buttons);
    return section;
}

void OpenDialog::addLora(const QString& file, double weight) {
    const int row = m_loras->rowCount();
    m_loras->insertRow(row);
    auto* item = new QTableWidgetItem(QFileInfo(file).fileName());
    item->setData(Qt::UserRole, file);
    item->setToolTip(file);
    item->setFlags(item->flags() & ~Qt::ItemIsEditable);
    m_loras->setItem(row, 0, item);
    m_loras->setCellWidget(row, 1, weightBox(weight, m_loras));
}

void OpenDialog::chooseLoras() {
    auto* dialog = new QFileDialog(this, tr("Add LoRAs"), m_folder, tr("LoRA files (*.safetensors);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFiles);
    connect(dialog, &QFileDialog::filesSelected, this, [this](const QStringList& files) {
        for (const QString& file : files) addLora(file, 1);
    });
    dialog->open();
}

void OpenDialog::removeLoras() {
    QList<int> rows;
    for (const QModelIndex& index : m_loras->selectionModel()->selectedRows()) rows << index.row();
    std::sort(rows.begin(), rows.end(), std::greater<>());
    for (const int row : rows) m_loras->removeRow(row);
}

void OpenDialog::check() {
    m_open->setEnabled(!m_model->text().trimmed().isEmpty());
}

ldm::OpenRequest OpenDialog::request() const {
    ldm::OpenRequest request;
    request.model = m_model->text().trimmed().toStdString();
    request.base = m_base->text().trimmed().toStdString();
    request.prediction = m_prediction->currentData().toString().toStdString();
    request.compute = m_compute;
    request.compute.device = ldm::DeviceKind(m_device->currentData().toInt());
    request.compute.precision = ldm::Precision(m_precision->currentData().toInt());
    for (int row = 0; row < m_loras->rowCount(); ++row) {
        const auto* weight = qobject_cast<const QDoubleSpinBox*>(m_loras->cellWidget(row, 1));
        request.loras.push_back({m_loras->item(row, 0)->data(Qt::UserRole).toString().toStdString(), weight->value()});
    }
    return request;
}

} // namespace app::windows
