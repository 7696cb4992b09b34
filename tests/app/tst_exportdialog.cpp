#include "smallmodel.h"
#include "studiowindow.h"

#include "support/testmain.h"

#include <app/windows/exportdialog.h>
#include <app/windows/theme.h>
#include <app/windows/verifydialog.h>
#include <app/windows/verifyreport.h>

#include <quant/export.h>

#include <QAccessible>
#include <QComboBox>
#include <QElapsedTimer>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>

#include <algorithm>

using namespace app;
using support::kLongestMs;
using support::StudioWindow;
using windows::ExportDialog;

namespace {

using models::ExportPlanModel;

/// A dialog on the small model of the tests.
struct Asked {
    QTemporaryDir folder;
    session::StudioDocument document;
    std::unique_ptr<ExportDialog> dialog;

    explicit Asked(ldm::ModelInfo model = support::smallModel()) {
        ldm::PartInfo unet;
        unet.name = "unet";
        for (const ldm::LayerInfo& layer : model.layers) unet.parameters += layer.weights() + layer.outputs();
        model.parts = {unet};
        document.setModel(std::move(model));
        dialog = std::make_unique<ExportDialog>(document, folder.path(), QStringLiteral("small"));
    }
    template <class Widget> Widget* child(const char* name) { return dialog->findChild<Widget*>(QLatin1String(name)); }
    bool choose(const quant::ExportFormatInfo& format) {
        auto* box = child<QComboBox>("exportFormat");
        box->setCurrentText(QString::fromUtf8(format.name.data(), qsizetype(format.name.size())));
        return QTest::qWaitFor([this] { return !dialog->isPlanning(); }, kLongestMs);
    }
    QAbstractItemModel* layers() { return child<QTableView>("exportLayers")->model(); }
    QString summary() { return child<QLabel>("exportSummary")->text(); }
};

/// As many layers as an SDXL network has, and a recipe that treats every fourth of its blocks otherwise.
ldm::ModelInfo largeModel(int layers) {
    ldm::ModelInfo model = support::smallModel();
    for (int i = int(model.layers.size()); i < layers; ++i) {
        ldm::LayerInfo layer = model.layers.front();
        const std::string block = "unet.down_blocks." + std::to_string(i / 8);
        layer.name = block + ".attentions.0.transformer_blocks." + std::to_string(i % 8) + ".attn1.to_out.0";
        layer.block = block;
        layer.weightShape = {1280, 1280};
        if (model.blocks.back().id != block) model.blocks.push_back({block, {}, 0});
        model.blocks.back().layers.push_back(i);
        model.layers.push_back(layer);
    }
    return model;
}

quant::VerifyReport someReport() {
    quant::VerifyReport report;
    report.container = "GGUF file";
    for (int i = 0; i < 12; ++i)
        report.tensors.push_back({"unet.layer" + std::to_string(i) + ".weight",
                                  i % 2 ? "Q8_0" : "Q4_0",
                                  i,
                                  {1000.0 * (i + 1), 1},
                                  quant::ErrorSums{1, 0}});
    report.notes = {"the export holds no vae"};
    return report;
}

} // namespace

