#include <app/windows/exportdialog.h>

#include <app/models/maptexts.h>

#include <analysis/layerdb.h>

#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QSortFilterProxyModel>
#include <QVBoxLayout>

namespace app::windows {

namespace {

constexpr QSize kSize{1040, 680};
constexpr int kNoteLines = 4;
constexpr int kLineWidth = 420;
constexpr int kRowMargin = 6;
constexpr int kMeasuredRows = 64; ///< for the widths of columns

} // namespace

ExportDialog::ExportDialog(const session::StudioDocument& document, const QString& folder, const QString& baseName,
                           QWidget* parent)
    : QDialog(parent), m_document(document), m_model(std::make_shared<const ldm::ModelInfo>(document.model())),
      m_folder(folder), m_baseName(baseName), m_format(new QComboBox(this)), m_description(new QLabel(this)),
      m_options(new ExportOptionsForm(this)), m_path(new QLineEdit(this)),
      m_choose(new QPushButton(tr("C&hoose…"), this)), m_overwrite(new QCheckBox(tr("&Replace what is there"), this)),
      m_summary(new QLabel(this)), m_notes(new QPlainTextEdit(this)), m_table(new QTableView(this)),
      m_export(new QPushButton(tr("&Export"), this)) {
    setWindowTitle(tr("Export the quantized model"));
    for (const quant::ExportFormatInfo& info : quant::exportFormats()) m_format->addItem(models::toText(info.name));
    nameControls();
    buildTable();
    arrange();
    connect(m_format, &QComboBox::currentIndexChanged, this, &ExportDialog::chooseFormat);
    connect(m_options, &ExportOptionsForm::changed, this, &ExportDialog::plan);
    connect(m_path, &QLineEdit::textChanged, this, &ExportDialog::check);
    connect(m_overwrite, &QCheckBox::toggled, this, &ExportDialog::check);
    connect(m_choose, &QPushButton::clicked, this, &ExportDialog::browse);
    chooseFormat();
    resize(kSize);
}

void ExportDialog::nameControls() {
    const auto name = [](QWidget* widget, const char* objectName, const QString& spoken, const QString& tip) {
        widget->setObjectName(QLatin1String(objectName));
        widget->setAccessibleName(spoken);
        widget->setToolTip(tip);
    };
    name(m_format, "exportFormat", tr("Format"), tr("What is written, and for which programs"));
    name(m_path, "exportPath", tr("File or folder to write"), tr("File or folder to write"));
    name(m_choose, "exportChoose", tr("Choose the file or folder"), tr("Choose the file or folder to write"));
    name(m_overwrite, "exportOverwrite", tr("Replace what is there"), tr("Replace the file or folder of this name"));
    name(m_table, "exportLayers", tr("What becomes of every layer"),
         tr("What becomes of every layer; a click on a heading sorts"));
    name(m_notes, "exportNotes", tr("Notes"), tr("What the format cannot carry"));
    name(m_export, "exportWrite", tr("Export"), QString());
    m_description->setObjectName(QStringLiteral("exportDescription"));
    m_summary->setObjectName(QStringLiteral("exportSummary"));
    m_description->setWordWrap(true);
    m_summary->setWordWrap(true);
    m_path->setMinimumWidth(kLineWidth);
    m_notes->setReadOnly(true);
    m_notes->setTabChangesFocus(true);
    m_notes->setFixedHeight(kNoteLines * fontMetrics().lineSpacing() + 2 * m_notes->frameWidth() + 8);
}

void ExportDialog::buildTable() {
    auto* sorted = new QSortFilterProxyModel(this);
    sorted->setSourceModel(&m_layers);
    sorted->setSortRole(models::ExportPlanModel::SortRole);
    m_table->setModel(sorted);
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(models::ExportPlanModel::Layer, Qt::AscendingOrder);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setTabKeyNavigation(false);
    m_table->setWordWrap(false);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + kRowMargin);
    m_table->horizontalHeader()->setStretchLastSection(true);
    m_table->horizontalHeader()->setResizeContentsPrecision(kMeasuredRows);
}

QLayout* ExportDialog::buildPath() {
    auto* path = new QHBoxLayout;
    path->addWidget(m_path, 1);
    path->addWidget(m_choose);
    path->addWidget(m_overwrite);
    return path;
}

