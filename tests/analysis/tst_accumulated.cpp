#include "cases.h"

#include <ldm/denoise.h>
#include <quant/quantize.h>
#include <quant/simulated.h>

#include <c10/core/InferenceMode.h>

using namespace analysis;

class AccumulatedTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theMapComparesTwoTrajectoriesAfterEveryBlock_data() {
        QTest::addColumn<QString>("sampler");
        // Plain, one that repeats a timestep and remembers, one with fractional timesteps that draws noise.
        for (const char* sampler : {"ddim", "pndm", "euler_a"}) QTest::newRow(sampler) << QString(sampler);
    }

    /// One prompt, both trajectories written out.
    void theMapComparesTwoTrajectoriesAfterEveryBlock() {
        QFETCH(QString, sampler);
        const auto model = support::tinyModel();
        auto settings = support::tinySettings({Metric::Accumulated}, "w4");
        settings.scheduler = sampler.toStdString();
        settings.prompts.resize(1);
        const auto analysis = support::measured(model, settings);
        auto& networks = model.networks();
        const c10::InferenceMode inference;
        ldm::GenerateSettings sampling;
        sampling.prompt = settings.prompts[0];
        sampling.negative = settings.negative;
        sampling.scheduler = settings.scheduler;
        sampling.steps = settings.steps;
        sampling.guidance = settings.guidance;
        sampling.seed = settings.seed;
        const auto conditioning = ldm::prepare(networks, {sampling});
        quant::SimulatedArithmetic simulated(networks.unetArithmetic,
                                             quant::uniformPlan(networks.info, settings.formats[0]), {});
        ldm::Trajectory full(networks, conditioning);
        ldm::Trajectory quantized(networks, conditioning);
        QCOMPARE(full.steps(), analysis.timesteps.size());
        while (!full.done()) {
            const int step = int(full.index());
            QCOMPARE(analysis.timesteps[full.index()], full.timestep());
            auto a = full.state();
            auto b = quantized.state();
            int row = 0;
            for (const auto& stage : networks.unet.stages()) {
                stage.run(networks.unetArithmetic, a);
                stage.run(simulated, b);
                const auto sums = quant::errorSums(ldm::UNet::output(stage, a), ldm::UNet::output(stage, b));
                QVERIFY(std::abs(analysis.maps[0].grid.at(row++, step) - sums.db()) < 0.001);
            }
            full.advance(a.hidden);
            quantized.advance(b.hidden);
        }
    }

    void theFirstStepHasNoDriftYet() {
        // Before any step the latents agree, so the first block's accumulated error is its local one.
        const auto model = support::tinyModel();
        const auto analysis =
            support::measured(model, support::tinySettings({Metric::Local, Metric::Accumulated}, "w4"));
        const auto format = quant::parseFormat("w4");
        for (int row = 0; row < 2; ++row) // the time embedding and conv_in read nothing another block has computed
            QVERIFY(std::abs(analysis.find(Metric::Local, format)->grid.at(row, 0) -
                             analysis.find(Metric::Accumulated, format)->grid.at(row, 0)) < 0.01);
    }

    void columnsAreReportedStepByStep() {
        const auto model = support::tinyModel();
        const auto start = planned(model, support::tinySettings({Metric::Accumulated}, "w8a8"));
        std::vector<RowMeasured> rows;
        analyze(model, start, {}, {}, [&](const RowMeasured& row) { rows.push_back(row); });
        QCOMPARE(rows.size(), start.blocks.size() * start.timesteps.size() * 2); // the format and the floor
        QVERIFY(!std::isnan(rows.front().db.front()) && std::isnan(rows.front().db.back()));
        QVERIFY(!std::isnan(rows.back().db.back()));
    }
};

NOISEFLOOR_TEST(AccumulatedTest)
#include "tst_accumulated.moc"
