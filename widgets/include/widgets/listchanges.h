#pragma once

#include <functional>
#include <vector>

namespace widgets {

/// A stretch of a list that gives way to a stretch of another; either may be empty.
struct ListChange {
    int from = 0; ///< in the list before
    int removed = 0;
    int to = 0; ///< in the list after
    int inserted = 0;

    bool operator==(const ListChange&) const = default;
};

/// What makes a list of `before` elements the one of `after`, ascending, with what stays equal between: the fewest
/// removals and insertions as long as they are few, else one change from the first difference to the last. Carried out
/// from the last to the first, each place is still where it was. `areEqual` compares an element before with one after.
std::vector<ListChange> listChanges(int before, int after, const std::function<bool(int, int)>& areEqual);

} // namespace widgets
