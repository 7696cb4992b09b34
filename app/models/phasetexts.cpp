#include <app/models/phasetexts.h>

#include <QCoreApplication>
#include <QRegularExpression>

namespace app::models {

namespace {

/// As the engine says them; %1 is a name.
constexpr const char* kPhases[] = {
    QT_TRANSLATE_NOOP("Phases", "calibrating"),
    QT_TRANSLATE_NOOP("Phases", "comparing the ONNX graph"),
    QT_TRANSLATE_NOOP("Phases", "decoding"),
    QT_TRANSLATE_NOOP("Phases", "denoising"),
    QT_TRANSLATE_NOOP("Phases", "exporting %1"),
    QT_TRANSLATE_NOOP("Phases", "full precision"),
    QT_TRANSLATE_NOOP("Phases", "full-precision trajectory"),
    QT_TRANSLATE_NOOP("Phases", "inputs"),
    QT_TRANSLATE_NOOP("Phases", "judging the recipe"),
    QT_TRANSLATE_NOOP("Phases", "measuring the recipe"),
    QT_TRANSLATE_NOOP("Phases", "noise floor of %1"),
    QT_TRANSLATE_NOOP("Phases", "opening %1"),
    QT_TRANSLATE_NOOP("Phases", "pictures held out"),
    QT_TRANSLATE_NOOP("Phases", "reading back %1"),
    QT_TRANSLATE_NOOP("Phases", "running the ONNX graph"),
    QT_TRANSLATE_NOOP("Phases", "sampling inputs"),
    QT_TRANSLATE_NOOP("Phases", "timing layers"),
    QT_TRANSLATE_NOOP("Phases", "treating layers"),
    QT_TRANSLATE_NOOP("Phases", "uniform recipes"),
    QT_TRANSLATE_NOOP("Phases", "verifying %1"),
    QT_TRANSLATE_NOOP("Phases", "weights"),
    QT_TRANSLATE_NOOP("Phases", "writing encodings"),
    QT_TRANSLATE_NOOP("Phases", "writing %1"),
};

constexpr const char* kCounted = QT_TRANSLATE_NOOP("Phases", "%1 of %2, %3");

QString translate(const char* text) {
    return QCoreApplication::translate("Phases", text);
}

} // namespace

QString phaseText(const std::string& what) {
    const QString said = QString::fromStdString(what);
    static const QRegularExpression count(QStringLiteral("^(\\d+) of (\\d+), (.+)$"));
    if (const QRegularExpressionMatch match = count.match(said); match.hasMatch())
        return translate(kCounted).arg(match.captured(1), match.captured(2),
                                       phaseText(match.captured(3).toStdString()));
    for (const char* phase : kPhases) {
        const QString pattern = QLatin1String(phase);
        const qsizetype name = pattern.indexOf(QLatin1String("%1"));
        if (name < 0 && said == pattern) return translate(phase);
        if (name > 0 && said.startsWith(pattern.left(name))) return translate(phase).arg(said.mid(name));
    }
    return said;
}

} // namespace app::models
