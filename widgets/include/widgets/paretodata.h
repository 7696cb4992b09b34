#pragma once

#include <QList>
#include <QString>

#include <limits>
#include <optional>

namespace widgets {

/// What a recipe costs, as the x axis of the picture shows it.
enum class CostAxis {
    Bytes,    ///< of the weights; shown as sizeText() does
    Bops,     ///< of one UNet run; shown in billions
    MeanBits, ///< bits per weight element
    Seconds,  ///< of one UNet run; shown in milliseconds
};

/// A recipe in the picture of cost against quality.
struct ParetoPoint {
    QString name;
    double cost = 0;                                      ///< in the unit of the axis
    double db = std::numeric_limits<double>::quiet_NaN(); ///< SQNR; +inf: exact, NaN: not known
    bool operator==(const ParetoPoint&) const = default;
};

/// The limit of a search: at most so much cost, or at least so many decibels.
struct ParetoTarget {
    bool isCost = false;
    double value = 0; ///< in the unit of the axis, or dB
    bool operator==(const ParetoTarget&) const = default;
};

struct ParetoData {
    CostAxis axis = CostAxis::Bytes;
    QList<ParetoPoint> best;    ///< of the smallest cost first; drawn as a curve
    QList<ParetoPoint> uniform; ///< the same format everywhere
    std::optional<ParetoPoint> present;
    std::optional<ParetoPoint> found;
    std::optional<ParetoPoint> measured; ///< the found recipe, its decibels measured and not predicted
    std::optional<ParetoTarget> target;
    bool operator==(const ParetoData&) const = default;
};

enum class MarkKind { Best, Uniform, Present, Found, Measured };
QString nameOf(MarkKind kind);

/// A point of the data with what it stands for.
struct ParetoMark {
    MarkKind kind = MarkKind::Best;
    ParetoPoint point;
    bool operator==(const ParetoMark&) const = default;
};

/// All points, ascending by cost; what the table lists and the arrow keys go through.
QList<ParetoMark> marksOf(const ParetoData& data);
/// True if it can be drawn: cost and decibels are finite.
bool isDrawn(const ParetoPoint& point);

/// "cost" of the axis with its unit, for the axis itself and the head of the table.
QString axisTitle(CostAxis axis);
/// "1.5 MiB", "3.21 GBOPs", "4.10 bits", "12.3 ms".
QString costText(CostAxis axis, double cost);
/// "best recipe, 1.5 MiB: 24.1 dB"; "uniform w8a8, 1.5 MiB: exact".
QString markText(CostAxis axis, const ParetoMark& mark);

} // namespace widgets
