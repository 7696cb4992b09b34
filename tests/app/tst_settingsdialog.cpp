#include "studiowindow.h"

#include "support/testmain.h"

#include <app/windows/settingsdialog.h>

#include <analysis/cache.h>

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QSpinBox>

#include <fstream>

using namespace app;
using session::Settings;
using support::StudioWindow;

namespace {

/// Keys of all settings that are the user's to choose, as they are declared.
QStringList declaredKeys() {
    QFile header(QStringLiteral(NOISEFLOOR_TEST_DATA "/../../app/session/settings.h"));
    if (!header.open(QIODevice::ReadOnly)) return {};
    const QString text = QString::fromUtf8(header.readAll());
    static const QRegularExpression declaration(QStringLiteral("inline const Setting<[^;]*?\\{\\s*\"([^\"]+)\""));
    QStringList keys;
    for (auto match = declaration.globalMatch(text); match.hasNext();) keys << match.next().captured(1);
    return keys;
}

} // namespace

class SettingsDialogTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cleanup() { QApplication::setPalette(QPalette()); }

    void everySettingHasAControlWithALabelAndATooltip() {
        Settings settings(m_folder.filePath(QStringLiteral("all.ini")));
        const windows::SettingsDialog dialog(settings);
        const QStringList keys = declaredKeys();
        QVERIFY(keys.size() >= 8);
        for (const QString& key : keys) {
            const auto* control = dialog.findChild<QWidget*>(key);
            QVERIFY2(control, qPrintable(key));
            QVERIFY2(!control->toolTip().isEmpty(), qPrintable(key));
        }
    }

    void whatIsChosenHoldsAtOnceAndLasts() {
        Settings settings(m_folder.filePath(QStringLiteral("chosen.ini")));
        windows::SettingsDialog dialog(settings);
        dialog.show();
        auto* ask = dialog.findChild<QCheckBox*>(QLatin1String(session::kAskToSave.key));
        QVERIFY(ask->isChecked());
        QTest::keyClick(ask, Qt::Key_Space);
        QCOMPARE(settings.value(session::kAskToSave), false);
        auto* steps = dialog.findChild<QSpinBox*>(QLatin1String(session::kAnalysisSteps.key));
        steps->selectAll();
        QTest::keyClicks(steps, QStringLiteral("33"));
        QTest::keyClick(steps, Qt::Key_Return);
        const Settings again(settings.file());
        QCOMPARE(again.value(session::kAskToSave), false);
        QCOMPARE(again.value(session::kAnalysisSteps), 33);
    }

    void formatsThatCannotBeReadAreToldAndNotTaken() {
        Settings settings(m_folder.filePath(QStringLiteral("formats.ini")));
        windows::SettingsDialog dialog(settings);
        dialog.show();
        auto* line = dialog.findChild<QLineEdit*>(QLatin1String(session::kAnalysisFormats.key));
        line->setText(QStringLiteral("w8a8,w9q"));
        QTest::keyClick(line, Qt::Key_Return);
        QCOMPARE(settings.value(session::kAnalysisFormats), session::kAnalysisFormats.fallback);
        bool isTold = false;
        for (const QLabel* label : dialog.findChildren<QLabel*>())
            isTold = isTold || label->text().contains(QLatin1String("w9q"));
        QVERIFY(isTold);
        line->setText(QStringLiteral("w8a8,w4a16"));
        QTest::keyClick(line, Qt::Key_Return);
        QCOMPARE(settings.value(session::kAnalysisFormats), QStringLiteral("w8a8,w4a16"));
    }

    void aWindowFollowsTheThemeWhileItRuns() {
        StudioWindow s;
        s.run("edit.settings");
        auto* theme = s.window.findChild<QComboBox*>(QLatin1String(session::kTheme.key));
        QVERIFY(theme);
        theme->setCurrentIndex(theme->findData(QStringLiteral("dark")));
        QTRY_VERIFY(s.window.palette().color(QPalette::Window).lightness() < 100);
        s.run("view.theme");
        QTRY_VERIFY(s.window.palette().color(QPalette::Window).lightness() > 150);
        QCOMPARE(theme->currentData().toString(), QStringLiteral("light"));
    }

    void aSecondCallShowsTheSameDialog() {
        StudioWindow s;
        s.run("edit.settings");
        s.run("edit.settings");
        QCOMPARE(s.window.findChildren<windows::SettingsDialog*>().size(), 1);
    }

    void defaultsComeBackTogether() {
        Settings settings(m_folder.filePath(QStringLiteral("defaults.ini")));
        settings.set(session::kAnalysisSteps, 7);
        settings.set(session::kAnalysisFormats, QStringLiteral("w4a4"));
        settings.set(session::kTheme, QStringLiteral("dark"));
        settings.set(session::kLastFolder, QStringLiteral("/kept"));
        windows::SettingsDialog dialog(settings);
        dialog.findChild<QDialogButtonBox*>()->button(QDialogButtonBox::RestoreDefaults)->click();
        QCOMPARE(settings.value(session::kAnalysisSteps), session::kAnalysisSteps.fallback);
        QCOMPARE(settings.value(session::kAnalysisFormats), session::kAnalysisFormats.fallback);
        QCOMPARE(settings.value(session::kTheme), session::kTheme.fallback);
        QCOMPARE(settings.value(session::kLastFolder), QStringLiteral("/kept")); // remembered, not chosen
        QCOMPARE(dialog.findChild<QSpinBox*>(QLatin1String(session::kAnalysisSteps.key))->value(),
                 session::kAnalysisSteps.fallback);
    }

    void keptMeasurementsAreForgottenWhenAsked() {
        qputenv("XDG_CACHE_HOME", m_folder.filePath(QStringLiteral("cache")).toUtf8());
        const std::filesystem::path kept = analysis::AnalysisCache::standardFolder();
        std::filesystem::create_directories(kept);
        std::ofstream(kept / "some.analysis.json") << "{}";
        std::ofstream(kept / "another.txt") << "not ours";
        Settings settings(m_folder.filePath(QStringLiteral("cache.ini")));
        windows::SettingsDialog dialog(settings);
        dialog.findChild<QPushButton*>(QStringLiteral("clearCache"))->click();
        QVERIFY(!std::filesystem::exists(kept / "some.analysis.json"));
        QVERIFY(std::filesystem::exists(kept / "another.txt"));
    }

    void aFileOfAnOlderVersionIsBroughtUpToDate() {
        const QString file = m_folder.filePath(QStringLiteral("old.ini"));
        write(file, "[window]\naskToSave=false\nlastFolder=/somewhere\n");
        const Settings settings(file);
        QVERIFY(settings.notice().isEmpty());
        QCOMPARE(settings.value(session::kAskToSave), false);
        QCOMPARE(settings.value(session::kLastFolder), QStringLiteral("/somewhere"));
    }

    void aFileThatIsNoneIsKeptAsideAndTold_data() {
        QTest::addColumn<QByteArray>("content");
        QTest::newRow("binary") << QByteArray("\x7f"
                                              "ELF\0\0\0\1\2\3",
                                              10);
        QTest::newRow("broken section") << QByteArray("[window\naskToSave");
        QTest::newRow("newer") << QByteArray("[General]\nversion=99\n[files]\naskToSave=false\n");
        QTest::newRow("no number") << QByteArray("[General]\nversion=many\n");
    }
    void aFileThatIsNoneIsKeptAsideAndTold() {
        QFETCH(const QByteArray, content);
        const QString file = m_folder.filePath(QStringLiteral("bad.ini"));
        write(file, content);
        {
            Settings settings(file);
            QVERIFY2(settings.notice().contains(file + QStringLiteral(".backup")), qPrintable(settings.notice()));
            QCOMPARE(settings.value(session::kAskToSave), true);
            settings.set(session::kAnalysisSteps, 5);
        }
        QFile backup(file + QStringLiteral(".backup"));
        QVERIFY(backup.open(QIODevice::ReadOnly));
        QCOMPARE(backup.readAll(), content);
        const Settings again(file);
        QVERIFY(again.notice().isEmpty());
        QCOMPARE(again.value(session::kAnalysisSteps), 5);
    }

private:
    static void write(const QString& file, const QByteArray& content) {
        QFile out(file);
        QVERIFY(out.open(QIODevice::WriteOnly));
        out.write(content);
    }

    QTemporaryDir m_folder;
};

NOISEFLOOR_TEST(SettingsDialogTest)
#include "tst_settingsdialog.moc"
