#include "support/testmain.h"

#include <app/windows/commandtable.h>
#include <app/windows/mainwindow.h>

#include <QTemporaryDir>

#include <set>

using namespace app::windows;

class CommandTableTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void idsAreUnique() {
        std::set<std::string> ids;
        for (const CommandInfo& info : commandTable()) QVERIFY2(ids.insert(info.id).second, info.id);
    }

    void keysAreValidAndDoNotClash() {
        std::set<QString> keys;
        for (const CommandInfo& info : commandTable()) {
            if (!*info.keys) continue;
            const QKeySequence sequence(QLatin1String(info.keys), QKeySequence::PortableText);
            QCOMPARE(sequence.count(), 1);
            QVERIFY2(sequence[0].key() != Qt::Key_unknown, info.keys);
            QVERIFY2(keys.insert(sequence.toString()).second, info.keys);
        }
    }

    void everyCommandHasTextTipAndWork() {
        for (const CommandInfo& info : commandTable()) {
            QVERIFY2(*info.text, info.id);
            QVERIFY2(*info.tip, info.id);
            QVERIFY2(info.run != nullptr, info.id);
            QVERIFY2(!titleOf(info.menu).isEmpty(), info.id);
        }
    }

    void theWindowHasAnActionForEveryCommand() {
        const QTemporaryDir folder;
        app::session::Settings settings(folder.filePath(QStringLiteral("s.ini")));
        const MainWindow window(settings);
        for (const CommandInfo& info : commandTable()) {
            const QAction* action = window.command(QLatin1String(info.id));
            QVERIFY2(action, info.id);
            QCOMPARE(action->shortcut(), QKeySequence(QLatin1String(info.keys), QKeySequence::PortableText));
            QCOMPARE(action->isEnabled(), !info.needsModel);
        }
    }
};

NOISEFLOOR_TEST(CommandTableTest)
#include "tst_commandtable.moc"
