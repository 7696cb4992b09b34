#include <app/models/exportplanmodel.h>

#include <QLocale>

namespace app::models {

namespace {

QString sizeText(std::uint64_t bytes) {
    return QLocale().formattedDataSize(qint64(bytes));
}

} // namespace

QString textOf(quant::Carriage carriage) {
    switch (carriage) {
    case quant::Carriage::Exact:
        return ExportPlanModel::tr("● exact");
    case quant::Carriage::Requantized:
        return ExportPlanModel::tr("◐ rounded anew");
    case quant::Carriage::Float:
        break;
    }
    return ExportPlanModel::tr("○ floats");
}

QString summaryOf(const quant::ExportPlan& plan) {
    const QString size = sizeText(plan.bytes);
    if (plan.layers.empty()) return ExportPlanModel::tr("Holds no weights; about %1.").arg(size);
    return ExportPlanModel::tr("Layers: %1 exact, %2 rounded anew, %3 as floats. About %4 in all.")
        .arg(plan.count(quant::Carriage::Exact))
        .arg(plan.count(quant::Carriage::Requantized))
        .arg(plan.count(quant::Carriage::Float))
        .arg(size);
}

void ExportPlanModel::setPlan(QStringList layers, quant::ExportPlan plan) {
    beginResetModel();
    m_layers = std::move(layers);
    m_plan = std::move(plan);
    endResetModel();
}

int ExportPlanModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : int(m_plan.layers.size());
}

int ExportPlanModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : int(ColumnCount);
}

QString ExportPlanModel::text(int row, Column column) const {
    const quant::LayerCarriage& layer = m_plan.layers[std::size_t(row)];
    switch (column) {
    case Layer:
        return m_layers.value(row);
    case Becomes:
        return textOf(layer.carriage);
    case Type:
        return QString::fromStdString(layer.type);
    case Size:
        return sizeText(layer.bytes);
    case Why:
        return QString::fromStdString(layer.why);
    case ColumnCount:
        break;
    }
    return {};
}

QVariant ExportPlanModel::sortValue(int row, Column column) const {
    const quant::LayerCarriage& layer = m_plan.layers[std::size_t(row)];
    if (column == Becomes) return int(layer.carriage);
    if (column == Size) return qulonglong(layer.bytes);
    if (column == Layer) return row; // as the model runs them
    return text(row, column);
}

QVariant ExportPlanModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= rowCount()) return {};
    const auto column = Column(index.column());
    if (role == Qt::DisplayRole) return text(index.row(), column);
    if (role == SortRole) return sortValue(index.row(), column);
    if (role == Qt::TextAlignmentRole && column == Size) return int(Qt::AlignRight | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole) {
        const QString why = text(index.row(), Why);
        return text(index.row(), Layer) + QStringLiteral(": ") + text(index.row(), Becomes) +
               (why.isEmpty() ? QString() : QStringLiteral(", ") + why);
    }
    return {};
}

QVariant ExportPlanModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (role != Qt::DisplayRole || orientation != Qt::Horizontal) return {};
    const QStringList titles{tr("Layer"), tr("Becomes"), tr("Type"), tr("Size"), tr("Why")};
    return titles.value(section);
}

} // namespace app::models
