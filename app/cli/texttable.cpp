#include <app/cli/texttable.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace app::cli {

std::string TextTable::text() const {
    std::vector<std::size_t> widths(m_rows.front().size(), 0);
    for (const auto& row : m_rows)
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    std::string text;
    for (const auto& row : m_rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string rest(widths[i] - row[i].size(), ' ');
            line += (i > 0 ? "  " : "") + (m_isText[i] ? row[i] + rest : rest + row[i]);
        }
        text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
    }
    return text;
}

std::string grouped(std::int64_t number) {
    std::string digits = std::to_string(number);
    const std::ptrdiff_t first = number < 0 ? 1 : 0;
    for (auto at = std::ssize(digits) - 3; at > first; at -= 3) digits.insert(static_cast<std::size_t>(at), 1, ' ');
    return digits;
}

std::string fixed(double value, int decimals) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", decimals, value);
    return text;
}

std::string decibels(double db, int decimals) {
    if (std::isnan(db)) return "-";
    if (std::isinf(db)) return db > 0 ? "exact" : "lost";
    return fixed(db, decimals);
}

std::string sizeText(std::uint64_t bytes) {
    constexpr double kKibi = 1024;
    const double kibibytes = static_cast<double>(bytes) / kKibi;
    return kibibytes < kKibi ? fixed(kibibytes, 1) + " KiB" : fixed(kibibytes / kKibi, 1) + " MiB";
}

} // namespace app::cli
