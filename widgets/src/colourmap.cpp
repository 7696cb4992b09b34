#include <widgets/colourmap.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace widgets {

namespace {

// Viridis by S. van der Walt and N. Smith (CC0), at 0, 0.1, ... 1.
constexpr std::array<QRgb, 11> kStops{0xff440154, 0xff482475, 0xff414487, 0xff355f8d, 0xff2a788e, 0xff21918c,
                                      0xff22a884, 0xff44bf70, 0xff7ad151, 0xffbddf26, 0xfffde725};

// Blue through near white to orange, even in lightness on both sides.
constexpr std::array<QRgb, 9> kDivergingStops{0xff08386e, 0xff2166ac, 0xff5b9bd0, 0xffabcfe8, 0xfff4f2ee,
                                              0xfff8cf9c, 0xffea9a45, 0xffc2650c, 0xff7a3b04};

template <std::size_t Count> QColor mixed(const std::array<QRgb, Count>& stops, double position) {
    const double scaled = std::clamp(position, 0.0, 1.0) * (Count - 1);
    const auto below = std::min(static_cast<std::size_t>(scaled), Count - 2);
    const double part = scaled - static_cast<double>(below);
    const auto mix = [part](int a, int b) { return static_cast<int>(std::lround(a + part * (b - a))); };
    const QRgb a = stops[below];
    const QRgb b = stops[below + 1];
    return {mix(qRed(a), qRed(b)), mix(qGreen(a), qGreen(b)), mix(qBlue(a), qBlue(b))};
}

double linear(double channel) {
    return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
}

} // namespace

QColor mapColour(double position) {
    return mixed(kStops, position);
}

QColor divergingColour(double position) {
    return mixed(kDivergingStops, position);
}

double positionInRange(double value, double low, double high) {
    return high > low ? std::clamp((value - low) / (high - low), 0.0, 1.0) : 1.0;
}

double luminance(const QColor& colour) {
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}

QColor textColourOn(const QColor& fill) {
    const double light = luminance(fill);
    const double contrastOfWhite = 1.05 / (light + 0.05);
    const double contrastOfBlack = (light + 0.05) / 0.05;
    return contrastOfWhite >= contrastOfBlack ? Qt::white : Qt::black;
}

} // namespace widgets
