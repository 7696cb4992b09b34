#include "support/testmain.h"

#include "smallmodel.h"
#include "support/madeuplatency.h"

#include <app/models/searchdata.h>
#include <app/session/recipefinder.h>

#include <QSignalSpy>
#include <QTemporaryDir>

#include <cmath>

using namespace app;
using analysis::Goal;
using analysis::Metric;
using analysis::Saving;

namespace {

const quant::Format kW8A8 = quant::parseFormat("w8a8");
const quant::Format kW4A8 = quant::parseFormat("w4a8");
const quant::Format kW4A16 = quant::parseFormat("w4a16");

/// What each block of the small model adds at the end, in dB; the middle block suffers most from 4 bits.
struct FinalDb {
    quant::Format format;
    std::array<double, 3> db;
};
const std::vector<FinalDb> kMeasured{{kW8A8, {42, 38, 40}}, {kW4A8, {24, 14, 22}}};

/// Final maps of the small model, and the uniform recipes that belong to them.
analysis::Analysis finalAnalysis() {
    analysis::Analysis analysis = support::emptyAnalysis({kW8A8, kW4A8});
    analysis.settings.metrics = {Metric::Final};
    analysis.maps.clear();
    analysis.floors.clear();
    for (const FinalDb& measured : kMeasured) {
        analysis::Grid grid(3, 2);
        double noise = 0;
        for (int block = 0; block < 3; ++block) {
            const double db = measured.db[std::size_t(block)];
            grid.at(block, 0) = grid.at(block, 1) = db;
            noise += std::pow(10, -db / 10);
        }
        analysis.maps.push_back({Metric::Final, measured.format, grid});
        analysis.uniform.push_back({measured.format, {0, 2}, -10 * std::log10(noise)});
    }
    return analysis;
}

/// A finder over the small model, with the maps or without.
struct Search {
    QTemporaryDir folder;
    session::Settings settings{folder.filePath(QStringLiteral("settings.ini"))};
    session::Studio studio{(settings.set(session::kAutomaticPreview, false),
                            settings.set(session::kSearchFormats, QStringLiteral("w4a8,w8a8")), settings)};
    session::RecipeFinder finder{studio};

    explicit Search(bool isMeasured = true) {
        studio.stop();
        document().setModel(support::smallModel());
        if (isMeasured) document().addAnalysis(finalAnalysis());
    }

    session::StudioDocument& document() { return studio.document(); }
    void aimAt(Goal goal, double value) { finder.setTarget({goal, value, Saving::Bytes}); }
    /// The format that the found recipe gives a block.
    quant::Format formatOf(int block) {
        const quant::Plan plan = quant::resolve(finder.result()->recipe, document().model());
        const quant::BlockFormat format = quant::blockFormat(plan, document().model(), block);
        return {*format.weights, *format.activations};
    }
};

/// As many blocks of one layer, with final maps whose values differ from block to block.
ldm::ModelInfo largeModel(int blocks) {
    ldm::ModelInfo model = support::smallModel();
    model.layers.clear();
    model.blocks.clear();
    for (int block = 0; block < blocks; ++block) {
        const std::string name = "unet.down_blocks." + std::to_string(block / 10) + "." + std::to_string(block % 10);
        ldm::LayerInfo layer;
        layer.name = name + ".conv";
        layer.block = name;
        layer.weightShape = {64 + block % 7, 32 + block % 5};
        model.layers.push_back(layer);
        model.blocks.push_back({name, {block}, layer.weights()});
    }
    return model;
}

analysis::Analysis largeAnalysis(const ldm::ModelInfo& model, const std::vector<quant::Format>& formats) {
    analysis::Analysis analysis = finalAnalysis();
    analysis.settings.formats = formats;
    analysis.maps.clear();
    analysis.uniform.clear();
    analysis.blocks.clear();
    const int rows = int(model.blocks.size());
    for (const ldm::LayerInfo& layer : model.layers)
        analysis.blocks.push_back({layer.block, {layer.name}, layer.weights()});
    for (const quant::Format& format : formats) {
        analysis::Grid grid(rows, 2);
        for (int row = 0; row < rows; ++row)
            grid.at(row, 0) = grid.at(row, 1) = 5.0 * bits(format.weights) + bits(format.activations) + (row * 37 % 23);
        analysis.maps.push_back({Metric::Final, format, grid});
    }
    return analysis;
}

} // namespace

class RecipeFinderTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void withoutMapsItSaysSoAndNamesThem() {
        Search search(false);
        QVERIFY(!search.finder.result());
        QVERIFY(!search.finder.obstacle().isEmpty());
        QVERIFY(search.finder.paretoCurve().empty());
        QVERIFY(!search.finder.range());
        const std::vector<session::MapKey> missing{{Metric::Final, kW8A8}, {Metric::Final, kW4A8}};
        QCOMPARE(search.finder.missingMaps(), missing);
    }

    void withoutAModelThereIsOneSentence() {
        QTemporaryDir folder;
        session::Settings settings(folder.filePath(QStringLiteral("settings.ini")));
        session::Studio studio(settings);
        session::RecipeFinder finder(studio);
        QVERIFY(!finder.result());
        QVERIFY(finder.obstacle().contains(QLatin1String("model")));
        QVERIFY(!finder.apply());
    }

    void aTargetWithinReachIsProposedAndMet() {
        Search search;
        QVERIFY2(search.finder.obstacle().isEmpty(), qPrintable(search.finder.obstacle()));
        const auto range = search.finder.range();
        QVERIFY(range && range->low < range->high);
        const double target = search.finder.target().value;
        QVERIFY(target >= range->low && target <= range->high);
        QVERIFY(search.finder.result()->predicted.endToEnd);
        QVERIFY(*search.finder.result()->predicted.db >= target);
        QVERIFY(search.finder.missingMaps().empty());
    }

    void whatTakesLongIsPreparedOnAThreadOfItsOwn() {
        Search inTurn;
        Search search;
        QVERIFY(!search.finder.isPrepared());
        const QSignalSpy changed(&search.finder, &session::RecipeFinder::changed);
        search.finder.prepareSoon();
        QVERIFY(!search.finder.isPrepared());
        QTRY_VERIFY(search.finder.isPrepared());
        QVERIFY(!changed.isEmpty());
        QCOMPARE(search.finder.paretoCurve().size(), inTurn.finder.paretoCurve().size());
        QCOMPARE(search.finder.target().value, inTurn.finder.target().value);
        QVERIFY(search.finder.result()->recipe == inTurn.finder.result()->recipe);
    }

    void whatWasPreparedForFormerMapsIsDropped() {
        Search search;
        search.finder.prepareSoon();
        search.document().clearAnalysis();
        search.finder.prepareSoon(); // nothing to work out
        QVERIFY(search.finder.isPrepared());
        QVERIFY(!search.finder.obstacle().isEmpty());
        QCoreApplication::processEvents();
        QVERIFY(search.finder.paretoCurve().empty());
    }

    void newMapsArePreparedThoughThoseBeforeWereStillAtWork() {
        Search search;
        search.finder.prepareSoon();
        search.document().addAnalysis(finalAnalysis());
        search.finder.prepareSoon();
        QTRY_VERIFY(search.finder.isPrepared());
        QVERIFY(search.finder.paretoCurve().size() > 2);
    }

    void onlyATargetThatSomebodyChoseCounts() {
        Search search;
        QVERIFY(search.finder.result());
        QVERIFY(!search.finder.hasTarget()); // proposed
        search.aimAt(Goal::MinSqnr, search.finder.target().value + 1);
        QVERIFY(search.finder.hasTarget());
        QVERIFY(models::budgetTarget(search.finder).kind == widgets::BudgetTarget::Kind::Sqnr);
        search.document().setModel(support::smallModel());
        QVERIFY(!search.finder.hasTarget());
        QVERIFY(models::budgetTarget(search.finder).kind == widgets::BudgetTarget::Kind::None);
    }

    void theCurveRunsFromTheSmallestToTheBestRecipe() {
        Search search;
        const auto& curve = search.finder.paretoCurve();
        QVERIFY(curve.size() > 2);
        QCOMPARE(search.finder.uniform().size(), std::size_t(2));
        QCOMPARE(curve.front().cost.bytes, search.finder.uniform().front().cost.bytes); // w4a8 everywhere
        QVERIFY(std::abs(curve.back().predictedDb - search.finder.uniform().back().predictedDb) < 1e-6); // w8a8
        QCOMPARE(search.finder.present()->cost.bytes, search.document().cost().bytes);
    }

    void aStricterTargetNeverCostsLess() {
        Search search;
        const auto range = *search.finder.range();
        std::uint64_t before = 0;
        for (int step = 0; step <= 10; ++step) {
            search.aimAt(Goal::MinSqnr, range.low + (range.high - range.low) * step / 10 - 1e-6);
            QVERIFY2(search.finder.result(), qPrintable(search.finder.obstacle()));
            QVERIFY(search.finder.result()->cost.bytes >= before);
            before = search.finder.result()->cost.bytes;
        }
        QVERIFY(search.formatOf(1) == kW8A8);
    }

    void aSliderOverEightHundredBlocksKeepsUp() {
        Search search(false);
        search.document().setModel(largeModel(800));
        const auto formats = quant::parseFormats("w4a8,w8a8,w4a16,w8a16,fp16");
        search.finder.setFormats(formats);
        search.document().addAnalysis(largeAnalysis(search.document().model(), formats));
        QVERIFY2(search.finder.result(), qPrintable(search.finder.obstacle()));
        const auto range = *search.finder.range();
        int step = 0;
        QBENCHMARK {
            search.aimAt(Goal::MinSqnr, range.low + (range.high - range.low) * (step++ % 97) / 100);
            QVERIFY2(search.finder.result(), qPrintable(search.finder.obstacle()));
            QVERIFY(*search.finder.result()->predicted.db >= search.finder.target().value - 1e-6);
        }
    }

    void theCurveOfEightHundredBlocksIsDrawnAnewSoon() {
        Search search(false);
        search.document().setModel(largeModel(800));
        const auto formats = quant::parseFormats("w4a8,w8a8,w4a16,w8a16,fp16");
        search.finder.setFormats(formats);
        const analysis::Analysis analysis = largeAnalysis(search.document().model(), formats);
        QBENCHMARK {
            search.document().addAnalysis(analysis);
            QVERIFY(search.finder.paretoCurve().size() > 10);
        }
    }

    void anUnreachableTargetNamesTheNearestReachable() {
        Search search;
        search.aimAt(Goal::MinSqnr, 500);
        QVERIFY(!search.finder.result());
        QVERIFY2(search.finder.obstacle().contains(QLatin1String("nearest")), qPrintable(search.finder.obstacle()));
        QVERIFY(!search.finder.apply());
        QVERIFY(search.document().recipe().rules.empty());
        search.aimAt(Goal::MaxBytes, 3);
        QVERIFY(search.finder.obstacle().contains(QLatin1String("nearest")));
        search.aimAt(Goal::MinSqnr, search.finder.range() ? 15 : 0);
        QVERIFY(search.finder.result());
        QVERIFY(search.finder.obstacle().isEmpty());
    }

    void anotherKindOfTargetKeepsTheResult() {
        Search search;
        search.aimAt(Goal::MinSqnr, 20);
        const auto found = *search.finder.result();
        for (const Goal goal : {Goal::MaxBytes, Goal::MaxBops, Goal::MaxMeanBits, Goal::MinSqnr}) {
            search.finder.setGoal(goal, Saving::Bytes);
            QVERIFY2(search.finder.result(), qPrintable(search.finder.obstacle()));
            QVERIFY(*search.finder.result()->predicted.db >= *found.predicted.db - 0.11); // dB are told to a tenth
        }
    }

    void aTimeCanBeTheTargetOnceSpeedWasMeasured() {
        Search search;
        search.aimAt(Goal::MinSqnr, 20);
        QVERIFY(search.finder.result() && std::isnan(search.finder.result()->seconds));
        search.finder.setGoal(Goal::MaxSeconds, Saving::Bytes);
        QVERIFY(!search.finder.result());
        QVERIFY2(search.finder.obstacle().contains(QLatin1String("Measure Speed")),
                 qPrintable(search.finder.obstacle()));
        const auto bitsInSeconds = [](std::size_t, quant::Format format) { return bits(format.weights) / 64.0; };
        search.document().setLatency(support::madeUpLatency(search.document().model(), {kW8A8, kW4A8}, bitsInSeconds));
        QVERIFY2(search.finder.result(), qPrintable(search.finder.obstacle()));
        QVERIFY(search.finder.result()->seconds <= search.finder.target().value);
        QVERIFY(search.finder.range()->low < search.finder.range()->high);
        QCOMPARE(models::paretoData(search.finder).axis, widgets::CostAxis::Seconds);
        search.aimAt(Goal::MaxSeconds, 0.25 + 5 / 16.0); // one of four layers in 8 bits
        QVERIFY(search.formatOf(0) == kW8A8 || search.formatOf(2) == kW8A8);
        QVERIFY(search.formatOf(1) == kW4A8);
        QVERIFY(models::budgetTarget(search.finder).kind == widgets::BudgetTarget::Kind::Seconds);
        search.document().setLatency(support::madeUpLatency(search.document().model(), {kW8A8}, bitsInSeconds));
        QVERIFY(!search.finder.result() && search.finder.obstacle().contains(QLatin1String("w4a8")));
        search.document().setModel(support::smallModel());
        QVERIFY(!search.document().latency());
    }

    void aLockedBlockKeepsItsFormat() {
        Search search;
        search.aimAt(Goal::MaxBytes, double(search.finder.paretoCurve().front().cost.bytes));
        QVERIFY(search.formatOf(0) == kW4A8);
        QVERIFY(bool(search.document().lockBlocks({"unet.conv_in"}))); // at w8a8, its present format
        QCOMPARE(search.document().locks().size(), std::size_t(1));
        search.aimAt(Goal::MaxBytes, double(search.finder.paretoCurve().front().cost.bytes));
        QVERIFY(search.formatOf(0) == kW8A8);
        QVERIFY(search.formatOf(1) == kW4A8);
        search.document().unlockBlocks({"unet.conv_in"});
        QVERIFY(search.document().locks().empty());
        search.aimAt(Goal::MaxBytes, double(search.finder.paretoCurve().front().cost.bytes));
        QVERIFY(search.formatOf(0) == kW4A8);
    }

    void aLockAtAnUnmeasuredFormatIsMissed() {
        Search search;
        search.document().setBlockFormat({{"unet.conv_in"}, quant::WeightFormat::Int4, quant::ActivationFormat::Int16});
        QVERIFY(bool(search.document().lockBlocks({"unet.conv_in"})));
        const std::vector<session::MapKey> missing{{Metric::Final, kW4A16}};
        QCOMPARE(search.finder.missingMaps(), missing);
        QVERIFY(models::searchNotice(search.finder).contains(QLatin1String("w4a16")));
    }

    void aBlockOfMixedFormatsIsNotLocked() {
        Search search;
        quant::Recipe mixed = search.document().recipe();
        mixed.rules = {{"unet.mid_block.a", quant::WeightFormat::Int4, std::nullopt, std::nullopt, ""}};
        QVERIFY(bool(search.document().replaceRecipe(mixed)));
        const auto locked = search.document().lockBlocks({"unet.conv_in", "unet.mid_block"});
        QVERIFY(!locked);
        QVERIFY(locked.failure().sentence.contains(QLatin1String("unet.mid_block")));
        QVERIFY(search.document().locks().empty());
    }

    void anotherModelHasNoLocks() {
        Search search;
        QVERIFY(bool(search.document().lockBlocks({"unet.conv_in"})));
        search.document().setModel(support::smallModel());
        QVERIFY(search.document().locks().empty());
        QVERIFY(!search.finder.result());
    }

    void applyingIsOneStepThatCanBeUndone() {
        Search search;
        search.aimAt(Goal::MinSqnr, 20);
        const quant::Recipe before = search.document().recipe();
        const quant::Recipe found = search.finder.result()->recipe;
        QVERIFY(bool(search.finder.apply()));
        QCOMPARE(search.document().undoStack().count(), 1);
        QVERIFY(search.document().recipe() == found);
        QCOMPARE(search.finder.present()->cost.bytes, search.finder.result()->cost.bytes);
        QVERIFY(std::abs(search.finder.present()->predictedDb - *search.finder.result()->predicted.db) < 1e-9);
        search.document().undoStack().undo();
        QVERIFY(search.document().recipe() == before);
    }

    void applyingKeepsHowLayersAreTreated() {
        Search search;
        quant::Recipe treated = search.document().recipe();
        treated.splitSkips = true;
        treated.calibration.intervals = 4;
        QVERIFY(bool(search.document().replaceRecipe(treated)));
        search.aimAt(Goal::MinSqnr, 20);
        QVERIFY(bool(search.finder.apply()));
        QVERIFY(search.document().recipe().splitSkips);
        QCOMPARE(search.document().recipe().calibration.intervals, 4);
        QVERIFY(search.document().recipe().base == search.finder.result()->recipe.base);
    }

    void everyRuleOfTheResultSaysWhy() {
        Search search;
        search.aimAt(Goal::MinSqnr, 20);
        const QList<models::RuleRow> rows = models::ruleRows(search.finder.result()->recipe);
        QCOMPARE(rows.size(), qsizetype(search.finder.result()->recipe.rules.size()) + 1);
        for (const models::RuleRow& row : rows)
            QVERIFY2(!row.where.isEmpty() && !row.format.isEmpty() && !row.why.isEmpty(), qPrintable(row.where));
    }

    void chosenFormatsAreOfferedAndRemembered() {
        Search search;
        search.finder.setFormats({kW8A8, kW4A16});
        QCOMPARE(search.settings.value(session::kSearchFormats), QStringLiteral("w8a8,w4a16"));
        const auto offered = search.finder.offeredFormats();
        for (const quant::Format& format : {kW8A8, kW4A8, kW4A16})
            QVERIFY(std::find(offered.begin(), offered.end(), format) != offered.end());
        QVERIFY(search.finder.isMeasured(kW8A8));
        QVERIFY(!search.finder.isMeasured(kW4A16));
        search.finder.setFormats({});
        QVERIFY(!search.finder.result());
        QVERIFY(search.finder.obstacle().contains(QLatin1String("format")));
    }

    void rangesOfStepsNeedTheOutputMapToo() {
        Search search;
        search.finder.setTimeRanges(true);
        const std::vector<session::MapKey> missing{{Metric::Output, kW8A8}, {Metric::Output, kW4A8}};
        QCOMPARE(search.finder.missingMaps(), missing);
    }

    void everyChangeIsAnnounced() {
        Search search;
        const QSignalSpy changed(&search.finder, &session::RecipeFinder::changed);
        search.aimAt(Goal::MinSqnr, 17);
        QCOMPARE(changed.size(), 1);
        search.aimAt(Goal::MinSqnr, 17);
        QCOMPARE(changed.size(), 1); // nothing new
        search.document().setDefaultFormat(kW4A8);
        QCOMPARE(changed.size(), 2);
        search.finder.setTimeRanges(true);
        QCOMPARE(changed.size(), 3);
    }

    void aFailedMeasurementIsToldUntilSomethingElseIsWanted() {
        Search search; // its engine has no model open, so it cannot measure
        search.aimAt(Goal::MinSqnr, 20);
        search.finder.measureAndRepair();
        QVERIFY(search.finder.isSearching());
        QTRY_VERIFY(!search.finder.isSearching());
        QVERIFY2(search.finder.obstacle().contains(QLatin1String("open")), qPrintable(search.finder.obstacle()));
        QVERIFY(search.finder.result());
        QVERIFY(!search.finder.result()->measuredDb);
        search.aimAt(Goal::MinSqnr, 19);
        QVERIFY(search.finder.obstacle().isEmpty());
    }

    void thePictureHoldsCurveTargetAndRecipes() {
        Search search;
        search.aimAt(Goal::MinSqnr, 20);
        const widgets::ParetoData data = models::paretoData(search.finder);
        QCOMPARE(data.axis, widgets::CostAxis::Bytes);
        QCOMPARE(data.best.size(), qsizetype(search.finder.paretoCurve().size()));
        QCOMPARE(data.uniform.size(), 2);
        QCOMPARE(data.found->cost, double(search.finder.result()->cost.bytes));
        QCOMPARE(data.present->cost, double(search.document().cost().bytes));
        QCOMPARE(*data.target, (widgets::ParetoTarget{false, 20}));
        QVERIFY(!data.measured);
        search.finder.setGoal(Goal::MaxMeanBits, Saving::Bytes);
        QCOMPARE(models::paretoData(search.finder).axis, widgets::CostAxis::MeanBits);
        QVERIFY(models::paretoData(search.finder).target->isCost);
    }

    void theLinesTellPredictedMeasuredAndBound() {
        Search search;
        search.aimAt(Goal::MinSqnr, 20);
        analysis::SearchResult result = *search.finder.result();
        QCOMPARE(models::resultLines(result, search.finder.target()).size(), 4);
        result.measuredDb = 21.25;
        result.repairs = 2;
        const QList<models::ResultLine> lines = models::resultLines(result, search.finder.target());
        QCOMPARE(lines.size(), 5);
        QVERIFY(lines[2].value.contains(QLatin1String("end to end, from the final map")));
        QCOMPARE(lines[3].value, QStringLiteral("21.3 dB end to end, after 2 repairs"));
        QVERIFY(lines[4].value.contains(QLatin1String("below")));
    }
};

NOISEFLOOR_TEST(RecipeFinderTest)
#include "tst_recipefinder.moc"
