#include <app/windows/heatmappane.h>

#include <app/models/maptexts.h>

#include <QFileInfo>
#include <QJsonArray>
#include <QSignalBlocker>

#include <cmath>

// In which order the rows are, what is unfolded, what is compared, and how a session remembers it.

namespace app::windows {

namespace {

using widgets::HeatmapOrder;
using widgets::HeatmapSort;

constexpr std::pair<HeatmapSort, const char*> kSortNames[] = {
    {HeatmapSort::Model, "model"}, {HeatmapSort::Name, "name"},         {HeatmapSort::Mean, "mean"},
    {HeatmapSort::Worst, "worst"}, {HeatmapSort::Timestep, "timestep"}, {HeatmapSort::Parameters, "parameters"}};

QJsonObject toJson(const HeatmapOrder& order) {
    QStringList expanded(order.expanded.begin(), order.expanded.end());
    expanded.sort();
    QJsonObject json{{QStringLiteral("descending"), order.descending},
                     {QStringLiteral("timestep"), order.timestep},
                     {QStringLiteral("expanded"), QJsonArray::fromStringList(expanded)}};
    for (const auto& [sort, name] : kSortNames)
        if (sort == order.by) json.insert(QStringLiteral("by"), QLatin1String(name));
    return json;
}

HeatmapOrder orderFrom(const QJsonObject& json) {
    HeatmapOrder order;
    for (const auto& [sort, name] : kSortNames)
        if (json[QLatin1String("by")].toString() == QLatin1String(name)) order.by = sort;
    order.descending = json[QLatin1String("descending")].toBool();
    order.timestep = json[QLatin1String("timestep")].toInt();
    for (const QJsonValue& id : json[QLatin1String("expanded")].toArray()) order.expanded.insert(id.toString());
    return order;
}

/// Four shares of the map, or nothing where they are no part of it.
std::optional<QRectF> zoomFrom(const QJsonArray& json) {
    if (json.size() != 4) return std::nullopt;
    const QRectF zoom(json[0].toDouble(-1), json[1].toDouble(-1), json[2].toDouble(), json[3].toDouble());
    const bool isPart =
        zoom.left() >= 0 && zoom.top() >= 0 && !zoom.isEmpty() && zoom.right() <= 1.001 && zoom.bottom() <= 1.001;
    return isPart ? std::optional(zoom) : std::nullopt;
}

} // namespace

void HeatmapPane::sortBy(HeatmapSort sort) {
    HeatmapOrder order = m_heatmap->order();
    order.by = sort;
    if (sort == HeatmapSort::Timestep) {
        const int hovered = m_heatmap->hoveredColumn();
        const int column = std::max(0, hovered >= 0 ? hovered : m_heatmap->selectedColumn());
        order.timestep = m_heatmap->data().columns.value(column);
    }
    m_heatmap->setOrder(order);
    showOrder();
}

void HeatmapPane::reverseOrder() {
    HeatmapOrder order = m_heatmap->order();
    order.descending = !order.descending;
    m_heatmap->setOrder(order);
    showOrder();
}

/// Layers that are not measured yet are measured now.
void HeatmapPane::expandAll() {
    HeatmapOrder order = m_heatmap->order();
    for (const ldm::BlockInfo& block : m_studio.document().model().blocks)
        order.expanded.insert(QString::fromStdString(block.id));
    m_heatmap->setOrder(order);
    m_studio.setLevel(analysis::Level::Layer);
}

void HeatmapPane::foldAll() {
    HeatmapOrder order = m_heatmap->order();
    order.expanded.clear();
    m_heatmap->setOrder(order);
}

void HeatmapPane::showOrder() {
    const HeatmapOrder& order = m_heatmap->order();
    m_sort->setItemText(m_sort->findData(int(HeatmapSort::Timestep)), order.by == HeatmapSort::Timestep
                                                                          ? tr("number at t %1").arg(order.timestep)
                                                                          : tr("number at a timestep"));
    m_sort->setCurrentIndex(m_sort->findData(int(order.by)));
    m_descending->setChecked(order.descending);
    m_descending->setArrowType(order.descending ? Qt::DownArrow : Qt::UpArrow);
    m_descending->setAccessibleDescription(order.descending ? tr("largest first") : tr("smallest first"));
}

/// The present one, the analyses on the shelf, and a way to add one.
void HeatmapPane::offerAnalyses() {
    const session::AnalysisShelf& shelf = m_studio.document().analysisShelf();
    const bool isGone = !m_compared.isEmpty() && !shelf.files().contains(m_compared);
    if (isGone) m_compared.clear();
    m_comparison->clear();
    m_comparison->addItem(tr("nothing"), QString());
    for (int i = 0; i < shelf.size(); ++i) m_comparison->addItem(shelf.nameAt(i), shelf.files().at(i));
    m_comparison->addItem(tr("Another analysis…"));
    m_comparison->setCurrentIndex(std::max(0, m_comparison->findData(m_compared)));
    if (isGone) showAll();
}

void HeatmapPane::chooseCompared() {
    const bool wantsAnother = m_comparison->currentIndex() == m_comparison->count() - 1;
    if (!wantsAnother) return compareWith(m_comparison->currentData().toString());
    m_comparison->setCurrentIndex(std::max(0, m_comparison->findData(m_compared)));
    Q_EMIT analysisWanted();
}

void HeatmapPane::compareWith(const QString& file) {
    m_compared = file.isEmpty() ? QString() : QFileInfo(file).absoluteFilePath();
    offerAnalyses();
    showAll();
}

QJsonObject HeatmapPane::viewState() const {
    const QRectF zoom = m_wantedZoom.value_or(m_heatmap->shownShares());
    QJsonObject state{
        {QStringLiteral("metric"), models::toText(nameOf(m_choice.metric))},
        {QStringLiteral("format"), m_choice.format ? models::toText(*m_choice.format) : QString()},
        {QStringLiteral("level"), models::toText(nameOf(m_studio.level()))},
        {QStringLiteral("order"), toJson(m_heatmap->order())},
        {QStringLiteral("table"), m_heatmap->tableShown()},
    };
    if (std::isfinite(zoom.width()) && !zoom.isEmpty())
        state.insert(QStringLiteral("zoom"), QJsonArray{zoom.left(), zoom.top(), zoom.width(), zoom.height()});
    return state;
}

void HeatmapPane::setViewState(const QJsonObject& state) {
    const auto text = [&state](const char* key) { return state[QLatin1String(key)].toString().toStdString(); };
    const auto metric = jobs::guarded([&] { return analysis::parseMetric(text("metric")); });
    const auto format = jobs::guarded([&] { return quant::parseFormat(text("format")); });
    const auto level = jobs::guarded([&] { return analysis::parseLevel(text("level")); });
    m_heatmap->setOrder(orderFrom(state[QLatin1String("order")].toObject()));
    m_heatmap->setTableShown(state[QLatin1String("table")].toBool());
    m_wantedZoom = zoomFrom(state[QLatin1String("zoom")].toArray());
    showOrder();
    if (metric) m_metric->setCurrentIndex(m_metric->findData(int(metric.value())));
    if (metric) m_choice.metric = metric.value();
    m_choice.format = format ? std::optional(format.value()) : std::nullopt;
    offerFormats();
    if (level) m_studio.setLevel(level.value());
    takeChoice();
}

} // namespace app::windows
