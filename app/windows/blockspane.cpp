#include <app/windows/blockspane.h>

#include <app/models/viewdata.h>

#include <QHBoxLayout>
#include <QJsonArray>
#include <QLabel>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>

namespace app::windows {

namespace {

const QString kFilter = QStringLiteral("filter");
const QString kFolded = QStringLiteral("folded");

template <class Format> QStringList namesOf(const std::vector<Format>& formats) {
    QStringList names;
    for (const Format format : formats) names << models::toText(nameOf(format));
    return names;
}

} // namespace

BlocksPane::BlocksPane(session::Studio& studio, QWidget* parent)
    : QWidget(parent), m_studio(studio), m_table(new widgets::BlockTable(this)), m_defaultWeights(new QComboBox(this)),
      m_defaultActivations(new QComboBox(this)), m_presets(new PresetMenu(studio, this)) {
    build();
    connectDocument();
}

void BlocksPane::build() {
    const QStringList weights = namesOf(quant::allWeightFormats());
    const QStringList activations = namesOf(quant::allActivationFormats());
    m_table->setChoices(weights, activations);
    m_defaultWeights->addItems(weights);
    m_defaultWeights->setObjectName(QStringLiteral("defaultWeights"));
    m_defaultWeights->setAccessibleName(tr("Default weight format"));
    m_defaultWeights->setToolTip(tr("Weight format of every layer that no rule names"));
    m_defaultActivations->addItems(activations);
    m_defaultActivations->setObjectName(QStringLiteral("defaultActivations"));
    m_defaultActivations->setAccessibleName(tr("Default activation format"));
    m_defaultActivations->setToolTip(tr("Activation format of every layer that no rule names"));
    auto* defaults = new QHBoxLayout;
    defaults->setContentsMargins(6, 6, 6, 0);
    for (QComboBox* box : {m_defaultWeights, m_defaultActivations}) {
        box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon); // the pane may be narrow
        box->setMinimumContentsLength(5);
    }
    defaults->addWidget(new QLabel(tr("Default weights"), this));
    defaults->addWidget(m_defaultWeights, 1);
    defaults->addSpacing(8);
    defaults->addWidget(new QLabel(tr("activations"), this));
    defaults->addWidget(m_defaultActivations, 1);
    auto* presets = new QPushButton(tr("Presets"), this);
    presets->setObjectName(QStringLiteral("presets"));
    presets->setAccessibleName(tr("Presets"));
    presets->setToolTip(m_presets->toolTip());
    presets->setMenu(m_presets);
    defaults->addWidget(presets);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    column->addLayout(defaults);
    column->addWidget(m_table, 1);
}

void BlocksPane::connectDocument() {
    const session::StudioDocument* document = &m_studio.document();
    connect(document, &session::StudioDocument::modelChanged, this, &BlocksPane::showAll);
    connect(document, &session::StudioDocument::recipeChanged, this, &BlocksPane::showRecipe);
    connect(document, &session::StudioDocument::locksChanged, this, &BlocksPane::showRecipe);
    connect(document, &session::StudioDocument::analysisChanged, this, &BlocksPane::showRecipe);
    connect(document, &session::StudioDocument::rowChanged, &m_changedRows, [this](const analysis::RowMeasured& row) {
        const int block = models::blockOf(m_studio.document(), row.row);
        if (block >= 0) m_changedRows.add(block);
    });
    connect(&m_changedRows, &RowCollector::collected, this, &BlocksPane::showRows);
    connect(m_table, &widgets::BlockTable::formatRequested, this, &BlocksPane::setFormat);
    connect(m_defaultWeights, &QComboBox::activated, this, &BlocksPane::setDefault);
    connect(m_defaultActivations, &QComboBox::activated, this, &BlocksPane::setDefault);
}

void BlocksPane::setMetric(analysis::Metric metric) {
    if (metric == m_metric || isShare(metric)) return; // information has a column of its own
    m_metric = metric;
    m_presets->setMetric(metric);
    showRecipe();
}

void BlocksPane::showAll() {
    m_table->model()->setRows(models::blockRows(m_studio.document(), m_metric));
    showRecipe();
}

void BlocksPane::showRows(const QList<int>& rows) {
    m_table->model()->updateRows(models::blockRows(m_studio.document(), m_metric, rows));
}

void BlocksPane::showRecipe() {
    m_changedRows.clear();
    if (!m_studio.document().hasModel()) return;
    const QList<widgets::BlockRow> shown = m_table->model()->rows();
    QList<widgets::BlockRow> changed;
    const QList<widgets::BlockRow> wanted = models::blockRows(m_studio.document(), m_metric);
    for (int row = 0; row < wanted.size(); ++row)
        if (!models::looksEqual(shown.value(row), wanted[row])) changed << wanted[row];
    m_table->model()->updateRows(changed);
    const quant::Format base = m_studio.document().recipe().base;
    m_defaultWeights->setCurrentText(models::toText(nameOf(base.weights)));
    m_defaultActivations->setCurrentText(models::toText(nameOf(base.activations)));
}

void BlocksPane::setDefault() {
    const auto weights = quant::weightFormat(m_defaultWeights->currentText().toStdString());
    const auto activations = quant::activationFormat(m_defaultActivations->currentText().toStdString());
    if (weights && activations) m_studio.report(m_studio.document().setDefaultFormat({*weights, *activations}));
}

void BlocksPane::setFormat(const QStringList& blocks, const QString& weights, const QString& activations) {
    commands::BlockFormatChange change;
    for (const QString& block : blocks) change.blocks.push_back(block.toStdString());
    change.weights = quant::weightFormat(weights.toStdString());
    change.activations = quant::activationFormat(activations.toStdString());
    m_studio.report(m_studio.document().setBlockFormat(change));
}

QJsonObject BlocksPane::viewState() const {
    return {{kFilter, m_table->filter()}, {kFolded, QJsonArray::fromStringList(m_table->foldedGroups())}};
}

void BlocksPane::setViewState(const QJsonObject& state) {
    m_table->setFilter(state[kFilter].toString());
    QStringList folded;
    const QJsonArray ids = state[kFolded].toArray();
    for (const QJsonValue& id : ids) folded << id.toString();
    m_table->setFoldedGroups(folded);
}

} // namespace app::windows
