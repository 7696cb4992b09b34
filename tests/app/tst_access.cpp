#include "smallmodel.h"
#include "studiowindow.h"

#include "support/testmain.h"

#include <app/windows/language.h>

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAbstractSlider>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QButtonGroup>
#include <QComboBox>
#include <QDockWidget>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QScrollBar>
#include <QTabBar>
#include <QToolBar>
#include <QToolButton>

#include <set>

using namespace app;
using support::StudioWindow;

namespace {

constexpr QSize kSmallScreen{1366, 768};

QString describe(const QWidget* widget) {
    QStringList path;
    for (; widget && !widget->isWindow(); widget = widget->parentWidget())
        path.prepend(
            QStringLiteral("%1 '%2'").arg(QLatin1String(widget->metaObject()->className()), widget->objectName()));
    return path.join(QStringLiteral(" > "));
}

/// What Qt makes itself inside of a control, and speaks for.
bool isPartOfAControl(const QWidget* widget) {
    const QWidget* parent = widget->parentWidget();
    return qobject_cast<const QScrollBar*>(widget) || qobject_cast<const QTabBar*>(widget) ||
           widget->objectName().startsWith(QLatin1String("qt_")) || qobject_cast<const QAbstractSpinBox*>(parent) ||
           qobject_cast<const QComboBox*>(parent) || qobject_cast<const QLineEdit*>(parent) ||
           qobject_cast<const QTabBar*>(parent) || qobject_cast<const QAbstractItemView*>(parent) ||
           (parent && parent->inherits("QComboBoxPrivateContainer"));
}

/// Buttons of the toolbar are commands, which the menus have too.
bool isOnAToolBar(const QWidget* widget) {
    return qobject_cast<const QToolBar*>(widget->parentWidget());
}

bool isInteractive(const QWidget* widget) {
    return qobject_cast<const QAbstractButton*>(widget) || qobject_cast<const QComboBox*>(widget) ||
           qobject_cast<const QAbstractSpinBox*>(widget) || qobject_cast<const QLineEdit*>(widget) ||
           qobject_cast<const QAbstractSlider*>(widget) || qobject_cast<const QAbstractItemView*>(widget);
}

QString spokenName(QWidget* widget) {
    QAccessibleInterface* access = QAccessible::queryAccessibleInterface(widget);
    return access ? access->text(QAccessible::Name) : QString();
}

/// The controls of the window that can be used now.
QList<QWidget*> usableIn(const QWidget& window) {
    QList<QWidget*> usable;
    for (QWidget* widget : window.findChildren<QWidget*>())
        if (widget->window() == &window && widget->isVisible() && widget->isEnabled() && !isPartOfAControl(widget) &&
            !isOnAToolBar(widget))
            usable << widget;
    return usable;
}

/// The one that really takes the keys.
const QWidget* keyTaker(const QWidget* widget) {
    while (widget->focusProxy()) widget = widget->focusProxy();
    return widget;
}

/// Adds everything the Tab key comes by, forth or back, until it finds nothing new.
void walk(QWidget& window, Qt::KeyboardModifiers modifiers, std::set<const QWidget*>& reached) {
    QWidget* before = nullptr;
    int again = 0;
    for (int presses = 0; presses < 500 && again < 40; ++presses) {
        QWidget* now = window.focusWidget();
        QTest::keyClick(now ? now : &window, modifiers ? Qt::Key_Backtab : Qt::Key_Tab, modifiers);
        now = window.focusWidget();
        if (!now || now == before) {
            qWarning("Tab does not leave %s", qPrintable(describe(before)));
            break;
        }
        again = reached.insert(now).second ? 0 : again + 1;
        before = now;
    }
}

/// A pane that hands the keyboard to its main control has what comes before that by going back.
std::set<const QWidget*> reachedByTab(QWidget& window) {
    std::set<const QWidget*> reached;
    walk(window, Qt::NoModifier, reached);
    walk(window, Qt::ShiftModifier, reached);
    return reached;
}

int neededWidth(const QAbstractButton& button) {
    const QString text = QString(button.text()).remove(QLatin1Char('&'));
    const int icon = button.icon().isNull() ? 0 : button.iconSize().width();
    return icon + button.fontMetrics().horizontalAdvance(text);
}

/// Buttons, labels of one line and titles of columns that are narrower than their text.
QStringList cutTexts(const QWidget& window) {
    QStringList cut;
    const auto note = [&cut](const QWidget* widget, const QString& text) {
        cut << QStringLiteral("'%1' in %2").arg(text, describe(widget));
    };
    for (const auto* button : window.findChildren<QAbstractButton*>())
        if (!button->text().isEmpty() && button->isVisible() && button->window() == &window &&
            button->width() < neededWidth(*button))
            note(button, button->text());
    for (const auto* label : window.findChildren<QLabel*>()) {
        const bool isLine = !label->wordWrap() && label->sizePolicy().horizontalPolicy() != QSizePolicy::Ignored;
        const QString text = QString(label->text()).remove(QLatin1Char('&'));
        if (label->isVisible() && isLine && label->width() < label->fontMetrics().horizontalAdvance(text))
            note(label, text);
    }
    for (const auto* header : window.findChildren<QHeaderView*>()) {
        if (!header->isVisible() || header->orientation() != Qt::Horizontal) continue;
        for (int section = 0; section < header->count(); ++section) {
            const QString title = header->model()->headerData(section, Qt::Horizontal).toString();
            if (!header->isSectionHidden(section) &&
                header->sectionSize(section) < header->fontMetrics().horizontalAdvance(title))
                note(header, title);
        }
    }
    return cut;
}

void showAll(StudioWindow& s) {
    s.window.resize(1800, 1200);
    for (QDockWidget* dock : s.window.findChildren<QDockWidget*>()) dock->show();
    QCoreApplication::processEvents();
}

void requireNames(const QWidget& window) {
    QStringList nameless;
    for (QWidget* widget : usableIn(window))
        if (widget->focusPolicy() != Qt::NoFocus && spokenName(widget).isEmpty()) nameless << describe(widget);
    QVERIFY2(nameless.isEmpty(), qPrintable(QStringLiteral("no name: ") + nameless.join(QStringLiteral("\n  "))));
}

void requireTabStops(QWidget& window) {
    const std::set<const QWidget*> reached = reachedByTab(window);
    QStringList left;
    for (const QWidget* widget : usableIn(window)) {
        const auto* button = qobject_cast<const QAbstractButton*>(widget);
        const bool isOneOfAGroup =
            button && (button->autoExclusive() || (button->group() && button->group()->exclusive()));
        // Arrow keys go through buttons of which one is chosen.
        if (isInteractive(widget) && !isOneOfAGroup && !reached.contains(keyTaker(widget))) left << describe(widget);
    }
    QVERIFY2(left.isEmpty(), qPrintable(QStringLiteral("no tab stop: ") + left.join(QStringLiteral("\n  "))));
}

} // namespace

class AccessTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theFirstPageIsNamedAndReachedByKeyboard() {
        StudioWindow s;
        activate(s.window);
        requireNames(s.window);
        requireTabStops(s.window);
    }

    /// Panes that lie over one another are seen one after the other.
    void everyPaneIsNamedAndReachedByKeyboard() {
        StudioWindow s;
        s.document().setModel(support::smallModel());
        showAll(s);
        activate(s.window);
        requireNames(s.window);
        requireTabStops(s.window);
        for (QDockWidget* dock : s.window.findChildren<QDockWidget*>()) {
            dock->raise();
            QCoreApplication::processEvents();
            requireNames(s.window);
            if (QTest::currentTestFailed()) return;
        }
    }

    void dialogsAreNamedAndReachedByKeyboard() {
        StudioWindow s;
        for (const char* id : {"edit.settings", "edit.shortcuts"}) {
            s.run(id);
            QDialog* dialog = nullptr;
            for (QDialog* each : s.window.findChildren<QDialog*>())
                if (each->isVisible()) dialog = each;
            QVERIFY(dialog);
            activate(*dialog);
            requireNames(*dialog);
            if (id != std::string("edit.shortcuts")) requireTabStops(*dialog); // its line takes Tab as a key, too
            dialog->close();
            QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        }
    }

    /// Also with the longest texts of all languages.
    void theWindowFitsASmallScreen_data() {
        QTest::addColumn<QString>("language");
        for (const char* language : {"en", "de"}) QTest::newRow(language) << QString(QLatin1String(language));
    }
    void theWindowFitsASmallScreen() {
        QFETCH(const QString, language);
        windows::Language speaks;
        speaks.use(language);
        StudioWindow s;
        QVERIFY(s.openModel());
        s.window.resize(kSmallScreen);
        QCoreApplication::processEvents();
        QStringList widths{QStringLiteral("map %1").arg(s.window.heatmapPane()->minimumSizeHint().width())};
        for (const QDockWidget* dock : s.window.findChildren<QDockWidget*>())
            widths << QStringLiteral("%1 %2").arg(dock->objectName()).arg(dock->minimumSizeHint().width());
        const QSize least = s.window.size();
        QLocale::setDefault(QLocale::c());
        QVERIFY2(least.width() <= kSmallScreen.width() && least.height() <= kSmallScreen.height(),
                 qPrintable(QStringLiteral("%1 x %2: %3")
                                .arg(least.width())
                                .arg(least.height())
                                .arg(widths.join(QStringLiteral(", ")))));
    }

    /// Every pane in front once.
    void noTextIsCutOnASmallScreen_data() { theWindowFitsASmallScreen_data(); }
    void noTextIsCutOnASmallScreen() {
        QFETCH(const QString, language);
        windows::Language speaks;
        speaks.use(language);
        StudioWindow s;
        QVERIFY(s.openModel());
        s.window.resize(kSmallScreen);
        QSet<QString> cut;
        for (QDockWidget* dock : s.window.findChildren<QDockWidget*>()) {
            if (dock->isHidden() && s.window.tabifiedDockWidgets(dock).isEmpty()) continue;
            dock->show();
            dock->raise();
            QCoreApplication::processEvents();
            for (const QString& each : cutTexts(s.window)) cut << each;
            if (dock->objectName() != QLatin1String("dock.blocks")) dock->hide();
        }
        QLocale::setDefault(QLocale::c());
        QVERIFY2(cut.isEmpty(), qPrintable(cut.values().join(QStringLiteral("\n"))));
    }

    void whatMakesPicturesIsInSightOnASmallScreen() {
        StudioWindow s;
        s.document().setModel(support::smallModel());
        s.window.resize(kSmallScreen);
        QCoreApplication::processEvents();
        for (const char* name : {"make", "compareNow", "afterPicture"}) {
            const auto* button = s.child<QAbstractButton>(name);
            QCOMPARE(button->visibleRegion().boundingRect(), button->rect());
        }
    }

    void theMenuKeyAndTheToolBarHaveTheSameCommands() {
        StudioWindow s;
        for (const QToolButton* button : s.window.findChildren<QToolButton*>())
            if (isOnAToolBar(button) && button->defaultAction())
                QVERIFY2(s.window.commands().find(button->defaultAction()->objectName()), qPrintable(button->text()));
    }

private:
    static void activate(QWidget& window) {
        window.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&window));
    }
};

NOISEFLOOR_TEST(AccessTest)
#include "tst_access.moc"
