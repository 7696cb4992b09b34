#include "studiowindow.h"

#include "support/testmain.h"

#include <app/windows/commandtable.h>

#include <quant/cost.h>

#include <QAbstractButton>
#include <QApplication>
#include <QDialog>
#include <QDir>
#include <QDockWidget>
#include <QDrag>
#include <QElapsedTimer>
#include <QFileDialog>
#include <QMenu>
#include <QPointer>
#include <QProcess>
#include <QRandomGenerator>
#include <QSplitterHandle>
#include <QTimer>

#include <set>

using namespace app;
using support::kLongestMs;
using support::StudioWindow;

namespace {

constexpr int kMonkeyEvents = 700; ///< of each seed: 2,100 in all
constexpr QSize kSmallScreen{1366, 768};
constexpr int kIdleWatchMs = 300; ///< a timer that is left would tick by then

/// Everything that follows from the recipe is what it would be if it were worked out anew.
void requireConsistent(session::StudioDocument& document) {
    if (!document.hasModel()) return;
    const quant::Plan plan = quant::resolve(document.recipe(), document.model());
    QCOMPARE(document.plan().segments.size(), plan.segments.size());
    for (std::size_t i = 0; i < plan.segments.size(); ++i)
        QVERIFY(document.plan().segments[i].formats == plan.segments[i].formats);
    QCOMPARE(document.cost().bytes, quant::cost(plan, document.model()).bytes);
    for (const analysis::SqnrMap& map : document.analysis().maps)
        QCOMPARE(std::size_t(map.grid.rows), document.analysis().blocks.size());
}

/// Menus, dialogs and whatever else a command has opened beside the window.
void closeOthers(const QWidget& window) {
    for (int round = 0; round < 20; ++round) {
        QWidget* other = QApplication::activePopupWidget();
        if (!other) other = QApplication::activeModalWidget();
        for (QWidget* top : QApplication::topLevelWidgets())
            if (!other && top != &window && top->isVisible() &&
                (qobject_cast<QDialog*>(top) || qobject_cast<QMenu*>(top)))
                other = top;
        if (!other) return;
        if (auto* dialog = qobject_cast<QDialog*>(other))
            dialog->reject();
        else
            other->close();
        QCoreApplication::processEvents();
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    }
}

QSet<QString> threadsOfProcess() {
    const QStringList threads = QDir(QStringLiteral("/proc/self/task")).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    return {threads.begin(), threads.end()};
}

/// Timer events of objects; those of the event loop itself have no receiver here.
class TimerWatch : public QObject {
public:
    TimerWatch() { QCoreApplication::instance()->installEventFilter(this); }
    int ticks = 0;
    QString last;

protected:
    bool eventFilter(QObject* watched, QEvent* event) override {
        if (event->type() == QEvent::Timer) {
            ++ticks;
            last = QLatin1String(watched->metaObject()->className());
        }
        return false;
    }
};

/// Buttons with a menu wait for it in an event loop of their own: what they wait for goes away after a while.
class LoopBreaker : public QObject {
public:
    LoopBreaker() {
        connect(&m_timer, &QTimer::timeout, this, [this] {
            if (m_since.elapsed() < kLongestLoopMs) return;
            if (QWidget* popup = QApplication::activePopupWidget()) popup->close();
            QDrag::cancel();
        });
        m_timer.start(kLongestLoopMs / 4);
        m_since.start();
    }
    /// The event before has come to its end.
    void restart() { m_since.restart(); }

private:
    static constexpr int kLongestLoopMs = 200;
    QTimer m_timer;
    QElapsedTimer m_since;
};

/// Presses a button at the first place, moves on over all, and lets go at the last. The widget may go on the way.
void drag(QPointer<QWidget> target, Qt::MouseButton button, Qt::KeyboardModifiers keys, const QList<QPoint>& places) {
    const auto send = [&](QEvent::Type type, QPoint place, Qt::MouseButton changed, Qt::MouseButtons held) {
        if (!target) return;
        QMouseEvent event(type, place, target->mapToGlobal(place), changed, held, keys);
        QCoreApplication::sendEvent(target, &event);
        QCoreApplication::processEvents();
    };
    send(QEvent::MouseButtonPress, places.constFirst(), button, button);
    for (const QPoint& place : places) send(QEvent::MouseMove, place, Qt::NoButton, button);
    send(QEvent::MouseButtonRelease, places.constLast(), button, Qt::NoButton);
}

/// Random events of mouse, wheel and keyboard at whatever is in front.
class Monkey {
public:
    Monkey(StudioWindow& session, quint32 seed) : m_session(session), m_random(seed) {}

