#include <app/windows/commandtable.h>
#include <app/windows/mainwindow.h>

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

} // namespace

std::vector<CommandInfo> helpCommands() {
    return {
        {"help.about", MenuId::Help, QT_TRANSLATE_NOOP("Commands", "&About Noisefloor"), "",
         QT_TRANSLATE_NOOP("Commands", "What this program is"), about, std::nullopt, false},
    };
}

} // namespace app::windows
