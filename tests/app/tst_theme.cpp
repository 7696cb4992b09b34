#include "studiowindow.h"

#include "support/testmain.h"

#include <app/windows/symbols.h>
#include <app/windows/theme.h>

using namespace app::windows;

namespace {

constexpr double kReadable = 4.5;  ///< WCAG 2.1, text of usual size
constexpr double kDiscernible = 3; ///< what is disabled need not be readable easily, but has to be seen

struct Pair {
    QPalette::ColorRole text;
    QPalette::ColorRole behind;
};
constexpr Pair kPairs[] = {
    {QPalette::WindowText, QPalette::Window},
    {QPalette::Text, QPalette::Base},
    {QPalette::Text, QPalette::AlternateBase},
    {QPalette::ButtonText, QPalette::Button},
    {QPalette::ToolTipText, QPalette::ToolTipBase},
    {QPalette::HighlightedText, QPalette::Highlight},
    {QPalette::PlaceholderText, QPalette::Base},
    {QPalette::PlaceholderText, QPalette::AlternateBase},
    {QPalette::PlaceholderText, QPalette::Window},
    {QPalette::Link, QPalette::Base},
    {QPalette::Link, QPalette::Window},
    {QPalette::LinkVisited, QPalette::Base},
    {QPalette::LinkVisited, QPalette::Window},
    {QPalette::WindowText, QPalette::Base},
};

QColor drawnIn(const QIcon& icon) {
    const QImage image = icon.pixmap(32).toImage();
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x)
            if (image.pixelColor(x, y).alpha() == 255) return image.pixelColor(x, y);
    return {};
}

} // namespace

class ThemeTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cleanup() { applyTheme(QStringLiteral("system")); }

    void contrastIsThatOfTheStandard() {
        QCOMPARE(contrast(Qt::black, Qt::white), 21.0);
        QCOMPARE(contrast(Qt::white, Qt::white), 1.0);
        QVERIFY(std::abs(contrast(QColor(0x767676), Qt::white) - 4.54) < 0.01); // the well-known lightest grey
    }

    void everyTextIsReadable_data() {
        QTest::addColumn<QPalette>("palette");
        QTest::newRow("light") << lightPalette();
        QTest::newRow("dark") << darkPalette();
    }
    void everyTextIsReadable() {
        QFETCH(const QPalette, palette);
        for (const auto group : {QPalette::Active, QPalette::Inactive})
            for (const auto& [text, behind] : kPairs) {
                const double found = contrast(palette.color(group, text), palette.color(group, behind));
                QVERIFY2(found >= kReadable,
                         qPrintable(QStringLiteral("role %1 on %2: %3").arg(text).arg(behind).arg(found)));
            }
        for (const auto& [text, behind] :
             {Pair{QPalette::WindowText, QPalette::Window}, Pair{QPalette::Text, QPalette::Base},
              Pair{QPalette::ButtonText, QPalette::Button}, Pair{QPalette::Mid, QPalette::Base}})
            QVERIFY(contrast(palette.color(QPalette::Disabled, text), palette.color(QPalette::Disabled, behind)) >=
                    kDiscernible);
    }

    void darkIsDarkAndLightIsLight() {
        QVERIFY(lightPalette().color(QPalette::Window).lightness() > 200);
        QVERIFY(darkPalette().color(QPalette::Window).lightness() < 80);
    }

    void windowsAndSymbolsFollowWhileTheyAreShown() {
        support::StudioWindow s;
        applyTheme(QStringLiteral("dark"));
        const QIcon play = symbol(QStyle::SP_MediaPlay);
        QVERIFY(drawnIn(play).lightness() > 180);
        QVERIFY(drawnIn(s.window.command(QStringLiteral("file.save"))->icon()).lightness() > 180);
        QTRY_VERIFY(s.window.grab().toImage().pixelColor(3, s.window.height() - 3).lightness() < 90);
        applyTheme(QStringLiteral("light"));
        QVERIFY(drawnIn(play).lightness() < 90);
        QTRY_VERIFY(s.window.grab().toImage().pixelColor(3, s.window.height() - 3).lightness() > 180);
    }

    void symbolsAreSharpAtEverySize() {
        for (const auto which :
             {QStyle::SP_DirOpenIcon, QStyle::SP_DialogSaveButton, QStyle::SP_DialogApplyButton, QStyle::SP_ArrowBack,
              QStyle::SP_ArrowForward, QStyle::SP_MediaPlay, QStyle::SP_MediaPause, QStyle::SP_BrowserStop,
              QStyle::SP_FileDialogContentsView, QStyle::SP_TitleBarCloseButton, QStyle::SP_MessageBoxWarning,
              QStyle::SP_MessageBoxInformation})
            for (const int side : {16, 24, 48, 200}) {
                const QPixmap drawn = symbol(which).pixmap(side);
                QCOMPARE(drawn.size(), QSize(side, side));
                QVERIFY2(drawnIn(symbol(which)).isValid(), qPrintable(QString::number(which)));
            }
    }
};

NOISEFLOOR_TEST(ThemeTest)
#include "tst_theme.moc"
