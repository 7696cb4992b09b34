#include <app/windows/samplingpanel.h>

#include <app/models/viewdata.h>

#include <ldm/samplerkinds.h>

#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QRandomGenerator>
#include <QScrollArea>
#include <QScrollBar>
#include <QVBoxLayout>

#include <algorithm>
#include <initializer_list>
#include <limits>

namespace app::windows {

namespace {

constexpr int kMostSteps = 1000;
constexpr double kMostGuidance = 1000;
constexpr int kShownSamplerLetters = 14;

/// The cursor stays where somebody is typing.
void showText(QLineEdit& line, const std::string& text) {
    const QString shown = QString::fromStdString(text);
    if (line.text() != shown) line.setText(shown);
}

/// A number that is being typed is not written anew.
template <class Box, class Number> void showNumber(Box& box, Number number) {
    if (box.value() != number) box.setValue(number);
}

/// Fields that scroll where the panel is low; what is done with them stays in sight.
QScrollArea* scrolling(QWidget* fields, QWidget* parent) {
    auto* area = new QScrollArea(parent);
    area->setWidget(fields);
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    area->setFocusPolicy(Qt::NoFocus);
    area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    area->setMinimumWidth(fields->sizeHint().width() + area->verticalScrollBar()->sizeHint().width());
    return area;
}

} // namespace

SamplingPanel::SamplingPanel(session::Studio& studio, QWidget* parent)
    : QWidget(parent), m_studio(studio), m_prompt(new QLineEdit(this)), m_negative(new QLineEdit(this)),
      m_seed(new SeedBox(this)), m_random(new QToolButton(this)), m_steps(new QSpinBox(this)),
      m_guidance(new QDoubleSpinBox(this)), m_sampler(new QComboBox(this)),
      m_weighted(new QCheckBox(tr("Read (word:1.2) in prompts"), this)),
      m_automatic(new QCheckBox(tr("After every edit"), this)), m_make(new QPushButton(tr("Make Pictures"), this)),
      m_compareNow(new QPushButton(tr("Compare Now"), this)),
      m_afterPicture(new QPushButton(tr("Stop after This One"), this)) {
    setAccessibleName(tr("How pictures are made"));
    buildFields();
    buildButtons();
    arrange();
    connectFields();
    showSampling();
    showJobs();
}

void SamplingPanel::buildFields() {
    m_prompt->setObjectName(QStringLiteral("prompt"));
    m_prompt->setAccessibleName(tr("Prompt"));
    m_prompt->setPlaceholderText(tr("What the picture shows"));
    m_prompt->setToolTip(tr("What the picture shows"));
    m_negative->setObjectName(QStringLiteral("negative"));
    m_negative->setAccessibleName(tr("Negative prompt"));
    m_negative->setPlaceholderText(tr("What it must not show"));
    m_negative->setToolTip(tr("What the picture must not show"));
    m_seed->setObjectName(QStringLiteral("seed"));
    m_seed->setAccessibleName(tr("Seed"));
    m_seed->setToolTip(tr("The noise that the picture begins with"));
    m_steps->setObjectName(QStringLiteral("steps"));
    m_steps->setAccessibleName(tr("Steps"));
    m_steps->setRange(1, kMostSteps);
    m_steps->setToolTip(tr("Steps of the sampler"));
    m_guidance->setObjectName(QStringLiteral("guidance"));
    m_guidance->setAccessibleName(tr("Guidance"));
    m_guidance->setRange(-kMostGuidance, kMostGuidance); // all that a session may hold is shown as it is
    m_guidance->setSingleStep(0.5);
    m_guidance->setDecimals(2);
    m_guidance->setToolTip(tr("How strongly the prompt counts; 1 is without guidance"));
    m_sampler->setObjectName(QStringLiteral("sampler"));
    m_sampler->setAccessibleName(tr("Sampler"));
    m_sampler->setToolTip(tr("How the noise is taken away"));
    m_sampler->addItem(tr("The model's own"), QString());
    for (const ldm::SamplerKind& kind : ldm::samplerKinds())
        m_sampler->addItem(models::toText(kind.label), models::toText(kind.name));
    m_weighted->setObjectName(QStringLiteral("weighted"));
    m_weighted->setToolTip(tr("Take numbers in brackets as weights: (word:1.2), (word) for 1.1, [word] for 0.9"));
}

void SamplingPanel::buildButtons() {
    m_random->setObjectName(QStringLiteral("randomSeed"));
    m_random->setText(tr("Random"));
    m_random->setFocusPolicy(Qt::StrongFocus);
    m_random->setAccessibleName(tr("Random seed"));
    m_random->setToolTip(tr("Take a seed by chance"));
    m_automatic->setChecked(m_studio.isPreviewAutomatic());
    m_automatic->setToolTip(tr("Make a new pair of pictures after every edit of recipe, prompt or seed"));
    m_make->setObjectName(QStringLiteral("make"));
    m_make->setToolTip(tr("Make both pictures"));
    m_compareNow->setObjectName(QStringLiteral("compareNow"));
    m_compareNow->setToolTip(tr("Stop at once, and compare both pictures at the last step that both have"));
    m_afterPicture->setObjectName(QStringLiteral("afterPicture"));
    m_afterPicture->setToolTip(tr("Finish the picture that is being made, and no more"));
}

void SamplingPanel::arrange() {
    m_sampler->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon); // its names are long
    m_sampler->setMinimumContentsLength(kShownSamplerLetters);
    auto* seed = new QHBoxLayout;
    seed->addWidget(m_seed, 1);
    seed->addWidget(m_random);
    auto* fields = new QWidget(this);
    auto* form = new QFormLayout(fields);
    form->setContentsMargins(8, 8, 4, 4);
    form->addRow(tr("&Prompt"), m_prompt);
    form->addRow(tr("&Negative"), m_negative);
    form->addRow(m_weighted);
    form->addRow(tr("See&d"), seed);
    form->addRow(tr("S&teps"), m_steps);
    form->addRow(tr("&Guidance"), m_guidance);
    form->addRow(tr("Samp&ler"), m_sampler);
    static_cast<QLabel*>(form->labelForField(seed))->setBuddy(m_seed);
    auto* buttons = new QGridLayout;
    buttons->setContentsMargins(8, 4, 8, 8);
    buttons->setSpacing(4);
    buttons->addWidget(m_automatic, 0, 0, 1, 2);
    buttons->addWidget(m_make, 1, 0);
    buttons->addWidget(m_compareNow, 1, 1);
    buttons->addWidget(m_afterPicture, 2, 0, 1, 2);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(scrolling(fields, this), 1);
    column->addLayout(buttons);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Preferred);
}

