#pragma once

#include <widgets/facttable.h>

#include <QList>
#include <QString>

namespace widgets {

/// A place on the x axis that is marked by a line across the plot.
struct PlotMark {
    double place = 0;
    bool isEnd = false; ///< of a range; else a level inside it
    bool operator==(const PlotMark&) const = default;
};

/// How many values lie in bins of one width.
struct HistogramData {
    QString title;
    QString axis; ///< what the values are
    double begin = 0;
    double width = 1;
    QList<double> counts; ///< bin i holds [begin + i width, begin + (i + 1) width[
    QList<PlotMark> marks;
    QString note; ///< says in words what the marks are; may be empty
    bool operator==(const HistogramData&) const = default;
};

/// Values of several quantities at the same places.
struct LineSeries {
    QString name;
    QList<double> values; ///< one for each place; not finite: none
    bool operator==(const LineSeries&) const = default;
};
struct LineData {
    QString title;
    QString axis;          ///< what the places are
    QString unit;          ///< what the values are
    QList<double> places;  ///< in the order in which the arrow keys go through them
    bool descends = false; ///< the largest place is on the left
    QList<LineSeries> series;
    bool operator==(const LineData&) const = default;
};

/// The same in a table: a row for each bin that is not empty, or for each place.
Facts factsOf(const HistogramData& data);
Facts factsOf(const LineData& data);

/// "-0.25 to -0.125: 1234 values, 3.1 %".
QString binText(const HistogramData& data, int bin);
/// "t 951: smallest -3.2, largest 4.1".
QString placeText(const LineData& data, int place);

} // namespace widgets
