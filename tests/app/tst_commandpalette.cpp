#include "smallmodel.h"
#include "studiowindow.h"

#include "support/testmain.h"

#include <app/windows/commandpalette.h>

#include <QDockWidget>
#include <QLineEdit>
#include <QListView>
#include <QSignalSpy>

using namespace app;
using support::StudioWindow;

class CommandPaletteTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theKeyboardAloneRunsACommand() {
        StudioWindow s;
        QLineEdit* line = open(s);
        QTest::keyClicks(line, QStringLiteral("settings"));
        QVERIFY(current(s).startsWith(QLatin1String("Settings")));
        const QSignalSpy ran(s.window.command(QStringLiteral("edit.settings")), &QAction::triggered);
        QTest::keyClick(line, Qt::Key_Return);
        QCOMPARE(ran.size(), 1);
        QTRY_VERIFY(!palette(s));
        QCOMPARE(s.settings.value(session::kRecentCommands).value(0), QStringLiteral("edit.settings"));
    }

    void escapeClosesAndGivesTheKeyboardBack() {
        StudioWindow s;
        auto* button = s.child<QAbstractButton>("browse");
        button->setFocus();
        QLineEdit* line = open(s);
        QVERIFY(line->hasFocus());
        QTest::keyClick(line, Qt::Key_Escape);
        QTRY_VERIFY(!palette(s));
        QVERIFY(button->hasFocus());
        QVERIFY(s.settings.value(session::kRecentCommands).isEmpty());
    }

    void theSameKeysCloseItAgain() {
        StudioWindow s;
        open(s);
        s.run("view.palette");
        QTRY_VERIFY(!palette(s));
        QVERIFY(open(s));
    }

    void itGoesWhenTheKeyboardGoes() {
        StudioWindow s;
        open(s);
        s.child<QAbstractButton>("browse")->setFocus();
        QTRY_VERIFY(!palette(s));
    }

    void whatCannotBeDoneSaysWhyAndDoesNothing() {
        StudioWindow s;
        QLineEdit* line = open(s);
        QTest::keyClicks(line, QStringLiteral("clear all rules"));
        auto* list = s.child<QListView>("paletteList");
        const QModelIndex first = list->model()->index(0, 0);
        QVERIFY(!(first.flags() & Qt::ItemIsEnabled));
        QVERIFY(first.data(models::PaletteModel::DetailRole).toString().contains(QLatin1String("model")));
        const QSignalSpy ran(s.window.command(QStringLiteral("precision.clear")), &QAction::triggered);
        QTest::keyClick(line, Qt::Key_Return);
        QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualRect(first).center());
        QVERIFY(ran.isEmpty());
        QVERIFY(palette(s));
    }

    void aClickRunsToo() {
        StudioWindow s;
        QLineEdit* line = open(s);
        QTest::keyClicks(line, QStringLiteral("settings"));
        auto* list = s.child<QListView>("paletteList");
        const QSignalSpy ran(s.window.command(QStringLiteral("edit.settings")), &QAction::triggered);
        QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualRect(list->model()->index(0, 0)).center());
        QCOMPARE(ran.size(), 1);
    }

    void arrowsMoveThroughTheListAndStayInIt() {
        StudioWindow s;
        QLineEdit* line = open(s);
        auto* list = s.child<QListView>("paletteList");
        QCOMPARE(list->currentIndex().row(), 0);
        QTest::keyClick(line, Qt::Key_Up);
        QCOMPARE(list->currentIndex().row(), 0);
        QTest::keyClick(line, Qt::Key_Down);
        QCOMPARE(list->currentIndex().row(), 1);
        QTest::keyClick(line, Qt::Key_PageDown);
        QVERIFY(list->currentIndex().row() > 2);
        QCOMPARE(line->accessibleDescription(), list->currentIndex().data(Qt::AccessibleTextRole).toString());
    }

    void blocksAndPanesAreFoundByTheirNames() {
        StudioWindow s;
        s.document().setModel(support::smallModel());
        QLineEdit* line = open(s);
        QTest::keyClicks(line, QStringLiteral("go to unet.mid"));
        QTest::keyClick(line, Qt::Key_Return);
        QCOMPARE(s.window.blocksPane()->selectedBlocks(), QStringList{QStringLiteral("unet.mid_block")});
        auto* log = s.child<QDockWidget>("dock.log");
        QVERIFY(!log->isVisible());
        line = open(s);
        QTest::keyClicks(line, QStringLiteral("log"));
        QTest::keyClick(line, Qt::Key_Return);
        QTRY_VERIFY(log->isVisible());
    }

    void everyCommandIsInThePalette() {
        StudioWindow s;
        open(s);
        QStringList texts;
        const auto* model = s.child<QListView>("paletteList")->model();
        for (int row = 0; row < model->rowCount(); ++row) texts << model->index(row, 0).data().toString();
        for (const auto& entry : s.window.commands().entries())
            QVERIFY2(entry.id == QLatin1String("view.palette") || texts.contains(entry.text()), qPrintable(entry.id));
    }

    void itStaysInsideTheWindow() {
        StudioWindow s;
        open(s);
        s.window.resize(s.window.minimumSizeHint().expandedTo({500, 400}));
        QCoreApplication::processEvents();
        QVERIFY(s.window.rect().contains(palette(s)->geometry()));
    }

private:
    static windows::CommandPalette* palette(StudioWindow& s) {
        return s.child<windows::CommandPalette>("commandPalette");
    }
    static QLineEdit* open(StudioWindow& s) {
        s.window.activateWindow();
        if (!QTest::qWaitForWindowActive(&s.window)) return nullptr;
        s.run("view.palette");
        return palette(s) ? palette(s)->findChild<QLineEdit*>() : nullptr;
    }
    static QString current(StudioWindow& s) {
        return s.child<QListView>("paletteList")->currentIndex().data().toString();
    }
};

NOISEFLOOR_TEST(CommandPaletteTest)
#include "tst_commandpalette.moc"
