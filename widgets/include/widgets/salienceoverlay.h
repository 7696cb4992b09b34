#pragma once

#include <QImage>

namespace widgets {

/// A picture with a map over it: grey where the map is 0, and the more in the colours of mapColour() the higher it is.
/// `map` has grey levels and any size; the picture itself where either is null. A pure value.
QImage withSalience(const QImage& picture, const QImage& map);

} // namespace widgets
