#include <app/report/report.h>

#include <ldm/error.h>

#include <QGuiApplication>
#include <QLoggingCategory>
#include <QPageSize>
#include <QPdfWriter>
#include <QSaveFile>
#include <QTextDocument>

namespace app::report {

namespace {

constexpr int kDotsPerInch = 150;
constexpr int kMarginMm = 15;

[[noreturn]] void refuseToWrite(const QSaveFile& file) {
    throw ldm::Error(ldm::ErrorKind::WriteFailed, "The report " + file.fileName().toStdString() +
                                                      " could not be written: " + file.errorString().toStdString() +
                                                      "; choose another place.");
}

void writePdf(const QString& html, QIODevice& device) {
    QPdfWriter writer(&device);
    writer.setPageSize(QPageSize(QPageSize::A4));
    writer.setPageMargins(QMarginsF(kMarginMm, kMarginMm, kMarginMm, kMarginMm), QPageLayout::Millimeter);
    writer.setResolution(kDotsPerInch);
    QTextDocument document;
    document.setHtml(html);
    document.print(&writer);
}

/// QGuiApplication keeps references to its arguments.
struct Arguments {
    char name[11] = "noisefloor";
    char* values[2] = {name, nullptr};
    int count = 1;
};
Arguments& arguments() {
    static Arguments only;
    return only;
}

} // namespace

DrawingWithoutWindow::DrawingWithoutWindow() {
    if (QCoreApplication::instance()) return;
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QLoggingCategory::setFilterRules(QStringLiteral("default.warning=false")); // of a session that nobody has
    m_application = std::make_unique<QGuiApplication>(arguments().count, arguments().values);
}

DrawingWithoutWindow::~DrawingWithoutWindow() = default;

void save(const Report& report, const QString& file) {
    const bool isPdf = file.endsWith(QLatin1String(".pdf"), Qt::CaseInsensitive);
    const bool isHtml = file.endsWith(QLatin1String(".html"), Qt::CaseInsensitive) ||
                        file.endsWith(QLatin1String(".htm"), Qt::CaseInsensitive);
    if (!isPdf && !isHtml)
        throw ldm::badInput("The name of the report " + file.toStdString() +
                            " says no kind of file; end it with .html or .pdf.");
    QSaveFile target(file);
    if (!target.open(QIODevice::WriteOnly)) refuseToWrite(target);
    const QString html = toHtml(report, isPdf ? Medium::Paper : Medium::Browser);
    if (isPdf)
        writePdf(html, target);
    else
        target.write(html.toUtf8());
    if (!target.commit()) refuseToWrite(target);
}

} // namespace app::report
