#include <app/windows/reportfile.h>

#include <app/models/reportdata.h>
#include <app/windows/mainwindow.h>

#include <QFileDialog>
#include <QFileInfo>

namespace app::windows {

namespace {

/// The pair on show, if there is one.
QList<report::PictureRow> shownPictures(const MainWindow& window) {
    const widgets::ComparisonView* view = window.comparisonPane()->view();
    if (view->reference().isNull() || view->candidate().isNull()) return {};
    const ldm::GenerateSettings& sampling = window.studio().sampling();
    report::PictureRow row;
    row.caption = MainWindow::tr("“%1”, seed %2").arg(QString::fromStdString(sampling.prompt)).arg(sampling.seed);
    row.pictures << report::ReportPicture{MainWindow::tr("full precision"), view->reference(), {}}
                 << report::ReportPicture{QString::fromStdString(window.studio().document().recipe().name),
                                          view->candidate(), window.comparisonPane()->metrics()};
    return {row};
}

} // namespace

void chooseReport(MainWindow& window) {
    const QString folder = window.studio().settings().value(session::kLastFolder);
    auto* dialog = new QFileDialog(&window, MainWindow::tr("Write a report"), folder,
                                   MainWindow::tr("Web page (*.html);;PDF (*.pdf)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("html"));
    QObject::connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString& filter) {
        dialog->setDefaultSuffix(filter.contains(QLatin1String("*.pdf")) ? QStringLiteral("pdf")
                                                                         : QStringLiteral("html"));
    });
    QObject::connect(dialog, &QFileDialog::fileSelected, &window, [&window](const QString& file) {
        session::Studio& studio = window.studio();
        studio.settings().set(session::kLastFolder, QFileInfo(file).absolutePath());
        studio.engine().writeReport(models::reportOf(studio.document(), shownPictures(window)), file);
    });
    dialog->open();
}

} // namespace app::windows
