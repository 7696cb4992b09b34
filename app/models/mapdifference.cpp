#include <app/models/mapdata.h>

#include <app/models/maptexts.h>

#include <widgets/heatmaporder.h>

#include <QCoreApplication>

#include <cmath>

namespace app::models {

namespace {

using analysis::AnalysisSettings;
using widgets::CellKind;
using widgets::HeatmapData;

struct Texts {
    Q_DECLARE_TR_FUNCTIONS(Maps)
};

/// Both exact is no difference; exact on one side alone is an infinite one.
double minus(double here, double there) {
    return here == there ? 0 : here - there;
}

/// Where the names or timesteps of one map are in another; -1 for those that are not.
template <class Value> QList<int> placesIn(const QList<Value>& wanted, const QList<Value>& all) {
    QHash<Value, int> known;
    for (int place = int(all.size()) - 1; place >= 0; --place) known.insert(all[place], place);
    QList<int> places;
    for (const Value& value : wanted) places << known.value(value, -1);
    return places;
}

int missing(const QList<int>& places) {
    return int(places.count(-1));
}

/// What was chosen otherwise for the two analyses.
QStringList otherSettings(const AnalysisSettings& a, const AnalysisSettings& b) {
    QStringList names;
    const auto note = [&names](bool differs, const char* name) {
        if (differs) names << Texts::tr(name);
    };
    note(a.prompts != b.prompts || a.negative != b.negative, QT_TRANSLATE_NOOP("Maps", "prompts"));
    note(a.scheduler != b.scheduler || a.eta != b.eta, QT_TRANSLATE_NOOP("Maps", "sampler"));
    note(a.steps != b.steps, QT_TRANSLATE_NOOP("Maps", "number of steps"));
    note(a.guidance != b.guidance, QT_TRANSLATE_NOOP("Maps", "guidance"));
    note(a.seed != b.seed || a.latentsHash != b.latentsHash, QT_TRANSLATE_NOOP("Maps", "noise"));
    note(a.width != b.width || a.height != b.height, QT_TRANSLATE_NOOP("Maps", "size"));
    note(a.calibration != b.calibration, QT_TRANSLATE_NOOP("Maps", "calibration"));
    note(a.level != b.level, QT_TRANSLATE_NOOP("Maps", "blocks or layers"));
    return names;
}

/// The rows that an analysis names, which need not be all of the model.
HeatmapData namedRows(const MapRows& map, const MapChoice& choice) {
    QList<int> rows;
    for (int row = 0; row < map.size(); ++row)
        if (map.isNamed(row)) rows << row;
    return widgets::withRows(map.data(choice), rows);
}

QString mismatches(const HeatmapData& here, const HeatmapData& there, bool sameAtAllTimesteps, const QString& name) {
    QStringList parts;
    const int rows = missing(placesIn<QString>(here.rows, there.rows));
    const int columns = sameAtAllTimesteps ? 0 : missing(placesIn<int>(here.columns, there.columns));
    if (rows > 0) parts << Texts::tr("%1 of %2 rows").arg(rows).arg(here.rows.size());
    if (columns > 0) parts << Texts::tr("%1 of %2 timesteps").arg(columns).arg(here.columns.size());
    if (parts.isEmpty()) return {};
    return Texts::tr(" %1 are not in %2.").arg(parts.join(Texts::tr(" and ")), name);
}

} // namespace

HeatmapData difference(const HeatmapData& here, const HeatmapData& there, bool sameAtAllTimesteps) {
    HeatmapData result = here;
    result.scale = widgets::HeatmapScale::Difference;
    result.floorDb.fill(analysis::kNotMeasured, here.db.size());
    const QList<int> rows = placesIn<QString>(here.rows, there.rows);
    const QList<int> columns = placesIn<int>(here.columns, there.columns);
    for (int row = 0; row < here.rows.size(); ++row) {
        for (int column = 0; column < here.columns.size(); ++column) {
            const int other = sameAtAllTimesteps ? 0 : columns[column];
            const qsizetype place = row * here.columns.size() + column;
            result.db[place] = minus(here.at(row, column), there.at(rows[row], other));
            const bool atFloor = here.kind(row, column) == CellKind::AtFloor && rows[row] >= 0 && other >= 0 &&
                                 there.kind(rows[row], other) == CellKind::AtFloor;
            if (atFloor) result.floorDb[place] = -analysis::kExact; // wherever the difference lies
        }
    }
    return result;
}

HeatmapData comparedData(const session::StudioDocument& document, const MapChoice& choice,
                         const analysis::Analysis& other, const QString& otherName) {
    const HeatmapData here = heatmapData(document, choice);
    if (isShare(choice.metric)) {
        HeatmapData alone = here;
        alone.legend = Texts::tr("Shares of information are not taken from each other: this is the map alone. %1")
                           .arg(here.legend);
        return alone;
    }
    const HeatmapData there = namedRows(MapRows(other, document.model(), document.plan()), choice);
    const bool isConstant = choice.metric == analysis::Metric::Weights || choice.metric == analysis::Metric::Final;
    HeatmapData result = difference(here, there, isConstant);
    result.title = Texts::tr("%1, minus %2").arg(here.title, otherName);
    result.legend = Texts::tr("Above 0 dB: less noise here than in %1.").arg(otherName) +
                    mismatches(here, there, isConstant, otherName);
    const bool hasNumbers = std::any_of(there.db.begin(), there.db.end(), [](double db) { return !std::isnan(db); });
    if (!hasNumbers) result.legend += Texts::tr(" %1 holds no %2.").arg(otherName, here.title);
    if (other.model.fingerprint != document.model().fingerprint)
        result.legend +=
            Texts::tr(" %1 was made for another model, %2.").arg(otherName, QString::fromStdString(other.model.name));
    const QStringList settings = otherSettings(document.analysis().settings, other.settings);
    if (!settings.isEmpty())
        result.legend += Texts::tr(" Measured otherwise there: %1.").arg(settings.join(QStringLiteral(", ")));
    result.legend += QLatin1Char(' ') + here.legend;
    return result;
}

} // namespace app::models
