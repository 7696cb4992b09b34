#pragma once

#include <QColor>
#include <QImage>

namespace widgets {

enum class DifferenceKind { Signed, Absolute };

inline constexpr int kMostGain = 64;
inline constexpr int kLevels = 255; ///< the largest difference of a channel

/// How a difference is drawn. Pure values, in levels of 0..255.
struct DifferenceLook {
    DifferenceKind kind = DifferenceKind::Signed;
    int gain = 8;      ///< 1..kMostGain: the colours end at 255 / gain levels
    int tolerance = 0; ///< differences up to this count as equal and are grey
    bool operator==(const DifferenceLook&) const = default;
};

/// Candidate minus reference in the channel that differs most; the first of them where several do.
int pixelDifference(QRgb reference, QRgb candidate);
/// Signed: blue where the reference is brighter, orange where the candidate is. Absolute: dark to bright. Grey: equal.
QColor differenceColour(int difference, const DifferenceLook& look);
QColor equalColour();

struct PictureDifference {
    QImage picture;   ///< null where there is none: a picture is missing, or the sizes differ
    double share = 0; ///< of pixels that differ by more than the tolerance, 0..1
    int largest = 0;  ///< of all differences, without sign
};
PictureDifference pictureDifference(const QImage& reference, const QImage& candidate, const DifferenceLook& look);

} // namespace widgets
