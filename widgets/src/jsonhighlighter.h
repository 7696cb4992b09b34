#pragma once

#include <QSyntaxHighlighter>
#include <QTextCharFormat>

namespace widgets {

/// Keys, texts, and numbers and words of JSON, told apart by colour and weight. Colours follow the palette it is given.
class JsonHighlighter : public QSyntaxHighlighter {
    Q_OBJECT

public:
    JsonHighlighter(QTextDocument* document, const QPalette& palette);

    void setPalette(const QPalette& palette);

protected:
    void highlightBlock(const QString& text) override;

private:
    QTextCharFormat m_key;
    QTextCharFormat m_text;
    QTextCharFormat m_value;
};

} // namespace widgets
