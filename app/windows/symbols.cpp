#include <app/windows/symbols.h>

#include <QApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPalette>
#include <QSvgRenderer>

namespace app::windows {

namespace {

/// Name of the drawing in the resources; null if there is none.
const char* drawingOf(QStyle::StandardPixmap which) {
    switch (which) {
    case QStyle::SP_DirOpenIcon:
        return "open";
    case QStyle::SP_FileIcon:
        return "document";
    case QStyle::SP_DialogSaveButton:
        return "save";
    case QStyle::SP_DialogApplyButton:
        return "export";
    case QStyle::SP_ArrowBack:
        return "undo";
    case QStyle::SP_ArrowForward:
        return "redo";
    case QStyle::SP_MediaPlay:
        return "play";
    case QStyle::SP_MediaPause:
        return "pause";
    case QStyle::SP_BrowserStop:
        return "stop";
    case QStyle::SP_FileDialogContentsView:
        return "search";
    case QStyle::SP_TitleBarCloseButton:
        return "close";
    case QStyle::SP_MessageBoxWarning:
        return "warning";
    case QStyle::SP_MessageBoxInformation:
        return "information";
    default:
        return nullptr;
    }
}

/// Draws with the colour of the palette at the moment of painting.
class SymbolEngine : public QIconEngine {
public:
    explicit SymbolEngine(const QString& file) : m_file(file) {}

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State state) override {
        const qreal ratio = painter->device()->devicePixelRatio();
        painter->drawPixmap(rect, scaledPixmap((QSizeF(rect.size()) * ratio).toSize(), mode, state, ratio));
    }

    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State) override {
        QPixmap drawn(size);
        drawn.fill(Qt::transparent);
        QPainter painter(&drawn);
        const qreal side = std::min(size.width(), size.height());
        QSvgRenderer(m_file).render(&painter,
                                    QRectF((size.width() - side) / 2, (size.height() - side) / 2, side, side));
        const auto group = mode == QIcon::Disabled ? QPalette::Disabled : QPalette::Active;
        const auto role = mode == QIcon::Selected ? QPalette::HighlightedText : QPalette::ButtonText;
        painter.setCompositionMode(QPainter::CompositionMode_SourceIn);
        painter.fillRect(drawn.rect(), QApplication::palette().color(group, role));
        return drawn;
    }

    QPixmap scaledPixmap(const QSize& size, QIcon::Mode mode, QIcon::State state, qreal) override {
        return pixmap(size, mode, state);
    }
    QIconEngine* clone() const override { return new SymbolEngine(*this); }

private:
    QString m_file;
};

} // namespace

QIcon symbol(QStyle::StandardPixmap which) {
    const char* drawing = drawingOf(which);
    if (!drawing) return QApplication::style()->standardIcon(which);
    return QIcon(new SymbolEngine(QStringLiteral(":/symbols/%1.svg").arg(QLatin1String(drawing))));
}

} // namespace app::windows
