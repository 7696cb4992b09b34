#include <app/cli/interrupt.h>

#include <pthread.h>
#include <unistd.h>

namespace app::cli {

namespace {

constexpr int kExitInterrupted = 130;

sigset_t awaitedSignals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    return signals;
}

void waitForSignals(const std::stop_token& finished, std::stop_source work) {
    const sigset_t signals = awaitedSignals();
    int signal = 0;
    while (sigwait(&signals, &signal) == 0) {
        if (finished.stop_requested()) return;
        if (!work.request_stop()) _exit(kExitInterrupted);
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
