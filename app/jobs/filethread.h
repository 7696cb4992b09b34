#pragma once

#include <app/jobs/result.h>

#include <QObject>
#include <QThreadPool>

namespace app::jobs {

/// Work with files on a thread of its own, one piece after another, so that a slow disk never holds up the window.
/// Belongs to the thread that made it, where results arrive. Destruction finishes what was begun.
class FileThread : public QObject {
public:
    explicit FileThread(QObject* parent = nullptr) : QObject(parent) {
        m_pool.setMaxThreadCount(1);
        m_pool.setExpiryTimeout(-1);
    }

    /// Runs `work`, which may throw, then `then` with its Result. Both must be copyable.
    template <class Work, class Then> void run(Work work, Then then) {
        m_pool.start([this, work, then] {
            const auto result = guarded(work);
            QMetaObject::invokeMethod(
                this, [then, result] { then(result); }, Qt::QueuedConnection);
        });
    }

    /// Waits until all that was begun is done; results that are on their way still arrive.
    void finish() { m_pool.waitForDone(); }

private:
    QThreadPool m_pool;
};

} // namespace app::jobs
