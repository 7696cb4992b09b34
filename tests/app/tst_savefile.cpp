#include "studiowindow.h"
#include "support/testmain.h"

#include <app/session/modelfiles.h>
#include <app/windows/savefile.h>

#include <ldm/files.h>

#include <QFile>
#include <QFileDialog>
#include <QLineEdit>
#include <QMessageBox>
#include <QSignalSpy>

using namespace app;
using support::kLongestMs;
using support::StudioWindow;

namespace {

template <class Dialog> Dialog* shown(const QWidget& window) {
    for (auto* dialog : window.findChildren<Dialog*>())
        if (dialog->isVisible()) return dialog;
    return nullptr;
}

/// What the user types into the dialog that is open, ended by Return.
bool type(const QWidget& window, const QString& name) {
    auto* dialog = shown<QFileDialog>(window);
    auto* line = dialog ? dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit")) : nullptr;
    if (!line || !QTest::qWaitForWindowActive(dialog)) return false;
    line->setFocus(); // else the dialog goes by what is selected in its list
    line->setText(name);
    QTest::keyClick(line, Qt::Key_Return);
    return true;
}

std::string contentOf(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : std::string();
}

} // namespace

class SaveFileTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aNameGetsItsSuffixUnlessItHasIt_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("file");
        QTest::newRow("none") << "mine"
                              << "mine.noisefloor";
        QTest::newRow("a dot in the name") << "sd1.5"
                                           << "sd1.5.noisefloor";
        QTest::newRow("whole") << "mine.noisefloor"
                               << "mine.noisefloor";
        QTest::newRow("in capitals") << "MINE.NOISEFLOOR"
                                     << "MINE.NOISEFLOOR";
        QTest::newRow("another ending") << "mine.json"
                                        << "mine.json.noisefloor";
    }

    void aNameGetsItsSuffixUnlessItHasIt() {
        QFETCH(QString, name);
        QTEST(windows::withSuffix(name, session::kSessionSuffix), "file");
        QCOMPARE(windows::withSuffix(QStringLiteral("a.JSON"), QStringLiteral(".recipe.json"), {".json"}),
                 QStringLiteral("a.JSON"));
    }

    void aSessionWithADotInItsNameOpensAgain() {
        StudioWindow s;
        QVERIFY(s.openModel());
        s.run("file.saveSessionAs");
        QVERIFY(type(s.window, QStringLiteral("sd1.5")));
        const session::SessionDocument& session = s.window.files().sessions().document();
        QTRY_COMPARE_WITH_TIMEOUT(session.file(), s.path("sd1.5.noisefloor"), kLongestMs);
        StudioWindow again;
        again.window.open(s.path("sd1.5.noisefloor"));
        QTRY_COMPARE_WITH_TIMEOUT(again.window.files().sessions().document().file(), s.path("sd1.5.noisefloor"),
                                  kLongestMs);
    }

    void aSessionUnderAnotherNameIsKnownByItsContentAndKeepsNoWrongName() {
        StudioWindow s;
        QVERIFY(s.openModel());
        session::saveSession(s.studio().session(), s.path("s.noisefloor"));
        QVERIFY(QFile::rename(s.path("s.noisefloor"), s.path("sd1.5")));
        QCOMPARE(session::kindOf(s.path("sd1.5")), session::FileKind::Session);
        StudioWindow again;
        QSignalSpy restored(&again.studio(), &session::Studio::restored);
        again.window.open(s.path("sd1.5"));
        QTRY_COMPARE_WITH_TIMEOUT(restored.size(), 1, kLongestMs);
        QVERIFY(again.window.files().sessions().document().file().isEmpty()); // its copies would be refused
    }

    void noFileIsReplacedWithoutAQuestion_data() {
        QTest::addColumn<QString>("command");
        QTest::addColumn<QString>("file");
        QTest::newRow("session") << "file.saveSessionAs"
                                 << "mine.noisefloor";
        QTest::newRow("recipe") << "file.saveAs"
                                << "mine.recipe.json";
        QTest::newRow("analysis") << "file.saveAnalysis"
                                  << "mine.analysis.json";
        QTest::newRow("PNG") << "map.exportPng"
                             << "mine.png";
        QTest::newRow("SVG") << "map.exportSvg"
                             << "mine.svg";
        QTest::newRow("CSV") << "map.exportCsv"
                             << "mine.csv";
        QTest::newRow("report") << "file.report"
                                << "mine.html";
    }

    void noFileIsReplacedWithoutAQuestion() {
        QFETCH(QString, command);
        QFETCH(QString, file);
        const StudioWindow& s = opened();
        const QString path = s.folder.filePath(file);
        ldm::writeTextFile(path.toStdString(), "of before");
        m_opened->run(qPrintable(command));
        QVERIFY(type(s.window, QStringLiteral("mine")));
        auto* question = shown<QMessageBox>(s.window);
        QVERIFY(question);
        QVERIFY(question->text().contains(path));
        question->button(QMessageBox::Cancel)->click();
        QCOMPARE(contentOf(path), std::string("of before"));

        m_opened->run(qPrintable(command));
        QVERIFY(type(s.window, QStringLiteral("mine")));
        QVERIFY(shown<QMessageBox>(s.window));
        shown<QMessageBox>(s.window)->findChild<QPushButton*>(QStringLiteral("replace"))->click();
        QTRY_VERIFY_WITH_TIMEOUT(contentOf(path) != "of before", kLongestMs);
    }

    void anotherNameCanBeGivenInstead() {
        const StudioWindow& s = opened();
        const QString taken = s.folder.filePath(QStringLiteral("taken.csv"));
        ldm::writeTextFile(taken.toStdString(), "of before");
        m_opened->run("map.exportCsv");
        QVERIFY(type(s.window, QStringLiteral("taken")));
        shown<QMessageBox>(s.window)->findChild<QPushButton*>(QStringLiteral("anotherName"))->click();
        QVERIFY(type(s.window, QStringLiteral("free")));
        QTRY_VERIFY(QFileInfo::exists(s.folder.filePath(QStringLiteral("free.csv"))));
        QCOMPARE(contentOf(taken), std::string("of before"));
    }

    void cleanupTestCase() { m_opened.reset(); }

private:
    const StudioWindow& opened() {
        if (!m_opened) {
            m_opened = std::make_unique<StudioWindow>();
            if (!m_opened->openModel()) qFatal("the model did not open");
        }
        return *m_opened;
    }
    std::unique_ptr<StudioWindow> m_opened;
};

NOISEFLOOR_TEST(SaveFileTest)
#include "tst_savefile.moc"
