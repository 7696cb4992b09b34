#include "reference.h"

#include <ldm/denoise.h>
#include <quant/quantize.h>
#include <quant/simulated.h>

#include <c10/core/InferenceMode.h>

using namespace analysis;
using support::samplingOf;

namespace {

/// The definitions of design.md, spelled out: one prompt after the other, one step at a time, nothing batched or kept.
struct Naive {
    ldm::Networks& networks;
    const AnalysisSettings& settings;
    quant::Calibration calibration;
    std::map<std::pair<int, int>, quant::ErrorSums> local, output;

    Naive(const ldm::Model& model, const AnalysisSettings& chosen) : networks(model.networks()), settings(chosen) {
        std::vector<ldm::GenerateSettings> runs;
        for (std::size_t i = 0; i < settings.prompts.size(); ++i) runs.push_back(samplingOf(settings, i));
        quant::CalibrationSettings how;
        how.steps = settings.calibration;
        calibration = *quant::calibrate(model, runs, how);
        for (const auto& run : runs) follow(ldm::prepare(networks, {run}));
    }

    void follow(const ldm::Conditioning& conditioning) {
        const c10::InferenceMode inference;
        ldm::Trajectory trajectory(networks, conditioning);
        while (!trajectory.done()) {
            for (int stage = 0; stage < int(networks.unet.stages().size()); ++stage)
                compare(trajectory.state(), stage, int(trajectory.index()));
            trajectory.advance(networks.unet.finish(networks.unetArithmetic, trajectory.state()));
        }
    }

    void compare(ldm::UNetState state, int number, int step) {
        const auto& stages = networks.unet.stages();
        const auto& stage = stages[std::size_t(number)];
        state.keyValues = nullptr;
        for (int before = 0; before < number; ++before) stages[std::size_t(before)].run(networks.unetArithmetic, state);
        quant::SimulatedArithmetic simulated(networks.unetArithmetic,
                                             quant::uniformPlan(networks.info, settings.formats[0]), calibration);
        ldm::UNetState full = state;
        ldm::UNetState quantized = state;
        stage.run(networks.unetArithmetic, full);
        stage.run(simulated, quantized);
        local[{number, step}] += quant::errorSums(ldm::UNet::output(stage, full), ldm::UNet::output(stage, quantized));
        const auto finish = [&](const ldm::UNetState& from) {
            return networks.unet.finish(networks.unetArithmetic, from, std::size_t(number) + 1);
        };
        output[{number, step}] += quant::errorSums(finish(full), finish(quantized));
    }
};

/// Absolute differences of a map to sums computed otherwise, ascending.
std::vector<double> differences(const Grid& grid, const std::map<std::pair<int, int>, quant::ErrorSums>& sums) {
    std::vector<double> all;
    for (const auto& [cell, sum] : sums) all.push_back(std::abs(grid.at(cell.first, cell.second) - sum.db()));
    std::sort(all.begin(), all.end());
    return all;
}

double farthest(const Grid& grid, const std::map<std::pair<int, int>, quant::ErrorSums>& sums) {
    return differences(grid, sums).back();
}

double median(const Grid& grid, const std::map<std::pair<int, int>, quant::ErrorSums>& sums) {
    const auto all = differences(grid, sums);
    return all[all.size() / 2];
}

const Grid& gridOf(const Analysis& analysis, Metric metric, const std::string& format) {
    return analysis.find(metric, quant::parseFormat(format))->grid;
}

} // namespace

class BlockMapsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void batchedMapsEqualTheDefinitionStepByStep_data() {
        QTest::addColumn<QString>("sampler");
        for (const char* sampler : {"ddim", "pndm", "euler_a"}) QTest::newRow(sampler) << QString(sampler);
    }

    void batchedMapsEqualTheDefinitionStepByStep() {
        QFETCH(QString, sampler);
        // Float weights and untouched inputs have no rounding decisions that another batch size could flip.
        const auto model = support::tinyModel();
        auto settings = support::tinySettings({Metric::Local, Metric::Output}, "w4");
        settings.scheduler = sampler.toStdString();
        const auto analysis = support::measured(model, settings);
        const Naive naive(model, settings);
        QVERIFY2(farthest(gridOf(analysis, Metric::Local, "w4"), naive.local) < 0.01, "local");
        QVERIFY2(farthest(gridOf(analysis, Metric::Output, "w4"), naive.output) < 0.01, "output");
    }

    void quantizedInputsToo() {
        const auto model = support::tinyModel();
        const auto settings = support::tinySettings({Metric::Local, Metric::Output}, "w8a8");
        const auto analysis = support::measured(model, settings);
        const Naive naive(model, settings);
        // Another batch size adds up in another order; a value next to a rounding border then flips, and the flip
        // spreads through the block. That moves single cells, not the map.
        QVERIFY2(median(gridOf(analysis, Metric::Local, "w8a8"), naive.local) < 0.01, "local");
        QVERIFY2(median(gridOf(analysis, Metric::Output, "w8a8"), naive.output) < 0.01, "output");
        QVERIFY2(farthest(gridOf(analysis, Metric::Local, "w8a8"), naive.local) < 0.5, "local");
        QVERIFY2(farthest(gridOf(analysis, Metric::Output, "w8a8"), naive.output) < 1.0, "output");
    }

    void statesRunAgainAreThoseOfFractionalTimesteps() {
        const auto model = support::tinyModel();
        auto settings = support::tinySettings({Metric::Local}, "w4");
        settings.scheduler = "euler";
        const auto start = planned(model, settings);
        QCOMPARE(start.timesteps, std::vector<int>({999, 666, 333, 0}));
        const auto kept = analyze(model, start);
        const auto again = analyze(model, start, {}, {}, {}, {1, 1}); // room for one state: each run is done twice
        const auto format = quant::parseFormat("w4");
        for (std::size_t i = 0; i < kept.find(Metric::Local, format)->grid.db.size(); ++i)
            QVERIFY(std::abs(kept.find(Metric::Local, format)->grid.db[i] -
                             again.find(Metric::Local, format)->grid.db[i]) < 0.01);
    }

    void theOutputOfTheLastBlockIsItsLocalError() {
        const auto model = support::tinyModel();
        const auto analysis = support::measured(model, support::tinySettings({Metric::Local, Metric::Output}, "w8a8"));
        const auto& local = gridOf(analysis, Metric::Local, "w8a8");
        const auto& output = gridOf(analysis, Metric::Output, "w8a8");
        QCOMPARE(analysis.blocks.back().id, std::string("unet.conv_out"));
        for (int column = 0; column < local.columns; ++column)
            QCOMPARE(local.at(local.rows - 1, column), output.at(output.rows - 1, column));
    }

    void weightsInTheirStoredTypeAreExact() {
        const auto model = ldm::Model::open("emoji-ldm");
        for (const auto& layer : model.info().layers) QCOMPARE(layer.storedAs, std::string("F16"));
        auto settings = support::tinySettings({Metric::Local, Metric::Output, Metric::Accumulated}, "wfp16");
        settings.prompts = {"pizza"};
        settings.steps = 2;
        const auto analysis = support::measured(model, settings);
        for (const double db : gridOf(analysis, Metric::Accumulated, "wfp16").db) QCOMPARE(db, kExact);
        // Where steps run as a batch, matrix products may add up in another order than the trajectory's own.
        for (const auto metric : {Metric::Local, Metric::Output})
            for (const double db : gridOf(analysis, metric, "wfp16").db) QVERIFY(db > 100);
    }

    void moreBitsAreBetterInEveryBlock() {
        const auto analysis =
            support::measured(support::tinyModel(), support::tinySettings({Metric::Local}, "w8a16,w4a16,w8a8"));
        const auto& w8 = gridOf(analysis, Metric::Local, "w8a16");
        const auto& w4 = gridOf(analysis, Metric::Local, "w4a16");
        const auto& a8 = gridOf(analysis, Metric::Local, "w8a8");
        for (std::size_t cell = 0; cell < w8.db.size(); ++cell) {
            QVERIFY(w8.db[cell] > w4.db[cell] + 6);
            QVERIFY(w8.db[cell] > a8.db[cell]);
        }
    }

    void theNoiseFloorIsFarAboveEightBits() {
        const auto model = ldm::Model::open("emoji-ldm");
        auto settings = support::tinySettings({Metric::Local, Metric::Output, Metric::Accumulated}, "w8a8");
        settings.prompts = {"grinning face"};
        settings.steps = 3;
        const auto analysis = support::measured(model, settings);
        QVERIFY(analysis.complete());
        for (const auto metric : settings.metrics)
            for (std::size_t cell = 0; cell < analysis.floors.at(metric).db.size(); ++cell)
                QVERIFY(analysis.floors.at(metric).db[cell] > gridOf(analysis, metric, "w8a8").db[cell] + 30);
    }

    void anOrderOfSummationIsAllTheFloorChanges() {
        const auto analysis = support::measured(support::tinyModel(), support::tinySettings({Metric::Local}, "w8a8"));
        const auto& floor = analysis.floors.at(Metric::Local);
        QVERIFY(floor.complete());
        int finite = 0;
        for (const double db : floor.db) {
            QVERIFY(db > 90);
            finite += std::isfinite(db);
        }
        QVERIFY(finite > int(floor.db.size()) / 2);
    }

    void rowsAreReportedAsTheyEndUp() {
        const auto model = support::tinyModel();
        const auto start = planned(model, support::tinySettings({Metric::Local, Metric::Output}, "w8a8,w4a8"));
        std::vector<RowMeasured> rows;
        const auto analysis = analyze(model, start, {}, {}, [&](const RowMeasured& row) { rows.push_back(row); });
        QCOMPARE(rows.size(), start.blocks.size() * 2 * 3);
        for (const auto& row : rows) {
            const Grid& grid = row.format == quant::Format{} ? analysis.floors.at(row.metric)
                                                             : analysis.find(row.metric, row.format)->grid;
            for (int column = 0; column < grid.columns; ++column)
                QCOMPARE(row.db[std::size_t(column)], grid.at(row.row, column));
        }
        QVERIFY(rows.front().row == 0 && rows.front().format == quant::parseFormat("w8a8"));
    }

    void progressEndsAtItsTotal() {
        const auto model = support::tinyModel();
        const auto settings = support::tinySettings({Metric::Local, Metric::Output, Metric::Accumulated}, "w8a8,w4a8");
        ldm::Progress last;
        analyze(model, planned(model, settings), {}, [&](const ldm::Progress& progress) {
            QVERIFY(progress.done >= last.done && progress.done <= progress.total);
            QVERIFY(last.total == 0 || progress.total == last.total);
            last = progress;
        });
        QVERIFY(last.total > 0);
        QCOMPARE(last.done, last.total);
    }

    void manyPromptsGiveTheSameSumsAsFew() {
        // The pooled ratio over prompts lies between those of the prompts, and equals their sums.
        const auto model = support::tinyModel();
        auto settings = support::tinySettings({Metric::Local}, "w4");
        const Naive both(model, settings);
        const auto analysis = support::measured(model, settings);
        QVERIFY(farthest(gridOf(analysis, Metric::Local, "w4"), both.local) < 0.01);
        settings.prompts.resize(1);
        const auto first = support::measured(model, settings);
        settings.prompts = {"two cats"};
        settings.seed += 1;
        const auto second = support::measured(model, settings);
        for (std::size_t cell = 0; cell < analysis.maps[0].grid.db.size(); ++cell) {
            const double a = first.maps[0].grid.db[cell], b = second.maps[0].grid.db[cell];
            const double pooled = analysis.maps[0].grid.db[cell];
            QVERIFY(pooled > std::min(a, b) - 0.01 && pooled < std::max(a, b) + 0.01);
        }
    }

    void littleMemoryChangesNoNumber_data() {
        QTest::addColumn<qint64>("batchBytes");
        QTest::addColumn<qint64>("stateBytes");
        QTest::newRow("every sample alone, no state kept") << qint64{1} << qint64{1};
        QTest::newRow("small batches of kept states") << (qint64{1} << 20) << (qint64{96} << 20);
        QTest::newRow("all in a batch, states run again") << (qint64{96} << 20) << (qint64{1} << 20);
    }

    void littleMemoryChangesNoNumber() {
        QFETCH(qint64, batchBytes);
        QFETCH(qint64, stateBytes);
        const auto model = support::tinyModel();
        auto settings = support::tinySettings({Metric::Local, Metric::Output, Metric::Accumulated}, "w4");
        settings.prompts.push_back("a third one");
        settings.steps = 5;
        const auto whole = support::measured(model, settings);
        ldm::Progress last;
        const auto frugal =
            analyze(model, planned(model, settings), {}, [&](const ldm::Progress& progress) { last = progress; }, {},
                    {batchBytes, stateBytes});
        QVERIFY(frugal.complete());
        QCOMPARE(last.done, last.total);
        for (std::size_t map = 0; map < whole.maps.size(); ++map)
            for (std::size_t cell = 0; cell < whole.maps[map].grid.db.size(); ++cell)
                QVERIFY(std::abs(whole.maps[map].grid.db[cell] - frugal.maps[map].grid.db[cell]) < 0.001);
    }

    void withoutGuidanceOneHalfCounts() {
        const auto model = support::tinyModel();
        auto settings = support::tinySettings({Metric::Local}, "w4");
        settings.guidance = 1;
        const auto analysis = support::measured(model, settings);
        QVERIFY(farthest(gridOf(analysis, Metric::Local, "w4"), Naive(model, settings).local) < 0.01);
    }
};

NOISEFLOOR_TEST(BlockMapsTest)
#include "tst_blockmaps.moc"
