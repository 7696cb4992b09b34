#include <app/windows/heatmappane.h>

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include <set>

namespace app::windows {

namespace {

using analysis::Metric;

struct MetricText {
    Metric metric;
    const char* text;
};
constexpr MetricText kMetrics[] = {
    {Metric::Weights, QT_TRANSLATE_NOOP("HeatmapPane", "Weights: of the weights alone, without data")},
    {Metric::Local, QT_TRANSLATE_NOOP("HeatmapPane", "Local: at the row's own output")},
    {Metric::Output, QT_TRANSLATE_NOOP("HeatmapPane", "Output: at the predicted noise")},
    {Metric::Others, QT_TRANSLATE_NOOP("HeatmapPane", "Others: all but the row, at the predicted noise")},
    {Metric::Accumulated, QT_TRANSLATE_NOOP("HeatmapPane", "Accumulated: along the whole trajectory")},
    {Metric::Final, QT_TRANSLATE_NOOP("HeatmapPane", "Final: at the latent after the last step")},
};

/// Formats of the recipe mean nothing for a map whose every row depends on all other blocks.
bool dependsOnAllBlocks(Metric metric) {
    return metric == Metric::Accumulated || metric == Metric::Others;
}

} // namespace

HeatmapPane::HeatmapPane(session::Studio& studio, QWidget* parent)
    : QWidget(parent), m_studio(studio), m_metric(new QComboBox(this)), m_format(new QComboBox(this)),
      m_level(new QComboBox(this)), m_heatmap(new widgets::HeatmapWidget(this)) {
    build();
    connectAll();
}

void HeatmapPane::build() {
    for (const MetricText& entry : kMetrics) m_metric->addItem(tr(entry.text), int(entry.metric));
    m_metric->setCurrentIndex(m_metric->findData(int(m_choice.metric)));
    m_metric->setObjectName(QStringLiteral("metric"));
    m_metric->setAccessibleName(tr("Metric"));
    m_metric->setToolTip(tr("Where the error is measured; a map that is missing is measured at once"));
    m_format->setObjectName(QStringLiteral("format"));
    m_format->setAccessibleName(tr("Format"));
    m_format->setToolTip(tr("What is quantized: one format for all blocks, or each block as in the recipe"));
    m_format->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_level->addItem(tr("Blocks"), int(analysis::Level::Block));
    m_level->addItem(tr("Layers"), int(analysis::Level::Layer));
    m_level->setObjectName(QStringLiteral("level"));
    m_level->setAccessibleName(tr("Rows"));
    m_level->setToolTip(tr("What a row stands for: a block of the network or one of its layers"));
    m_heatmap->setContextMenuPolicy(Qt::CustomContextMenu);
    auto* choices = new QHBoxLayout;
    choices->setContentsMargins(6, 6, 6, 0);
    choices->addWidget(new QLabel(tr("Metric"), this));
    choices->addWidget(m_metric);
    choices->addSpacing(8);
    choices->addWidget(new QLabel(tr("Format"), this));
    choices->addWidget(m_format);
    choices->addSpacing(8);
    choices->addWidget(new QLabel(tr("Rows"), this));
    choices->addWidget(m_level);
    choices->addStretch(1);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    column->addLayout(choices);
    column->addWidget(m_heatmap, 1);
}

void HeatmapPane::connectAll() {
    const session::StudioDocument* document = &m_studio.document();
    connect(document, &session::StudioDocument::modelChanged, this, &HeatmapPane::showAll);
    connect(document, &session::StudioDocument::analysisChanged, this, &HeatmapPane::showAll);
    connect(document, &session::StudioDocument::recipeChanged, this, &HeatmapPane::showAll);
    connect(document, &session::StudioDocument::recipeChanged, this, &HeatmapPane::requestShownMaps);
    connect(document, &session::StudioDocument::rowChanged, this, &HeatmapPane::noteRow);
    connect(&m_changedRows, &RowCollector::collected, this, &HeatmapPane::showRows);
    connect(m_metric, &QComboBox::activated, this, &HeatmapPane::choose);
    connect(m_format, &QComboBox::activated, this, &HeatmapPane::choose);
    connect(m_level, &QComboBox::activated, this,
            [this] { m_studio.setLevel(analysis::Level(m_level->currentData().toInt())); });
    connect(m_heatmap, &widgets::HeatmapWidget::rowSelected, this, [this](int row) {
        if (row >= 0) Q_EMIT blockPicked(blockAt(row));
    });
    connect(m_heatmap, &widgets::HeatmapWidget::cellHovered, this, [this](int row) {
        if (row >= 0) m_hoveredRow = row;
    });
    connect(m_heatmap, &QWidget::customContextMenuRequested, this, [this](const QPoint& position) {
        const QString block = blockAt(m_hoveredRow);
        if (!block.isEmpty()) Q_EMIT menuRequested(block, m_heatmap->mapToGlobal(position));
    });
}

QString HeatmapPane::blockAt(int row) const {
    return models::blocksOfRows(m_studio.document()).value(row);
}

void HeatmapPane::selectBlock(const QString& id) {
    selectBlocks({id});
}

void HeatmapPane::selectBlocks(const QStringList& ids) {
    const QStringList rows = models::blocksOfRows(m_studio.document());
    QList<int> selected;
    for (int row = 0; row < rows.size(); ++row)
        if (ids.contains(rows[row])) selected << row;
    m_heatmap->setSelectedRows(selected);
}

void HeatmapPane::offerFormats() {
    std::set<quant::Format> formats(m_studio.standardFormats().begin(), m_studio.standardFormats().end());
    for (const quant::Format& format : m_studio.document().formatsInUse()) formats.insert(format);
    for (const analysis::SqnrMap& map : m_studio.document().analysis().maps) formats.insert(map.format);
    if (m_choice.format) formats.insert(*m_choice.format);
    m_format->clear();
    if (!dependsOnAllBlocks(m_choice.metric)) m_format->addItem(tr("as in the recipe"), QString());
    for (const quant::Format& format : formats) m_format->addItem(models::toText(format), models::toText(format));
    const QString chosen = m_choice.format ? models::toText(*m_choice.format) : QString();
    m_format->setCurrentIndex(std::max(0, m_format->findData(chosen)));
}

void HeatmapPane::choose() {
    const auto metric = Metric(m_metric->currentData().toInt());
    const QString format = m_format->currentData().toString();
    m_choice.format.reset();
    if (!format.isEmpty()) m_choice.format = quant::parseFormat(format.toStdString());
    if (dependsOnAllBlocks(metric) && !m_choice.format) m_choice.format = m_studio.standardFormats().front();
    m_choice.metric = metric;
    Q_EMIT metricChosen(metric);
    requestShownMaps();
    m_studio.resume(); // who asks for a map wants it even after a stop
    showAll();
}

void HeatmapPane::requestShownMaps() {
    std::set<session::MapKey> keys;
    if (m_choice.format)
        keys.insert({m_choice.metric, *m_choice.format});
    else
        for (const quant::Format& format : m_studio.document().formatsInUse()) keys.insert({m_choice.metric, format});
    m_studio.requestMaps(keys);
}

void HeatmapPane::showAll() {
    m_changedRows.clear();
    offerFormats();
    m_level->setCurrentIndex(m_level->findData(int(m_studio.level())));
    m_heatmap->setData(models::heatmapData(m_studio.document(), m_choice));
}

void HeatmapPane::noteRow(const analysis::RowMeasured& row) {
    if (row.metric != m_choice.metric) return;
    const bool isFloor = row.format == quant::Format{};
    if (isFloor || models::shownFormat(m_studio.document(), m_choice, row.row) == row.format)
        m_changedRows.add(row.row);
}

void HeatmapPane::showRows(const QList<int>& rows) {
    for (const int row : rows) m_heatmap->setRow(row, models::heatmapRow(m_studio.document(), m_choice, row));
    m_heatmap->setFloor(models::floorValues(m_studio.document(), m_choice.metric));
}

} // namespace app::windows
