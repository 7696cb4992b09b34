#include <analysis/images.h>

#include "pixels.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <string_view>

namespace analysis {

namespace {

constexpr int kCellWidth = 192; ///< least width of a drawn picture; smaller ones grow by whole factors
constexpr int kLabelWidth = 176;
constexpr int kGap = 8;
constexpr int kLine = 16;
constexpr double kTextScale = 0.42;
const cv::Scalar kInk(32, 32, 32);
const cv::Scalar kPaper(255, 255, 255);

/// The drawing font knows ASCII only: every other character becomes one question mark.
std::string drawable(std::string_view text) {
    std::string ascii;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7f)
            ascii += c;
        else if ((byte & 0xc0) != 0x80)
            ascii += byte < 0x20 ? ' ' : '?';
    }
    return ascii;
}

int textWidth(const std::string& text) {
    int baseline = 0;
    return cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX, kTextScale, 1, &baseline).width;
}

/// Lines no wider than `width`, broken at blanks where there are any.
std::vector<std::string> wrapped(std::string_view text, int width) {
    std::vector<std::string> lines;
    std::string rest = drawable(text);
    while (!rest.empty()) {
        std::size_t fits = rest.size();
        while (fits > 1 && textWidth(rest.substr(0, fits)) > width) --fits;
        if (fits < rest.size()) {
            const auto blank = rest.rfind(' ', fits);
            if (blank != std::string::npos && blank > 0) fits = blank;
        }
        lines.push_back(rest.substr(0, fits));
        const auto next = rest.find_first_not_of(' ', fits);
        rest = next == std::string::npos ? std::string() : rest.substr(next);
    }
    return lines;
}

void write(cv::Mat& canvas, const std::vector<std::string>& lines, int x, int y) {
    for (const auto& line : lines) {
        y += kLine;
        cv::putText(canvas, line, {x, y - 4}, cv::FONT_HERSHEY_SIMPLEX, kTextScale, kInk, 1, cv::LINE_AA);
    }
}

int enlargement(const ldm::Image& image) {
    return std::max(1, (kCellWidth + image.width - 1) / std::max(1, image.width));
}

/// Where everything goes: text is wrapped first, since it decides the heights.
struct Layout {
    int cellWidth = kCellWidth;
    int headHeight = 0;
    std::vector<std::vector<std::string>> heads;  ///< by column
    std::vector<std::vector<std::string>> labels; ///< by row
    std::vector<std::vector<std::vector<std::string>>> captions;
    std::vector<int> pictureHeights; ///< by row
    std::vector<int> rowHeights;

    explicit Layout(const Sheet& sheet) {
        for (const auto& row : sheet.cells)
            for (const auto& image : row) cellWidth = std::max(cellWidth, image.width * enlargement(image));
        for (const auto& column : sheet.columns) {
            heads.push_back(wrapped(column, cellWidth));
            headHeight = std::max(headHeight, int(heads.back().size()) * kLine);
        }
        for (std::size_t row = 0; row < sheet.cells.size(); ++row) addRow(sheet, row);
    }

    int x(std::size_t column) const { return 2 * kGap + kLabelWidth + int(column) * (cellWidth + kGap); }
    int width() const { return x(heads.size()); }
    int height() const {
        int sum = headHeight + 2 * kGap;
        for (const int row : rowHeights) sum += row + kGap;
        return sum;
    }

private:
    void addRow(const Sheet& sheet, std::size_t row) {
        labels.push_back(wrapped(row < sheet.rows.size() ? sheet.rows[row] : std::string(), kLabelWidth));
        int pictures = 0;
        for (const auto& image : sheet.cells[row]) pictures = std::max(pictures, image.height * enlargement(image));
        auto& lines = captions.emplace_back();
        std::size_t most = 0;
        if (row < sheet.captions.size())
            for (const auto& caption : sheet.captions[row]) {
                lines.push_back(wrapped(caption, cellWidth));
                most = std::max(most, lines.back().size());
            }
        pictureHeights.push_back(pictures);
        rowHeights.push_back(std::max(pictures + int(most) * kLine, int(labels.back().size()) * kLine));
    }
};

void drawPicture(cv::Mat& canvas, const ldm::Image& image, int x, int y) {
    if (image.empty()) return;
    const int factor = enlargement(image);
    cv::Mat large;
    cv::resize(view(image), large, {}, factor, factor, cv::INTER_NEAREST);
    large.copyTo(canvas({x, y, large.cols, large.rows}));
}

} // namespace

ldm::Image draw(const Sheet& sheet) {
    Sheet padded = sheet;
    for (const auto& row : padded.cells) padded.columns.resize(std::max(padded.columns.size(), row.size()));
    const Layout layout(padded);
    cv::Mat canvas(layout.height(), layout.width(), CV_8UC3, kPaper);
    for (std::size_t column = 0; column < layout.heads.size(); ++column)
        write(canvas, layout.heads[column], layout.x(column), kGap);
    int y = layout.headHeight + 2 * kGap;
    for (std::size_t row = 0; row < padded.cells.size(); ++row) {
        write(canvas, layout.labels[row], kGap, y);
        for (std::size_t column = 0; column < padded.cells[row].size(); ++column)
            drawPicture(canvas, padded.cells[row][column], layout.x(column), y);
        for (std::size_t column = 0; column < layout.captions[row].size(); ++column)
            write(canvas, layout.captions[row][column], layout.x(column), y + layout.pictureHeights[row]);
        y += layout.rowHeights[row] + kGap;
    }
    return toImage(canvas);
}

} // namespace analysis
