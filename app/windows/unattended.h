#pragma once

#include <app/windows/mainwindow.h>

#include <QCoreApplication>

#include <cstdio>

namespace app::windows {

// For programs that end by themselves when they have shown or measured something.

/// Ends the program as the error that comes up says.
inline void endOnFailure(MainWindow& window, QObject* context) {
    QObject::connect(&window.studio(), &session::Studio::failed, context, [](const jobs::Failure& failure) {
        std::fprintf(stderr, "noisefloor: %s\n", qPrintable(failure.sentence));
        QCoreApplication::exit(jobs::exitCode(failure.kind));
    });
}

template <class Then> void whenIdle(MainWindow& window, QObject* context, Then then) {
    QObject::connect(&window.studio().engine(), &jobs::Engine::busyChanged, context, [then](bool busy) {
        if (!busy) then();
    });
}

} // namespace app::windows
