#include "smallmodel.h"
#include "studiowindow.h"

#include "support/testmain.h"

#include <app/windows/helppane.h>
#include <app/windows/language.h>
#include <app/windows/tour.h>

#include <QDockWidget>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTextBlock>

using namespace app;
using support::StudioWindow;
using windows::HelpPane;
using windows::Tour;

class HelpTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyPageHasAHeadingAndLinksThatLeadSomewhere() {
        StudioWindow s;
        HelpPane* help = s.window.helpPane();
        const QStringList pages = HelpPane::pages();
        QVERIFY(pages.size() >= 8);
        for (const QString& page : pages) {
            help->showPage(page);
            QCOMPARE(help->page(), page);
            QVERIFY2(help->browser()->document()->firstBlock().blockFormat().headingLevel() == 1, qPrintable(page));
            QVERIFY2(help->browser()->toPlainText().size() > 400, qPrintable(page));
            for (QTextBlock block = help->browser()->document()->begin(); block.isValid(); block = block.next())
                for (const QTextLayout::FormatRange& range : block.textFormats())
                    if (const QString link = range.format.anchorHref(); !link.isEmpty())
                        QVERIFY2(pages.contains(QString(link).remove(QStringLiteral(".md"))), qPrintable(link));
        }
    }

    void theListOfCommandsIsCompleteAndFollowsTheKeys() {
        StudioWindow s;
        s.run("help.commands");
        QVERIFY(s.child<QDockWidget>("dock.help")->isVisible());
        const auto* browser = s.window.helpPane()->browser();
        for (const auto& entry : s.window.commands().entries()) {
            QVERIFY2(browser->toPlainText().contains(entry.text()), qPrintable(entry.id));
            QVERIFY2(browser->toPlainText().contains(entry.tip), qPrintable(entry.id));
        }
        QVERIFY(!browser->toPlainText().contains(QLatin1String("Ctrl+F11")));
        s.window.commands().setKeys(QStringLiteral("file.save"), QKeySequence(QStringLiteral("Ctrl+F11")));
        QVERIFY(browser->toPlainText().contains(QLatin1String("Ctrl+F11")));
    }

    void f1ExplainsThePaneThatHasTheKeyboard() {
        StudioWindow s;
        QCOMPARE(HelpPane::pageAbout(nullptr), QStringLiteral("start"));
        QCOMPARE(HelpPane::pageAbout(s.window.blocksPane()->table()), QStringLiteral("recipes"));
        QCOMPARE(HelpPane::pageAbout(s.window.heatmapPane()->heatmap()), QStringLiteral("maps"));
        QCOMPARE(HelpPane::pageAbout(s.window.searchPane()), QStringLiteral("search"));
        QCOMPARE(HelpPane::pageAbout(s.window.comparisonPane()), QStringLiteral("comparing"));
        s.window.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&s.window));
        QTest::keyClick(&s.window, Qt::Key_F1);
        QTRY_VERIFY(s.window.helpPane()->isVisible());
        QCOMPARE(s.window.helpPane()->page(), QStringLiteral("start"));
    }

    void wordsAreFoundAgainFromTheStart() {
        StudioWindow s;
        s.run("help.guide");
        s.window.helpPane()->showPage(QStringLiteral("maps"));
        auto* word = s.child<QLineEdit>("helpWord");
        QTest::keyClicks(word, QStringLiteral("noise floor"));
        QTest::keyClick(word, Qt::Key_Return);
        const QTextCursor first = s.window.helpPane()->browser()->textCursor();
        QCOMPARE(first.selectedText().toLower(), QStringLiteral("noise floor"));
        QTest::keyClick(word, Qt::Key_Return);
        QCOMPARE(s.window.helpPane()->browser()->textCursor().selectionStart(), first.selectionStart());
    }

    void theTourIsWalkedByKeyboardAndRemembered() {
        StudioWindow s;
        s.run("help.tour");
        auto* tour = s.child<Tour>("tour");
        QVERIFY(tour && tour->isVisible());
        QVERIFY(!s.settings.value(session::kTourSeen));
        QTest::keyClick(tour, Qt::Key_Right);
        QCOMPARE(tour->step(), 1);
        QTest::keyClick(tour, Qt::Key_Left);
        QTest::keyClick(tour, Qt::Key_Left);
        QCOMPARE(tour->step(), 0);
        for (int i = 0; i < tour->steps() - 1; ++i) QTest::keyClick(tour, Qt::Key_Return);
        QCOMPARE(tour->step(), tour->steps() - 1);
        QTest::mouseClick(tour->findChild<QPushButton*>(QStringLiteral("tourNext")), Qt::LeftButton);
        QTRY_VERIFY(!s.child<Tour>("tour"));
        QVERIFY(s.settings.value(session::kTourSeen));
    }

    void theTourFramesThePanesAndStaysInsideTheWindow() {
        StudioWindow s;
        QVERIFY(s.openModel());
        s.run("help.tour");
        auto* tour = s.child<Tour>("tour");
        for (int i = 0; i < tour->steps(); ++i) {
            QCoreApplication::processEvents();
            QVERIFY2(tour->target() && tour->target()->isVisible(), qPrintable(QString::number(i)));
            QVERIFY(s.window.rect().contains(tour->geometry()));
            QTest::keyClick(tour, Qt::Key_Right);
        }
        QTRY_VERIFY(!s.child<Tour>("tour"));
    }

    void theTourShowsAllOfItsTextInEveryLanguage_data() {
        QTest::addColumn<QString>("language");
        for (const char* language : {"en", "de"}) QTest::newRow(language) << QString(QLatin1String(language));
    }
    void theTourShowsAllOfItsTextInEveryLanguage() {
        QFETCH(const QString, language);
        windows::Language speaks;
        speaks.use(language);
        StudioWindow s;
        s.document().setModel(support::smallModel());
        s.run("help.tour");
        auto* tour = s.child<Tour>("tour");
        for (int i = 0; i < tour->steps(); ++i) {
            QCoreApplication::processEvents();
            for (const QLabel* label : tour->findChildren<QLabel*>())
                QVERIFY2(label->height() >= label->heightForWidth(label->width()), qPrintable(label->text()));
            for (const QPushButton* button : tour->findChildren<QPushButton*>())
                QVERIFY2(button->width() >= button->sizeHint().width(), qPrintable(button->text()));
            QTest::keyClick(tour, Qt::Key_Right);
        }
        QLocale::setDefault(QLocale::c());
    }

    void theTourLeavesThePanesAsTheyWere() {
        StudioWindow s;
        s.document().setModel(support::smallModel());
        QCoreApplication::processEvents();
        auto* search = s.child<QDockWidget>("dock.search");
        const auto isInFront = [&s] { return !s.window.blocksPane()->visibleRegion().isEmpty(); };
        QVERIFY(isInFront() && search->isHidden());
        s.run("help.tour");
        auto* tour = s.child<Tour>("tour");
        while (tour->target() != search) QTest::keyClick(tour, Qt::Key_Right);
        QTRY_VERIFY(!isInFront());
        QTest::keyClick(tour, Qt::Key_Escape);
        QTRY_VERIFY(isInFront());
        QVERIFY(search->isHidden());
    }

    void theTourLeavesTheWindowUsable() {
        StudioWindow s;
        s.run("help.tour");
        const QSignalSpy browsed(s.window.findChild<windows::StartPage*>(), &windows::StartPage::browseRequested);
        auto* button = s.child<QAbstractButton>("browse");
        QWidget* hit = s.window.childAt(button->mapTo(&s.window, QPoint(10, 10)));
        if (hit == button) {
            QTest::mouseClick(button, Qt::LeftButton, {}, QPoint(10, 10));
            QCOMPARE(browsed.size(), 1);
        } else {
            QVERIFY2(s.child<Tour>("tour")->isAncestorOf(hit) || hit == s.child<Tour>("tour"), "only the card covers");
        }
        s.run("edit.settings");
        s.run("help.tour"); // begins anew, once
        QCOMPARE(s.window.findChildren<Tour*>(QStringLiteral("tour")).size(), 1);
        QTest::keyClick(s.child<Tour>("tour"), Qt::Key_Escape);
        QTRY_VERIFY(!s.child<Tour>("tour"));
    }
};

NOISEFLOOR_TEST(HelpTest)
#include "tst_help.moc"
