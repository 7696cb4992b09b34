#include <app/windows/tour.h>

#include <app/windows/mainwindow.h>

#include <QCoreApplication>
#include <QDockWidget>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QPainter>
#include <QVBoxLayout>

#include <algorithm>
#include <array>

namespace app::windows {

namespace {

struct Step {
    const char* target; ///< object name; shown first if it is a dock
    const char* title;  ///< as is the text, in the context "Tour"
    const char* text;
};

constexpr std::array kSteps = {
    Step{"map", QT_TRANSLATE_NOOP("Tour", "The map of the noise"),
         QT_TRANSLATE_NOOP("Tour",
                           "Each row is a part of the network, each column a step of the sampling, from noise on "
                           "the left to the picture on the right. The number is how much stronger the signal is "
                           "than the error of few bits, in decibels: low numbers are where few bits hurt.")},
    Step{"dock.blocks", QT_TRANSLATE_NOOP("Tour", "The precision of every block"),
         QT_TRANSLATE_NOOP("Tour", "Choose here in which format a block keeps its weights and its activations. Several "
                                   "rows can be changed at once, and every change can be undone.")},
    Step{"dock.budget", QT_TRANSLATE_NOOP("Tour", "What it costs, what it keeps"),
         QT_TRANSLATE_NOOP("Tour", "Size, arithmetic and the predicted quality of the whole model follow every change "
                                   "at once.")},
    Step{"dock.comparison", QT_TRANSLATE_NOOP("Tour", "What it does to the pictures"),
         QT_TRANSLATE_NOOP("Tour",
                           "The same prompt and the same seed in full precision and in yours. Pictures are made "
                           "again after every change; hold the space bar to see one in place of the other.")},
    Step{"dock.search", QT_TRANSLATE_NOOP("Tour", "Let the program search"),
         QT_TRANSLATE_NOOP("Tour", "Give a size, an amount of arithmetic or a quality, and the best recipe under it is "
                                   "found, with the reason for every choice.")},
    Step{"menuBar", QT_TRANSLATE_NOOP("Tour", "Everything by its name"),
         QT_TRANSLATE_NOOP("Tour", "Ctrl+Shift+P finds every command, pane and block by a few letters. F1 explains the "
                                   "pane you are in, and ? lists all keys. That is all; enjoy.")},
};

constexpr int kCardWidth = 340;
constexpr int kGap = 14;
const QString kName = QStringLiteral("tour");

QString translate(const char* text) {
    return QCoreApplication::translate("Tour", text);
}

/// A frame that is seen on every background: the highlight's colour between two lines of the text's.
class Frame : public QWidget {
public:
    explicit Frame(QWidget* parent) : QWidget(parent) {
        setAttribute(Qt::WA_TransparentForMouseEvents);
        setFocusPolicy(Qt::NoFocus);
    }

protected:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        const QRectF inside = QRectF(rect()).adjusted(3, 3, -3, -3);
        for (const auto& [role, width] : {std::pair{QPalette::WindowText, 5.0}, std::pair{QPalette::Highlight, 3.0}}) {
            painter.setPen(QPen(palette().color(role), width));
            painter.drawRoundedRect(inside, 5, 5);
        }
    }
};

/// Beside the target where there is room, else inside of it at the bottom.
QPoint besides(const QRect& target, const QSize& card, const QRect& room) {
    const std::array places = {QPoint(target.right() + kGap, target.top() + kGap),
                               QPoint(target.left() - kGap - card.width(), target.top() + kGap),
                               QPoint(target.left() + kGap, target.bottom() + kGap),
                               QPoint(target.left() + kGap, target.top() - kGap - card.height())};
    for (const QPoint& place : places)
        if (room.contains(QRect(place, card))) return place;
    return {target.center().x() - card.width() / 2, target.bottom() - kGap - card.height()};
}

} // namespace

void Tour::start(MainWindow& window) {
    if (auto* on = window.findChild<Tour*>(kName)) {
        on->show(0);
        return;
    }
    (new Tour(window))->show(0);
}

Tour::Tour(MainWindow& window)
    : QFrame(&window), m_window(window), m_frame(new Frame(&window)), m_title(new QLabel(this)),
      m_text(new QLabel(this)), m_count(new QLabel(this)), m_back(new QPushButton(tr("&Back"), this)),
      m_next(new QPushButton(this)) {
    setObjectName(kName);
    build();
    m_window.installEventFilter(this);
}

int Tour::steps() const {
    return int(kSteps.size());
}

