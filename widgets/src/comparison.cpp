#include <widgets/comparison.h>

#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>

#include <cmath>

namespace widgets {

namespace {

/// "12, 30: 250 128 3"; the place is 0..1 of the image.
QString pixelText(const QImage& image, QPointF place) {
    if (image.isNull()) return QStringLiteral("no picture");
    const QPoint pixel(std::min(int(place.x() * image.width()), image.width() - 1),
                       std::min(int(place.y() * image.height()), image.height() - 1));
    const QColor colour = image.pixelColor(pixel);
    return QStringLiteral("%1, %2: %3 %4 %5")
        .arg(pixel.x())
        .arg(pixel.y())
        .arg(colour.red())
        .arg(colour.green())
        .arg(colour.blue());
}

} // namespace

struct ComparisonView::Parts {
    struct Side {
        QLabel* caption = nullptr;
        QLabel* pixel = nullptr;
        ImagePane* pane = nullptr;
        QImage image;
    };

    ViewLink* link = nullptr;
    Side reference;
    Side candidate;
    QLabel* metrics = nullptr;
    QLabel* zoom = nullptr;
    QToolButton* linked = nullptr;
    bool flicking = false; ///< Space is held: both panes show the reference

    void build(ComparisonView* owner);
    QVBoxLayout* buildSide(Side& side, const QString& name, ComparisonView* owner);
    void connectTo(ComparisonView* owner);
    void showCandidate() { candidate.pane->setImage(flicking ? reference.image : candidate.image); }
};

QVBoxLayout* ComparisonView::Parts::buildSide(Side& side, const QString& name, ComparisonView* owner) {
    side.caption = new QLabel(name, owner);
    side.caption->setAlignment(Qt::AlignHCenter);
    side.caption->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    side.pane = new ImagePane(link, owner);
    side.pane->setAccessibleName(name + QStringLiteral(" picture"));
    side.pane->setToolTip(QStringLiteral("Wheel or + - zooms, drag or arrow keys pan, 0 is 100 %, F fits, "
                                         "Alt moves only this picture, Space shows the reference"));
    side.pane->installEventFilter(owner);
    side.pixel = new QLabel(owner);
    side.pixel->setAlignment(Qt::AlignHCenter);
    side.pixel->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    side.pixel->setAccessibleName(name + QStringLiteral(" pixel under the mouse"));
    auto* column = new QVBoxLayout;
    column->setSpacing(4);
    column->addWidget(side.caption);
    column->addWidget(side.pane, 1);
    column->addWidget(side.pixel);
    return column;
}

void ComparisonView::Parts::build(ComparisonView* owner) {
    link = new ViewLink(owner);
    auto* panes = new QHBoxLayout;
    panes->setSpacing(6);
    panes->addLayout(buildSide(reference, QStringLiteral("Full precision"), owner), 1);
    panes->addLayout(buildSide(candidate, QStringLiteral("Quantized"), owner), 1);
    linked = new QToolButton(owner);
    linked->setText(QStringLiteral("Link"));
    linked->setCheckable(true);
    linked->setChecked(true);
    linked->setFocusPolicy(Qt::StrongFocus);
    linked->setAccessibleName(QStringLiteral("Link zoom and position of both pictures"));
    linked->setToolTip(QStringLiteral("Move both pictures together; what they were apart stays"));
    metrics = new QLabel(owner);
    metrics->setAlignment(Qt::AlignCenter);
    metrics->setAccessibleName(QStringLiteral("Difference of the pictures"));
    metrics->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    metrics->setFocusPolicy(Qt::StrongFocus);
    zoom = new QLabel(owner);
    zoom->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    zoom->setAccessibleName(QStringLiteral("Zoom"));
    zoom->setMinimumWidth(zoom->fontMetrics().horizontalAdvance(QStringLiteral("10000 %")));
    auto* foot = new QHBoxLayout;
    foot->addWidget(linked);
    foot->addWidget(metrics, 1);
    foot->addWidget(zoom);
    auto* column = new QVBoxLayout(owner);
    column->setContentsMargins(6, 6, 6, 6);
    column->setSpacing(4);
    column->addLayout(panes, 1);
    column->addLayout(foot);
}

void ComparisonView::Parts::connectTo(ComparisonView* owner) {
    for (const Side& side : {reference, candidate}) {
        connect(side.pane, &ImagePane::hovered, owner, &ComparisonView::readOut);
        connect(linked, &QToolButton::toggled, side.pane, &ImagePane::setFollowing);
    }
    connect(reference.pane, &ImagePane::zoomChanged, owner, [this](double factor) {
        zoom->setText(factor > 0 ? QStringLiteral("%1 %").arg(std::lround(100 * factor)) : QString());
    });
}

ComparisonView::ComparisonView(QWidget* parent) : QWidget(parent), m_parts(std::make_unique<Parts>()) {
    setAccessibleName(QStringLiteral("Picture comparison"));
    m_parts->build(this);
    m_parts->connectTo(this);
    setFocusProxy(m_parts->reference.pane);
}

ComparisonView::~ComparisonView() = default;

void ComparisonView::setReference(const QImage& image) {
    m_parts->reference.image = image;
    m_parts->reference.pane->setImage(image);
    if (m_parts->flicking) m_parts->showCandidate();
}

void ComparisonView::setCandidate(const QImage& image) {
    m_parts->candidate.image = image;
    m_parts->showCandidate();
}

const QImage& ComparisonView::reference() const {
    return m_parts->reference.image;
}

const QImage& ComparisonView::candidate() const {
    return m_parts->candidate.image;
}

void ComparisonView::setCaptions(const QString& reference, const QString& candidate) {
    m_parts->reference.caption->setText(reference);
    m_parts->candidate.caption->setText(candidate);
}

void ComparisonView::setMetrics(const QString& text) {
    m_parts->metrics->setText(text);
}

void ComparisonView::setBusy(bool busy) {
    m_parts->candidate.pane->setBusy(busy, QStringLiteral("Making the picture…"));
}

void ComparisonView::setMessage(const QString& text) {
    m_parts->reference.pane->setPlaceholder(text);
    m_parts->candidate.pane->setPlaceholder(text);
}

bool ComparisonView::isLinked() const {
    return m_parts->linked->isChecked();
}

void ComparisonView::setLinked(bool linked) {
    m_parts->linked->setChecked(linked);
}

ImagePane* ComparisonView::referencePane() const {
    return m_parts->reference.pane;
}

ImagePane* ComparisonView::candidatePane() const {
    return m_parts->candidate.pane;
}

bool ComparisonView::eventFilter(QObject* watched, QEvent* event) {
    const bool isKey = event->type() == QEvent::KeyPress || event->type() == QEvent::KeyRelease;
    const auto* key = isKey ? static_cast<QKeyEvent*>(event) : nullptr;
    const bool isSpace = key && key->key() == Qt::Key_Space;
    if (!isSpace && event->type() != QEvent::FocusOut) return QWidget::eventFilter(watched, event);
    if (isSpace && key->isAutoRepeat()) return true;
    const bool flicking = event->type() == QEvent::KeyPress;
    if (flicking != m_parts->flicking) {
        m_parts->flicking = flicking;
        m_parts->showCandidate();
    }
    return isSpace;
}

void ComparisonView::readOut(QPointF place) {
    const bool isOnImage = place.x() >= 0;
    for (const Parts::Side& side : {m_parts->reference, m_parts->candidate}) {
        side.pixel->setText(isOnImage ? pixelText(side.image, place) : QString());
    }
}

} // namespace widgets
