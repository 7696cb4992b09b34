#include <app/cli/interrupt.h>

#include <pthread.h>
#include <unistd.h>

#include <chrono>

namespace app::cli {

namespace {

constexpr int kExitInterrupted = 130;

/// timeout(1) signals the program and then its whole group, terminals and shells do alike: what comes this soon after
/// the first is the same request.
constexpr std::chrono::milliseconds kSameRequest{500};

sigset_t awaitedSignals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP); // the terminal was closed
    return signals;
}

void waitForSignals(const std::stop_token& finished, std::stop_source work) {
    using Clock = std::chrono::steady_clock;
    const sigset_t signals = awaitedSignals();
    Clock::time_point first;
    int signal = 0;
    while (sigwait(&signals, &signal) == 0) {
        if (finished.stop_requested()) return;
        if (work.request_stop())
            first = Clock::now();
        else if (Clock::now() - first > kSameRequest)
            _exit(kExitInterrupted);
    }
}

} // namespace

Interrupt::Interrupt() {
    const sigset_t signals = awaitedSignals();
    pthread_sigmask(SIG_BLOCK, &signals, &m_before);
    m_waiter = std::jthread(waitForSignals, m_work);
}

Interrupt::~Interrupt() {
    m_waiter.request_stop();
    pthread_kill(m_waiter.native_handle(), SIGTERM);
    m_waiter.join();
    pthread_sigmask(SIG_SETMASK, &m_before, nullptr);
}

} // namespace app::cli
