#include <app/cli/floplot.h>

#include <app/cli/texttable.h>

#include <algorithm>
#include <cmath>
#include <span>

namespace app::cli {

namespace {

namespace flo = analysis::flo;
using Cells = std::span<const flo::BenchmarkCell>;

constexpr double kWidth = 240;
constexpr double kHeight = 180;
constexpr double kLeft = 48;
constexpr double kTop = 40;
constexpr double kPanelWidth = kWidth + 68;
constexpr double kPanelHeight = kHeight + 84;
constexpr std::size_t kColumns = 3;
constexpr int kSteps = 200; ///< of the curve of the truth

/// A length of about a fifth of `range` that reads well: 1, 2 or 5 times a power of ten.
double tickStep(double range) {
    const double power = std::pow(10, std::floor(std::log10(range / 5)));
    for (const double factor : {1.0, 2.0, 5.0})
        if (factor * power >= range / 5) return factor * power;
    return 10 * power;
}

/// Of those that are bounds as they should be: one estimate far above the truth would flatten all others.
double highestEstimate(Cells cells) {
    double highest = 0;
    for (const auto& cell : cells)
        if (cell.estimate && cell.estimate->nats <= cell.truth) highest = std::max(highest, cell.estimate->nats);
    return highest;
}

/// One bound: correlations from 0 to 1 to the right, nats upwards.
class Panel {
public:
    Panel(const flo::Benchmark& benchmark, double highest) : m_benchmark(benchmark), m_highest(highest) {}

    std::string svg(Cells cells, std::size_t place) const {
        const double left = kLeft + double(place % kColumns) * kPanelWidth;
        const double top = kTop + 24 + double(place / kColumns) * kPanelHeight;
        return "<g transform=\"translate(" + fixed(left, 0) + " " + fixed(top, 0) + ")\">\n" + axes() +
               text(kWidth / 2, -8, "middle", flo::nameOf(cells.front().bound), " font-weight=\"bold\"") +
               "<g clip-path=\"url(#inside)\" fill=\"none\">\n" + band(cells) + ceiling() + truth() + estimates(cells) +
               "</g>\n</g>\n";
    }

private:
    static double x(double rho) { return rho * kWidth; }
    double y(double nats) const { return kHeight * (1 - nats / m_highest); }
    std::string point(double rho, double nats) const { return fixed(x(rho), 1) + "," + fixed(y(nats), 1) + " "; }

    static std::string text(double x, double y, const std::string& anchor, const std::string& what,
                            const std::string& style = {}) {
        return "<text x=\"" + fixed(x, 1) + "\" y=\"" + fixed(y, 1) + "\" text-anchor=\"" + anchor + "\"" + style +
               ">" + what + "</text>\n";
    }
    static std::string line(const std::string& points, const std::string& style) {
        return "<polyline points=\"" + points + "\" " + style + "/>\n";
    }

    std::string axes() const {
        std::string svg = "<rect width=\"" + fixed(kWidth, 0) + "\" height=\"" + fixed(kHeight, 0) +
                          "\" fill=\"none\" stroke=\"#808080\"/>\n";
        for (int i = 0; i <= 5; ++i) svg += text(x(i / 5.0), kHeight + 16, "middle", fixed(i / 5.0, 1));
        const double step = tickStep(m_highest);
        for (int i = 0; i * step <= m_highest; ++i)
            svg += text(-6, y(i * step) + 4, "end", fixed(i * step, step < 1 ? 1 : 0));
        return svg + text(kWidth / 2, kHeight + 34, "middle", "correlation") + "<text transform=\"translate(-34 " +
               fixed(kHeight / 2, 0) + ") rotate(-90)\" text-anchor=\"middle\">nats</text>\n";
    }
    std::string truth() const {
        std::string points;
        for (int i = 0; i < kSteps; ++i) {
            const double rho = double(i) / kSteps;
            const flo::CorrelatedNormals normals{m_benchmark.dimensions, rho, m_benchmark.cubed};
            points += point(rho, flo::informationOf(normals));
        }
        return line(points, "stroke=\"#000000\" stroke-dasharray=\"6 4\"");
    }
    std::string ceiling() const {
        const double nats = std::log(double(m_benchmark.training.candidates));
        return line(point(0, nats) + point(1, nats), "stroke=\"#606060\" stroke-dasharray=\"1 4\"");
    }
    std::string band(Cells cells) const {
        std::string above;
        std::string below;
        for (const auto& [bound, rho, truth, estimate] : cells) {
            if (!estimate) continue;
            above += point(rho, estimate->highDecile);
            below = point(rho, estimate->lowDecile) + below;
        }
        return "<polygon points=\"" + above + below + "\" fill=\"#a8c8f0\"/>\n";
    }
    std::string estimates(Cells cells) const {
        std::string points;
        std::string dots;
        for (const auto& [bound, rho, truth, estimate] : cells) {
            if (!estimate) continue;
            points += point(rho, estimate->nats);
            dots += "<circle cx=\"" + fixed(x(rho), 1) + "\" cy=\"" + fixed(y(estimate->nats), 1) +
                    "\" r=\"2.2\" fill=\"#1050a0\"/>\n";
        }
        return line(points, "stroke=\"#1050a0\" stroke-width=\"1.5\"") + dots;
    }

    const flo::Benchmark& m_benchmark;
    double m_highest; ///< nats at the upper end
};

std::string title(const flo::Benchmark& benchmark) {
    return std::to_string(benchmark.dimensions) + (benchmark.dimensions == 1 ? " dimension" : " dimensions") +
           (benchmark.cubed ? ", cubed" : "") + ", K = " + std::to_string(benchmark.training.candidates) +
           ": estimates (line, deciles as a band), truth (dashed), log K (dotted)";
}

} // namespace

std::string floPlot(const flo::Benchmark& benchmark, const std::vector<flo::BenchmarkCell>& cells) {
    const std::size_t perBound = benchmark.rhos.size();
    const std::size_t columns = std::min(kColumns, benchmark.bounds.size());
    const std::size_t rows = (benchmark.bounds.size() + kColumns - 1) / kColumns;
    const std::string width = fixed(kLeft + double(columns) * kPanelWidth, 0);
    const std::string height = fixed(kTop + double(rows) * kPanelHeight, 0);
    constexpr double kRoom = 1.15;
    const double logK = std::log(double(benchmark.training.candidates));
    const Panel panel(benchmark, kRoom * std::max(highestEstimate(cells), logK));
    std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + width + "\" height=\"" + height +
                      "\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"" + width + "\" height=\"" +
                      height + "\" fill=\"#ffffff\"/>\n<clipPath id=\"inside\"><rect width=\"" + fixed(kWidth, 0) +
                      "\" height=\"" + fixed(kHeight, 0) + "\"/></clipPath>\n<text x=\"" + fixed(kLeft, 0) +
                      "\" y=\"24\" font-size=\"14\">" + title(benchmark) + "</text>\n";
    for (std::size_t i = 0; i < benchmark.bounds.size(); ++i)
        svg += panel.svg(Cells(cells).subspan(i * perBound, perBound), i);
    return svg + "</svg>\n";
}

} // namespace app::cli