void ExportDialog::arrange() {
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    buttons->addButton(m_export, QDialogButtonBox::AcceptRole);
    m_export->setDefault(true);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* form = new QFormLayout;
    form->addRow(tr("&Format"), m_format);
    form->addRow(QString(), m_description);
    form->addRow(QString(), m_options);
    auto* to = new QLabel(tr("&Target"), this);
    to->setBuddy(m_path);
    form->addRow(to, buildPath());
    auto* column = new QVBoxLayout(this);
    column->addLayout(form);
    column->addWidget(m_summary);
    column->addWidget(m_table, 1);
    column->addWidget(m_notes);
    column->addWidget(buttons);
    const QList<QWidget*> stops{m_format, m_options, m_path, m_choose, m_overwrite, m_table, m_notes, m_export};
    for (qsizetype i = 1; i < stops.size(); ++i) setTabOrder(stops[i - 1], stops[i]);
}

const quant::ExportFormatInfo& ExportDialog::format() const {
    return quant::exportFormats()[std::size_t(m_format->currentIndex())];
}

void ExportDialog::chooseFormat() {
    describeFormat();
    m_path->setText(QDir(m_folder).filePath(m_baseName + models::toText(format().suffix)));
    m_options->setFormat(format()); // and plans
}

void ExportDialog::describeFormat() {
    QStringList lines{models::toText(format().description)};
    if (!format().clients.empty()) lines << tr("For %1.").arg(models::toText(format().clients));
    if (!format().clientTested)
        lines << tr("Format-conformant, not client-tested: no client has loaded such a file yet.");
    m_description->setText(lines.join(QLatin1Char('\n')));
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

quant::ExportOptions ExportDialog::options() const {
    quant::ExportOptions options = m_options->options();
    const analysis::Analysis& analysis = m_document.analysis();
    if (format().uses(quant::ExportOption::LayerDb) && !analysis.maps.empty())
        options.layerDb = analysis::layerDb(analysis, m_document.plan(), m_document.model());
    return options;
}

/// What was planned for an earlier choice is not shown when it comes.
void ExportDialog::plan() {
    const quint64 number = ++m_wanted;
    m_summary->setText(tr("Planning…"));
    check();
    m_planner.run([model = m_model, recipe = m_document.recipe(), format = format().format,
                   options = options()] { return quant::planExport(*model, recipe, format, options); },
                  [this, number](const jobs::Result<quant::ExportPlan>& plan) {
                      if (number == m_wanted) showPlan(plan);
                  });
}

void ExportDialog::showPlan(const jobs::Result<quant::ExportPlan>& plan) {
    m_shown = m_wanted;
    m_isPossible = bool(plan);
    QStringList notes;
    if (plan) {
        QStringList layers;
        if (!plan.value().layers.empty())
            for (const ldm::LayerInfo& layer : m_model->layers) layers << QString::fromStdString(layer.name);
        for (const std::string& note : plan.value().notes) notes << QString::fromStdString(note);
        m_summary->setText(models::summaryOf(plan.value()));
        m_layers.setPlan(layers, plan.value());
        m_table->resizeColumnsToContents();
    } else {
        m_summary->setText(plan.failure().sentence);
        m_layers.clear();
    }
    m_table->setVisible(m_layers.rowCount() > 0);
    m_notes->setVisible(!notes.isEmpty());
    m_notes->setPlainText(notes.join(QLatin1Char('\n')));
    check();
}

void ExportDialog::check() {
    const QString path = m_path->text();
    const bool isTaken = !path.isEmpty() && QFileInfo::exists(path);
    m_overwrite->setEnabled(isTaken);
    m_export->setEnabled(!path.isEmpty() && (!isTaken || m_overwrite->isChecked()) && !isPlanning() && m_isPossible);
    m_export->setToolTip(isTaken ? tr("There is something at this place already") : QString());
}

quant::ExportRequest ExportDialog::request() const {
    return {format().format,
            m_path->text().toStdString(),
            m_overwrite->isEnabled() && m_overwrite->isChecked(),
            {},
            options()};
}

} // namespace app::windows