    void act() {
        QWidget* root = QApplication::activePopupWidget();
        if (!root) root = QApplication::activeModalWidget();
        if (!root) root = &m_session.window;
        if (qobject_cast<QFileDialog*>(root)) { // it could remove files
            static_cast<QDialog*>(root)->reject();
            return;
        }
        switch (below(8)) {
        case 0:
            return key(QApplication::focusWidget() ? QApplication::focusWidget() : root);
        case 1:
            return dragIn(*root);
        default:
            return mouse(widgetIn(*root));
        }
    }

private:
    int below(int bound) { return int(m_random.bounded(bound)); }

    QWidget* widgetIn(QWidget& root) {
        QList<QWidget*> visible{&root};
        for (QWidget* widget : root.findChildren<QWidget*>())
            if (widget->isVisible() && widget->window() == &root && !widget->size().isEmpty()) visible << widget;
        return visible[below(int(visible.size()))];
    }

    /// What people drag, if there is any: the map, borders between panes, panes by their title.
    QWidget* draggableIn(QWidget& root) {
        QList<QWidget*> found;
        const auto add = [&found](QWidget* widget) {
            if (widget && widget->isVisible() && !widget->size().isEmpty()) found << widget;
        };
        if (&root == &m_session.window) add(m_session.window.heatmapPane()->heatmap()->focusProxy());
        for (QSplitterHandle* handle : root.findChildren<QSplitterHandle*>()) add(handle);
        for (QDockWidget* dock : root.findChildren<QDockWidget*>()) add(dock);
        return found.isEmpty() ? widgetIn(root) : found[below(int(found.size()))];
    }

    /// Along a few places, also outside the widget; mostly by the left button.
    void dragIn(QWidget& root) {
        static constexpr Qt::MouseButton kButtons[] = {Qt::LeftButton, Qt::LeftButton, Qt::MiddleButton};
        static constexpr Qt::KeyboardModifiers kKeys[] = {Qt::NoModifier, Qt::NoModifier, Qt::ShiftModifier,
                                                          Qt::ControlModifier};
        QWidget* target = draggableIn(root);
        QPoint place = placeIn(*target);
        if (auto* dock = qobject_cast<QDockWidget*>(target); dock && !dock->isFloating() && below(2)) {
            place = dock->mapTo(&m_session.window, QPoint(dock->width() + 1, place.y())); // the border beside it
            target = &m_session.window;
        } else if (dock) {
            place.setY(below(kTitleHeight));
        }
        QList<QPoint> way{place};
        for (int step = 1 + below(4); step > 0; --step)
            way << way.constLast() +
                       QPoint(below(2 * kLongestStep) - kLongestStep, below(2 * kLongestStep) - kLongestStep);
        drag(target, kButtons[below(int(std::size(kButtons)))], kKeys[below(int(std::size(kKeys)))], way);
    }

    QPoint placeIn(const QWidget& widget) {
        return {below(std::max(1, widget.width())), below(std::max(1, widget.height()))};
    }

    void mouse(QWidget* target) {
        const QPoint place = placeIn(*target);
        const Qt::KeyboardModifiers keys = below(6) == 0 ? Qt::ShiftModifier : Qt::NoModifier;
        switch (below(6)) {
        case 0:
            return QTest::mouseDClick(target, Qt::LeftButton, keys, place);
        case 1:
            return QTest::mouseClick(target, Qt::RightButton, keys, place);
        case 2: {
            const QPoint global = target->mapToGlobal(place);
            QWheelEvent wheel(place, global, {}, {0, below(2) ? 120 : -120}, Qt::NoButton, keys, Qt::NoScrollPhase,
                              false);
            QCoreApplication::sendEvent(target, &wheel);
            return;
        }
        default:
            return QTest::mouseClick(target, Qt::LeftButton, keys, place);
        }
    }

