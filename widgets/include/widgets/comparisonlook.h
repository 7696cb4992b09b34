#pragma once

#include <widgets/picturedifference.h>

#include <optional>

namespace widgets {

enum class ComparisonMode {
    SideBySide,
    LeftRight,  ///< one pane, full precision left of a line
    AboveBelow, ///< one pane, full precision above a line
    Difference,
};

/// How two pictures are compared; what a session keeps of the view.
struct ComparisonLook {
    ComparisonMode mode = ComparisonMode::SideBySide;
    DifferenceLook difference;
    double split = 0.5; ///< 0..1 of the pane
    bool linked = true;
    bool blinking = false;
    bool salience = false; ///< what the pictures are recognised by is drawn over them
    bool operator==(const ComparisonLook&) const = default;
};

/// Every value within its range.
ComparisonLook checked(ComparisonLook look);
/// What a key of the pictures makes of a look; nothing where it means nothing.
std::optional<ComparisonLook> lookAfterKey(ComparisonLook look, int key);

} // namespace widgets
