#pragma once

#include <signal.h>

#include <stop_token>
#include <thread>

namespace app::cli {

/// Turns Ctrl+C (SIGINT) and SIGTERM into a stop request while it lives; a second one ends the program at once if it
/// comes half a second later or more. The signals are blocked in the creating thread and all threads it starts from
/// then on, and one thread waits for them.
class Interrupt {
public:
    Interrupt();
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    std::stop_token token() const { return m_work.get_token(); }

private:
    sigset_t m_before;
    std::stop_source m_work;
    std::jthread m_waiter;
};

} // namespace app::cli
