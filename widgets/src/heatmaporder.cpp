#include <widgets/heatmaporder.h>

#include <widgets/heatmapsummary.h>

#include <algorithm>
#include <cmath>

namespace widgets {

namespace {

/// What the rows are compared by; names and the order of the model compare without numbers.
QList<double> sortNumbers(const HeatmapData& data, const HeatmapOrder& order) {
    QList<double> numbers;
    const int column = int(data.columns.indexOf(order.timestep));
    for (int row = 0; row < data.rows.size(); ++row) {
        switch (order.by) {
        case HeatmapSort::Mean:
            numbers << rowSummary(data, row).mean;
            break;
        case HeatmapSort::Worst:
            numbers << rowSummary(data, row).worst;
            break;
        case HeatmapSort::Timestep:
            numbers << data.at(row, column);
            break;
        case HeatmapSort::Parameters:
            numbers << double(data.parameters.value(row));
            break;
        case HeatmapSort::Model:
        case HeatmapSort::Name:
            numbers << row;
        }
    }
    return numbers;
}

void sort(QList<int>& rows, const HeatmapData& data, const HeatmapOrder& order, const QList<double>& numbers) {
    if (order.by == HeatmapSort::Name) {
        std::stable_sort(rows.begin(), rows.end(), [&](int a, int b) {
            return order.descending ? data.rows[b] < data.rows[a] : data.rows[a] < data.rows[b];
        });
        return;
    }
    std::stable_sort(rows.begin(), rows.end(), [&](int a, int b) {
        if (std::isnan(numbers[a]) || std::isnan(numbers[b])) return !std::isnan(numbers[a]) && std::isnan(numbers[b]);
        return order.descending ? numbers[b] < numbers[a] : numbers[a] < numbers[b];
    });
}

} // namespace

QList<int> arrangedRows(const HeatmapData& data, const HeatmapOrder& order) {
    const QList<double> numbers = sortNumbers(data, order);
    QList<int> tops;
    QList<QList<int>> children(data.rows.size());
    for (int row = 0; row < data.rows.size(); ++row) {
        const int parent = data.parentOf(row);
        (parent < 0 ? tops : children[parent]) << row;
    }
    sort(tops, data, order, numbers);
    QList<int> rows;
    for (const int top : tops) {
        rows << top;
        if (!order.expanded.contains(data.rows[top])) continue;
        sort(children[top], data, order, numbers);
        rows << children[top];
    }
    return rows;
}

HeatmapData withRows(const HeatmapData& data, const QList<int>& rows) {
    HeatmapData shown = data;
    shown.rows.clear();
    shown.db.clear();
    shown.floorDb.clear();
    shown.spread.clear();
    shown.parents.clear();
    shown.parameters.clear();
    shown.hasDetails.clear();
    const qsizetype columns = data.columns.size();
    const bool hasFloor = data.floorDb.size() == data.rows.size() * columns;
    const bool hasSpread = data.spread.size() == data.rows.size() * columns;
    shown.db.reserve(rows.size() * columns);
    QList<int> places(data.rows.size(), -1);
    for (const int row : rows) {
        places[row] = int(shown.rows.size());
        shown.rows << data.rows[row];
        for (int column = 0; column < columns; ++column) shown.db << data.at(row, column);
        if (hasFloor) shown.floorDb << data.floorDb.sliced(row * columns, columns);
        if (hasSpread) shown.spread << data.spread.sliced(row * columns, columns);
        shown.parents << (data.parentOf(row) < 0 ? -1 : places[data.parentOf(row)]);
        if (!data.parameters.isEmpty()) shown.parameters << data.parameters.value(row);
        if (!data.hasDetails.isEmpty()) shown.hasDetails << data.hasDetails.value(row);
    }
    return shown;
}

QList<int> parentRows(const HeatmapData& data) {
    QList<int> rows;
    for (int row = 0; row < data.rows.size(); ++row)
        if (const int parent = data.parentOf(row); parent >= 0 && !rows.contains(parent)) rows << parent;
    return rows;
}

} // namespace widgets
