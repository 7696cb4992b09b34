#include "support/testmain.h"

#include "smallmodel.h"

#include <app/session/studiodocument.h>

#include <QSignalSpy>
#include <QTemporaryDir>

using namespace app;
using session::StudioDocument;

namespace {

const quant::Format kW8A8 = quant::parseFormat("w8a8");
const quant::Format kW4A8 = quant::parseFormat("w4a8");

commands::BlockFormatChange weightsOf(std::vector<std::string> blocks, quant::WeightFormat format) {
    return {std::move(blocks), format, std::nullopt};
}

} // namespace

class DocumentTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aNewModelStartsWithAnUnmodifiedW8A8Recipe() {
        StudioDocument document;
        document.setModel(support::smallModel());
        QVERIFY(document.recipe().base == kW8A8);
        QCOMPARE(document.recipe().model.name, std::string("small"));
        QCOMPARE(document.formatsInUse(), std::vector<quant::Format>{kW8A8});
        QVERIFY(!document.isModified());
        QVERIFY(!document.prediction().db);
    }

    void everyEditUndoesAndRedoesToEqualValues() {
        StudioDocument document;
        document.setModel(support::smallModel());
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("other.recipe.json"));
        quant::Recipe other;
        other.name = "other";
        other.rules = {{"unet.**", quant::WeightFormat::Fp16, std::nullopt, std::nullopt, "a test"}};
        quant::saveRecipe(other, file.toStdString());

        std::vector<quant::Recipe> states{document.recipe()};
        std::vector<double> bops{document.cost().bops};
        const auto remember = [&document, &states, &bops] {
            states.push_back(document.recipe());
            bops.push_back(document.cost().bops);
        };
        QVERIFY(bool(document.setBlockFormat(weightsOf({"unet.mid_block"}, quant::WeightFormat::Int4))));
        remember();
        QVERIFY(bool(document.setBlockFormat({{"unet.conv_in", "unet.conv_out"}, {}, quant::ActivationFormat::Fp16})));
        remember();
        QVERIFY(bool(document.setDefaultFormat(quant::parseFormat("w4a16"))));
        remember();
        QVERIFY(bool(document.clearRules()));
        remember();
        QVERIFY(bool(document.openRecipe(file)));
        remember();
        QCOMPARE(document.undoStack().count(), int(states.size()) - 1);

        for (std::size_t state = states.size() - 1; state-- > 0;) {
            document.undoStack().undo();
            QVERIFY(document.recipe() == states[state]);
            QCOMPARE(document.cost().bops, bops[state]);
        }
        QVERIFY(!document.undoStack().canUndo());
        for (std::size_t state = 1; state < states.size(); ++state) {
            document.undoStack().redo();
            QVERIFY(document.recipe() == states[state]);
            QCOMPARE(document.cost().bops, bops[state]);
        }
    }

    void oneGestureIsOneStepHoweverManyBlocks() {
        StudioDocument document;
        document.setModel(support::smallModel());
        document.setBlockFormat(weightsOf({"unet.conv_in", "unet.mid_block"}, quant::WeightFormat::Int4));
        document.setBlockFormat(weightsOf({"unet.conv_in"}, quant::WeightFormat::Fp16));
        QCOMPARE(document.undoStack().count(), 2);
    }

    void anEditThatChangesNothingIsNoStep() {
        StudioDocument document;
        document.setModel(support::smallModel());
        const QSignalSpy changed(&document, &StudioDocument::recipeChanged);
        QVERIFY(bool(document.setBlockFormat(weightsOf({"unet.mid_block"}, quant::WeightFormat::Int8))));
        QVERIFY(bool(document.setDefaultFormat(kW8A8)));
        QVERIFY(bool(document.clearRules()));
        QCOMPARE(document.undoStack().count(), 0);
        QVERIFY(changed.isEmpty());
    }

    void costFollowsAnEditAtOnce() {
        StudioDocument document;
        document.setModel(support::smallModel());
        const quant::Cost before = document.cost();
        document.setBlockFormat(weightsOf({"unet.mid_block"}, quant::WeightFormat::Int4));
        // Two layers of 4 x 8 weights lose four bits each.
        QCOMPARE(before.bytes - document.cost().bytes, std::uint64_t(2 * 4 * 8 / 2));
        QVERIFY(document.cost().bops < before.bops);
    }

    void thePredictionFollowsRowsAndEdits() {
        StudioDocument document;
        document.setModel(support::smallModel());
        document.setBlockFormat({{"unet.conv_in", "unet.conv_out"},
                                 quant::WeightFormat::Fp32,
                                 quant::ActivationFormat::Fp32}); // only the middle block is quantized
        document.addAnalysis(support::emptyAnalysis({kW8A8, kW4A8}));
        const QSignalSpy predicted(&document, &StudioDocument::predictionChanged);
        document.setRow({analysis::Metric::Local, kW8A8, 1, {30, 30}});
        document.setRow({analysis::Metric::Local, kW4A8, 1, {12, 12}});
        QCOMPARE(predicted.size(), 2);
        QVERIFY(document.prediction().db.has_value());
        QVERIFY(std::abs(*document.prediction().db - 30) < 1e-9);
        document.setBlockFormat(weightsOf({"unet.mid_block"}, quant::WeightFormat::Int4));
        QVERIFY(std::abs(*document.prediction().db - 12) < 1e-9);
        document.undoStack().undo();
        QVERIFY(std::abs(*document.prediction().db - 30) < 1e-9);
    }

    void locksAreEditedAsSteps() {
        StudioDocument document;
        document.setModel(support::smallModel());
        const QSignalSpy changed(&document, &StudioDocument::locksChanged);
        QVERIFY(bool(document.lockBlocks({"unet.mid_block", "unet.conv_in"})));
        QCOMPARE(document.locks().size(), std::size_t(2));
        QCOMPARE(document.locks()[0].id, std::string("unet.conv_in")); // in the order of the model
        document.unlockBlocks({"unet.conv_in"});
        document.unlockBlocks({"unet.conv_in"}); // nothing to do
        QVERIFY(bool(document.lockBlocks({"unet.mid_block"})));
        QCOMPARE(document.undoStack().count(), 2);
        QCOMPARE(changed.size(), 2);
        document.undoStack().undo();
        QCOMPARE(document.locks().size(), std::size_t(2));
        document.undoStack().undo();
        QVERIFY(document.locks().empty());
        document.undoStack().redo();
        QVERIFY(document.locks()[1].format == kW8A8);
        QCOMPARE(document.undoStack().undoText(), QStringLiteral("lock 2 blocks"));
    }

    void locksAreReplacedIfTheModelHasThem() {
        StudioDocument document;
        document.setModel(support::smallModel());
        QVERIFY(bool(document.replaceLocks({{"unet.mid_block.a", kW4A8}})));
        QCOMPARE(document.locks().size(), std::size_t(1));
        const auto refused = document.replaceLocks({{"unet.nowhere", kW4A8}});
        QVERIFY(!refused);
        QVERIFY(refused.failure().sentence.contains(QLatin1String("unet.nowhere")));
        QCOMPARE(document.locks().size(), std::size_t(1));
        document.setModel(support::smallModel());
        QVERIFY(document.locks().empty());
        QVERIFY(!document.undoStack().canUndo());
    }

    void aMeasurementBelongsToTheRecipeAndItsInputs() {
        StudioDocument document;
        document.setModel(support::smallModel());
        document.addAnalysis(support::emptyAnalysis({kW8A8}));
        QVERIFY(!document.measuredDb());
        document.measurements().note(document.recipe(), document.analysis().settings, 21.5);
        QCOMPARE(*document.measuredDb(), 21.5);
        quant::Recipe renamed = document.recipe();
        renamed.name = "another name";
        QVERIFY(bool(document.replaceRecipe(renamed)));
        QCOMPARE(*document.measuredDb(), 21.5);
        document.setBlockFormat(weightsOf({"unet.mid_block"}, quant::WeightFormat::Int4));
        QVERIFY(!document.measuredDb());
        document.undoStack().undo();
        QCOMPARE(*document.measuredDb(), 21.5);
        analysis::AnalysisSettings others = document.analysis().settings;
        others.steps += 1;
        QVERIFY(!document.measurements().find(document.recipe(), others));
        others = document.analysis().settings;
        others.metrics = {analysis::Metric::Final};
        QVERIFY(document.measurements().find(document.recipe(), others));
        document.setModel(support::smallModel());
        QVERIFY(!document.measuredDb());
    }

    void whatWasSavedLastIsRemembered() {
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("r.recipe.json"));
        StudioDocument document;
        document.setModel(support::smallModel());
        document.setBlockFormat(weightsOf({"unet.mid_block"}, quant::WeightFormat::Int4));
        QVERIFY(document.savedRecipe().rules.empty());
        QVERIFY(bool(document.saveRecipe(file)));
        QVERIFY(document.savedRecipe() == document.recipe());
        document.clearRules();
        QCOMPARE(document.savedRecipe().rules.size(), std::size_t(1));
    }

    void thePredictionIsThatOfANewModelOfTheNoiseAfterManyEdits() {
        StudioDocument document;
        document.setModel(support::smallModel());
        document.addAnalysis(support::emptyAnalysis({kW8A8, kW4A8}));
        for (int row = 0; row < 3; ++row) {
            document.setRow({analysis::Metric::Local, kW8A8, row, {30.0 + row, 32}});
            document.setRow({analysis::Metric::Local, kW4A8, row, {12.0 + row, 11}});
        }
        const auto isFresh = [&document] {
            const auto fresh = analysis::predict(document.analysis(), document.plan(), document.model());
            return fresh.db == document.prediction().db && fresh.perTimestepDb == document.prediction().perTimestepDb;
        };
        QVERIFY(isFresh());
        for (const auto format : {quant::WeightFormat::Int4, quant::WeightFormat::Fp32, quant::WeightFormat::Int8}) {
            document.setBlockFormat(weightsOf({"unet.mid_block"}, format));
            QVERIFY(isFresh());
            document.setRow({analysis::Metric::Local, kW4A8, 1, {double(int(format)), 11}});
            QVERIFY(isFresh());
        }
        document.undoStack().undo();
        QVERIFY(isFresh());
    }

    void rowsThatFitNoMapAreIgnored() {
        StudioDocument document;
        document.setModel(support::smallModel());
        document.addAnalysis(support::emptyAnalysis({kW8A8}));
        const QSignalSpy changed(&document, &StudioDocument::rowChanged);
        document.setRow({analysis::Metric::Local, kW4A8, 0, {1, 2}});
        document.setRow({analysis::Metric::Output, kW8A8, 0, {1, 2}});
        document.setRow({analysis::Metric::Local, kW8A8, 3, {1, 2}});
        document.setRow({analysis::Metric::Local, kW8A8, -1, {1, 2}});
        document.setRow({analysis::Metric::Local, kW8A8, 0, {1, 2, 3}});
        QVERIFY(changed.isEmpty());
        document.setRow({analysis::Metric::Local, quant::Format{}, 2, {100, 101}});
        QCOMPARE(changed.size(), 1);
        QCOMPARE(document.analysis().floors.at(analysis::Metric::Local).at(2, 1), 101.0);
    }

    void savingCleansAndLoadingGivesAnEqualRecipe() {
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("r.recipe.json"));
        StudioDocument document;
        document.setModel(support::smallModel());
        document.setBlockFormat(weightsOf({"unet.mid_block"}, quant::WeightFormat::Int4));
        QVERIFY(document.isModified());
        QVERIFY(bool(document.saveRecipe(file)));
        QVERIFY(!document.isModified());
        QCOMPARE(document.recipeFile(), file);
        const quant::Recipe saved = document.recipe();
        document.clearRules();
        QVERIFY(document.isModified());
        QVERIFY(bool(document.openRecipe(file)));
        QVERIFY(document.recipe() == saved);
        QVERIFY(!document.isModified());
        document.undoStack().undo();
        QVERIFY(document.recipe().rules.empty());
    }

    void aFailedSaveLeavesTheRecipeModified() {
        StudioDocument document;
        document.setModel(support::smallModel());
        document.setBlockFormat(weightsOf({"unet.mid_block"}, quant::WeightFormat::Int4));
        const auto saved = document.saveRecipe(QStringLiteral("/proc/no/such/folder/r.recipe.json"));
        QVERIFY(!saved);
        QCOMPARE(saved.failure().kind, ldm::ErrorKind::WriteFailed);
        QVERIFY(document.isModified());
        QVERIFY(document.recipeFile().isEmpty());
    }

    void aRecipeThatDoesNotFitIsRefusedAndChangesNothing() {
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("r.recipe.json"));
        StudioDocument document;
        document.setModel(support::smallModel());
        const quant::Recipe before = document.recipe();
        quant::Recipe bad = before;
        bad.rules = {{"unet.nowhere.**", quant::WeightFormat::Int4, std::nullopt, std::nullopt, ""}};
        quant::saveRecipe(bad, file.toStdString());
        const auto nothingMatches = document.openRecipe(file);
        QVERIFY(!nothingMatches);
        QVERIFY(nothingMatches.failure().sentence.contains(QLatin1String("unet.nowhere")));
        bad = before;
        bad.model.fingerprint = "sha256:ffff";
        quant::saveRecipe(bad, file.toStdString());
        QVERIFY(!document.openRecipe(file));
        QVERIFY(document.recipe() == before);
        QCOMPARE(document.undoStack().count(), 0);
        QVERIFY(document.recipeFile().isEmpty());
    }

    void anAnalysisOfAnotherModelIsRefused() {
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("a.analysis.json"));
        analysis::Analysis other = support::emptyAnalysis({kW8A8});
        other.model.name = "stranger";
        other.model.fingerprint = "sha256:ffff";
        analysis::saveAnalysis(other, file.toStdString());
        StudioDocument document;
        document.setModel(support::smallModel());
        const auto opened = document.openAnalysis(file);
        QVERIFY(!opened);
        QVERIFY(opened.failure().sentence.contains(QLatin1String("stranger")));
        QVERIFY(document.analysis().maps.empty());
    }

    void anAnalysisSurvivesSavingAndOpening() {
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("a.analysis.json"));
        StudioDocument document;
        document.setModel(support::smallModel());
        document.addAnalysis(support::emptyAnalysis({kW8A8}));
        document.setRow({analysis::Metric::Local, kW8A8, 1, {30, analysis::kExact}});
        QVERIFY(bool(document.saveAnalysis(file)));
        document.clearAnalysis();
        QVERIFY(bool(document.openAnalysis(file)));
        const analysis::Grid& grid = document.analysis().find(analysis::Metric::Local, kW8A8)->grid;
        QCOMPARE(grid.at(1, 0), 30.0);
        QCOMPARE(grid.at(1, 1), analysis::kExact);
        QVERIFY(std::isnan(grid.at(0, 0)));
    }
};

NOISEFLOOR_TEST(DocumentTest)
#include "tst_document.moc"
