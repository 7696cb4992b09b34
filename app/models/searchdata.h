#pragma once

#include <app/session/recipefinder.h>

#include <widgets/paretodata.h>

#include <QList>
#include <QString>

namespace app::models {

/// One rule of a found recipe for the table of explanations.
struct RuleRow {
    QString where;  ///< block id, layer name or pattern
    QString format; ///< "w8a16"; one side alone as "weights int8"
    QString steps;  ///< "all", or training timesteps "999 to 667"
    QString why;
    bool operator==(const RuleRow&) const = default;
};

/// A line about a result: "Predicted", "24.1 dB at the end".
struct ResultLine {
    QString name;
    QString value;
    bool operator==(const ResultLine&) const = default;
};

/// The number of a target as people read it: MiB, percent of full precision, bits, or dB; and back.
double shownValue(analysis::Goal goal, double value, const quant::Cost& cost);
double targetValue(analysis::Goal goal, double shown, const quant::Cost& cost);
/// Behind the number: " MiB".
QString unitOf(analysis::Goal goal);

widgets::ParetoData paretoData(session::RecipeFinder& finder);
QList<RuleRow> ruleRows(const quant::Recipe& recipe);
QList<ResultLine> resultLines(const analysis::SearchResult& result, const analysis::SearchTarget& target);
/// The one sentence about what is in the way, is missing or has to be known; empty if all is well.
QString searchNotice(session::RecipeFinder& finder);

} // namespace app::models
