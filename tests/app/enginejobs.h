#pragma once

#include <app/jobs/enginethread.h>

#include <QObject>
#include <QStringList>

#include <memory>
#include <semaphore>

namespace support {

using namespace app::jobs;

/// A job that says when it runs and goes on only when it may.
struct Gate {
    std::binary_semaphore reached{0};
    std::binary_semaphore open{0};

    void pass() {
        reached.release();
        open.acquire();
    }
};

inline void waitForStop(const JobContext& context) {
    std::binary_semaphore stopped(0);
    const std::stop_callback wake(context.stop, [&stopped] { stopped.release(); });
    stopped.acquire();
}

/// Adds a name to a list on the owner's thread.
inline std::function<void()> note(QStringList& list, const char* name) {
    return [&list, name] { list << QLatin1String(name); };
}

inline Work named(QStringList& list, const char* name) {
    return [&list, name](const JobContext& context) {
        context.deliver(note(list, name));
        return Outcome::Finished;
    };
}

/// Lists "NUMBER STATE" for everything a job goes through.
inline std::unique_ptr<QObject> watch(const EngineThread& engine, QStringList& order) {
    auto context = std::make_unique<QObject>();
    const auto add = [&order](quint64 number, JobState state) {
        static const QStringList names{
            QStringLiteral("Waiting"), QStringLiteral("Running"),  QStringLiteral("Pausing"),
            QStringLiteral("Paused"),  QStringLiteral("Stopping"), QStringLiteral("Finished"),
            QStringLiteral("Stopped"), QStringLiteral("Replaced"), QStringLiteral("Failed")};
        order << QStringLiteral("%1 %2").arg(number).arg(names[int(state)]);
    };
    QObject::connect(&engine, &EngineThread::stateChanged, context.get(), add);
    return context;
}

} // namespace support
