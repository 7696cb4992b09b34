#include <app/windows/language.h>

#include <QCoreApplication>
#include <QLibraryInfo>
#include <QLocale>

namespace app::windows {

void Language::use(const QString& chosen) {
    const QLocale locale = chosen.isEmpty() ? QLocale::system() : QLocale(chosen);
    QLocale::setDefault(locale);
    QCoreApplication::removeTranslator(&m_program);
    QCoreApplication::removeTranslator(&m_qt);
    if (m_program.load(locale, QStringLiteral("noisefloor"), QStringLiteral("_"), QStringLiteral(":/i18n")))
        QCoreApplication::installTranslator(&m_program);
    const QString qtTexts = QLibraryInfo::path(QLibraryInfo::TranslationsPath);
    if (m_qt.load(locale, QStringLiteral("qtbase"), QStringLiteral("_"), qtTexts))
        QCoreApplication::installTranslator(&m_qt);
}

} // namespace app::windows
