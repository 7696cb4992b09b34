#include <widgets/comparison.h>
#include <widgets/salienceoverlay.h>

#include "comparisontools.h"
#include "pixeltexts.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

namespace widgets {

namespace {

constexpr QPointF kNowhere(-1, -1);

QLabel* makeLabel(QWidget* owner, const QString& name) {
    auto* label = new QLabel(owner);
    label->setAlignment(Qt::AlignHCenter);
    label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    label->setWordWrap(true);
    label->setAccessibleName(name);
    return label;
}

} // namespace

struct ComparisonView::Parts {
    struct Side {
        QLabel* caption = nullptr;
        QLabel* pixel = nullptr;
        ImagePane* pane = nullptr;
        QImage image;
        QImage salience;
        QString text; ///< of the caption
    };

    ViewLink* link = nullptr;
    ComparisonTools* tools = nullptr;
    Side reference;
    Side candidate;
    SplitPane* merged = nullptr;
    QLabel* difference = nullptr;
    QLabel* metrics = nullptr;
    QLabel* zoom = nullptr;
    QTimer* blink = nullptr;
    ComparisonLook look;
    QPointF pinned = kNowhere;
    QPointF readAt = kNowhere;    ///< under the mouse, or the pinned one
    bool isHeld = false;          ///< Space is
    bool isReferenceTurn = false; ///< of the blinking

    ComparisonMode mode() const { return look.mode; }
    bool showsReference() const { return isHeld || isReferenceTurn; }

