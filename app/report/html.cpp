#include <app/report/html.h>

#include <QBuffer>

namespace app::report {

namespace {

QString escaped(const QString& text) {
    return text.toHtmlEscaped();
}

QString element(const QString& name, const QString& text) {
    return QStringLiteral("<%1>%2</%1>\n").arg(name, escaped(text));
}

QString imageTag(const QImage& image, int width, const QString& description) {
    QByteArray png;
    QBuffer buffer(&png);
    buffer.open(QIODevice::WriteOnly);
    image.save(&buffer, "PNG");
    return QStringLiteral("<img src=\"data:image/png;base64,%1\" width=\"%2\" alt=\"%3\">")
        .arg(QString::fromLatin1(png.toBase64()))
        .arg(width > 0 ? width : image.width())
        .arg(escaped(description));
}

const QString kStyle = QStringLiteral(
    "body{font-family:sans-serif;color:#202020;background:#ffffff;max-width:1100px;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse}td,th{padding:3px 8px;border:1px solid #c8c8c8;text-align:left;vertical-align:top}"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}"
    "pre{background:#f4f4f4;padding:8px;white-space:pre-wrap}p.note{color:#555555}"
    "img{image-rendering:pixelated;max-width:100%}summary{cursor:pointer;margin:6px 0}div.fold{overflow-x:auto}");

} // namespace

void Html::heading(int level, const QString& text) {
    m_body += element(QStringLiteral("h%1").arg(level), text);
}

void Html::paragraph(const QString& text) {
    m_body += element(QStringLiteral("p"), text);
}

void Html::note(const QString& text) {
    m_body += QStringLiteral("<p class=\"note\">%1</p>\n").arg(escaped(text));
}

void Html::preformatted(const QString& text) {
    m_body += element(QStringLiteral("pre"), text);
}

void Html::picture(const QImage& image, int width, const QString& description) {
    m_body += QStringLiteral("<p>%1</p>\n").arg(imageTag(image, width, description));
}

void Html::table(const QStringList& heads, const QList<QStringList>& rows, int numericFrom) {
    const auto row = [this, numericFrom](const QString& tag, const QStringList& cells) {
        m_body += QStringLiteral("<tr>");
        for (int i = 0; i < cells.size(); ++i) {
            const bool isNumber = i >= numericFrom;
            m_body +=
                QStringLiteral("<%1%2>%3</%1>")
                    .arg(tag, isNumber ? QStringLiteral(" class=\"n\" align=\"right\"") : QString(), escaped(cells[i]));
        }
        m_body += QStringLiteral("</tr>\n");
    };
    m_body += QStringLiteral("<table border=\"1\" cellspacing=\"0\" cellpadding=\"3\">\n");
    row(QStringLiteral("th"), heads);
    for (const QStringList& cells : rows) row(QStringLiteral("td"), cells);
    m_body += QStringLiteral("</table>\n");
}

void Html::facts(const QList<std::pair<QString, QString>>& rows) {
    m_body += QStringLiteral("<table border=\"1\" cellspacing=\"0\" cellpadding=\"3\">\n");
    for (const auto& [what, value] : rows)
        m_body += QStringLiteral("<tr><th align=\"left\">%1</th><td>%2</td></tr>\n").arg(escaped(what), escaped(value));
    m_body += QStringLiteral("</table>\n");
}

void Html::gallery(const QList<Shown>& pictures, int width) {
    m_body += QStringLiteral("<table border=\"0\" cellspacing=\"0\" cellpadding=\"6\"><tr>");
    for (const Shown& shown : pictures)
        m_body += QStringLiteral("<td><b>%1</b><br>%2<br>%3</td>")
                      .arg(escaped(shown.name), imageTag(shown.image, width, shown.name), escaped(shown.below));
    m_body += QStringLiteral("</tr></table>\n");
}

void Html::fold(const QString& text) {
    m_body += QStringLiteral("<details><summary>%1</summary><div class=\"fold\">\n").arg(escaped(text));
}

void Html::unfold() {
    m_body += QStringLiteral("</div></details>\n");
}

QString Html::document(const QString& title) const {
    return QStringLiteral("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>%1</title>\n"
                          "<style>%2</style></head>\n<body>\n%3</body></html>\n")
        .arg(escaped(title), kStyle, m_body);
}

} // namespace app::report
