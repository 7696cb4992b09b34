#include <app/windows/reportfile.h>

#include <app/models/picturetexts.h>
#include <app/models/reportdata.h>
#include <app/windows/mainwindow.h>
#include <app/windows/savefile.h>

#include <QLocale>

namespace app::windows {

namespace {

QString captionOf(const jobs::PreviewRequest& origin) {
    const ldm::GenerateSettings& sampling = origin.sampling;
    return MainWindow::tr("“%1”, seed %2, %3 steps, guidance %4. Recipe: %5, %6")
        .arg(QString::fromStdString(sampling.prompt))
        .arg(sampling.seed)
        .arg(sampling.steps)
        .arg(QLocale().toString(sampling.guidance))
        .arg(QString::fromStdString(origin.recipe.name), models::summaryOf(origin.recipe));
}

/// A name says nothing about pictures.
bool isSameRecipe(quant::Recipe a, const quant::Recipe& b) {
    a.name = b.name;
    a.provenance = b.provenance;
    return a == b;
}

bool isMaking(MainWindow& window) {
    return window.studio().engine().isBusy(jobs::JobKind::Preview);
}

QString noteOn(const PicturePair& pair, MainWindow& window) {
    session::Studio& studio = window.studio();
    QStringList notes;
    if (pair.full.isNull()) notes << MainWindow::tr("The full-precision picture is missing: it has not been made.");
    if (pair.quantized.isNull()) notes << MainWindow::tr("The quantized picture is missing: it has not been made.");
    if (!pair.quantized.isNull() && !isSameRecipe(pair.origin.recipe, studio.document().recipe()))
        notes << MainWindow::tr("Made with another recipe than the one of this report.");
    if (pair.origin.sampling != studio.sampling())
        notes << MainWindow::tr("Made with another prompt or other sampling than is set now.");
    if (isMaking(window)) notes << MainWindow::tr("Newer pictures were being made when this report was written.");
    return notes.join(QLatin1Char(' '));
}

QString whyNoPictures(MainWindow& window) {
    if (isMaking(window)) return MainWindow::tr("The first pictures were being made when this report was written.");
    return MainWindow::tr("No pictures had been made when this report was written.");
}

QList<report::PictureRow> shownPictures(MainWindow& window) {
    const PicturePair& pair = window.comparisonPane()->shown();
    if (pair.full.isNull() && pair.quantized.isNull()) return {};
    report::PictureRow row{captionOf(pair.origin), {}, noteOn(pair, window)};
    if (!pair.full.isNull()) row.pictures << report::ReportPicture{pair.fullCaption, pair.full, {}};
    if (!pair.quantized.isNull()) {
        row.pictures << report::ReportPicture{pair.quantizedCaption, pair.quantized, pair.metrics};
        if (!isSameRecipe(pair.origin.recipe, window.studio().document().recipe())) row.recipe = pair.origin.recipe;
    }
    return {row};
}

} // namespace

report::Report presentReport(MainWindow& window) {
    report::Report report = models::reportOf(window.studio().document(), shownPictures(window));
    report.noPictures = whyNoPictures(window);
    return report;
}

void chooseReport(MainWindow& window) {
    const SaveQuestion question{MainWindow::tr("Write a report"),
                                MainWindow::tr("Web page (*.html);;PDF (*.pdf)"),
                                {QStringLiteral(".html"), QStringLiteral(".pdf")},
                                {QStringLiteral(".htm")}};
    chooseFileToSave(&window, window.studio().settings(), question, [&window](const QString& file) {
        window.studio().engine().writeReport(presentReport(window), file);
    });
}

} // namespace app::windows
