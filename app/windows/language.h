#pragma once

#include <QString>
#include <QTranslator>

namespace app::windows {

/// The texts of the program and of Qt in one language, and with them how numbers are shown. Belongs to the program's
/// main function and lives as long as the application. GUI thread.
class Language {
public:
    /// "en" or "de"; empty for the system's language where there is a translation, else English. Windows made
    /// afterwards speak it.
    void use(const QString& chosen);

private:
    QTranslator m_program;
    QTranslator m_qt;
};

} // namespace app::windows
