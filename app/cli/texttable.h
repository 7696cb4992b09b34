#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace app::cli {

/// Columns of text for people: the first column left-aligned, the others right-aligned, two spaces between.
class TextTable {
public:
    explicit TextTable(std::vector<std::string> header) : m_rows{std::move(header)}, m_isText(m_rows.front().size()) {
        m_isText.front() = true;
    }
    /// Aligns another column to the left.
    TextTable& alignLeft(std::size_t column) {
        m_isText.at(column) = true;
        return *this;
    }
    void add(std::vector<std::string> row) { m_rows.push_back(std::move(row)); }
    std::string text() const;

private:
    std::vector<std::vector<std::string>> m_rows;
    std::vector<bool> m_isText; ///< by column
};

/// 1234567 -> "1 234 567".
std::string grouped(std::int64_t number);
std::string fixed(double value, int decimals);
/// Infinite is "exact", or "lost" where negative; not a number, which is not measured, is "-".
std::string decibels(double db, int decimals = 2);
/// Bytes as "12.3 MiB", small ones as "0.7 KiB".
std::string sizeText(std::uint64_t bytes);

} // namespace app::cli
