#include <widgets/salienceoverlay.h>

#include <widgets/colourmap.h>

#include <array>
#include <cmath>

namespace widgets {

namespace {

constexpr double kMostColour = 0.8; ///< share of the colour where the map is highest
constexpr int kLevels = 256;

struct Tint {
    double share = 0; ///< of the colour; the rest is the picture's grey
    double red = 0, green = 0, blue = 0;
};

std::array<Tint, kLevels> tints() {
    std::array<Tint, kLevels> tints;
    for (int level = 0; level < kLevels; ++level) {
        const double position = double(level) / (kLevels - 1);
        const QColor colour = mapColour(position);
        tints[std::size_t(level)] = {kMostColour * std::sqrt(position), double(colour.red()), double(colour.green()),
                                     double(colour.blue())};
    }
    return tints;
}

QRgb mixed(int grey, const Tint& tint) {
    const double rest = (1 - tint.share) * grey;
    return qRgb(int(std::lround(rest + tint.share * tint.red)), int(std::lround(rest + tint.share * tint.green)),
                int(std::lround(rest + tint.share * tint.blue)));
}

} // namespace

QImage withSalience(const QImage& picture, const QImage& map) {
    if (picture.isNull() || map.isNull()) return picture;
    static const std::array<Tint, kLevels> kTints = tints();
    const QImage levels = map.scaled(picture.size(), Qt::IgnoreAspectRatio, Qt::SmoothTransformation)
                              .convertToFormat(QImage::Format_Grayscale8);
    QImage result = picture.convertToFormat(QImage::Format_RGB32);
    for (int y = 0; y < result.height(); ++y) {
        auto* const line = reinterpret_cast<QRgb*>(result.scanLine(y));
        const uchar* const salience = levels.constScanLine(y);
        for (int x = 0; x < result.width(); ++x) line[x] = mixed(qGray(line[x]), kTints[salience[x]]);
    }
    return result;
}

} // namespace widgets
