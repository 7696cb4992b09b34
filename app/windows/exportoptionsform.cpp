#include <app/windows/exportoptionsform.h>

#include <app/models/maptexts.h>

#include <QHBoxLayout>
#include <QLabel>
#include <QRegularExpressionValidator>

namespace app::windows {

namespace {

using quant::ExportOption;

constexpr int kLargestPicture = 8192;
constexpr int kPictureStep = 64;

} // namespace

ExportOptionsForm::ExportOptionsForm(QWidget* parent)
    : QWidget(parent), m_form(new QFormLayout(this)), m_floats(new QComboBox(this)),
      m_unetOnly(new QCheckBox(tr("Only the &UNet"), this)),
      m_prefixed(new QCheckBox(tr("Names as in a &whole checkpoint"), this)), m_variant(new QLineEdit(this)),
      m_floatGraph(new QCheckBox(tr("&Quantize nothing"), this)), m_width(new QSpinBox(this)),
      m_height(new QSpinBox(this)), m_schema(new QComboBox(this)) {
    build();
    connect(m_unetOnly, &QCheckBox::toggled, this, &ExportOptionsForm::showWhatFits); // before others hear of it
    for (QCheckBox* box : {m_unetOnly, m_prefixed, m_floatGraph})
        connect(box, &QCheckBox::toggled, this, &ExportOptionsForm::changed);
    for (QComboBox* box : {m_floats, m_schema})
        connect(box, &QComboBox::currentIndexChanged, this, &ExportOptionsForm::changed);
    for (QSpinBox* box : {m_width, m_height}) connect(box, &QSpinBox::valueChanged, this, &ExportOptionsForm::changed);
    connect(m_variant, &QLineEdit::textChanged, this, &ExportOptionsForm::changed);
}

void ExportOptionsForm::build() {
    m_form->setContentsMargins(0, 0, 0, 0);
    for (const quant::FloatFormat floats : quant::kFloatFormats) m_floats->addItem(models::toText(nameOf(floats)));
    m_floats->setCurrentIndex(int(quant::ExportOptions{}.floats));
    for (const std::string_view schema : quant::kAimetSchemas) m_schema->addItem(models::toText(schema));
    // What may be part of a file's name everywhere.
    m_variant->setValidator(
        new QRegularExpressionValidator(QRegularExpression(QStringLiteral("[A-Za-z0-9_]{0,32}")), m_variant));
    addRow(ExportOption::Floats, tr("Flo&ats as"), tr("What is stored of weights that are not quantized"), m_floats);
    addRow(ExportOption::UnetOnly, {}, tr("Leave out text encoders and autoencoder"), m_unetOnly);
    addRow(ExportOption::Prefixed, {}, tr("Let the names of a UNet alone begin with model.diffusion_model."),
           m_prefixed);
    addRow(ExportOption::Variant, tr("&Variant"), tr("Part of the names of weight files, such as fp16; may be empty"),
           m_variant);
    addRow(ExportOption::FloatGraph, {}, tr("Write the graphs in full precision"), m_floatGraph);
    addRow(ExportOption::Size, tr("&Picture size"), tr("Size of the pictures that the graphs are made for, in pixels"),
           makeSize());
    addRow(ExportOption::Schema, tr("F&ile version"), tr("Version of the encodings"), m_schema);
}

void ExportOptionsForm::addRow(ExportOption option, const QString& label, const QString& tip, QWidget* control) {
    const QString name = models::toText(nameOf(option));
    control->setObjectName(QStringLiteral("export-") + name);
    control->setToolTip(tip);
    if (control->accessibleName().isEmpty() && !label.isEmpty())
        control->setAccessibleName(QString(label).remove(QLatin1Char('&')));
    m_form->addRow(label, control);
    m_rows.emplace(option, control);
}

QWidget* ExportOptionsForm::makeSize() {
    auto* row = new QWidget(this);
    auto* line = new QHBoxLayout(row);
    line->setContentsMargins(0, 0, 0, 0);
    m_width->setAccessibleName(tr("Width in pixels"));
    m_height->setAccessibleName(tr("Height in pixels"));
    for (QSpinBox* box : {m_width, m_height}) {
        box->setRange(0, kLargestPicture);
        box->setSingleStep(kPictureStep);
        box->setSpecialValueText(tr("the model's"));
        box->setKeyboardTracking(false);
    }
    line->addWidget(m_width);
    line->addWidget(new QLabel(QStringLiteral("×"), row));
    line->addWidget(m_height);
    line->addStretch(1);
    row->setFocusProxy(m_width);
    return row;
}

void ExportOptionsForm::setFormat(const quant::ExportFormatInfo& format) {
    m_format = &format;
    for (const auto& [option, control] : m_rows) m_form->setRowVisible(control, isShown(option));
    showWhatFits();
    Q_EMIT changed();
}

/// Prefixes are a matter of a UNet alone.
void ExportOptionsForm::showWhatFits() {
    m_prefixed->setEnabled(!isShown(ExportOption::UnetOnly) || m_unetOnly->isChecked());
}

quant::ExportOptions ExportOptionsForm::options() const {
    quant::ExportOptions options;
    if (isShown(ExportOption::Floats)) options.floats = quant::kFloatFormats[m_floats->currentIndex()];
    if (isShown(ExportOption::UnetOnly)) options.unetOnly = m_unetOnly->isChecked();
    if (isShown(ExportOption::Prefixed)) options.prefixed = m_prefixed->isEnabled() && m_prefixed->isChecked();
    if (isShown(ExportOption::Variant)) options.variant = m_variant->text().toStdString();
    if (isShown(ExportOption::FloatGraph)) options.quantizes = !m_floatGraph->isChecked();
    if (isShown(ExportOption::Size) && m_width->value() > 0 && m_height->value() > 0) {
        options.width = m_width->value();
        options.height = m_height->value();
    }
    if (isShown(ExportOption::Schema)) options.schema = m_schema->currentIndex();
    return options;
}

} // namespace app::windows