    void build(ComparisonView* owner);
    void buildSide(Side& side, const QString& name, ComparisonView* owner);
    void buildFoot(ComparisonView* owner);
    void arrange(ComparisonView* owner);
    void connectTo(ComparisonView* owner);
    std::vector<ImagePane*> panes() const { return {reference.pane, candidate.pane, merged}; }
    QImage shown(const Side& side) const {
        return look.salience ? withSalience(side.image, side.salience) : side.image;
    }
    void showPictures();
    void showDifference();
    void showCaptions();
    void showMode(ComparisonView* owner);
    void runBlinking(bool isSeen);
};

void ComparisonView::Parts::buildSide(Side& side, const QString& name, ComparisonView* owner) {
    side.text = name;
    side.caption = makeLabel(owner, {});
    side.pane = new ImagePane(link, owner);
    side.pane->setAccessibleName(tr("%1 picture").arg(name));
    side.pixel = makeLabel(owner, tr("%1 pixel under the mouse").arg(name));
}

void ComparisonView::Parts::build(ComparisonView* owner) {
    link = new ViewLink(owner);
    blink = new QTimer(owner);
    tools = new ComparisonTools(owner);
    buildSide(reference, tr("Full precision"), owner);
    buildSide(candidate, tr("Quantized"), owner);
    merged = new SplitPane(link, owner);
    merged->setAccessibleName(tr("Both pictures"));
    for (ImagePane* pane : panes()) {
        pane->setToolTip(tr("Wheel or + - zooms, drag or arrow keys pan, 0 is 100 %, F fits, Alt moves only this "
                            "picture, Space shows full precision, a click or Enter keeps a pixel in view"));
        pane->installEventFilter(owner);
    }
    merged->handle()->installEventFilter(owner);
    difference = makeLabel(owner, tr("Difference under the mouse"));
    buildFoot(owner);
    arrange(owner);
    showMode(owner);
}

void ComparisonView::Parts::buildFoot(ComparisonView* owner) {
    metrics = new QLabel(owner);
    metrics->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    metrics->setWordWrap(true);
    metrics->setAlignment(Qt::AlignCenter);
    metrics->setAccessibleName(tr("Difference of the pictures"));
    metrics->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    metrics->setFocusPolicy(Qt::StrongFocus);
    zoom = new QLabel(owner);
    zoom->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    zoom->setAccessibleName(tr("Zoom"));
    zoom->setMinimumWidth(zoom->fontMetrics().horizontalAdvance(QStringLiteral("10000 %")));
}

void ComparisonView::Parts::arrange(ComparisonView* owner) {
    const auto makeRow = [] {
        auto* row = new QHBoxLayout;
        row->setSpacing(6);
        return row;
    };
    auto* captions = makeRow();
    captions->addWidget(reference.caption, 1);
    captions->addWidget(candidate.caption, 1);
    auto* pictures = makeRow();
    for (ImagePane* pane : panes()) pictures->addWidget(pane, 1);
    auto* pixels = makeRow();
    pixels->addWidget(reference.pixel, 3);
    pixels->addWidget(difference, 2);
    pixels->addWidget(candidate.pixel, 3);
    auto* foot = makeRow();
    foot->addSpacing(zoom->minimumWidth());
    foot->addWidget(metrics, 1);
    foot->addWidget(zoom);
    auto* column = new QVBoxLayout(owner);
    column->setContentsMargins(6, 6, 6, 6);
    column->setSpacing(4);
    column->addWidget(tools);
    column->addLayout(captions);
    column->addLayout(pictures, 1);
    column->addLayout(pixels);
    column->addLayout(foot);
}

void ComparisonView::Parts::connectTo(ComparisonView* owner) {
    for (ImagePane* pane : panes()) {
        connect(pane, &ImagePane::hovered, owner, &ComparisonView::readOut);
        connect(pane, &ImagePane::probed, owner, &ComparisonView::pin);
        connect(pane, &ImagePane::zoomChanged, owner, [this, pane](double factor) {
            if (pane != (mode() == ComparisonMode::SideBySide ? reference.pane : merged)) return;
            zoom->setText(factor > 0 ? QStringLiteral("%1 %").arg(std::lround(100 * factor)) : QString());
        });
    }
    connect(tools, &ComparisonTools::changed, owner, [this, owner] {
        const double split = look.split;
        look = tools->look();
        look.split = split;
        showMode(owner);
        runBlinking(owner->isVisible());
        owner->readOut(readAt);
        Q_EMIT owner->lookChanged();
    });
    connect(merged, &SplitPane::splitChanged, owner, [this, owner](double split) {
        look.split = split;
        Q_EMIT owner->lookChanged();
    });
    connect(blink, &QTimer::timeout, owner, [this] {
        isReferenceTurn = !isReferenceTurn;
        showPictures();
    });
}

void ComparisonView::Parts::showMode(ComparisonView* owner) {
    const bool isPaired = mode() == ComparisonMode::SideBySide;
    const bool hadFocus = reference.pane->hasFocus() || candidate.pane->hasFocus() || merged->hasFocus();
    reference.pane->setVisible(isPaired);
    candidate.pane->setVisible(isPaired);
    merged->setVisible(!isPaired);
    for (ImagePane* pane : panes()) pane->setFollowing(look.linked);
    if (mode() == ComparisonMode::LeftRight)
        merged->setLine(Qt::Vertical);
    else
        merged->setLine(mode() == ComparisonMode::AboveBelow ? std::optional(Qt::Horizontal) : std::nullopt);
    owner->setFocusProxy(isPaired ? static_cast<QWidget*>(reference.pane) : merged);
    if (hadFocus) (isPaired ? candidate.pane : merged)->setFocus();
    showPictures();
}

void ComparisonView::Parts::showPictures() {
    const QImage first = shown(reference);
    const QImage second = showsReference() ? first : shown(candidate);
    reference.pane->setImage(first);
    candidate.pane->setImage(second);
    merged->setOther(second);
    if (mode() == ComparisonMode::Difference && !showsReference())
        showDifference();
    else if (mode() != ComparisonMode::SideBySide)
        merged->setImage(first);
    showCaptions();
}

void ComparisonView::Parts::showDifference() {
    const PictureDifference between = pictureDifference(reference.image, candidate.image, look.difference);
    tools->setMeasured(between);
    merged->setImage(between.picture);
}

void ComparisonView::Parts::showCaptions() {
    const QString shown = showsReference() ? reference.text : candidate.text;
    const bool isStacked = mode() == ComparisonMode::AboveBelow;
    reference.caption->setText(isStacked ? tr("Above: %1").arg(reference.text) : reference.text);
    candidate.caption->setText(isStacked ? tr("Below: %1").arg(shown) : shown);
}

void ComparisonView::Parts::runBlinking(bool isSeen) {
    const bool wasOn = blink->isActive();
    const bool isOn = look.blinking && isSeen;
    if (isOn == wasOn) return;
    if (isOn) return blink->start(kBlinkMs);
    blink->stop();
    isReferenceTurn = false;
    showPictures();
}

ComparisonView::ComparisonView(QWidget* parent) : QWidget(parent), m_parts(std::make_unique<Parts>()) {
    setAccessibleName(tr("Picture comparison"));
    m_parts->build(this);
    m_parts->connectTo(this);
}

ComparisonView::~ComparisonView() = default;

void ComparisonView::setReference(const QImage& image) {
    m_parts->reference.image = image;
    m_parts->showPictures();
    readOut(m_parts->readAt);
}

void ComparisonView::setCandidate(const QImage& image) {
    m_parts->candidate.image = image;
    m_parts->showPictures();
    readOut(m_parts->readAt);
}

const QImage& ComparisonView::reference() const {
    return m_parts->reference.image;
}

const QImage& ComparisonView::candidate() const {
    return m_parts->candidate.image;
}

void ComparisonView::setCaptions(const QString& reference, const QString& candidate) {
    m_parts->reference.text = reference;
    m_parts->candidate.text = candidate;
    m_parts->showCaptions();
}

void ComparisonView::setSalience(const QImage& reference, const QImage& candidate) {
    m_parts->reference.salience = reference;
    m_parts->candidate.salience = candidate;
    m_parts->tools->setSalienceKnown(!reference.isNull() || !candidate.isNull());
    m_parts->showPictures();
    readOut(m_parts->readAt);
}

void ComparisonView::setMetrics(const QString& text) {
    m_parts->metrics->setText(text);
}

void ComparisonView::setReferenceBusy(bool busy, const QString& text, bool stale) {
    m_parts->reference.pane->setBusy(busy, text, stale);
}

void ComparisonView::setBusy(bool busy, const QString& text, bool stale) {
    m_parts->candidate.pane->setBusy(busy, text, stale);
    m_parts->merged->setBusy(busy, text, stale);
}

void ComparisonView::setMessage(const QString& text) {
    for (ImagePane* pane : m_parts->panes()) pane->setPlaceholder(text);
}

ComparisonLook ComparisonView::look() const {
    return m_parts->look;
}

void ComparisonView::setLook(const ComparisonLook& look) {
    const ComparisonLook wanted = checked(look);
    m_parts->merged->setSplit(wanted.split);
    m_parts->tools->setLook(wanted);
}

void ComparisonView::setMode(ComparisonMode mode) {
    ComparisonLook wanted = look();
    wanted.mode = mode;
    setLook(wanted);
}

void ComparisonView::setLinked(bool linked) {
    ComparisonLook wanted = look();
    wanted.linked = linked;
    setLook(wanted);
}

void ComparisonView::setShowsSalience(bool shows) {
    ComparisonLook wanted = look();
    wanted.salience = shows;
    setLook(wanted);
}

void ComparisonView::setBlinking(bool blinking) {
    ComparisonLook wanted = look();
    wanted.blinking = blinking;
    setLook(wanted);
}

void ComparisonView::fit() {
    m_parts->link->reset();
}

void ComparisonView::showActualSize() {
    (m_parts->mode() == ComparisonMode::SideBySide ? m_parts->reference.pane : m_parts->merged)->setZoom(1);
}

QImage ComparisonView::shownImage() const {
    if (m_parts->mode() != ComparisonMode::SideBySide) return m_parts->merged->composite();
    return (m_parts->reference.pane->hasFocus() ? m_parts->reference : m_parts->candidate).pane->image();
}

ImagePane* ComparisonView::referencePane() const {
    return m_parts->reference.pane;
}

ImagePane* ComparisonView::candidatePane() const {
    return m_parts->candidate.pane;
}

SplitPane* ComparisonView::mergedPane() const {
    return m_parts->merged;
}

bool ComparisonView::eventFilter(QObject* watched, QEvent* event) {
    const bool isKey = event->type() == QEvent::KeyPress || event->type() == QEvent::KeyRelease;
    const auto* key = isKey ? static_cast<QKeyEvent*>(event) : nullptr;
    const bool isSpace = key && key->key() == Qt::Key_Space;
    if (isSpace || event->type() == QEvent::FocusOut) {
        if (isSpace && key->isAutoRepeat()) return true;
        const bool isHeld = event->type() == QEvent::KeyPress;
        if (isHeld != std::exchange(m_parts->isHeld, isHeld)) m_parts->showPictures();
        return isSpace;
    }
    const bool isPlain = key && (key->modifiers() & ~Qt::KeypadModifier) == Qt::NoModifier;
    if (event->type() == QEvent::KeyPress && isPlain && pressed(key->key())) return true;
    return QWidget::eventFilter(watched, event);
}

bool ComparisonView::pressed(int key) {
    if (key >= Qt::Key_1 && key <= Qt::Key_9) {
        Q_EMIT picked(key - Qt::Key_0);
        return true;
    }
    const std::optional<ComparisonLook> wanted = lookAfterKey(look(), key);
    if (wanted) setLook(*wanted);
    return wanted.has_value();
}

void ComparisonView::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    m_parts->runBlinking(true);
}

