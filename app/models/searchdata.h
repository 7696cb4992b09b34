#pragma once

#include <app/session/recipefinder.h>

#include <widgets/budgetbar.h>
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

/// How much one of what people read is of what a target counts: MiB, billions of BOPs, bits, milliseconds, dB.
double unitSize(analysis::Goal goal);
/// Behind the number: " MiB".
QString unitOf(analysis::Goal goal);

/// The target of the search for the budget bar; none while it is still to be proposed.
widgets::BudgetTarget budgetTarget(const session::RecipeFinder& finder);
widgets::ParetoData paretoData(session::RecipeFinder& finder);
QList<RuleRow> ruleRows(const quant::Recipe& recipe);
QList<ResultLine> resultLines(const analysis::SearchResult& result, const analysis::SearchTarget& target);
/// The one sentence about what is in the way, is missing or has to be known; empty if all is well.
QString searchNotice(session::RecipeFinder& finder);

} // namespace app::models
