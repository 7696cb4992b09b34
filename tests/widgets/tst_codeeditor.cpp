#include "support/testmain.h"

#include <widgets/codeeditor.h>

#include <QSignalSpy>
#include <QTextBlock>
#include <QTextLayout>

using namespace widgets;

class CodeEditorTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void onlyWhatDiffersIsReplacedSoTheCursorStays() {
        CodeEditor editor;
        editor.setPlainText("one\ntwo\nthree\n");
        editor.goTo(3, 2);
        const QSignalSpy changed(editor.document(), &QTextDocument::contentsChange);
        editor.replaceText("one\ntwo and a half\nthree\n");
        QCOMPARE(editor.toPlainText(), "one\ntwo and a half\nthree\n");
        QCOMPARE(editor.textCursor().blockNumber(), 2);
        QCOMPARE(editor.textCursor().positionInBlock(), 1);
        QCOMPARE(changed.size(), 1);
        QCOMPARE(changed[0][0].toInt(), 7); // behind "two"
        editor.replaceText(editor.toPlainText());
        QCOMPARE(changed.size(), 1);
    }

    void aLineThatMovesLeavesThoseBetweenAlone() {
        CodeEditor editor;
        editor.setKeepsUndo(false);
        editor.setPlainText("one\ntwo\nthree\nfour");
        editor.goTo(3, 2);
        const QSignalSpy changed(editor.document(), &QTextDocument::contentsChange);
        editor.replaceText("one\nthree\nfour\ntwo");
        QCOMPARE(editor.toPlainText(), "one\nthree\nfour\ntwo");
        QCOMPARE(editor.textCursor().blockNumber(), 1);
        QCOMPARE(editor.textCursor().positionInBlock(), 1);
        for (const auto& change : changed) QVERIFY(change[1].toInt() + change[2].toInt() < 12); // "three" and "four"
    }

    void aTextThatIsPutInPlaceIsUndoneAtOnce() {
        CodeEditor editor;
        editor.setPlainText("one\ntwo\nthree\nfour");
        editor.replaceText("one\nthree\nfour\ntwo");
        editor.undo();
        QCOMPARE(editor.toPlainText(), "one\ntwo\nthree\nfour");
    }

    void anyTextBecomesAnyOther() {
        CodeEditor editor;
        for (const char* text : {"", "a", "aa", "aba", "", "abcabc", "abc", "bc", "xbcx", "a\n", "\na", "\n", "\n\n",
                                 "a\nb\nc", "c\na\nb", "b\n\nc\n", ""}) {
            editor.replaceText(text);
            QCOMPARE(editor.toPlainText(), text);
        }
    }

    void aMarkedLineIsUnderlinedAndHasAnArrow() {
        CodeEditor editor;
        editor.resize(300, 200);
        editor.setPlainText("one\ntwo\nthree");
        const QImage before = editor.grab().toImage();
        editor.markLine(2);
        QCOMPARE(editor.extraSelections().size(), 1);
        QCOMPARE(editor.extraSelections()[0].cursor.blockNumber(), 1);
        QVERIFY(editor.grab().toImage() != before);
        editor.markLine(99);
        QVERIFY(editor.extraSelections().isEmpty());
        editor.markLine(0);
        QCOMPARE(editor.grab().toImage(), before);
    }

    void placesOutsideTheTextAreTakenToItsEdge() {
        CodeEditor editor;
        editor.setPlainText("one\ntwo");
        editor.goTo(2, 99);
        QCOMPARE(editor.textCursor().position(), 7);
        editor.goTo(9, 1);
        QCOMPARE(editor.textCursor().position(), 7);
    }

    void undoIsLeftToTheWindowOnlyWhenAskedTo() {
        CodeEditor editor;
        const auto isTaken = [&editor] {
            QKeyEvent undo(QEvent::ShortcutOverride, Qt::Key_Z, Qt::ControlModifier);
            undo.ignore();
            QCoreApplication::sendEvent(&editor, &undo);
            return undo.isAccepted();
        };
        QVERIFY(isTaken());
        editor.setKeepsUndo(false);
        QVERIFY(!isTaken());
    }

    void keysTextsAndNumbersLookDifferent() {
        CodeEditor editor;
        editor.setPlainText("{\"name\": \"a\", \"rank\": 16}");
        const auto formats = editor.document()->firstBlock().layout()->formats();
        QCOMPARE(formats.size(), 4);
        QCOMPARE(formats[0].format.fontWeight(), int(QFont::Bold));
        QVERIFY(formats[1].format.fontWeight() != int(QFont::Bold));
        QVERIFY(formats[3].format.fontItalic());
    }
};

NOISEFLOOR_TEST(CodeEditorTest)
#include "tst_codeeditor.moc"
