#include <app/windows/treatmentseditor.h>

#include <app/jobs/result.h>

#include <quant/calibration.h>
#include <quant/layermatcher.h>

#include <QScopedValueRollback>
#include <QVBoxLayout>

#include <set>

namespace app::windows {

namespace {

constexpr int kLargestRank = 1024;
const QString kEverything = QStringLiteral("**");

QStringList listOf(const QString& text) {
    QStringList patterns;
    for (const QString& part : text.split(QLatin1Char(','), Qt::SkipEmptyParts))
        if (!part.trimmed().isEmpty()) patterns << part.trimmed();
    return patterns;
}

std::vector<std::string> patternsOf(const QLineEdit* line) {
    std::vector<std::string> patterns;
    const QStringList texts = listOf(line->text());
    for (const QString& pattern : texts) patterns.push_back(pattern.toStdString());
    return patterns;
}

QStringList textsOf(const std::vector<std::string>& patterns) {
    QStringList texts;
    for (const std::string& pattern : patterns) texts << QString::fromStdString(pattern);
    return texts;
}

std::size_t layersMatched(const QStringList& patterns, const ldm::ModelInfo& model) {
    const quant::LayerMatcher matcher(model);
    std::set<std::size_t> layers;
    for (const QString& pattern : patterns)
        for (const std::size_t layer : matcher.matched(pattern.section(QLatin1Char('='), 0, 0).trimmed().toStdString()))
            layers.insert(layer);
    return layers.size();
}

/// "pattern" or "pattern = 0.5"; throws BadInput.
quant::SmoothedModule moduleOf(const QString& text) {
    const qsizetype sign = text.indexOf(QLatin1Char('='));
    if (sign < 0) return {text.toStdString(), std::nullopt};
    bool isNumber = false;
    const double alpha = text.mid(sign + 1).trimmed().toDouble(&isNumber);
    if (!isNumber || !(alpha >= 0 && alpha <= 1))
        throw ldm::badInput(
            app::windows::TreatmentsEditor::tr("“%1” has no alpha between 0 and 1 behind its sign; correct it.")
                .arg(text)
                .toStdString());
    return {text.left(sign).trimmed().toStdString(), alpha};
}

QStringList textsOf(const std::vector<quant::SmoothedModule>& modules) {
    QStringList texts;
    for (const quant::SmoothedModule& module : modules)
        texts << QString::fromStdString(module.match) +
                     (module.alpha ? QStringLiteral(" = %1").arg(*module.alpha) : QString());
    return texts;
}

} // namespace

TreatmentsEditor::TreatmentsEditor(QWidget* parent)
    : QWidget(parent), m_alphaSearched(new QCheckBox(tr("search for the best"), this)),
      m_alpha(new QDoubleSpinBox(this)), m_rank(new QSpinBox(this)),
      m_splitSkips(new QCheckBox(tr("Ranges of their own for both halves of skip connections"), this)),
      m_timeTable(new QCheckBox(tr("Time embedding as an exact table, a row for each step"), this)),
      m_prompts(new QLineEdit(this)), m_steps(new QComboBox(this)), m_range(new QComboBox(this)),
      m_percentile(new QDoubleSpinBox(this)), m_intervals(new QSpinBox(this)), m_file(new QLineEdit(this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(6, 6, 6, 6);
    buildSmoothing();
    m_feedback = makeChosen("feedback", tr("Error feedback"),
                            tr("Round 4-bit weights one after the other, each making up for the errors before (GPTQ)"));
    buildLowRank();
    name(m_splitSkips, "splitSkips", m_splitSkips->text(),
         tr("What comes from the way down and what comes from below differ much in size; each gets its own range"));
    name(m_timeTable, "timeTable", m_timeTable->text(),
         tr("Layers that see the step alone are computed in full precision and kept as a table"));
    connect(m_splitSkips, &QCheckBox::toggled, this, [this] { propose(tr("split skips")); });
    connect(m_timeTable, &QCheckBox::toggled, this, [this] { propose(tr("table of the time embedding")); });
    column->addWidget(m_splitSkips);
    column->addWidget(m_timeTable);
    column->addWidget(buildCalibration());
    column->addStretch(1);
}

void TreatmentsEditor::name(QWidget* control, const char* objectName, const QString& title, const QString& tip) {
    control->setObjectName(QLatin1String(objectName));
    control->setAccessibleName(title);
    control->setToolTip(tip);
}

TreatmentsEditor::Chosen TreatmentsEditor::makeChosen(const char* objectName, const QString& title,
                                                      const QString& tip) {
    Chosen chosen{new QGroupBox(title, this), nullptr, new QLineEdit(this), new QLabel(this)};
    const QByteArray key(objectName);
    chosen.box->setCheckable(true);
    name(chosen.box, key.constData(), title, tip);
    name(chosen.patterns, (key + "Layers").constData(), tr("%1: layers").arg(title),
         tr("Patterns of layers or blocks, with commas between them; * stands for any part of a name, ** for any "
            "names"));
    chosen.reach->setObjectName(QLatin1String(key + "Reach"));
    chosen.form = new QFormLayout(chosen.box);
    chosen.form->addRow(tr("Layers"), chosen.patterns);
    chosen.form->addRow(QString(), chosen.reach);
    connect(chosen.box, &QGroupBox::toggled, this, [this, chosen, title](bool isOn) {
        if (isOn && !m_isShowing && listOf(chosen.patterns->text()).isEmpty()) chosen.patterns->setText(kEverything);
        propose(title.toLower());
    });
    connect(chosen.patterns, &QLineEdit::editingFinished, this, [this, title] { propose(title.toLower()); });
    static_cast<QVBoxLayout*>(layout())->addWidget(chosen.box);
    return chosen;
}

void TreatmentsEditor::buildSmoothing() {
    m_smoothing = makeChosen("smoothing", tr("Smoothing"),
                             tr("Move the range of inputs into the weights, channel by channel (SmoothQuant)"));
    m_smoothing.patterns->setToolTip(m_smoothing.patterns->toolTip() +
                                     tr("; “pattern = 0.4” gives these layers an alpha of their own"));
    m_alpha->setRange(0, 1);
    m_alpha->setSingleStep(0.05);
    m_alpha->setDecimals(3);
    m_alpha->setKeyboardTracking(false);
    name(m_alpha, "smoothingAlpha", tr("Alpha of smoothing"), tr("How much of the range moves: 0 none, 1 all of it"));
    name(m_alphaSearched, "smoothingSearched", tr("Search for alpha"),
         tr("Each layer gets the alpha of least error at its own output"));
    m_smoothing.form->addRow(tr("Alpha"), m_alphaSearched);
    m_smoothing.form->addRow(QString(), m_alpha);
    connect(m_alphaSearched, &QCheckBox::toggled, this, [this] { propose(tr("smoothing")); });
    connect(m_alpha, &QDoubleSpinBox::valueChanged, this, [this] { propose(tr("smoothing")); });
}

void TreatmentsEditor::buildLowRank() {
    m_lowRank =
        makeChosen("lowRank", tr("Low rank"),
                   tr("Keep the largest directions of the weights in fp16 beside the quantized rest (SVDQuant)"));
    m_rank->setRange(1, kLargestRank);
    m_rank->setKeyboardTracking(false);
    name(m_rank, "lowRankRank", tr("Rank"), tr("How many directions are kept"));
    m_lowRank.form->addRow(tr("Rank"), m_rank);
    connect(m_rank, &QSpinBox::valueChanged, this, [this] { propose(tr("low rank")); });
}

QGroupBox* TreatmentsEditor::buildCalibration() {
    auto* box = new QGroupBox(tr("Calibration of activations"), this);
    auto* form = new QFormLayout(box);
    m_steps->addItem(tr("all steps"), QStringLiteral("all"));
    m_steps->addItem(tr("first step"), QStringLiteral("first"));
    m_range->addItem(tr("smallest and largest value"), QStringLiteral("minmax"));
    m_range->addItem(tr("percentile"), QStringLiteral("percentile"));
    m_range->addItem(tr("least squared error"), QStringLiteral("mse"));
    m_percentile->setDecimals(3);
    m_percentile->setRange(50.001, 100);
    m_percentile->setSuffix(QStringLiteral(" %"));
    m_percentile->setKeyboardTracking(false);
    m_intervals->setRange(1, quant::kMostIntervals);
    m_intervals->setKeyboardTracking(false);
    name(m_prompts, "calibrationPrompts", tr("Prompts of the calibration"), tr("A file with one prompt a line"));
    name(m_steps, "calibrationSteps", tr("Steps of the calibration"), tr("Sampling steps that ranges are taken from"));
    name(m_range, "calibrationRange", tr("Range"), tr("How a range is made of the values that were seen"));
    name(m_percentile, "calibrationPercentile", tr("Percentile"),
         tr("Share of the values that stays inside the range"));
    name(m_intervals, "calibrationIntervals", tr("Intervals of time"),
         tr("Ranges of their own for so many equal parts of the timesteps"));
    name(m_file, "calibrationFile", tr("Saved ranges"),
         tr("A file of ranges that is used in place of a run; may be empty"));
    form->addRow(tr("Prompts"), m_prompts);
    form->addRow(tr("Steps"), m_steps);
    form->addRow(tr("Range"), m_range);
    form->addRow(tr("Percentile"), m_percentile);
    form->addRow(tr("Intervals"), m_intervals);
    form->addRow(tr("Saved ranges"), m_file);
    const auto wanted = [this] { propose(tr("calibration")); };
    for (QLineEdit* line : {m_prompts, m_file}) connect(line, &QLineEdit::editingFinished, this, wanted);
    for (QComboBox* choice : {m_steps, m_range}) connect(choice, &QComboBox::activated, this, wanted);
    connect(m_percentile, &QDoubleSpinBox::valueChanged, this, wanted);
    connect(m_intervals, &QSpinBox::valueChanged, this, wanted);
    return box;
}

void TreatmentsEditor::showRecipe(const quant::Recipe& recipe, const ldm::ModelInfo& model) {
    const QScopedValueRollback quiet(m_isShowing, true);
    m_recipe = recipe;
    const auto& smoothing = recipe.smoothing;
    showChosen(m_smoothing, smoothing.has_value(), smoothing ? textsOf(smoothing->modules) : QStringList(), model);
    const bool hasAlpha = smoothing && smoothing->alpha;
    m_alphaSearched->setChecked(!hasAlpha);
    m_alpha->setEnabled(hasAlpha);
    if (hasAlpha) m_alpha->setValue(*smoothing->alpha);
    const auto& feedback = recipe.errorFeedback;
    showChosen(m_feedback, feedback.has_value(), feedback ? textsOf(feedback->modules) : QStringList(), model);
    const auto& lowRank = recipe.lowRank;
    showChosen(m_lowRank, lowRank.has_value(), lowRank ? textsOf(lowRank->modules) : QStringList(), model);
    m_rank->setValue(lowRank ? lowRank->rank : quant::LowRank{}.rank);
    m_splitSkips->setChecked(recipe.splitSkips);
    m_timeTable->setChecked(recipe.precomputedTimeEmbedding);
    showCalibration(recipe.calibration);
}

void TreatmentsEditor::showChosen(const Chosen& chosen, bool isOn, const QStringList& patterns,
                                  const ldm::ModelInfo& model) {
    chosen.box->setChecked(isOn);
    const QString text = patterns.join(QStringLiteral(", "));
    if (chosen.patterns->text() != text) chosen.patterns->setText(text);
    chosen.reach->setText(
        isOn ? tr("matches %1 of %2 layers").arg(layersMatched(patterns, model)).arg(model.layers.size()) : tr("off"));
}

void TreatmentsEditor::showCalibration(const quant::CalibrationSettings& calibration) {
    m_prompts->setText(QString::fromStdString(calibration.prompts));
    m_steps->setCurrentIndex(m_steps->findData(QString::fromStdString(calibration.steps)));
    m_range->setCurrentIndex(m_range->findData(QString::fromStdString(calibration.range)));
    m_percentile->setValue(calibration.percentile);
    m_percentile->setEnabled(calibration.range == "percentile");
    m_intervals->setValue(calibration.intervals);
    m_file->setText(QString::fromStdString(calibration.file));
}

void TreatmentsEditor::propose(const QString& what) {
    if (m_isShowing) return;
    const auto recipe = jobs::guarded([this] { return edited(); });
    if (!recipe)
        Q_EMIT refused(recipe.failure().sentence);
    else if (recipe.value() != m_recipe)
        Q_EMIT proposed(tr("change %1").arg(what), recipe.value());
}

quant::Recipe TreatmentsEditor::edited() const {
    quant::Recipe recipe = m_recipe;
    recipe.smoothing.reset();
    if (m_smoothing.box->isChecked()) recipe.smoothing = editedSmoothing();
    recipe.errorFeedback.reset();
    if (m_feedback.box->isChecked()) recipe.errorFeedback = quant::ErrorFeedback{patternsOf(m_feedback.patterns)};
    recipe.lowRank.reset();
    if (m_lowRank.box->isChecked()) recipe.lowRank = quant::LowRank{m_rank->value(), patternsOf(m_lowRank.patterns)};
    recipe.splitSkips = m_splitSkips->isChecked();
    recipe.precomputedTimeEmbedding = m_timeTable->isChecked();
    recipe.calibration = editedCalibration();
    return recipe;
}

/// An alpha that was searched for starts in the middle when it is to be given.
quant::Smoothing TreatmentsEditor::editedSmoothing() const {
    constexpr double kMiddle = 0.5;
    quant::Smoothing smoothing;
    const bool hadAlpha = m_recipe.smoothing && m_recipe.smoothing->alpha;
    if (!m_alphaSearched->isChecked()) smoothing.alpha = hadAlpha ? m_alpha->value() : kMiddle;
    const QStringList texts = listOf(m_smoothing.patterns->text());
    for (const QString& text : texts) smoothing.modules.push_back(moduleOf(text));
    return smoothing;
}

quant::CalibrationSettings TreatmentsEditor::editedCalibration() const {
    quant::CalibrationSettings calibration;
    calibration.prompts = m_prompts->text().trimmed().toStdString();
    calibration.steps = m_steps->currentData().toString().toStdString();
    calibration.range = m_range->currentData().toString().toStdString();
    if (calibration.range == "percentile") calibration.percentile = m_percentile->value();
    calibration.intervals = m_intervals->value();
    calibration.file = m_file->text().trimmed().toStdString();
    return calibration;
}

} // namespace app::windows