    void key(QWidget* target) {
        static constexpr Qt::Key kKeys[] = {
            Qt::Key_Tab,    Qt::Key_Backtab, Qt::Key_Up,     Qt::Key_Down, Qt::Key_Left,  Qt::Key_Right,
            Qt::Key_Return, Qt::Key_Space,   Qt::Key_Escape, Qt::Key_Home, Qt::Key_End,   Qt::Key_F6,
            Qt::Key_F7,     Qt::Key_F8,      Qt::Key_A,      Qt::Key_8,    Qt::Key_Comma, Qt::Key_Backspace};
        static constexpr Qt::KeyboardModifiers kModifiers[] = {Qt::NoModifier, Qt::NoModifier, Qt::ShiftModifier,
                                                               Qt::ControlModifier};
        QTest::keyClick(target, kKeys[below(int(std::size(kKeys)))], kModifiers[below(int(std::size(kModifiers)))]);
    }

    static constexpr int kTitleHeight = 20;  ///< of a pane
    static constexpr int kLongestStep = 200; ///< of the mouse, across and down

    StudioWindow& m_session;
    QRandomGenerator m_random;
};

/// Mean of the differences of all pixels and channels, 0..255, after both were made as small as `size`.
double difference(const QImage& a, const QImage& b, QSize size) {
    const auto small = [size](const QImage& image) {
        return image.scaled(size, Qt::IgnoreAspectRatio, Qt::SmoothTransformation)
            .convertToFormat(QImage::Format_RGB888);
    };
    const QImage one = small(a);
    const QImage two = small(b);
    double sum = 0;
    for (int y = 0; y < size.height(); ++y)
        for (int x = 0; x < 3 * size.width(); ++x)
            sum += std::abs(int(one.constScanLine(y)[x]) - two.constScanLine(y)[x]);
    return sum / (3.0 * size.width() * size.height());
}

} // namespace

