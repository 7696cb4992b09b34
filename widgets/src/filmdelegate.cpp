#include "filmdelegate.h"

#include <widgets/filmstrip.h>

#include <QApplication>
#include <QLocale>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace widgets {

namespace {

constexpr int kThumb = 44;
constexpr int kMargin = 5;
constexpr int kBarHeight = 4;
constexpr double kLongestBarDb = 0; ///< as much error as signal
constexpr double kNoBarDb = 60;

void drawThumb(QPainter& painter, const QRect& place, const QImage& image, const QPalette& palette) {
    if (image.isNull()) {
        painter.setPen(palette.color(QPalette::Mid));
        painter.drawRect(place.adjusted(0, 0, -1, -1));
        return;
    }
    QRect fitted(QPoint(), image.size().scaled(place.size(), Qt::KeepAspectRatio));
    fitted.moveCenter(place.center());
    painter.setRenderHint(QPainter::SmoothPixmapTransform, image.width() > fitted.width());
    painter.drawImage(fitted, image);
}

void drawBar(QPainter& painter, const QRect& place, double db, const QPalette& palette) {
    if (std::isnan(db)) return;
    const double length = std::clamp((kNoBarDb - db) / (kNoBarDb - kLongestBarDb), 0.0, 1.0);
    painter.fillRect(place, palette.color(QPalette::AlternateBase));
    painter.fillRect(QRect(place.topLeft(), QSize(int(std::lround(length * place.width())), place.height())),
                     palette.color(QPalette::Text));
}

} // namespace

void FilmDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    painter->save();
    QApplication::style()->drawPrimitive(QStyle::PE_PanelItemViewItem, &option, painter, option.widget);
    const QRect inner = option.rect.adjusted(kMargin, kMargin, -kMargin, -kMargin);
    const QRect first(inner.topLeft(), QSize(kThumb, kThumb));
    drawThumb(*painter, first, index.data(FilmReference).value<QImage>(), option.palette);
    drawThumb(*painter, first.translated(kThumb + 3, 0), index.data(FilmCandidate).value<QImage>(), option.palette);
    QRect text = inner.adjusted(2 * kThumb + 3 + kMargin + 3, 0, 0, 0);
    drawBar(*painter, {text.left(), inner.bottom() - kBarHeight, text.width(), kBarHeight},
            index.data(FilmDecibels).toDouble(), option.palette);
    text.setBottom(inner.bottom() - kBarHeight - 2);
    const bool isSelected = option.state.testFlag(QStyle::State_Selected);
    painter->setPen(option.palette.color(isSelected ? QPalette::HighlightedText : QPalette::Text));
    const QString lines =
        index.data(FilmTitle).toString() + QLatin1Char('\n') + apartText(index.data(FilmDecibels).toDouble());
    painter->drawText(text, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextWordWrap, lines);
    if (index.data(FilmIsParting).toBool())
        painter->fillRect(QRect(option.rect.left(), option.rect.top(), option.rect.width(), 2),
                          option.palette.color(QPalette::Highlight));
    painter->restore();
}

QSize FilmDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const {
    const int text = 3 * option.fontMetrics.height() + kBarHeight + 2;
    return {2 * kThumb + option.fontMetrics.horizontalAdvance(QStringLiteral("100.0 % apart")) + 4 * kMargin,
            std::max(kThumb, text) + 2 * kMargin};
}

} // namespace widgets
