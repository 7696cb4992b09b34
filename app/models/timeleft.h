#pragma once

#include <ldm/progress.h>

#include <QtGlobal>

#include <optional>

namespace app::models {

/// How long a job still takes, from how fast it went since it was last begun or changed what it counts.
class TimeLeft {
public:
    /// The job runs from now on, perhaps again.
    void begin() { m_first.reset(); }
    void note(qint64 nowMs, const ldm::Progress& progress);
    /// Nothing while that cannot be told.
    std::optional<double> seconds(qint64 nowMs) const;

private:
    struct Mark {
        qint64 ms = 0;
        std::int64_t done = 0;
        std::int64_t total = 0;
    };
    std::optional<Mark> m_first;
    Mark m_last;
};

} // namespace app::models
