#pragma once

#include <QByteArray>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QString>
#include <QStringList>
#include <QTest>

namespace support {

/// What a finished run of the program left behind.
struct Run {
    int exitCode = -1;
    QByteArray out;
    QByteArray err;

    /// stdout as the one JSON object it must be; an empty object otherwise.
    QJsonObject json() const {
        QJsonParseError error;
        const QJsonDocument document = QJsonDocument::fromJson(out, &error);
        return error.error == QJsonParseError::NoError ? document.object() : QJsonObject();
    }
    /// The lines on stderr that the program says in its own name.
    QStringList sentences() const {
        return QString::fromUtf8(err).split(QLatin1Char('\n')).filter(QStringLiteral("noisefloor: "));
    }
};

// Exit codes of the program.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kWrongUsage = 2;
inline constexpr int kBadInput = 3;
inline constexpr int kInterrupted = 130;

constexpr int kLongestRunMs = 300'000;

inline Run finished(QProcess& process) {
    if (!process.waitForFinished(kLongestRunMs) || process.exitStatus() != QProcess::NormalExit) {
        process.kill();
        process.waitForFinished();
        return {-1, process.readAllStandardOutput(), process.readAllStandardError()};
    }
    return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
}

/// Runs the built program and waits for its end.
inline Run noisefloor(const QStringList& arguments) {
    QProcess process;
    process.start(QStringLiteral(NOISEFLOOR_PROGRAM), arguments);
    return finished(process);
}

inline QByteArray contents(const QString& file) {
    QFile opened(file);
    return opened.open(QIODevice::ReadOnly) ? opened.readAll() : QByteArray();
}

inline bool write(const QString& file, const QByteArray& text) {
    QFile opened(file);
    return opened.open(QIODevice::WriteOnly) && opened.write(text) == text.size();
}

} // namespace support
