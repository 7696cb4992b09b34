#include <app/windows/messagebar.h>

#include <QHBoxLayout>
#include <QStyle>
#include <QToolButton>

namespace app::windows {

namespace {

/// Behind the palette's own text colour, so it has to stay close to the window colour in light and dark.
QColor tinted(const QColor& base, const QColor& tint) {
    constexpr double kShare = 0.22;
    return QColor::fromRgbF(float(base.redF() * (1 - kShare) + tint.redF() * kShare),
                            float(base.greenF() * (1 - kShare) + tint.greenF() * kShare),
                            float(base.blueF() * (1 - kShare) + tint.blueF() * kShare));
}

} // namespace

MessageBar::MessageBar(QWidget* parent) : QFrame(parent), m_icon(new QLabel(this)), m_text(new QLabel(this)) {
    setObjectName(QStringLiteral("messageBar"));
    setFrameShape(QFrame::StyledPanel);
    setAutoFillBackground(true);
    m_text->setWordWrap(true);
    m_text->setTextFormat(Qt::PlainText);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* close = new QToolButton(this);
    close->setAutoRaise(true);
    close->setIcon(style()->standardIcon(QStyle::SP_TitleBarCloseButton));
    close->setToolTip(tr("Close this message"));
    close->setAccessibleName(tr("Close message"));
    connect(close, &QToolButton::clicked, this, &QWidget::hide);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(8, 4, 4, 4);
    row->addWidget(m_icon);
    row->addWidget(m_text, 1);
    row->addWidget(close);
    hide();
}

void MessageBar::showFailure(const jobs::Failure& failure) {
    showSentence(failure.sentence, true);
}

void MessageBar::showNote(const QString& sentence) {
    showSentence(sentence, false);
}

void MessageBar::showSentence(const QString& sentence, bool isFailure) {
    m_isFailure = isFailure;
    const auto icon = isFailure ? QStyle::SP_MessageBoxWarning : QStyle::SP_MessageBoxInformation;
    const int side = style()->pixelMetric(QStyle::PM_SmallIconSize);
    m_icon->setPixmap(style()->standardIcon(icon).pixmap(side, side));
    m_text->setText(sentence);
    setAccessibleName(isFailure ? tr("Error: %1").arg(sentence) : sentence);
    QPalette colours;
    const QColor tint = isFailure ? QColor(200, 60, 40) : colours.color(QPalette::Highlight);
    colours.setColor(QPalette::Window, tinted(colours.color(QPalette::Window), tint));
    setPalette(colours);
    show();
}

} // namespace app::windows
