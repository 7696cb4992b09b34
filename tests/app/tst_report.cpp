#include "program.h"
#include "smallmodel.h"

#include "support/testmain.h"

#include <app/report/report.h>

#include <ldm/error.h>

#include <QRegularExpression>
#include <QTemporaryDir>

using namespace app;
using support::contents;
using support::kBadInput;
using support::kDone;
using support::kFailed;
using support::noisefloor;
using support::Run;

namespace {

const quant::Format kW8A8{quant::WeightFormat::Int8, quant::ActivationFormat::Int8};

report::Report smallReport() {
    report::Report report;
    report.analysis = support::emptyAnalysis({kW8A8});
    report.analysis.maps[0].grid.db = {31.25, 32.5, 20.125, analysis::kExact, analysis::kNotMeasured, 40};
    report.analysis.settings.prompts = {"<script>alert(1)</script> & \"quotes\""};
    report.written = QDateTime::fromSecsSinceEpoch(0);
    return report;
}

QImage picture(const QColor& colour) {
    QImage image(8, 8, QImage::Format_RGB32);
    image.fill(colour);
    return image;
}

QString refusal(const std::function<void()>& work) {
    try {
        work();
    } catch (const ldm::Error& error) {
        return QString::fromStdString(error.what());
    }
    return {};
}

} // namespace

class ReportTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyNumberOfAMapIsInTheTable() {
        const QString html = toHtml(smallReport(), report::Medium::Browser);
        for (const char* number : {"31.2", "32.5", "20.1", "exact", "40.0", "unet.mid_block", "w8a8"})
            QVERIFY2(html.contains(QLatin1String(number)), number);
    }

    void rowsWithMostNoiseComeFirst() {
        const QString html = toHtml(smallReport(), report::Medium::Browser);
        const QString worst = html.mid(html.indexOf(QStringLiteral("with most noise")));
        QVERIFY(worst.indexOf(QStringLiteral("unet.mid_block")) < worst.indexOf(QStringLiteral("unet.conv_in")));
    }

    void whatComesFromUsersIsText() {
        const QString html = toHtml(smallReport(), report::Medium::Browser);
        QVERIFY(!html.contains(QStringLiteral("<script")));
        QVERIFY(html.contains(QStringLiteral("&lt;script&gt;alert(1)&lt;/script&gt; &amp;")));
    }

    void nothingIsFetchedFromElsewhere() {
        report::Report report = smallReport();
        report.pictures = {
            {"two", {{"full precision", picture(Qt::red), {}}, {"w8a8", picture(Qt::blue), "PSNR 3 dB"}}}};
        const QString html = toHtml(report, report::Medium::Browser);
        static const QRegularExpression reference(QStringLiteral("(src|href)=\"(?!data:image/png;base64,)"));
        QVERIFY(!html.contains(reference));
        QVERIFY(!html.contains(QStringLiteral("url(")));
        QCOMPARE(html.count(QStringLiteral("<img ")), 3);
        QVERIFY(html.contains(QStringLiteral("PSNR 3 dB")));
    }

    void aRecipeSaysWhatItCosts() {
        report::Report report = smallReport();
        quant::Recipe recipe;
        recipe.name = "mine";
        recipe.rules = {{"unet.conv_in", quant::WeightFormat::Fp16, std::nullopt, std::nullopt, "it is first"}};
        report.recipe = report::described(recipe, support::smallModel(), report.analysis);
        const QString html = toHtml(report, report::Medium::Browser);
        for (const char* text : {"mine", "it is first", "unet.conv_in", "Mean bits", "Predicted SQNR"})
            QVERIFY2(html.contains(QLatin1String(text)), text);
        report.recipe->cost.reset();
        QVERIFY(toHtml(report, report::Medium::Browser).contains(QStringLiteral("--model")));
    }

    void paperHasNothingFoldedAway() {
        QVERIFY(!toHtml(smallReport(), report::Medium::Paper).contains(QStringLiteral("<details")));
    }

    void aPdfHoldsThePicturesToo() {
        const QTemporaryDir folder;
        const QString with = folder.filePath("with.pdf");
        save(smallReport(), with);
        const QByteArray pdf = contents(with);
        QVERIFY(pdf.startsWith("%PDF-"));
        QVERIFY(pdf.contains("/Subtype /Image"));
        QVERIFY(pdf.contains("/Type /Page"));
    }

    void refusalsSayWhatToDo() {
        const QTemporaryDir folder;
        QVERIFY(refusal([&] { save(smallReport(), folder.filePath("r.txt")); }).contains(".html or .pdf"));
        QVERIFY(refusal([&] { save(smallReport(), folder.filePath("no/such/r.html")); }).contains("choose another"));
    }

    void aComparisonFolderIsNotTrusted() {
        const QTemporaryDir folder;
        const QString metrics = folder.filePath("metrics.json");
        const auto problem = [&] { return refusal([&] { report::loadComparison(folder.path()); }); };
        QVERIFY(problem().contains("cannot be read"));
        QVERIFY(support::write(metrics, "{"));
        QVERIFY(problem().contains("is no JSON"));
        QVERIFY(support::write(metrics, R"({"noisefloor_comparison":2})"));
        QVERIFY(problem().contains("no comparison of version 1"));
        QVERIFY(support::write(metrics, R"({"noisefloor_comparison":1,"pictures":[]})"));
        QVERIFY(problem().contains("names no picture"));
        QVERIFY(picture(Qt::red).save(folder.filePath("a.png")));
        QVERIFY(support::write(metrics, R"({"noisefloor_comparison":1,"pictures":[{"full":"../a.png"}]})"));
        QVERIFY(problem().contains("no picture of the folder"));
        QVERIFY(support::write(folder.filePath("b.png"), "not a picture"));
        QVERIFY(support::write(metrics, R"({"noisefloor_comparison":1,"pictures":[{"full":"b.png"}]})"));
        QVERIFY(problem().contains("cannot be read as a picture"));
        QVERIFY(support::write(metrics, R"({"noisefloor_comparison":1,"pictures":[{"full":"a.png","prompt":"p"}]})"));
        QCOMPARE(report::loadComparison(folder.path()).size(), 1);
    }

    void theVerbWritesWhatTheOthersMeasured() {
        const QTemporaryDir folder;
        const auto path = [&](const char* name) { return folder.filePath(QLatin1String(name)); };
        QVERIFY(support::write(path("p.txt"), "a red heart\n"));
        Run run = noisefloor({"analyze", "emoji-ldm", "--out", path("a.json"), "--metrics", "weights,local",
                              "--formats", "w8a8", "--steps", "2", "--prompts", path("p.txt")});
        QVERIFY2(run.exitCode == kDone, run.err.constData());
        run = noisefloor({"compare", "emoji-ldm", "--recipe", "w8a8", "--steps", "2", "--prompts", path("p.txt"),
                          "--out", path("sheet")});
        QVERIFY2(run.exitCode == kDone, run.err.constData());
        const QStringList arguments{"report",       path("a.json"), "--recipe", "w8a8",
                                    "--comparison", path("sheet"),  "--json",   "--out"};
        run = noisefloor(arguments + QStringList{path("r.html")});
        QVERIFY2(run.exitCode == kDone, run.err.constData());
        QCOMPARE(run.json()["maps"].toInt(), 2);
        const QString html = QString::fromUtf8(contents(path("r.html")));
        QCOMPARE(html.count(QStringLiteral("<img ")), 4);
        QVERIFY(html.contains("Predicted SQNR") && html.contains("a red heart"));
        QCOMPARE(noisefloor(arguments + QStringList{path("r.html")}).exitCode, kFailed); // exists
        QCOMPARE(noisefloor(arguments + QStringList{path("r.html"), "--overwrite"}).exitCode, kDone);
        QCOMPARE(noisefloor(arguments + QStringList{path("r.pdf")}).exitCode, kDone);
        QVERIFY(contents(path("r.pdf")).startsWith("%PDF-"));
        run = noisefloor({"report", path("p.txt"), "--out", path("x.html")});
        QCOMPARE(run.exitCode, kBadInput);
        QVERIFY(!QFile::exists(path("x.html")));
    }
};

NOISEFLOOR_TEST(ReportTest)
#include "tst_report.moc"
