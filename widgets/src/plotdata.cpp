#include <widgets/plotdata.h>

#include <QCoreApplication>
#include <QLocale>

#include <cmath>
#include <numeric>

namespace widgets {

namespace {

constexpr int kDigits = 4;

class PlotTexts {
    Q_DECLARE_TR_FUNCTIONS(PlotTexts)
};

QString valueText(double value) {
    return std::isfinite(value) ? QLocale().toString(value, 'g', kDigits) : QString();
}

double sumOf(const HistogramData& data) {
    return std::accumulate(data.counts.begin(), data.counts.end(), 0.0);
}

double edge(const HistogramData& data, int bin) {
    return data.begin + bin * data.width;
}

QString percentText(double part, double all) {
    return all > 0 ? QLocale().toString(100 * part / all, 'g', 3) : QString();
}

} // namespace

Facts factsOf(const HistogramData& data) {
    Facts facts{{PlotTexts::tr("from"), PlotTexts::tr("to below"), PlotTexts::tr("values"), PlotTexts::tr("percent")},
                {},
                true};
    const double all = sumOf(data);
    for (int bin = 0; bin < data.counts.size(); ++bin) {
        if (data.counts[bin] == 0) continue;
        facts.rows << QStringList{valueText(edge(data, bin)), valueText(edge(data, bin + 1)),
                                  QLocale().toString(data.counts[bin], 'f', 0), percentText(data.counts[bin], all)};
    }
    return facts;
}

Facts factsOf(const LineData& data) {
    Facts facts{{data.axis}, {}, true};
    for (const LineSeries& series : data.series) facts.header << series.name;
    for (int place = 0; place < data.places.size(); ++place) {
        QStringList row{valueText(data.places[place])};
        for (const LineSeries& series : data.series) row << valueText(series.values[place]);
        facts.rows << row;
    }
    return facts;
}

QString binText(const HistogramData& data, int bin) {
    if (bin < 0 || bin >= data.counts.size()) return {};
    return PlotTexts::tr("%1 to %2: %3 values, %4 %")
        .arg(valueText(edge(data, bin)), valueText(edge(data, bin + 1)), QLocale().toString(data.counts[bin], 'f', 0),
             percentText(data.counts[bin], sumOf(data)));
}

QString placeText(const LineData& data, int place) {
    if (place < 0 || place >= data.places.size()) return {};
    QStringList values;
    for (const LineSeries& series : data.series)
        if (std::isfinite(series.values[place])) values << series.name + u' ' + valueText(series.values[place]);
    return QStringLiteral("%1 %2: %3").arg(data.axis, valueText(data.places[place]), values.join(QStringLiteral(", ")));
}

} // namespace widgets
