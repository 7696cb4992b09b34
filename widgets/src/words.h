#pragma once

#include <QCoreApplication>
#include <QLocale>

namespace widgets {

/// Translates what free functions write.
struct Words {
    Q_DECLARE_TR_FUNCTIONS(widgets)
};

/// A number as the user's language writes it.
inline QString shown(double number, int decimals) {
    return QLocale().toString(number, 'f', decimals);
}

} // namespace widgets
