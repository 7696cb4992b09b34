#include <app/windows/commandtable.h>
#include <app/windows/mainwindow.h>
#include <app/windows/tour.h>

#include <QMessageBox>

namespace app::windows {

namespace {

void about(MainWindow& window) {
    auto* box = new QMessageBox(
        QMessageBox::NoIcon, MainWindow::tr("About Noisefloor"),
        MainWindow::tr("<b>Noisefloor</b><p>A studio for quantizing latent diffusion models: which parts may "
                       "run in few bits, which may not, and what that does to the pictures."),
        QMessageBox::Close, &window);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

void explain(MainWindow& window, const QString& page) {
    window.helpPane()->showPage(page);
    window.showDock(QStringLiteral("dock.help"));
}

void explainFocused(MainWindow& window) {
    explain(window, HelpPane::pageAbout(window.focusWidget()));
}

} // namespace

std::vector<CommandInfo> helpCommands() {
    return {
        {"help.guide", MenuId::Help, QT_TRANSLATE_NOOP("Commands", "&Guide"), "F1",
         QT_TRANSLATE_NOOP("Commands", "Explain the pane that has the keyboard"), explainFocused, std::nullopt, false},
        {"help.commands", MenuId::Help, QT_TRANSLATE_NOOP("Commands", "All &Commands and Keys"), "?",
         QT_TRANSLATE_NOOP("Commands", "List every command with its present keys"),
         [](MainWindow& window) { explain(window, QStringLiteral("commands")); }, std::nullopt, false},
        {"help.tour", MenuId::Help, QT_TRANSLATE_NOOP("Commands", "&Tour of the Window"), "",
         QT_TRANSLATE_NOOP("Commands", "Show in a few steps what is where"),
         [](MainWindow& window) { Tour::start(window); }, std::nullopt, false},
        {"help.about", MenuId::Help, QT_TRANSLATE_NOOP("Commands", "&About Noisefloor"), "",
         QT_TRANSLATE_NOOP("Commands", "What this program is"), about, std::nullopt, false, true},
    };
}

} // namespace app::windows
