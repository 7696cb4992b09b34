#include <widgets/comparisonlook.h>

#include <Qt>

#include <algorithm>

namespace widgets {

namespace {

/// Side by side, left and right, above and below, and again.
ComparisonMode nextSplit(ComparisonMode mode) {
    switch (mode) {
    case ComparisonMode::LeftRight:
        return ComparisonMode::AboveBelow;
    case ComparisonMode::AboveBelow:
        return ComparisonMode::SideBySide;
    default:
        return ComparisonMode::LeftRight;
    }
}

} // namespace

ComparisonLook checked(ComparisonLook look) {
    look.difference.gain = std::clamp(look.difference.gain, 1, kMostGain);
    look.difference.tolerance = std::clamp(look.difference.tolerance, 0, kLevels);
    look.split = look.split >= 0 && look.split <= 1 ? look.split : 0.5;
    return look;
}

std::optional<ComparisonLook> lookAfterKey(ComparisonLook look, int key) {
    switch (key) {
    case Qt::Key_B:
        look.blinking = !look.blinking;
        break;
    case Qt::Key_D:
        look.mode = look.mode == ComparisonMode::Difference ? ComparisonMode::SideBySide : ComparisonMode::Difference;
        break;
    case Qt::Key_H:
        look.salience = !look.salience;
        break;
    case Qt::Key_S:
        look.mode = nextSplit(look.mode);
        break;
    case Qt::Key_BracketLeft:
        look.difference.gain /= 2;
        break;
    case Qt::Key_BracketRight:
        look.difference.gain *= 2;
        break;
    default:
        return std::nullopt;
    }
    return checked(look);
}

} // namespace widgets