void ComparisonView::hideEvent(QHideEvent* event) {
    m_parts->runBlinking(false);
    QWidget::hideEvent(event);
}

/// Without a place under the mouse, of the pixel that was clicked.
void ComparisonView::readOut(QPointF place) {
    if (place.x() < 0) place = m_parts->pinned;
    m_parts->readAt = place;
    const bool isOnImage = place.x() >= 0;
    const QImage& reference = m_parts->reference.image;
    const QImage& candidate = m_parts->candidate.image;
    for (const Parts::Side* side : {&m_parts->reference, &m_parts->candidate}) {
        const QImage& map = m_parts->look.salience ? side->salience : QImage();
        side->pixel->setText(isOnImage ? pixelText(side->image, map, place) : QString());
    }
    m_parts->difference->setText(isOnImage ? differenceText(reference, candidate, place) : QString());
    for (ImagePane* pane : m_parts->panes()) pane->setProbe(place);
}

/// A second click on the same pixel lets it go.
void ComparisonView::pin(QPointF place) {
    const QSize size = m_parts->reference.image.size();
    const auto pixel = [size](QPointF at) {
        return QPoint(int(std::floor(at.x() * size.width())), int(std::floor(at.y() * size.height())));
    };
    m_parts->pinned = pixel(place) == pixel(m_parts->pinned) ? kNowhere : place;
    readOut(m_parts->pinned);
}

} // namespace widgets