/// The window as a whole, driven by what a user can do.
class WindowTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyCommandCanBeGivenBeforeAModelIsOpen() {
        StudioWindow s;
        for (const windows::CommandInfo& info : windows::commandTable()) give(s, info);
        QVERIFY(!s.document().hasModel());
    }

    void everyCommandCanBeGivenWithAModel() {
        StudioWindow s;
        QVERIFY(s.openModel());
        s.window.blocksPane()->table()->selectBlock(support::kBlock);
        for (const windows::CommandInfo& info : windows::commandTable()) {
            give(s, info);
            requireConsistent(s.document());
            if (QTest::currentTestFailed()) QFAIL(info.id);
            if (!s.document().hasModel()) QVERIFY2(s.openModel(), info.id); // a new session has none
        }
        QVERIFY(QTest::qWaitFor([&] { return s.isIdle(); }, kLongestMs));
        QVERIFY(s.choose(widgets::BlockTreeModel::Weights, "fp16")); // it still works
    }

    void theWindowFitsOnASmallScreen() {
        StudioWindow s;
        QVERIFY(s.openModel());
        QCoreApplication::processEvents();
        QString wide;
        for (const QDockWidget* dock : s.window.findChildren<QDockWidget*>())
            wide += QStringLiteral("%1 %2x%3; ")
                        .arg(dock->objectName())
                        .arg(dock->minimumSizeHint().width())
                        .arg(dock->minimumSizeHint().height());
        const QSize least = s.window.minimumSizeHint();
        wide += QStringLiteral("window %1x%2").arg(least.width()).arg(least.height());
        QVERIFY2(least.width() <= kSmallScreen.width() && least.height() <= kSmallScreen.height(), qPrintable(wide));
    }

    void thousandsOfRandomEventsLeaveAWorkingWindow_data() {
        QTest::addColumn<quint32>("seed");
        for (const quint32 seed : {20'240'229U, 7U, 1'000'003U}) QTest::addRow("seed %u", seed) << seed;
    }

    void thousandsOfRandomEventsLeaveAWorkingWindow() {
        QFETCH(quint32, seed);
        StudioWindow s;
        const QString before = QDir::currentPath();
        QVERIFY(QDir::setCurrent(s.folder.path())); // what it types as a path stays there
        QVERIFY(s.openModel());
        Monkey monkey(s, seed);
        LoopBreaker breaker;
        for (int event = 0; event < kMonkeyEvents; ++event) {
            breaker.restart();
            monkey.act();
            QCoreApplication::processEvents();
            if (!s.window.isVisible()) s.window.show(); // it may have found Quit
            if (event % 100 == 0) requireConsistent(s.document());
            if (QTest::currentTestFailed()) QFAIL(qPrintable(QStringLiteral("after event %1").arg(event)));
        }
        closeOthers(s.window);
        s.studio().stop();
        QVERIFY(QTest::qWaitFor([&] { return s.isIdle(); }, kLongestMs));
        requireConsistent(s.document());
        while (s.document().undoStack().canUndo()) s.document().undoStack().undo();
        requireConsistent(s.document());
        QVERIFY(s.openModel());
        QVERIFY(s.choose(widgets::BlockTreeModel::Weights, "fp16"));
        QCOMPARE(s.shown(widgets::BlockTreeModel::Weights), QStringLiteral("fp16"));
        QVERIFY(QDir::setCurrent(before));
    }

    void aClosedWindowLeavesNoThreadAndNoTimer() {
        { // what libraries start once and keep
            StudioWindow s;
            QVERIFY(s.openModel());
        }
        const auto before = threadsOfProcess().size();
        {
            StudioWindow s;
            QVERIFY(s.openModel());
        }
        QTRY_COMPARE(threadsOfProcess().size(), before);
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        TimerWatch watch;
        QTest::qWait(kIdleWatchMs);
        QVERIFY2(watch.ticks == 0, qPrintable(watch.last));
    }

    void theWindowLooksTheSameAtEveryScale() {
        const QTemporaryDir folder;
        QHash<QString, QImage> pictures;
        for (const char* scale : {"1", "1.5", "2"}) {
            const QString file = folder.filePath(QStringLiteral("%1.png").arg(QLatin1String(scale)));
            QProcess program;
            QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
            environment.insert(QStringLiteral("QT_SCALE_FACTOR"), QLatin1String(scale));
            environment.insert(QStringLiteral("XDG_CONFIG_HOME"), folder.path());
            environment.insert(QStringLiteral("XDG_DATA_HOME"), folder.path());
            program.setProcessEnvironment(environment);
            program.start(QStringLiteral(NOISEFLOOR_PROGRAM), {"--screenshot", file});
            QVERIFY(program.waitForFinished(kLongestMs));
            QCOMPARE(program.exitCode(), 0);
            pictures.insert(QLatin1String(scale), QImage(file));
            QVERIFY(!pictures[QLatin1String(scale)].isNull());
        }
        const QImage& plain = pictures[QStringLiteral("1")];
        for (const double scale : {1.5, 2.0}) {
            const QImage& large = pictures[QString::number(scale)];
            QCOMPARE(large.size(), (QSizeF(plain.size()) * scale).toSize());
            // Letters are hinted differently; places, colours and sizes are the same.
            const double found = difference(plain, large, plain.size() / 8);
            QVERIFY2(found < 3.0, qPrintable(QStringLiteral("differs by %1 levels in the mean").arg(found)));
        }
        QImage blank = plain;
        blank.fill(plain.pixel(0, 0));
        QVERIFY(difference(plain, blank, plain.size() / 8) > 6.0); // the comparison would notice an empty window
    }

private:
    /// The command is given as often as its action allows, and what it opens is closed.
    void give(StudioWindow& s, const windows::CommandInfo& info) {
        QAction* action = s.window.command(QLatin1String(info.id));
        QVERIFY2(action, info.id);
        action->trigger();
        QCoreApplication::processEvents();
        closeOthers(s.window);
        if (!s.window.isVisible()) s.window.show();
    }
};

NOISEFLOOR_TEST(WindowTest)
#include "tst_window.moc"
