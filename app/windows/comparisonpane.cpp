#include <app/windows/comparisonpane.h>

#include <app/models/viewdata.h>

#include <ldm/samplerkinds.h>

#include <QFormLayout>
#include <QHBoxLayout>

#include <cmath>
#include <limits>

namespace app::windows {

namespace {

constexpr int kMostSteps = 1000;
constexpr double kMostGuidance = 50;
constexpr int kControlsWidth = 270;

QString metricsText(const analysis::ImageMetrics& metrics) {
    if (std::isinf(metrics.psnr)) return QStringLiteral("The pictures are equal");
    return QStringLiteral("PSNR %1 dB   SSIM %2   perceptual distance %3")
        .arg(metrics.psnr, 0, 'f', 2)
        .arg(metrics.ssim, 0, 'f', 4)
        .arg(metrics.perceptual, 0, 'f', 4);
}

/// "w8a8 and 2 rules"
QString summaryOf(const quant::Recipe& recipe) {
    const QString base = models::toText(recipe.base);
    if (recipe.rules.empty()) return base;
    return recipe.rules.size() == 1 ? ComparisonPane::tr("%1 and a rule").arg(base)
                                    : ComparisonPane::tr("%1 and %2 rules").arg(base).arg(recipe.rules.size());
}

} // namespace

ComparisonPane::ComparisonPane(session::Studio& studio, QWidget* parent)
    : QWidget(parent), m_studio(studio), m_prompt(new QLineEdit(this)), m_negative(new QLineEdit(this)),
      m_seed(new QSpinBox(this)), m_steps(new QSpinBox(this)), m_guidance(new QDoubleSpinBox(this)),
      m_sampler(new QComboBox(this)), m_weighted(new QCheckBox(tr("Read (word:1.2) in prompts"), this)),
      m_automatic(new QCheckBox(tr("After every edit"), this)), m_make(new QPushButton(tr("Make pictures"), this)),
      m_view(new widgets::ComparisonView(this)) {
    buildControls();
    arrange();
    connectControls();
    connectEngine();
    showSampling();
    reset();
}

void ComparisonPane::buildControls() {
    m_prompt->setObjectName(QStringLiteral("prompt"));
    m_prompt->setPlaceholderText(tr("What the picture shows"));
    m_negative->setObjectName(QStringLiteral("negative"));
    m_negative->setPlaceholderText(tr("What it must not show"));
    m_seed->setObjectName(QStringLiteral("seed"));
    m_seed->setRange(0, std::numeric_limits<int>::max());
    m_steps->setObjectName(QStringLiteral("steps"));
    m_steps->setRange(1, kMostSteps);
    m_guidance->setObjectName(QStringLiteral("guidance"));
    m_guidance->setRange(1, kMostGuidance);
    m_guidance->setSingleStep(0.5);
    m_guidance->setDecimals(1);
    m_sampler->setObjectName(QStringLiteral("sampler"));
    m_sampler->addItem(tr("The model's own"), QString());
    for (const ldm::SamplerKind& kind : ldm::samplerKinds())
        m_sampler->addItem(models::toText(kind.label), models::toText(kind.name));
    m_weighted->setObjectName(QStringLiteral("weighted"));
    m_weighted->setToolTip(tr("Take numbers in brackets as weights: (word:1.2), (word) for 1.1, [word] for 0.9"));
    m_automatic->setChecked(m_studio.isPreviewAutomatic());
    m_automatic->setToolTip(tr("Make a new pair of pictures after every edit of recipe, prompt or seed"));
    m_make->setObjectName(QStringLiteral("make"));
    for (QSpinBox* box : {m_seed, m_steps}) box->setKeyboardTracking(false);
    m_guidance->setKeyboardTracking(false);
}

void ComparisonPane::arrange() {
    auto* controls = new QWidget(this);
    controls->setFixedWidth(kControlsWidth);
    auto* form = new QFormLayout(controls);
    form->setContentsMargins(8, 8, 4, 8);
    form->addRow(tr("&Prompt"), m_prompt);
    form->addRow(tr("&Negative"), m_negative);
    form->addRow(QString(), m_weighted);
    form->addRow(tr("See&d"), m_seed);
    form->addRow(tr("S&teps"), m_steps);
    form->addRow(tr("&Guidance"), m_guidance);
    form->addRow(tr("Samp&ler"), m_sampler);
    form->addRow(QString(), m_automatic);
    form->addRow(QString(), m_make);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    row->addWidget(controls);
    row->addWidget(m_view, 1);
}

void ComparisonPane::connectControls() {
    connect(m_prompt, &QLineEdit::editingFinished, this, &ComparisonPane::takeSampling);
    connect(m_negative, &QLineEdit::editingFinished, this, &ComparisonPane::takeSampling);
    connect(m_seed, &QSpinBox::valueChanged, this, &ComparisonPane::takeSampling);
    connect(m_steps, &QSpinBox::valueChanged, this, &ComparisonPane::takeSampling);
    connect(m_guidance, &QDoubleSpinBox::valueChanged, this, &ComparisonPane::takeSampling);
    connect(m_sampler, &QComboBox::currentIndexChanged, this, &ComparisonPane::takeSampling);
    connect(m_weighted, &QCheckBox::toggled, this, &ComparisonPane::takeSampling);
    connect(m_automatic, &QCheckBox::toggled, this, [this](bool on) { m_studio.setPreviewAutomatic(on); });
    connect(m_make, &QPushButton::clicked, this, [this] {
        takeSampling();
        m_studio.requestPreview();
    });
}

void ComparisonPane::connectEngine() {
    const jobs::Engine* engine = &m_studio.engine();
    connect(engine, &jobs::Engine::fullPreviewed, this,
            [this](const ldm::Image& coarse) { m_view->setReference(models::toQImage(coarse)); });
    connect(engine, &jobs::Engine::quantizedPreviewed, this,
            [this](const ldm::Image& coarse) { m_view->setCandidate(models::toQImage(coarse)); });
    connect(engine, &jobs::Engine::fullPictureMade, this, &ComparisonPane::showFull);
    connect(engine, &jobs::Engine::quantizedPictureMade, this, &ComparisonPane::showQuantized);
    connect(engine, &jobs::Engine::ended, this, [this](jobs::JobKind kind) { settle(kind); });
    connect(engine, &jobs::Engine::failed, this, [this](jobs::JobKind kind) { settle(kind); });
    connect(&m_studio, &session::Studio::previewRequested, this, [this] {
        m_view->setBusy(true);
        m_view->setMessage(tr("Making the picture…"));
    });
    connect(&m_studio, &session::Studio::samplingChanged, this, &ComparisonPane::showSampling);
    connect(&m_studio.document(), &session::StudioDocument::modelChanged, this, &ComparisonPane::reset);
}

void ComparisonPane::showSampling() {
    const ldm::GenerateSettings sampling = m_studio.sampling(); // a copy: setting a box takes the others' values
    m_prompt->setText(QString::fromStdString(sampling.prompt));
    m_negative->setText(QString::fromStdString(sampling.negative.value_or(std::string())));
    const QSignalBlocker seed(m_seed);
    const QSignalBlocker steps(m_steps);
    const QSignalBlocker guidance(m_guidance);
    const QSignalBlocker sampler(m_sampler);
    const QSignalBlocker weighted(m_weighted);
    m_sampler->setCurrentIndex(std::max(0, m_sampler->findData(QString::fromStdString(sampling.scheduler))));
    m_weighted->setChecked(sampling.weightedPrompts);
    m_seed->setValue(int(sampling.seed));
    m_steps->setValue(sampling.steps);
    m_guidance->setValue(sampling.guidance);
}

void ComparisonPane::takeSampling() {
    ldm::GenerateSettings sampling = m_studio.sampling();
    sampling.prompt = m_prompt->text().toStdString();
    const QString negative = m_negative->text();
    sampling.negative = negative.isEmpty() ? std::nullopt : std::optional(negative.toStdString());
    sampling.scheduler = m_sampler->currentData().toString().toStdString();
    sampling.weightedPrompts = m_weighted->isChecked();
    sampling.seed = std::uint64_t(m_seed->value());
    sampling.steps = m_steps->value();
    sampling.guidance = m_guidance->value();
    m_studio.setSampling(sampling);
}

void ComparisonPane::reset() {
    m_metrics.clear();
    m_view->setReference({});
    m_view->setCandidate({});
    m_view->setMetrics({});
    m_view->setBusy(false);
    m_view->setMessage(tr("The first pictures follow when the maps are measured"));
}

void ComparisonPane::showFull(const ldm::Image& image, const ldm::GenerateSettings& sampling) {
    m_view->setReference(models::toQImage(image));
    m_view->setCaptions(tr("Full precision, seed %1").arg(sampling.seed),
                        tr("Quantized: %1").arg(summaryOf(m_studio.document().recipe())));
}

void ComparisonPane::showQuantized(const ldm::Image& image, const analysis::ImageMetrics& metrics) {
    m_metrics = metricsText(metrics);
    m_view->setCandidate(models::toQImage(image));
    m_view->setMetrics(m_metrics);
    m_view->setBusy(false);
}

void ComparisonPane::settle(jobs::JobKind kind) {
    if (kind != jobs::JobKind::Preview || m_studio.engine().isBusy(jobs::JobKind::Preview)) return;
    m_view->setBusy(false);
    m_view->setMessage(tr("No picture was made"));
}

} // namespace app::windows
