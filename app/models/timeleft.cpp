#include <app/models/timeleft.h>

#include <algorithm>

namespace app::models {

namespace {

constexpr qint64 kShortestMs = 1000; ///< before this a rate says little

} // namespace

void TimeLeft::note(qint64 nowMs, const ldm::Progress& progress) {
    const bool isOther = m_first && (progress.total != m_first->total || progress.done < m_last.done);
    m_last = {nowMs, progress.done, progress.total};
    if (!m_first || isOther) m_first = m_last;
}

std::optional<double> TimeLeft::seconds(qint64 nowMs) const {
    if (!m_first || m_last.total <= 0) return std::nullopt;
    const qint64 worked = m_last.ms - m_first->ms;
    const std::int64_t done = m_last.done - m_first->done;
    if (done <= 0 || worked < kShortestMs) return std::nullopt;
    const double each = double(worked) / double(done);
    const double left = each * double(m_last.total - m_last.done) - double(nowMs - m_last.ms);
    return std::max(0.0, left) / 1000;
}

} // namespace app::models
