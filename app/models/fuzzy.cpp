#include <app/models/fuzzy.h>

#include <algorithm>
#include <vector>

namespace app::models {

namespace {

constexpr int kHit = 10;
constexpr int kConsecutive = 15;
constexpr int kWordStart = 20;
constexpr int kUnreachable = -1'000'000;

/// The best way to have one letter of the pattern at one place of the text, all earlier letters being before it.
struct Cell {
    int score = kUnreachable;
    qsizetype previous = -1; ///< place of the letter before
};
using Row = std::vector<Cell>; ///< by place in the text

bool startsWord(const QString& text, qsizetype at) {
    return at == 0 || !text[at - 1].isLetterOrNumber() || (text[at].isUpper() && text[at - 1].isLower());
}

Row firstRow(QChar letter, const QString& text, const QString& lower) {
    Row row(std::size_t(text.size()));
    for (qsizetype j = 0; j < text.size(); ++j)
        if (lower[j] == letter)
            row[std::size_t(j)].score =
                kHit + (startsWord(text, j) ? kWordStart : 0) - int(std::min<qsizetype>(j, kHit));
    return row;
}

Row nextRow(const Row& before, QChar letter, const QString& text, const QString& lower) {
    Row row(before.size());
    std::size_t best = 0; // place of the letter before, somewhere to the left
    for (std::size_t j = 1; j < row.size(); ++j) {
        if (before[j - 1].score > before[best].score) best = j - 1;
        if (lower[qsizetype(j)] != letter) continue;
        const int following = before[j - 1].score + kConsecutive;
        const bool follows = following >= before[best].score;
        row[j] = {kHit + (startsWord(text, qsizetype(j)) ? kWordStart : 0) + (follows ? following : before[best].score),
                  qsizetype(follows ? j - 1 : best)};
    }
    return row;
}

} // namespace

std::optional<FuzzyMatch> fuzzyMatch(const QString& pattern, const QString& text) {
    QString letters = pattern.toLower();
    letters.removeIf([](QChar letter) { return letter.isSpace(); });
    const QString lower = text.toLower();
    if (letters.isEmpty()) return FuzzyMatch{};
    if (lower.size() != text.size() || letters.size() > text.size()) return std::nullopt;
    std::vector<Row> rows{firstRow(letters[0], text, lower)};
    for (qsizetype i = 1; i < letters.size(); ++i) rows.push_back(nextRow(rows.back(), letters[i], text, lower));
    const Row& last = rows.back();
    const auto end =
        std::max_element(last.begin(), last.end(), [](const Cell& a, const Cell& b) { return a.score < b.score; });
    if (end->score < 0) return std::nullopt;
    FuzzyMatch match{end->score, QList<int>(letters.size())};
    qsizetype place = end - last.begin();
    for (qsizetype i = letters.size() - 1; i >= 0; --i) {
        match.positions[i] = int(place);
        place = rows[std::size_t(i)][std::size_t(place)].previous;
    }
    return match;
}

} // namespace app::models
