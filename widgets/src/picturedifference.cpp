#include <widgets/picturedifference.h>

#include <widgets/colourmap.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace widgets {

namespace {

/// The colour of every difference, -255..255.
using Colours = std::array<QRgb, 2 * kLevels + 1>;

Colours coloursFor(const DifferenceLook& look) {
    Colours colours{};
    for (int difference = -kLevels; difference <= kLevels; ++difference)
        colours[std::size_t(difference + kLevels)] = differenceColour(difference, look).rgb();
    return colours;
}

} // namespace

int pixelDifference(QRgb reference, QRgb candidate) {
    int most = 0;
    for (const int difference : {qRed(candidate) - qRed(reference), qGreen(candidate) - qGreen(reference),
                                 qBlue(candidate) - qBlue(reference)})
        if (std::abs(difference) > std::abs(most)) most = difference;
    return most;
}

QColor equalColour() {
    return QColor(128, 128, 128);
}

QColor differenceColour(int difference, const DifferenceLook& look) {
    if (std::abs(difference) <= look.tolerance) return equalColour();
    const double amplified = std::clamp(difference * look.gain / double(kLevels), -1.0, 1.0);
    return look.kind == DifferenceKind::Signed ? divergingColour((amplified + 1) / 2) : mapColour(std::abs(amplified));
}

PictureDifference pictureDifference(const QImage& reference, const QImage& candidate, const DifferenceLook& look) {
    if (reference.isNull() || reference.size() != candidate.size()) return {};
    const QImage from = reference.convertToFormat(QImage::Format_RGB32);
    const QImage to = candidate.convertToFormat(QImage::Format_RGB32);
    const Colours colours = coloursFor(look);
    PictureDifference result{QImage(from.size(), QImage::Format_RGB32)};
    qint64 differing = 0;
    for (int y = 0; y < from.height(); ++y) {
        const auto* a = reinterpret_cast<const QRgb*>(from.constScanLine(y));
        const auto* b = reinterpret_cast<const QRgb*>(to.constScanLine(y));
        auto* out = reinterpret_cast<QRgb*>(result.picture.scanLine(y));
        for (int x = 0; x < from.width(); ++x) {
            const int difference = pixelDifference(a[x], b[x]);
            out[x] = colours[std::size_t(difference + kLevels)];
            differing += std::abs(difference) > look.tolerance;
            result.largest = std::max(result.largest, std::abs(difference));
        }
    }
    result.share = double(differing) / (double(from.width()) * from.height());
    return result;
}

} // namespace widgets
