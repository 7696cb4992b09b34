#pragma once

#include <QList>
#include <QString>

#include <optional>

namespace app::models {

/// How well a text answers what was typed: all its letters in this order, whatever the case.
struct FuzzyMatch {
    int score = 0;        ///< the higher the better; comparable for one pattern only
    QList<int> positions; ///< of the letters in the text, ascending
};

/// None if the letters are not all there in this order. Spaces in the pattern separate words that are looked for one
/// after the other. Consecutive letters and beginnings of words count most, then what comes early; an empty pattern
/// fits everything alike.
std::optional<FuzzyMatch> fuzzyMatch(const QString& pattern, const QString& text);

} // namespace app::models
