#pragma once

#include <QImage>
#include <QString>
#include <QStringList>

namespace app::report {

/// HTML that browsers and Qt's rich text both understand. Text is escaped; `Cell` says what a cell holds.
class Html {
public:
    void heading(int level, const QString& text);
    void paragraph(const QString& text);
    void note(const QString& text);
    void preformatted(const QString& text);
    /// `width` in CSS pixels; 0: one for each of the picture's.
    void picture(const QImage& image, int width, const QString& description);
    /// A table whose first row are heads. `numeric` columns, from this one on, are aligned to the right.
    void table(const QStringList& heads, const QList<QStringList>& rows, int numericFrom);
    /// Two columns: what, and its value.
    void facts(const QList<std::pair<QString, QString>>& rows);
    /// Pictures beside each other, each between its name and a line about it.
    struct Shown {
        QString name;
        QImage image;
        QString below;
    };
    void gallery(const QList<Shown>& pictures, int width);
    /// What follows until unfold() is folded away under a line of text.
    void fold(const QString& text);
    void unfold();

    QString document(const QString& title) const;

private:
    QString m_body;
};

} // namespace app::report
