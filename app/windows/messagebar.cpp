#include <app/windows/messagebar.h>

#include <app/windows/symbols.h>

#include <QEvent>
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

MessageBar::MessageBar(QWidget* parent)
    : QFrame(parent), m_icon(new QLabel(this)), m_text(new QLabel(this)), m_offer(new QPushButton(this)) {
    setObjectName(QStringLiteral("messageBar"));
    setFrameShape(QFrame::StyledPanel);
    setAutoFillBackground(true);
    m_text->setWordWrap(true);
    m_text->setTextFormat(Qt::PlainText);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_offer->setObjectName(QStringLiteral("messageOffer"));
    connect(m_offer, &QPushButton::clicked, this, [this] { m_act(); });
    auto* close = new QToolButton(this);
    close->setAutoRaise(true);
    close->setIcon(symbol(QStyle::SP_TitleBarCloseButton));
    close->setFocusPolicy(Qt::TabFocus);
    close->setToolTip(tr("Close this message"));
    close->setAccessibleName(tr("Close message"));
    connect(close, &QToolButton::clicked, this, &QWidget::hide);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(8, 4, 4, 4);
    row->addWidget(m_icon);
    row->addWidget(m_text, 1);
    row->addWidget(m_offer);
    row->addWidget(close);
    hide();
}

void MessageBar::showFailure(const jobs::Failure& failure) {
    showSentence(failure.sentence, true);
}

void MessageBar::showNote(const QString& sentence) {
    showSentence(sentence, false);
}

void MessageBar::offer(const QString& label, const QString& tip, std::function<void()> act) {
    m_act = std::move(act);
    m_offer->setText(label);
    m_offer->setToolTip(tip);
    m_offer->setAccessibleName(tip);
    m_offer->show();
}

void MessageBar::showSentence(const QString& sentence, bool isFailure) {
    m_offer->hide();
    m_isFailure = isFailure;
    m_text->setText(sentence);
    setAccessibleName(isFailure ? tr("Error: %1").arg(sentence) : sentence);
    showColours();
    show();
}

/// Also when the colours of the program change while a sentence is shown.
void MessageBar::showColours() {
    const auto icon = m_isFailure ? QStyle::SP_MessageBoxWarning : QStyle::SP_MessageBoxInformation;
    m_icon->setPixmap(
        symbol(icon).pixmap(QSize(1, 1) * style()->pixelMetric(QStyle::PM_SmallIconSize), devicePixelRatio()));
    QPalette colours;
    const QColor tint = m_isFailure ? QColor(200, 60, 40) : colours.color(QPalette::Highlight);
    colours.setColor(QPalette::Window, tinted(colours.color(QPalette::Window), tint));
    setPalette(colours);
}

void MessageBar::changeEvent(QEvent* event) {
    QFrame::changeEvent(event);
    if (event->type() == QEvent::ApplicationPaletteChange) showColours();
}

} // namespace app::windows
