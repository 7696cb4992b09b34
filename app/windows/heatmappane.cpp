#include <app/windows/heatmappane.h>

#include <app/commands/rangeedit.h>
#include <app/models/maptexts.h>

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include <set>

namespace app::windows {

namespace {

using analysis::Metric;
using widgets::HeatmapSort;

struct MetricText {
    Metric metric;
    const char* text;
};
constexpr MetricText kMetrics[] = {
    {Metric::Weights, QT_TRANSLATE_NOOP("app::windows::HeatmapPane", "Weights: of the weights alone, without data")},
    {Metric::Local, QT_TRANSLATE_NOOP("app::windows::HeatmapPane", "Local: at the row's own output")},
    {Metric::Output, QT_TRANSLATE_NOOP("app::windows::HeatmapPane", "Output: at the predicted noise")},
    {Metric::Others, QT_TRANSLATE_NOOP("app::windows::HeatmapPane", "Others: all but the row, at the predicted noise")},
    {Metric::Accumulated, QT_TRANSLATE_NOOP("app::windows::HeatmapPane", "Accumulated: along the whole trajectory")},
    {Metric::Final, QT_TRANSLATE_NOOP("app::windows::HeatmapPane", "Final: at the latent after the last step")},
    {Metric::Information,
     QT_TRANSLATE_NOOP("app::windows::HeatmapPane", "Information: what the row's own output keeps of it")},
};

/// Formats of the recipe mean nothing for a map whose every row depends on all other blocks.
bool dependsOnAllBlocks(Metric metric) {
    return metric == Metric::Accumulated || metric == Metric::Others;
}

} // namespace

HeatmapPane::HeatmapPane(session::Studio& studio, QWidget* parent)
    : QWidget(parent), m_studio(studio), m_metric(new QComboBox(this)), m_format(new QComboBox(this)),
      m_level(new QComboBox(this)), m_sort(new QComboBox(this)), m_descending(new QToolButton(this)),
      m_comparison(new QComboBox(this)), m_brush(new BrushBar(this)), m_heatmap(new widgets::HeatmapWidget(this)) {
    buildChoices();
    buildOrder();
    arrange();
    connectDocument();
    connectChoices();
    connectHeatmap();
    offerAnalyses();
    showOrder();
}

void HeatmapPane::buildChoices() {
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
    m_level->setToolTip(tr("What is measured: blocks of the network, or layers, which are folded into their blocks"));
    m_heatmap->setContextMenuPolicy(Qt::CustomContextMenu);
}

void HeatmapPane::buildOrder() {
    const std::pair<HeatmapSort, QString> sorts[] = {{HeatmapSort::Model, tr("order of the model")},
                                                     {HeatmapSort::Name, tr("name")},
                                                     {HeatmapSort::Mean, tr("mean")},
                                                     {HeatmapSort::Worst, tr("worst")},
                                                     {HeatmapSort::Timestep, tr("number at a timestep")},
                                                     {HeatmapSort::Parameters, tr("parameters")}};
    for (const auto& [sort, text] : sorts) m_sort->addItem(text, int(sort));
    m_sort->setObjectName(QStringLiteral("sort"));
    m_sort->setAccessibleName(tr("Sort rows by"));
    m_sort->setToolTip(tr("Order of the rows; a click on a timestep or on the title of a summary sorts too"));
    m_descending->setObjectName(QStringLiteral("descending"));
    m_descending->setCheckable(true);
    m_descending->setFocusPolicy(Qt::StrongFocus);
    m_descending->setAccessibleName(tr("Turn the order round"));
    m_descending->setToolTip(tr("Largest first"));
    m_comparison->setObjectName(QStringLiteral("compareWith"));
    m_comparison->setAccessibleName(tr("Take away another analysis"));
    m_comparison->setToolTip(tr("Shows by how many dB this map is above that of another analysis"));
    m_comparison->setSizeAdjustPolicy(QComboBox::AdjustToContents);
}

void HeatmapPane::arrange() {
    const auto line = [this](std::initializer_list<std::pair<QString, QList<QWidget*>>> fields) {
        auto* row = new QHBoxLayout;
        row->setContentsMargins(6, 4, 6, 0);
        for (const auto& [name, controls] : fields) {
            row->addWidget(new QLabel(name, this));
            for (QWidget* control : controls) row->addWidget(control);
            row->addSpacing(8);
        }
        row->addStretch(1);
        return row;
    };
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    column->addLayout(line({{tr("Metric"), {m_metric}}, {tr("Format"), {m_format}}, {tr("Rows"), {m_level}}}));
    column->addLayout(line({{tr("Sort by"), {m_sort, m_descending}}, {tr("Minus"), {m_comparison}}}));
    column->addWidget(m_brush);
    column->addWidget(m_heatmap, 1);
    QWidget* before = m_metric;
    for (QWidget* next :
         {static_cast<QWidget*>(m_format), static_cast<QWidget*>(m_level), static_cast<QWidget*>(m_sort),
          static_cast<QWidget*>(m_descending), static_cast<QWidget*>(m_comparison)}) {
        setTabOrder(before, next);
        before = next;
    }
}

void HeatmapPane::connectDocument() {
    session::StudioDocument* document = &m_studio.document();
    connect(document, &session::StudioDocument::modelChanged, this, &HeatmapPane::showAll);
    connect(document, &session::StudioDocument::analysisChanged, this, &HeatmapPane::showAll);
    connect(document, &session::StudioDocument::recipeChanged, this, &HeatmapPane::showAll);
    connect(document, &session::StudioDocument::recipeChanged, this, &HeatmapPane::requestShownMaps);
    connect(document, &session::StudioDocument::rowChanged, this, &HeatmapPane::noteRow);
    const session::AnalysisShelf* shelf = &document->analysisShelf();
    connect(shelf, &session::AnalysisShelf::changed, this, &HeatmapPane::offerAnalyses);
    connect(shelf, &session::AnalysisShelf::wasRead, this, &HeatmapPane::showRead);
    connect(shelf, &session::AnalysisShelf::failed, this, &HeatmapPane::giveUpComparing);
    connect(&m_changedRows, &RowCollector::collected, this, &HeatmapPane::showRows);
}

void HeatmapPane::connectChoices() {
    connect(m_metric, &QComboBox::activated, this, &HeatmapPane::choose);
    connect(m_format, &QComboBox::activated, this, &HeatmapPane::choose);
    connect(m_level, &QComboBox::activated, this, &HeatmapPane::chooseLevel);
    connect(m_sort, &QComboBox::activated, this, [this] { sortBy(HeatmapSort(m_sort->currentData().toInt())); });
    connect(m_descending, &QToolButton::clicked, this, &HeatmapPane::reverseOrder);
    connect(m_comparison, &QComboBox::activated, this, &HeatmapPane::chooseCompared);
    connect(m_brush, &BrushBar::formatsWanted, this, &HeatmapPane::setBrushedFormats);
    connect(m_brush, &BrushBar::zoomWanted, m_heatmap, &widgets::HeatmapWidget::zoomToBrush);
    connect(m_brush, &BrushBar::clearWanted, m_heatmap, &widgets::HeatmapWidget::clearBrush);
}

void HeatmapPane::connectHeatmap() {
    connect(m_heatmap, &widgets::HeatmapWidget::rowSelected, this, [this](int row) {
        if (const QString block = blockAt(row); !block.isEmpty()) Q_EMIT blockPicked(block);
    });
    connect(m_heatmap, &widgets::HeatmapWidget::orderChanged, this, &HeatmapPane::showOrder);
    connect(m_heatmap, &widgets::HeatmapWidget::detailsRequested, this, &HeatmapPane::showDetails);
    connect(m_heatmap, &widgets::HeatmapWidget::brushChanged, this, &HeatmapPane::showBrush);
    connect(m_heatmap, &QWidget::customContextMenuRequested, this, &HeatmapPane::showMenu);
}

/// For the row under the mouse, or for the current one where the keyboard asked.
void HeatmapPane::showMenu(const QPoint& position) {
    const int hovered = m_heatmap->hoveredRow();
    const QString block = blockAt(hovered >= 0 ? hovered : m_heatmap->selectedRow());
    if (!block.isEmpty()) Q_EMIT menuRequested(block, m_heatmap->mapToGlobal(position));
}

models::MapRows HeatmapPane::mapRows() const {
    const session::StudioDocument& document = m_studio.document();
    return {document.analysis(), document.model(), document.plan()};
}

QString HeatmapPane::blockAt(int row) const {
    return mapRows().blockAt(row);
}

void HeatmapPane::selectBlock(const QString& id) {
    selectBlocks({id});
}

/// A layer stays selected where its block is selected elsewhere.
void HeatmapPane::selectBlocks(const QStringList& ids) {
    const models::MapRows rows = mapRows();
    const int current = m_heatmap->selectedRow();
    if (ids == QStringList{rows.blockAt(current)}) return m_heatmap->setSelectedRow(current);
    QList<int> selected;
    for (int row = 0; row < rows.size(); ++row)
        if (rows.isBlock(row) && ids.contains(rows.idAt(row))) selected << row;
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
    takeChoice();
    m_studio.resume(); // who asks for a map wants it even after a stop
}

void HeatmapPane::takeChoice() {
    const auto metric = Metric(m_metric->currentData().toInt());
    const QString format = m_format->currentData().toString();
    m_choice.format.reset();
    if (!format.isEmpty()) m_choice.format = quant::parseFormat(format.toStdString());
    if (dependsOnAllBlocks(metric) && !m_choice.format) m_choice.format = m_studio.standardFormats().front();
    m_choice.metric = metric;
    Q_EMIT metricChosen(metric);
    requestShownMaps();
    showAll();
}

/// Who asks for layers wants to see them.
void HeatmapPane::chooseLevel() {
    const auto level = analysis::Level(m_level->currentData().toInt());
    m_studio.setLevel(level);
    if (level == analysis::Level::Layer) expandAll();
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
    m_heatmap->setData(shownData());
    const bool isThere =
        !m_heatmap->data().columns.isEmpty() && m_studio.level() == m_studio.document().analysis().settings.level;
    if (!m_wantedZoom || !isThere) return;
    m_heatmap->setShownShares(*m_wantedZoom);
    m_wantedZoom.reset();
}

/// The map alone until the analysis to be taken away was read.
widgets::HeatmapData HeatmapPane::shownData() {
    session::StudioDocument& document = m_studio.document();
    session::AnalysisShelf& shelf = document.analysisShelf();
    const int place = int(shelf.files().indexOf(m_compared));
    const auto other = m_compared.isEmpty() || place < 0 ? nullptr : shelf.at(place);
    return other ? models::comparedData(document, m_choice, *other, shelf.nameAt(place))
                 : models::heatmapData(document, m_choice);
}

void HeatmapPane::showRead(const QString& file) {
    if (file == m_compared) showAll();
}

void HeatmapPane::giveUpComparing(const QString& file, const jobs::Failure& failure) {
    if (file != m_compared) return;
    m_compared.clear();
    offerAnalyses();
    m_studio.report(failure);
}

void HeatmapPane::noteRow(const analysis::RowMeasured& row) {
    if (row.metric != m_choice.metric) return;
    const bool isFloor = row.format == quant::Format{};
    if (isFloor || !m_choice.format || m_choice.format == row.format) m_changedRows.add(row.row);
}

void HeatmapPane::showRows(const QList<int>& rows) {
    if (!m_compared.isEmpty()) return showAll();
    const models::MapRows map = mapRows();
    std::set<int> changed;
    for (const int row : rows)
        for (const int shown : map.rowsOf(row)) changed.insert(shown);
    for (const int row : changed) m_heatmap->setRow(row, map.values(m_choice, row), map.spread(m_choice, row));
    m_heatmap->setFloor(map.floor(m_choice));
}

void HeatmapPane::showDetails(int row) {
    widgets::HeatmapOrder order = m_heatmap->order();
    order.expanded.insert(blockAt(row));
    m_heatmap->setOrder(order);
    m_studio.setLevel(analysis::Level::Layer);
}

void HeatmapPane::showBrush() {
    const widgets::HeatmapBrush brush = m_heatmap->brush();
    const bool isPart = brush.firstColumn > 0 || brush.lastColumn + 1 < m_heatmap->data().columns.size();
    m_brush->setBrushed(brushText(), isPart && !brush.isEmpty());
}

QString HeatmapPane::brushText() const {
    const widgets::HeatmapBrush brush = m_heatmap->brush();
    if (brush.isEmpty()) return {};
    const QList<int>& timesteps = m_heatmap->data().columns;
    const bool isAll = brush.firstColumn == 0 && brush.lastColumn + 1 == timesteps.size();
    QString steps = isAll ? tr("all timesteps") : tr("t %1").arg(timesteps[brush.firstColumn]);
    if (!isAll && brush.lastColumn > brush.firstColumn)
        steps = tr("%1 to %2").arg(steps).arg(timesteps[brush.lastColumn]);
    const QString rows = brush.rows.size() == 1 ? m_heatmap->data().rows[brush.rows.constFirst()]
                                                : tr("%n rows", "", int(brush.rows.size()));
    return tr("%1, %2").arg(rows, steps);
}

/// A block that is brushed stands for its layers, brushed or not.
void HeatmapPane::setBrushedFormats(std::optional<quant::WeightFormat> weights,
                                    std::optional<quant::ActivationFormat> activations) {
    session::StudioDocument& document = m_studio.document();
    const widgets::HeatmapBrush brush = m_heatmap->brush();
    const models::MapRows rows = mapRows();
    QStringList blocks;
    for (const int row : brush.rows)
        if (rows.isBlock(row)) blocks << rows.idAt(row);
    commands::RangeFormatChange change{{}, weights, activations, {}};
    for (const int row : brush.rows)
        if (rows.isBlock(row) || !blocks.contains(rows.blockAt(row)))
            change.places.push_back(rows.idAt(row).toStdString());
    if (change.places.empty()) return;
    change.timesteps = models::stepRange(document.analysis().timesteps, brush.firstColumn, brush.lastColumn);
    auto recipe = jobs::guarded([&] { return commands::withRangeFormat(document.recipe(), document.model(), change); });
    if (!recipe) return m_studio.report(recipe.failure());
    m_studio.report(document.editRecipe(tr("formats of %1").arg(brushText()), std::move(recipe.value())));
}

} // namespace app::windows
