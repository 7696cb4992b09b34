#include "studiowindow.h"

#include "support/testmain.h"

#include <app/windows/shortcuteditor.h>

#include <QSignalSpy>
#include <QTreeWidgetItemIterator>

using namespace app;
using support::StudioWindow;
using windows::ShortcutEditor;

class ShortcutEditorTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void newKeysAreAssignedAndRemembered() {
        StudioWindow s;
        ShortcutEditor* editor = open(s);
        select(*editor, "file.saveAnalysis");
        type(*editor, Qt::Key_F12, Qt::ControlModifier);
        click(*editor, "assignShortcut");
        const QAction* action = s.window.command(QStringLiteral("file.saveAnalysis"));
        QCOMPARE(action->shortcut(), QKeySequence(QStringLiteral("Ctrl+F12")));
        QVERIFY(action->toolTip().contains(QLatin1String("Ctrl+F12")));
        QCOMPARE(s.settings.shortcuts().value(QStringLiteral("file.saveAnalysis")), QStringLiteral("Ctrl+F12"));

        const session::Settings read(s.settings.file());
        QCOMPARE(read.shortcuts().value(QStringLiteral("file.saveAnalysis")), QStringLiteral("Ctrl+F12"));
        windows::MainWindow again(s.settings);
        QCOMPARE(again.command(QStringLiteral("file.saveAnalysis"))->shortcut(), action->shortcut());
    }

    void keysOfAnotherCommandAreNamedBeforeTheyAreTaken() {
        StudioWindow s;
        ShortcutEditor* editor = open(s);
        select(*editor, "file.saveAnalysis");
        type(*editor, Qt::Key_Z, Qt::ControlModifier);
        QVERIFY2(told(*editor).contains(QLatin1String("Undo")), qPrintable(told(*editor)));
        QCOMPARE(keysOf(s, "edit.undo"), QKeySequence(QStringLiteral("Ctrl+Z"))); // not taken yet
        click(*editor, "assignShortcut");
        QCOMPARE(keysOf(s, "file.saveAnalysis"), QKeySequence(QStringLiteral("Ctrl+Z")));
        QVERIFY(keysOf(s, "edit.undo").isEmpty());
        click(*editor, "resetAllShortcuts");
        QCOMPARE(keysOf(s, "edit.undo"), QKeySequence(QStringLiteral("Ctrl+Z")));
        QVERIFY(keysOf(s, "file.saveAnalysis").isEmpty());
        QVERIFY(s.settings.shortcuts().isEmpty());
    }

    void oneCommandIsResetOrHasNone() {
        StudioWindow s;
        ShortcutEditor* editor = open(s);
        select(*editor, "file.save");
        click(*editor, "noShortcut");
        QVERIFY(keysOf(s, "file.save").isEmpty());
        QVERIFY(!s.window.command(QStringLiteral("file.save"))->toolTip().contains(QLatin1Char('(')));
        click(*editor, "resetShortcut");
        QCOMPARE(keysOf(s, "file.save"), QKeySequence(QStringLiteral("Ctrl+S")));
        QVERIFY(s.settings.shortcuts().isEmpty());
    }

    void standardKeysGivenBackAreTakenFromWhoeverHasThem() {
        StudioWindow s;
        s.window.commands().setKeys(QStringLiteral("file.saveAnalysis"), QKeySequence(QStringLiteral("Ctrl+S")));
        QVERIFY(keysOf(s, "file.save").isEmpty());
        s.window.commands().resetKeys(QStringLiteral("file.save"));
        QCOMPARE(keysOf(s, "file.save"), QKeySequence(QStringLiteral("Ctrl+S")));
        QVERIFY(keysOf(s, "file.saveAnalysis").isEmpty());
    }

    /// As after a version that brings a new command with the same keys.
    void whatTheUserChoseGoesBeforeTheTable() {
        StudioWindow s;
        s.settings.setShortcut(QStringLiteral("file.saveAnalysis"), QStringLiteral("Ctrl+S"));
        s.settings.setShortcut(QStringLiteral("no.such.command"), QStringLiteral("F2"));
        windows::MainWindow again(s.settings);
        QCOMPARE(again.command(QStringLiteral("file.saveAnalysis"))->shortcut(),
                 QKeySequence(QStringLiteral("Ctrl+S")));
        QVERIFY(again.command(QStringLiteral("file.save"))->shortcut().isEmpty());
    }

    void theFilterFindsTextsAndKeys() {
        StudioWindow s;
        ShortcutEditor* editor = open(s);
        auto* filter = editor->findChild<QLineEdit*>(QStringLiteral("shortcutFilter"));
        QTest::keyClicks(filter, QStringLiteral("undo"));
        QCOMPARE(visible(*editor), QStringList{QStringLiteral("edit.undo")});
        filter->clear();
        QTest::keyClicks(filter, QStringLiteral("ctrl+q"));
        QCOMPARE(visible(*editor), QStringList{QStringLiteral("file.quit")});
    }

private:
    static ShortcutEditor* open(StudioWindow& s) {
        s.run("edit.shortcuts");
        return s.window.findChild<ShortcutEditor*>();
    }
    static QString idOf(const QTreeWidgetItem* item) { return item->data(0, Qt::UserRole).toString(); }
    static void select(ShortcutEditor& editor, const char* id) {
        auto* tree = editor.findChild<QTreeWidget*>(QStringLiteral("shortcutTree"));
        for (QTreeWidgetItemIterator item(tree); *item; ++item)
            if (idOf(*item) == QLatin1String(id)) tree->setCurrentItem(*item);
        QCOMPARE(idOf(tree->currentItem()), QLatin1String(id));
    }
    static void type(ShortcutEditor& editor, Qt::Key key, Qt::KeyboardModifiers modifiers) {
        auto* keys = editor.findChild<QKeySequenceEdit*>(QStringLiteral("shortcutKeys"));
        keys->clear();
        QSignalSpy typed(keys, &QKeySequenceEdit::editingFinished);
        QTest::keyClick(keys, key, modifiers);
        QVERIFY(typed.wait()); // further strokes might follow
    }
    static void click(ShortcutEditor& editor, const char* button) {
        auto* found = editor.findChild<QPushButton*>(QLatin1String(button));
        QVERIFY(found->isEnabled());
        QTest::mouseClick(found, Qt::LeftButton);
    }
    static QString told(ShortcutEditor& editor) {
        for (const QLabel* label : editor.findChildren<QLabel*>())
            if (label->wordWrap()) return label->text();
        return {};
    }
    static QStringList visible(ShortcutEditor& editor) {
        QStringList ids;
        auto* tree = editor.findChild<QTreeWidget*>(QStringLiteral("shortcutTree"));
        for (QTreeWidgetItemIterator item(tree, QTreeWidgetItemIterator::NotHidden); *item; ++item)
            if ((*item)->parent()) ids << idOf(*item);
        return ids;
    }
    static QKeySequence keysOf(StudioWindow& s, const char* id) {
        return s.window.command(QLatin1String(id))->shortcut();
    }
};

NOISEFLOOR_TEST(ShortcutEditorTest)
#include "tst_shortcuteditor.moc"
