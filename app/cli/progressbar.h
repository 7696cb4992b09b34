#pragma once

#include <ldm/progress.h>

#include <chrono>
#include <string>

namespace app::cli {

/// Progress on stderr: a bar that rewrites itself on a terminal, a plain line now and then otherwise. One thread.
class ProgressBar {
public:
    ProgressBar();
    ~ProgressBar() { clear(); }
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;

    void show(const ldm::Progress& progress);
    /// Takes the bar off the terminal, so that a message can follow.
    void clear();

private:
    using Clock = std::chrono::steady_clock;
    bool due(const ldm::Progress& progress);

    bool m_terminal;
    bool m_drawn = false;
    std::string m_stage;
    Clock::time_point m_last;
};

} // namespace app::cli
