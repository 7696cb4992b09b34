#include "differencelegend.h"

#include <widgets/colourmap.h>

#include <QLocale>
#include <QPainter>

namespace widgets {

namespace {

constexpr int kBarHeight = 10;
constexpr int kEqualWidth = 14;
constexpr int kGap = 6;

} // namespace

DifferenceLegend::DifferenceLegend(QWidget* parent) : QWidget(parent) {
    setAccessibleName(tr("Key of the difference"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    describe();
}

void DifferenceLegend::setLook(const DifferenceLook& look) {
    m_look = look;
    describe();
}

void DifferenceLegend::setMeasured(const PictureDifference& difference) {
    m_isMeasured = !difference.picture.isNull();
    m_share = difference.share;
    m_largest = difference.largest;
    describe();
}

void DifferenceLegend::describe() {
    setAccessibleDescription(text());
    setToolTip(m_look.kind == DifferenceKind::Signed
                   ? tr("Of the channel that differs most, in levels of 0 to 255. Blue: full precision is brighter; "
                        "orange: the quantized picture is.")
                   : tr("Of the channel that differs most, in levels of 0 to 255."));
    update();
}

QString DifferenceLegend::endText(double level) const {
    const QString number = QLocale().toString(level, 'f', level == int(level) ? 0 : 1);
    return level > 0 && m_look.kind == DifferenceKind::Signed ? QLatin1Char('+') + number : number;
}

QString DifferenceLegend::measuredText() const {
    const QString equal = m_look.tolerance == 0 ? tr("grey: equal") : tr("grey: within %1").arg(m_look.tolerance);
    if (!m_isMeasured) return equal;
    return tr("%1; %2 % of the pixels differ, by %3 at most")
        .arg(equal, QLocale().toString(100 * m_share, 'f', 1))
        .arg(m_largest);
}

QString DifferenceLegend::text() const {
    const double end = double(kLevels) / m_look.gain;
    const double begin = m_look.kind == DifferenceKind::Signed ? -end : 0;
    return tr("%1 to %2 levels of 255; %3").arg(endText(begin), endText(end), measuredText());
}

QSize DifferenceLegend::sizeHint() const {
    return {420, fontMetrics().height() + 4};
}

void DifferenceLegend::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const double end = double(kLevels) / m_look.gain;
    const bool isSigned = m_look.kind == DifferenceKind::Signed;
    const QString from = endText(isSigned ? -end : 0);
    const QString to = tr("%1 levels").arg(endText(end));
    const QString measured = measuredText();
    const QFontMetrics metrics = fontMetrics();
    const int texts = metrics.horizontalAdvance(from) + metrics.horizontalAdvance(to);
    const int rest = metrics.horizontalAdvance(measured) + kEqualWidth + 3 * kGap;
    const int barWidth = std::clamp(width() - texts - rest - 2 * kGap, 40, 200);
    int x = 0;
    const auto write = [&](const QString& text) {
        painter.drawText(QRect(x, 0, metrics.horizontalAdvance(text) + 1, height()), Qt::AlignVCenter, text);
        x += metrics.horizontalAdvance(text) + kGap;
    };
    painter.setPen(palette().color(QPalette::WindowText));
    write(from);
    const QRect bar(x, (height() - kBarHeight) / 2, barWidth, kBarHeight);
    for (int i = 0; i < bar.width(); ++i) {
        const double place = double(i) / (bar.width() - 1);
        painter.fillRect(QRect(bar.left() + i, bar.top(), 1, bar.height()),
                         isSigned ? divergingColour(place) : mapColour(place));
    }
    x = bar.right() + kGap;
    write(to);
    x += kGap;
    painter.fillRect(QRect(x, bar.top(), kEqualWidth, kBarHeight), equalColour());
    x += kEqualWidth + kGap;
    painter.drawText(QRect(x, 0, width() - x, height()), Qt::AlignVCenter,
                     metrics.elidedText(measured, Qt::ElideRight, width() - x));
}

} // namespace widgets
