#pragma once

#include <QColor>

namespace widgets {

/// Viridis: perceptually even, readable with every common colour blindness, never grey.
/// `position` is clamped to 0 (dark) .. 1 (bright).
QColor mapColour(double position);

/// For differences: deep blue at 0, near white at 0.5, dark orange at 1; told apart with every common colour blindness.
QColor divergingColour(double position);

/// Where `value` lies between `low` and `high`, clamped to 0..1; 1 when the range is empty.
double positionInRange(double value, double low, double high);

/// WCAG relative luminance, 0 (black) .. 1 (white).
double luminance(const QColor& colour);

/// Black or white, whichever contrasts more with `fill`.
QColor textColourOn(const QColor& fill);

} // namespace widgets