/// Exporting and verifying in the window: plans before anything is written, options by format, reports.
class ExportDialogTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theTableShowsThePlanOfEveryFormat_data() {
        QTest::addColumn<int>("row");
        for (std::size_t i = 0; i < quant::exportFormats().size(); ++i)
            QTest::newRow(quant::exportFormats()[i].name.data()) << int(i);
    }
    void theTableShowsThePlanOfEveryFormat() {
        QFETCH(const int, row);
        const quant::ExportFormatInfo& format = quant::exportFormats()[std::size_t(row)];
        Asked asked;
        QVERIFY(asked.choose(format));
        const auto plan = jobs::guarded(
            [&] { return quant::planExport(asked.document.model(), asked.document.recipe(), format.format, {}); });
        if (!plan) { // such as data that nobody has measured
            QCOMPARE(asked.summary(), plan.failure().sentence);
            QVERIFY(!asked.child<QPushButton>("exportWrite")->isEnabled());
            return;
        }
        QCOMPARE(asked.summary(), models::summaryOf(plan.value()));
        QCOMPARE(asked.layers()->rowCount(), int(plan.value().layers.size()));
        for (int layer = 0; layer < asked.layers()->rowCount(); ++layer) {
            const quant::LayerCarriage& planned = plan.value().layers[std::size_t(layer)];
            const auto shown = [&](int column) { return asked.layers()->index(layer, column).data().toString(); };
            QCOMPARE(shown(ExportPlanModel::Layer),
                     QString::fromStdString(asked.document.model().layers[std::size_t(layer)].name));
            QCOMPARE(shown(ExportPlanModel::Becomes), models::textOf(planned.carriage));
            QCOMPARE(shown(ExportPlanModel::Type), QString::fromStdString(planned.type));
            QCOMPARE(shown(ExportPlanModel::Why), QString::fromStdString(planned.why));
        }
        QStringList notes;
        for (const std::string& note : plan.value().notes) notes << QString::fromStdString(note);
        QCOMPARE(asked.child<QPlainTextEdit>("exportNotes")->toPlainText(), notes.join(QLatin1Char('\n')));
        QCOMPARE(asked.child<QLabel>("exportDescription")->text().contains(QLatin1String("not client-tested")),
                 !format.clientTested);
        QVERIFY(asked.child<QPushButton>("exportWrite")->isEnabled());
    }

    void kindsAreToldBySymbolAndWord() {
        QStringList texts;
        for (const auto carriage : {quant::Carriage::Exact, quant::Carriage::Requantized, quant::Carriage::Float}) {
            const QString text = models::textOf(carriage);
            QVERIFY(!text.at(0).isLetter() && text.contains(QLatin1Char(' ')));
            texts << text.left(1) << text.mid(2);
        }
        QCOMPARE(texts.removeDuplicates(), 0);
    }

    void onlyOptionsOfTheFormatAreShownAndCount() {
        Asked asked;
        asked.dialog->show();
        auto* floats = asked.child<QComboBox>("export-floats");
        for (const quant::ExportFormatInfo& format : quant::exportFormats()) {
            QVERIFY(asked.choose(format));
            for (const quant::ExportOption option : quant::kExportOptions) {
                auto* control = asked.child<QWidget>(("export-" + std::string(nameOf(option))).c_str());
                if (control) QCOMPARE(control->isVisibleTo(asked.dialog.get()), format.uses(option));
            }
            floats->setCurrentText(QStringLiteral("bf16"));
            const bool counts = asked.dialog->request().options.floats == quant::FloatFormat::Bf16;
            QCOMPARE(counts, format.uses(quant::ExportOption::Floats));
        }
    }

    void anOptionChangesThePlan() {
        Asked asked;
        const auto& formats = quant::exportFormats();
        const auto format =
            std::ranges::find_if(formats, [](const auto& f) { return f.uses(quant::ExportOption::Floats); });
        QVERIFY(format != formats.end() && asked.choose(*format));
        const QString before = asked.summary();
        asked.child<QComboBox>("export-floats")->setCurrentText(QStringLiteral("fp32"));
        QVERIFY(asked.dialog->isPlanning());
        QVERIFY(!asked.child<QPushButton>("exportWrite")->isEnabled());
        QTRY_VERIFY_WITH_TIMEOUT(!asked.dialog->isPlanning(), kLongestMs);
        QVERIFY(asked.summary() != before);
    }

    void aClickOnAHeadingSorts() {
        Asked asked(largeModel(100));
        const auto& formats = quant::exportFormats();
        QVERIFY(asked.choose(*std::ranges::find_if(formats, &quant::ExportFormatInfo::holdsWeights)));
        asked.child<QTableView>("exportLayers")->sortByColumn(ExportPlanModel::Size, Qt::DescendingOrder);
        const auto size = [&](int row) {
            return asked.layers()->index(row, ExportPlanModel::Size).data(ExportPlanModel::SortRole).toULongLong();
        };
        for (int row = 1; row < asked.layers()->rowCount(); ++row) QVERIFY(size(row) <= size(row - 1));
        QVERIFY(size(0) > size(asked.layers()->rowCount() - 1));
    }

    void whatExistsIsReplacedOnlyIfWanted() {
        Asked asked;
        QVERIFY(asked.choose(quant::infoOf(quant::ExportFormat::Recipe)));
        QFile file(asked.folder.filePath(QStringLiteral("mine.recipe.json")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        asked.child<QLineEdit>("exportPath")->setText(file.fileName());
        QVERIFY(!asked.child<QPushButton>("exportWrite")->isEnabled());
        asked.child<QCheckBox>("exportOverwrite")->setChecked(true);
        QVERIFY(asked.child<QPushButton>("exportWrite")->isEnabled());
        QVERIFY(asked.dialog->request().overwrite);
    }

    void everyControlHasANameAndFitsASmallScreen() {
        Asked asked;
        asked.dialog->show();
        const windows::VerifyDialog verify({}, {});
        const windows::VerifyReportDialog report(QStringLiteral("/a/b.gguf"), someReport());
        for (const QWidget* dialog : {static_cast<const QWidget*>(asked.dialog.get()),
                                      static_cast<const QWidget*>(&verify), static_cast<const QWidget*>(&report)}) {
            QVERIFY(dialog->minimumSizeHint().width() <= 1366 && dialog->minimumSizeHint().height() <= 700);
            for (QWidget* widget : dialog->findChildren<QWidget*>()) {
                if (widget->focusPolicy() == Qt::NoFocus || widget->objectName().startsWith(QLatin1String("qt_")))
                    continue;
                const QAccessibleInterface* spoken = QAccessible::queryAccessibleInterface(widget);
                QVERIFY2(spoken && !spoken->text(QAccessible::Name).isEmpty(), qPrintable(widget->objectName()));
            }
        }
    }

    void aReportTellsTheVerdictAndTheWorst() {
        quant::VerifyReport report = someReport();
        const windows::VerifyReportDialog sound(QStringLiteral("/a/b.gguf"), report);
        QVERIFY(sound.windowTitle().contains(QLatin1String("b.gguf")));
        QVERIFY(sound.findChild<QLabel*>(QStringLiteral("verdict"))->text().contains(QStringLiteral("✓ Sound")));
        const auto* worst = sound.findChild<widgets::FactTable*>(QStringLiteral("worstLayers"));
        QCOMPARE(worst->facts().rows.size(), 10);
        QCOMPARE(worst->facts().rows[0].mid(0, 3), (QStringList{"unet.layer0.weight", "Q4_0", "30.0"}));
        QCOMPARE(worst->facts().rows[0][3], QStringLiteral("exact"));
        QCOMPARE(sound.findChild<widgets::FactTable*>(QStringLiteral("storedTypes"))->facts().rows.size(), 2);
        QVERIFY(!sound.findChild<widgets::FactTable*>(QStringLiteral("graphBlocks")));
        report.missing = {"vae.decoder.conv_in.bias"};
        report.blocks = {{"unet", {100, 1}, quant::ErrorSums{100, 2}, std::nullopt, std::nullopt}};
        const windows::VerifyReportDialog broken(QStringLiteral("/a/b.gguf"), report);
        QVERIFY(broken.findChild<QLabel*>(QStringLiteral("verdict"))->text().contains(QStringLiteral("✗ Not sound")));
        QVERIFY(broken.findChild<QPlainTextEdit*>(QStringLiteral("remarks"))
                    ->toPlainText()
                    .contains(QLatin1String("vae.decoder.conv_in.bias")));
        QCOMPARE(broken.findChild<widgets::FactTable*>(QStringLiteral("graphBlocks"))->facts().rows.size(), 1);
    }

    void anExportTellsWhatItHoldsAndWhatItCost() {
        quant::ExportReport report;
        report.path = "/a/b.gguf";
        report.bytes = 2'000'000;
        report.predictedBytes = 1'900'000;
        report.exactLayers = 7;
        report.requantizedLayers = 2;
        report.floatLayers = 1;
        report.notes = {"activation formats are not carried"};
        report.verified = someReport();
        const windows::VerifyReportDialog shown(report);
        QVERIFY(shown.windowTitle().contains(QLatin1String("b.gguf")));
        const QString text = shown.findChild<QLabel*>(QStringLiteral("verdict"))->text();
        for (const char* part : {"Written: ", "predicted: ", "7 exact, 2 rounded anew, 1 as floats", "✓ Sound"})
            QVERIFY2(text.contains(QString::fromUtf8(part)), qPrintable(text));
        QVERIFY(shown.findChild<widgets::FactTable*>(QStringLiteral("worstLayers")));
        QVERIFY(shown.findChild<QPlainTextEdit*>(QStringLiteral("remarks"))
                    ->toPlainText()
                    .contains(QLatin1String("activation formats")));
    }

    void anExportIsWrittenAndVerifiedInTheWindow() {
        StudioWindow s;
        QVERIFY(s.openModel());
        const QString target = s.path("small.safetensors");
        const QSignalSpy exported(&s.studio().engine(), &jobs::Engine::exported);
        s.studio().exportRecipe({quant::ExportFormat::Checkpoint, target.toStdString(), false, {}, {}});
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
        QVERIFY2(exported.size() == 1, qPrintable(s.window.messageBar()->text()));
        QVERIFY(s.window.messageBar()->text().contains(QLatin1String("read back and compared")));
        QVERIFY(s.window.messageBar()->text().contains(QLatin1String("Layers: 0 exact, 0 rounded anew")));
        auto* offer = s.window.messageBar()->findChild<QPushButton*>(QStringLiteral("messageOffer"));
        QVERIFY(!offer->isHidden() && !offer->accessibleName().isEmpty());
        offer->click();
        auto* written = s.window.findChild<windows::VerifyReportDialog*>();
        QVERIFY(written && written->windowTitle().contains(QLatin1String("small.safetensors")));
        const QString found = written->findChild<QLabel*>(QStringLiteral("verdict"))->text();
        QVERIFY2(found.contains(QLatin1String("predicted: ")) && found.contains(QStringLiteral("✓ Sound")),
                 qPrintable(found));
        QVERIFY(!written->findChild<widgets::FactTable*>(QStringLiteral("worstLayers"))->facts().rows.isEmpty());
        delete written;

        s.run("file.verify");
        auto* dialog = s.window.findChild<windows::VerifyDialog*>();
        QVERIFY(dialog && !dialog->findChild<QPushButton*>(QStringLiteral("verifyStart"))->isEnabled());
        dialog->findChild<QLineEdit*>(QStringLiteral("verifyPath"))->setText(target);
        dialog->accept();
        QTRY_VERIFY_WITH_TIMEOUT(s.window.findChild<windows::VerifyReportDialog*>(), kLongestMs);
        auto* report = s.window.findChild<windows::VerifyReportDialog*>();
        QVERIFY(report->findChild<QLabel*>(QStringLiteral("verdict"))->text().contains(QStringLiteral("✓ Sound")));
        QVERIFY(report->findChild<widgets::FactTable*>(QStringLiteral("worstLayers")));

        s.studio().verifyExport({s.path("nothing").toStdString(), {}, {}, 1});
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle() && s.window.messageBar()->showsFailure(), kLongestMs);
        QVERIFY(s.window.messageBar()->text().contains(QLatin1String("nothing")));
        QVERIFY(offer->isHidden()); // goes with its sentence
    }

    void planningIsShortForALargeModel() {
        const ldm::ModelInfo model = largeModel(800);
        quant::Recipe recipe;
        recipe.rules = {{"unet.down_blocks.*4*", quant::WeightFormat::Int4, std::nullopt, std::nullopt, {}}};
        QBENCHMARK_ONCE {
            const quant::ExportPlan plan = quant::planExport(model, recipe, quant::ExportFormat::Checkpoint);
            QCOMPARE(plan.layers.size(), model.layers.size());
        }
    }
};

NOISEFLOOR_TEST(ExportDialogTest)
#include "tst_exportdialog.moc"
