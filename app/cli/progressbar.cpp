#include <app/cli/progressbar.h>

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace app::cli {

namespace {

constexpr std::chrono::milliseconds kBarInterval{100};
constexpr std::chrono::milliseconds kLineInterval{1000};
constexpr int kBarCells = 30;

int terminalColumns() {
    winsize size{};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string count(const ldm::Progress& progress) {
    if (progress.total <= 0) return {};
    return ' ' + std::to_string(progress.done) + '/' + std::to_string(progress.total);
}

std::string bar(const ldm::Progress& progress) {
    if (progress.total <= 0) return {};
    const auto done = std::clamp<std::int64_t>(progress.done, 0, progress.total);
    const auto filled = static_cast<std::size_t>(done * kBarCells / progress.total);
    return '[' + std::string(filled, '#') + std::string(kBarCells - filled, '.') + "] ";
}

} // namespace

ProgressBar::ProgressBar() : m_terminal(isatty(STDERR_FILENO) != 0) {
}

bool ProgressBar::due(const ldm::Progress& progress) {
    const auto now = Clock::now();
    const auto interval = m_terminal ? kBarInterval : kLineInterval;
    const bool first = m_stage.empty();
    const bool stageEnds = progress.what != m_stage && m_terminal;
    if (!first && !stageEnds && now - m_last < interval) return false;
    m_stage = progress.what;
    m_last = now;
    return true;
}

void ProgressBar::show(const ldm::Progress& progress) {
    if (!due(progress)) return;
    if (!m_terminal) {
        std::fprintf(stderr, "%s%s\n", progress.what.c_str(), count(progress).c_str());
        return;
    }
    const std::string line = bar(progress) + progress.what + count(progress);
    std::fprintf(stderr, "\r\033[K%.*s", terminalColumns() - 1, line.c_str());
    std::fflush(stderr);
    m_drawn = true;
}

void ProgressBar::clear() {
    if (!m_drawn) return;
    std::fputs("\r\033[K", stderr);
    std::fflush(stderr);
    m_drawn = false;
}

} // namespace app::cli
