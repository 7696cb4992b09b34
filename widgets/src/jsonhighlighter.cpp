#include "jsonhighlighter.h"

#include <QPalette>
#include <QRegularExpression>

namespace widgets {

JsonHighlighter::JsonHighlighter(QTextDocument* document, const QPalette& palette) : QSyntaxHighlighter(document) {
    m_key.setFontWeight(QFont::Bold);
    m_value.setFontItalic(true);
    setPalette(palette);
}

void JsonHighlighter::setPalette(const QPalette& palette) {
    const bool isDark = palette.color(QPalette::Base).lightness() < 128;
    m_key.setForeground(palette.color(QPalette::Text));
    m_text.setForeground(isDark ? QColor(0x8f, 0xc7, 0xff) : QColor(0x00, 0x45, 0x86));
    m_value.setForeground(isDark ? QColor(0xff, 0xc2, 0x7a) : QColor(0x8a, 0x3b, 0x00));
    rehighlight();
}

void JsonHighlighter::highlightBlock(const QString& text) {
    static const QRegularExpression part(
        QStringLiteral("(\"(?:[^\"\\\\]|\\\\.)*\"?)(\\s*:)?|(-?\\d[\\d.eE+-]*|\\b(?:true|false|null)\\b)"));
    for (auto found = part.globalMatch(text); found.hasNext();) {
        const QRegularExpressionMatch match = found.next();
        if (match.capturedStart(3) >= 0)
            setFormat(int(match.capturedStart(3)), int(match.capturedLength(3)), m_value);
        else
            setFormat(int(match.capturedStart(1)), int(match.capturedLength(1)),
                      match.capturedStart(2) >= 0 ? m_key : m_text);
    }
}

} // namespace widgets