void SamplingPanel::connectFields() {
    using Sampling = ldm::GenerateSettings;
    for (QLineEdit* line : {m_prompt, m_negative}) {
        connect(line, &QLineEdit::textEdited, this, [this] { takePrompts(true); });
        connect(line, &QLineEdit::editingFinished, this, [this] { takePrompts(false); });
    }
    connect(m_seed, &SeedBox::valueChanged, this,
            [this](quint64 seed) { changeNumber(*m_seed, [seed](Sampling& sampling) { sampling.seed = seed; }); });
    connect(m_steps, &QSpinBox::valueChanged, this,
            [this](int steps) { changeNumber(*m_steps, [steps](Sampling& sampling) { sampling.steps = steps; }); });
    connect(m_guidance, &QDoubleSpinBox::valueChanged, this, [this](double guidance) {
        changeNumber(*m_guidance, [guidance](Sampling& sampling) { sampling.guidance = guidance; });
    });
    for (QAbstractSpinBox* box : std::initializer_list<QAbstractSpinBox*>{m_seed, m_steps, m_guidance})
        connect(box, &QAbstractSpinBox::editingFinished, this, [this] { m_studio.setSampling(m_studio.sampling()); });
    connect(m_sampler, &QComboBox::currentIndexChanged, this, [this] {
        const std::string name = m_sampler->currentData().toString().toStdString();
        changeSampling([&name](Sampling& sampling) { sampling.scheduler = name; });
    });
    connect(m_weighted, &QCheckBox::toggled, this,
            [this](bool on) { changeSampling([on](Sampling& sampling) { sampling.weightedPrompts = on; }); });
    connect(m_random, &QToolButton::clicked, this, &SamplingPanel::drawSeed);
    connect(m_automatic, &QCheckBox::toggled, this, [this](bool on) { m_studio.setPreviewAutomatic(on); });
    connect(m_make, &QPushButton::clicked, this, [this] {
        takePrompts(false);
        m_studio.requestPreview();
    });
    connect(m_compareNow, &QPushButton::clicked, this, &SamplingPanel::compareNowRequested);
    connect(m_afterPicture, &QPushButton::clicked, &m_studio.engine(), &jobs::Engine::stopAfterPicture);
    connect(&m_studio, &session::Studio::samplingChanged, this, &SamplingPanel::showSampling);
    connect(&m_studio, &session::Studio::previewRequested, this, &SamplingPanel::showJobs);
    connect(&m_studio.engine(), &jobs::Engine::ended, this, &SamplingPanel::showJobs);
    connect(&m_studio.engine(), &jobs::Engine::failed, this, &SamplingPanel::showJobs);
}

