#include <widgets/blocktreemodel.h>

#include <widgets/budgetbar.h>
#include <widgets/heatmapdata.h>

#include "words.h"

#include <QFont>
#include <QLocale>
#include <QSet>

#include <algorithm>
#include <cmath>

namespace widgets {

/// A block, a group, or both when a block's id is the path of others.
struct BlockTreeModel::Node {
    QString label;
    BlockRow shown;  ///< the sum of all blocks at or below, under this path
    int source = -1; ///< place in m_rows of the block, -1 for a pure group
    Node* parent = nullptr;
    int place = 0; ///< among the parent's children
    std::vector<std::unique_ptr<Node>> children;

    Node* addChild(const QString& name, const QString& path);
    void collect(QList<int>& sources) const;
    QList<int> sources() const;
};

namespace {

/// "unet.down_blocks.0.1" -> unet, down_blocks.0, 1: a number belongs to the name before it.
QStringList pathOf(const QString& id) {
    QStringList path;
    bool lastIsName = false;
    for (const QString& segment : id.split(u'.')) {
        bool isNumber = false;
        segment.toInt(&isNumber);
        if (isNumber && lastIsName)
            path.last() += u'.' + segment;
        else
            path << segment;
        lastIsName = !isNumber;
    }
    return path;
}

/// Collects rows into one: sums, common formats, mean of the measured means, worst of the worst.
class Sum {
public:
    void add(const BlockRow& row) {
        m_total.parameters += row.parameters;
        m_total.bytes += row.bytes;
        m_total.weights = m_count == 0 || m_total.weights == row.weights ? row.weights : QString();
        m_total.activations = m_count == 0 || m_total.activations == row.activations ? row.activations : QString();
        m_total.isLocked = row.isLocked && (m_count == 0 || m_total.isLocked);
        ++m_count;
        if (std::isfinite(row.meanDb)) {
            m_meanSum += row.meanDb;
            ++m_meanCount;
        }
        if (std::isfinite(row.information)) {
            m_informationSum += row.information;
            ++m_informationCount;
        }
        m_isUnknown = m_isUnknown || std::isinf(row.information);
        m_hasExact = m_hasExact || std::isinf(row.meanDb);
        if (std::isnan(m_total.worstDb) || row.worstDb < m_total.worstDb) {
            m_total.worstDb = row.worstDb;
            m_total.worstTimestep = row.worstTimestep;
        }
    }