void Tour::build() {
    setFrameShape(QFrame::StyledPanel);
    setFrameShadow(QFrame::Raised);
    setAutoFillBackground(true);
    setBackgroundRole(QPalette::Base);
    setFocusPolicy(Qt::StrongFocus);
    QFont bold = font();
    bold.setBold(true);
    bold.setPointSizeF(bold.pointSizeF() * 1.15);
    m_title->setFont(bold);
    for (QLabel* label : {m_title, m_text}) label->setWordWrap(true);
    auto* skip = new QPushButton(tr("&End the Tour"), this);
    skip->setObjectName(QStringLiteral("tourEnd"));
    skip->setToolTip(tr("It can be seen again from the Help menu"));
    m_back->setObjectName(QStringLiteral("tourBack"));
    m_next->setObjectName(QStringLiteral("tourNext"));
    connect(skip, &QPushButton::clicked, this, &Tour::end);
    connect(m_back, &QPushButton::clicked, this, [this] { show(m_step - 1); });
    connect(m_next, &QPushButton::clicked, this, [this] { show(m_step + 1); });
    auto* row = new QHBoxLayout;
    row->addWidget(m_count);
    row->addStretch();
    for (QPushButton* button : {skip, m_back, m_next}) row->addWidget(button);
    auto* column = new QVBoxLayout(this);
    column->addWidget(m_title);
    column->addWidget(m_text);
    column->addLayout(row);
}

void Tour::show(int step) {
    if (step >= steps()) {
        end();
        return;
    }
    putBack();
    m_step = std::max(0, step);
    const Step& now = kSteps[std::size_t(m_step)];
    auto* found = m_window.findChild<QWidget*>(QLatin1String(now.target));
    if (auto* dock = qobject_cast<QDockWidget*>(found); dock && m_window.studio().document().hasModel())
        bringForward(*dock);
    m_target = found && found->isVisible() ? found : nullptr;
    m_title->setText(translate(now.title));
    m_text->setText(translate(now.text));
    m_count->setText(tr("%1 of %2").arg(m_step + 1).arg(steps()));
    m_back->setEnabled(m_step > 0);
    m_next->setText(m_step + 1 < steps() ? tr("&Next") : tr("&Done"));
    setAccessibleName(m_title->text());
    setAccessibleDescription(m_text->text());
    QFrame::show();
    place();
    m_next->setFocus(Qt::OtherFocusReason);
}

void Tour::bringForward(QDockWidget& dock) {
    for (QDockWidget* other : m_window.tabifiedDockWidgets(&dock))
        if (!other->visibleRegion().isEmpty()) m_covered = other;
    if (dock.isHidden()) m_opened = &dock;
    dock.show();
    dock.raise();
}

/// The panes as they were before this step.
void Tour::putBack() {
    if (m_opened) m_opened->hide();
    if (m_covered) m_covered->raise();
    m_opened = m_covered = nullptr;
}

/// As high as its text needs; wider where a language has longer buttons.
void Tour::place() {
    layout()->invalidate();
    const int cardWidth = std::max(kCardWidth, layout()->totalMinimumSize().width());
    setFixedSize(cardWidth, layout()->totalHeightForWidth(cardWidth));
    m_frame->setVisible(m_target);
    QRect target = m_window.rect();
    if (m_target) target = QRect(m_target->mapTo(&m_window, QPoint(0, 0)), m_target->size());
    m_frame->setGeometry(target.adjusted(-2, -2, 2, 2).intersected(m_window.rect()));
    const QRect room = m_window.rect().adjusted(kGap, kGap, -kGap, -kGap);
    const QPoint wanted = m_target ? besides(target, size(), room) : room.center() - rect().center();
    move(std::clamp(wanted.x(), room.left(), std::max(room.left(), room.right() - width())),
         std::clamp(wanted.y(), room.top(), std::max(room.top(), room.bottom() - height())));
    m_frame->raise();
    raise();
}

/// The panes move when the window does, after its layout has been made.
bool Tour::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::Resize || event->type() == QEvent::LayoutRequest)
        QMetaObject::invokeMethod(this, &Tour::place, Qt::QueuedConnection);
    return QFrame::eventFilter(watched, event);
}

void Tour::keyPressEvent(QKeyEvent* event) {
    switch (event->key()) {
    case Qt::Key_Right:
    case Qt::Key_Return:
    case Qt::Key_Enter:
        show(m_step + 1);
        return;
    case Qt::Key_Left:
        show(m_step - 1);
        return;
    case Qt::Key_Escape:
        end();
        return;
    default:
        QFrame::keyPressEvent(event);
    }
}

void Tour::end() {
    putBack();
    m_window.studio().settings().set(session::kTourSeen, true);
    setObjectName(QString()); // another may start before this one is gone
    hide();
    m_frame->hide();
    m_frame->deleteLater();
    deleteLater();
}

} // namespace app::windows
