#pragma once

#include <analysis/sharedfolder.h>

#include <optional>
#include <string>

namespace app::cli {

/// The processes that one `mpirun` has started, seen from one of them.
struct Team {
    analysis::TeamPlace place;
    int onThisMachine = 1;      ///< processes of the team, this one included
    std::string job;            ///< differs from start to start
    bool survivesLosses = true; ///< the others go on when a process is lost

    /// The one that speaks to the user.
    bool isSpeaker() const { return place.place == 0; }
};

/// What Open MPI tells its processes in their environment; nothing where there is one process. Throws BadInput if what
/// it tells makes no sense.
std::optional<Team> teamOf();

} // namespace app::cli