    BlockRow result(const QString& path) const {
        BlockRow row = m_total;
        row.id = path;
        if (m_meanCount > 0)
            row.meanDb = m_meanSum / m_meanCount;
        else if (m_hasExact)
            row.meanDb = std::numeric_limits<double>::infinity();
        if (m_informationCount > 0)
            row.information = m_informationSum / m_informationCount;
        else if (m_isUnknown)
            row.information = -std::numeric_limits<double>::infinity();
        return row;
    }

private:
    BlockRow m_total;
    int m_count = 0;
    double m_meanSum = 0;
    int m_meanCount = 0;
    double m_informationSum = 0;
    int m_informationCount = 0;
    bool m_isUnknown = false;
    bool m_hasExact = false;
};

QString lockText(const BlockRow& row) {
    return row.isLocked ? QStringLiteral(", locked") : QString();
}

QString dbText(double db) {
    return std::isfinite(db) ? Words::tr("%1 dB").arg(numberText(db)) : numberText(db);
}

QString textOf(const BlockRow& row, int column) {
    switch (column) {
    case BlockTreeModel::Parameters:
        return QLocale().toString(row.parameters);
    case BlockTreeModel::Size:
        return sizeText(row.bytes);
    case BlockTreeModel::Weights:
        return row.weights.isEmpty() ? Words::tr("mixed") : row.weights;
    case BlockTreeModel::Activations:
        return row.activations.isEmpty() ? Words::tr("mixed") : row.activations;
    case BlockTreeModel::MeanSqnr:
        return dbText(row.meanDb);
    case BlockTreeModel::WorstSqnr: {
        const bool hasPlace = std::isfinite(row.worstDb) && row.worstTimestep >= 0;
        return hasPlace ? Words::tr("%1 at t %2").arg(dbText(row.worstDb)).arg(row.worstTimestep) : dbText(row.worstDb);
    }
    case BlockTreeModel::Information:
        return numberText(row.information, HeatmapScale::Share);
    default:
        return {};
    }
}

QVariant sortKey(const BlockRow& row, int column) {
    const auto measured = [](double db) { return std::isnan(db) ? QVariant() : QVariant(db); };
    switch (column) {
    case BlockTreeModel::Parameters:
        return row.parameters;
    case BlockTreeModel::Size:
        return row.bytes;
    case BlockTreeModel::MeanSqnr:
        return measured(row.meanDb);
    case BlockTreeModel::WorstSqnr:
        return measured(row.worstDb);
    case BlockTreeModel::Information:
        return measured(row.information);
    default:
        return textOf(row, column);
    }
}

bool isPrecision(int column) {
    return column == BlockTreeModel::Weights || column == BlockTreeModel::Activations;
}

int alignmentOf(int column) {
    const bool isText = column == BlockTreeModel::Block || isPrecision(column);
    return int((isText ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
}

constexpr const char* kHeaders[] = {
    QT_TRANSLATE_NOOP("widgets", "Block"),       QT_TRANSLATE_NOOP("widgets", "Parameters"),
    QT_TRANSLATE_NOOP("widgets", "Size"),        QT_TRANSLATE_NOOP("widgets", "Weights"),
    QT_TRANSLATE_NOOP("widgets", "Activations"), QT_TRANSLATE_NOOP("widgets", "Mean SQNR"),
    QT_TRANSLATE_NOOP("widgets", "Worst SQNR"),  QT_TRANSLATE_NOOP("widgets", "Information")};
static_assert(std::size(kHeaders) == BlockTreeModel::ColumnCount);

} // namespace

BlockTreeModel::Node* BlockTreeModel::Node::addChild(const QString& name, const QString& path) {
    auto node = std::make_unique<Node>();
    node->label = name;
    node->shown.id = path;
    node->parent = this;
    node->place = int(children.size());
    return children.emplace_back(std::move(node)).get();
}

void BlockTreeModel::Node::collect(QList<int>& sources) const {
    if (source >= 0) sources << source;
    for (const auto& each : children) each->collect(sources);
}

QList<int> BlockTreeModel::Node::sources() const {
    QList<int> all;
    collect(all);
    return all;
}

BlockTreeModel::BlockTreeModel(QObject* parent) : QAbstractItemModel(parent), m_root(std::make_unique<Node>()) {
}

BlockTreeModel::~BlockTreeModel() = default;

void BlockTreeModel::setRows(const QList<BlockRow>& rows) {
    beginResetModel();
    m_rows.clear();
    QHash<QString, qsizetype> known;
    for (const BlockRow& row : rows) {
        if (const auto found = known.constFind(row.id); found != known.constEnd()) {
            m_rows[*found] = row;
            continue;
        }
        known.insert(row.id, m_rows.size());
        m_rows << row;
    }
    rebuild();
    endResetModel();
}

bool BlockTreeModel::updateRow(const BlockRow& row) {
    const Node* node = m_nodes.value(row.id);
    if (!node || node->source < 0) return false;
    updateRows({row});
    return true;
}

void BlockTreeModel::updateRows(const QList<BlockRow>& rows) {
    QSet<Node*> changed;
    for (const BlockRow& row : rows) {
        Node* node = m_nodes.value(row.id);
        if (!node || node->source < 0) continue;
        m_rows[node->source] = row;
        for (; node != m_root.get(); node = node->parent) changed.insert(node);
    }
    for (Node* node : std::as_const(changed)) {
        sum(*node);
        Q_EMIT dataChanged(indexOf(*node), indexOf(*node, ColumnCount - 1));
    }
}

void BlockTreeModel::setLayout(Layout layout) {
    if (layout == m_layout) return;
    beginResetModel();
    m_layout = layout;
    rebuild();
    endResetModel();
}

void BlockTreeModel::rebuild() {
    m_root = std::make_unique<Node>();
    m_nodes.clear();
    for (int source = 0; source < m_rows.size(); ++source) {
        const QString& id = m_rows[source].id;
        Node* node = m_root.get();
        QString path;
        for (const QString& name : m_layout == Layout::Tree ? pathOf(id) : QStringList{id}) {
            path += (path.isEmpty() ? QString() : QStringLiteral(".")) + name;
            Node*& known = m_nodes[path];
            if (!known) known = node->addChild(name, path);
            node = known;
        }
        node->source = source;
    }
    for (Node* node : std::as_const(m_nodes)) sum(*node);
}

void BlockTreeModel::sum(Node& node) const {
    Sum total;
    for (const int source : node.sources()) total.add(m_rows[source]);
    node.shown = total.result(node.shown.id);
}

const BlockTreeModel::Node* BlockTreeModel::nodeAt(const QModelIndex& index) const {
    return index.isValid() ? static_cast<const Node*>(index.constInternalPointer()) : m_root.get();
}

QModelIndex BlockTreeModel::indexOf(const Node& node, int column) const {
    return node.parent ? createIndex(node.place, column, &node) : QModelIndex();
}

QModelIndex BlockTreeModel::indexOf(const QString& id) const {
    const Node* node = m_nodes.value(id);
    return node ? indexOf(*node) : QModelIndex();
}

QStringList BlockTreeModel::blocksBelow(const Node& node) const {
    QStringList ids;
    for (const int source : node.sources()) ids << m_rows[source].id;
    return ids;
}

bool BlockTreeModel::requestFormat(const QStringList& blocks, int column, const QString& format) {
    if (format.isEmpty() || !isPrecision(column)) return false;
    const auto differs = [&](const QString& id) {
        const Node* node = m_nodes.value(id);
        if (!node || node->source < 0) return false;
        const BlockRow& row = m_rows[node->source];
        return (column == Weights ? row.weights : row.activations) != format;
    };
    if (std::none_of(blocks.begin(), blocks.end(), differs)) return false;
    Q_EMIT formatRequested(blocks, column == Weights ? format : QString(), column == Activations ? format : QString());
    return true;
}

QModelIndex BlockTreeModel::index(int row, int column, const QModelIndex& parent) const {
    return hasIndex(row, column, parent) ? indexOf(*nodeAt(parent)->children[std::size_t(row)], column) : QModelIndex();
}

QModelIndex BlockTreeModel::parent(const QModelIndex& child) const {
    return child.isValid() ? indexOf(*nodeAt(child)->parent) : QModelIndex();
}

int BlockTreeModel::rowCount(const QModelIndex& parent) const {
    return parent.column() > 0 ? 0 : int(nodeAt(parent)->children.size());
}

int BlockTreeModel::columnCount(const QModelIndex&) const {
    return ColumnCount;
}

QVariant BlockTreeModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid()) return {};
    const Node& node = *nodeAt(index);
    const int column = index.column();
    switch (role) {
    case Qt::DisplayRole:
        return column == Block ? node.label + lockText(node.shown) : textOf(node.shown, column);
    case Qt::EditRole:
        if (!isPrecision(column)) return data(index, Qt::DisplayRole);
        return column == Weights ? node.shown.weights : node.shown.activations;
    case Qt::ToolTipRole:
        return column == Block ? node.shown.id : QString();
    case Qt::AccessibleTextRole:
        return column == Block ? node.shown.id + lockText(node.shown)
                               : Words::tr(kHeaders[column]) + QStringLiteral(" ") + textOf(node.shown, column);
    case Qt::TextAlignmentRole:
        return alignmentOf(column);
    case SortRole:
        return column == Block ? QVariant(node.shown.id) : sortKey(node.shown, column);
    case IdRole:
        return node.shown.id;
    case BlocksRole:
        return blocksBelow(node);
    case GroupRole:
        return !node.children.empty();
    default:
        return {};
    }
}

bool BlockTreeModel::setData(const QModelIndex& index, const QVariant& value, int role) {
    if (role != Qt::EditRole || !index.isValid()) return false;
    return requestFormat(blocksBelow(*nodeAt(index)), index.column(), value.toString());
}

QVariant BlockTreeModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount) return {};
    if (role == Qt::DisplayRole) return Words::tr(kHeaders[section]);
    if (role == Qt::TextAlignmentRole) return alignmentOf(section);
    if (role == Qt::ToolTipRole && section == MeanSqnr) {
        return tr("Mean of the measured decibels over timesteps and blocks");
    }
    if (role == Qt::ToolTipRole && section == Information)
        return tr("Share of the information in a block's output that is kept, mean over the measured timesteps");
    return {};
}

Qt::ItemFlags BlockTreeModel::flags(const QModelIndex& index) const {
    if (!index.isValid()) return Qt::NoItemFlags;
    const auto base = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
    return isPrecision(index.column()) ? base | Qt::ItemIsEditable : base;
}

} // namespace widgets