void SamplingPanel::drawSeed() {
    m_seed->setValue(quint64(QRandomGenerator::global()->bounded(std::numeric_limits<int>::max())));
}

void SamplingPanel::showJobs() {
    const bool isMaking = m_studio.engine().isBusy(jobs::JobKind::Preview);
    m_compareNow->setEnabled(isMaking);
    m_afterPicture->setEnabled(isMaking);
}

void SamplingPanel::showSampling() {
    const ldm::GenerateSettings& sampling = m_studio.sampling();
    showText(*m_prompt, sampling.prompt);
    showText(*m_negative, sampling.negative.value_or(std::string()));
    const QSignalBlocker seed(m_seed);
    const QSignalBlocker steps(m_steps);
    const QSignalBlocker guidance(m_guidance);
    const QSignalBlocker sampler(m_sampler);
    const QSignalBlocker weighted(m_weighted);
    m_sampler->setCurrentIndex(std::max(0, m_sampler->findData(QString::fromStdString(sampling.scheduler))));
    m_weighted->setChecked(sampling.weightedPrompts);
    showNumber(*m_seed, sampling.seed);
    showNumber(*m_steps, sampling.steps);
    showNumber(*m_guidance, sampling.guidance);
}

/// Every letter counts at once, so that none is lost; pictures wait for the end.
void SamplingPanel::takePrompts(bool isTyping) {
    ldm::GenerateSettings sampling = m_studio.sampling();
    sampling.prompt = m_prompt->text().toStdString();
    const QString negative = m_negative->text();
    sampling.negative = negative.isEmpty() ? std::nullopt : std::optional(negative.toStdString());
    isTyping ? m_studio.typeSampling(sampling) : m_studio.setSampling(sampling);
}

/// One field changes one value: a box may not be able to show what the others hold.
template <class Change> void SamplingPanel::changeSampling(Change change) {
    ldm::GenerateSettings sampling = m_studio.sampling();
    change(sampling);
    m_studio.setSampling(sampling);
}

/// As with prompts: every digit counts at once, and pictures wait for the end.
template <class Change> void SamplingPanel::changeNumber(const QAbstractSpinBox& box, Change change) {
    ldm::GenerateSettings sampling = m_studio.sampling();
    change(sampling);
    const bool isTyping = box.findChild<QLineEdit*>()->isModified();
    isTyping ? m_studio.typeSampling(sampling) : m_studio.setSampling(sampling);
}

} // namespace app::windows
