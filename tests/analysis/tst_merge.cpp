#include "cases.h"

#include <analysis/analyze.h>
#include <analysis/merge.h>

using namespace analysis;

namespace {

const quant::Format kW8A8 = quant::parseFormat("w8a8");
const quant::Format kW4A8 = quant::parseFormat("w4a8");

/// Empty local maps of three blocks and two timesteps.
Analysis emptyAnalysis(const std::vector<quant::Format>& formats) {
    Analysis analysis;
    analysis.model = {"small", "sha256:0123"};
    analysis.settings.formats = formats;
    analysis.settings.prompts = {"a test"};
    analysis.timesteps = {501, 1};
    analysis.blocks = {
        {"unet.conv_in", {"unet.conv_in"}, 36}, {"unet.mid_block", {"a", "b"}, 72}, {"out", {"out"}, 36}};
    for (const quant::Format& format : formats) analysis.maps.push_back({Metric::Local, format, Grid(3, 2)});
    analysis.floors.emplace(Metric::Local, Grid(3, 2));
    return analysis;
}

} // namespace

class MergeTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void knownValuesAreTakenIntoTheSameMaps() {
        Analysis known = emptyAnalysis({kW8A8});
        known.maps[0].grid.at(1, 1) = 31.5;
        known.floors.at(Metric::Local).at(0, 0) = 120;
        known.activations = ActivationRanges{{"a"}, 2, {{0, 1}, {0, 2}}};
        known.uniform = {{kW8A8, {0, 2}, 20}, {quant::parseFormat("w4"), {0, 2}, 5}};
        const Analysis next = withKnownValues(emptyAnalysis({kW4A8, kW8A8}), known);
        QCOMPARE(next.maps.size(), std::size_t(2));
        QVERIFY(std::isnan(next.maps[0].grid.at(1, 1)));
        QCOMPARE(next.maps[1].grid.at(1, 1), 31.5);
        QCOMPARE(next.floors.at(Metric::Local).at(0, 0), 120.0);
        QCOMPARE(next.activations, known.activations);
        QCOMPARE(next.uniform, std::vector<UniformResult>{known.uniform[0]});
    }

    void cellsThatBothKnowStay() {
        Analysis fresh = emptyAnalysis({kW8A8});
        fresh.maps[0].grid.at(0, 0) = 40;
        fresh.floors.at(Metric::Local).at(2, 1) = 99;
        Analysis known = emptyAnalysis({kW8A8});
        known.maps[0].grid.at(0, 0) = 39;
        known.maps[0].grid.at(2, 1) = 12;
        const Analysis both = withKnownValues(fresh, known);
        QCOMPARE(both.maps[0].grid.at(0, 0), 40.0);
        QCOMPARE(both.maps[0].grid.at(2, 1), 12.0);
        QCOMPARE(both.floors.at(Metric::Local).at(2, 1), 99.0);
    }

    void nothingIsTakenFromOtherInputs() {
        Analysis known = emptyAnalysis({kW8A8});
        known.maps[0].grid.at(0, 0) = 10;
        for (const auto change :
             {+[](Analysis& a) { a.settings.prompts = {"another"}; }, +[](Analysis& a) { a.settings.seed = 7; },
              +[](Analysis& a) { a.settings.level = Level::Layer; },
              +[](Analysis& a) { a.model.fingerprint = "sha256:ffff"; },
              +[](Analysis& a) { a.settings.latents = "other.safetensors"; },
              +[](Analysis& a) {
                  a.timesteps = {999, 1};
              }}) {
            Analysis fresh = emptyAnalysis({kW8A8});
            change(fresh);
            QVERIFY(!sameInputs(fresh, known));
            QVERIFY(std::isnan(withKnownValues(fresh, known).maps[0].grid.at(0, 0)));
        }
    }

    void latentsAreTheirContentAndNotTheirName() {
        Analysis here = emptyAnalysis({kW8A8});
        here.settings.latents = "a.safetensors";
        here.settings.latentsHash = "sha256:11";
        Analysis moved = here;
        moved.settings.latents = "b.safetensors";
        QVERIFY(sameInputs(here, moved));
        QCOMPARE(merged(here, moved).settings.latents.string(), std::string("b.safetensors"));
        Analysis rewritten = here;
        rewritten.settings.latentsHash = "sha256:22";
        QVERIFY(!sameInputs(here, rewritten));
        Analysis old = here; // of a version that noted names only
        old.settings.latentsHash.clear();
        QVERIFY(sameInputs(here, old));
        QVERIFY(!sameInputs(moved, old));
    }

    void reportedRowsAreTakenOverWhereThereIsSuchARow() {
        Analysis running = emptyAnalysis({kW8A8});
        QVERIFY(setRow(running, {Metric::Local, kW8A8, 2, {40, kNotMeasured}}));
        QVERIFY(setRow(running, {Metric::Local, {}, 0, {120, 121}}));
        QCOMPARE(running.maps[0].grid.at(2, 0), 40.0);
        QVERIFY(std::isnan(running.maps[0].grid.at(2, 1)));
        QCOMPARE(running.floors.at(Metric::Local).at(0, 1), 121.0);
        const Analysis before = running;
        QVERIFY(!setRow(running, {Metric::Local, kW4A8, 0, {1, 1}}));
        QVERIFY(!setRow(running, {Metric::Output, {}, 0, {1, 1}}));
        QVERIFY(!setRow(running, {Metric::Local, kW8A8, 3, {1, 1}}));
        QVERIFY(!setRow(running, {Metric::Local, kW8A8, 0, {1}}));
        QCOMPARE(toJson(running), toJson(before));
    }

    void mergingKeepsMapsThatTheNewAnalysisLacks() {
        Analysis known = emptyAnalysis({kW8A8});
        known.maps[0].grid.at(2, 0) = 12;
        const Analysis both = merged(known, emptyAnalysis({kW4A8}));
        QCOMPARE(both.maps.size(), std::size_t(2));
        QCOMPARE(both.find(Metric::Local, kW8A8)->grid.at(2, 0), 12.0);
        QVERIFY(both.find(Metric::Local, kW4A8) != nullptr);
        QCOMPARE(both.settings.formats, (std::vector<quant::Format>{kW8A8, kW4A8}));
    }

    void mergingOtherInputsReplacesEverything() {
        Analysis other = emptyAnalysis({kW4A8});
        other.settings.prompts = {"another"};
        const Analysis result = merged(emptyAnalysis({kW8A8}), other);
        QCOMPARE(result.maps.size(), std::size_t(1));
        QVERIFY(result.find(Metric::Local, kW8A8) == nullptr);
    }

    void timingGoesWithWhatIsComplete() {
        Analysis known = emptyAnalysis({kW8A8});
        known.timingSeconds = {{"local", 2}};
        QVERIFY(withKnownValues(emptyAnalysis({kW8A8}), known).timingSeconds.empty());
        known.maps[0].grid.db.assign(6, 30);
        known.floors.at(Metric::Local).db.assign(6, 120);
        QCOMPARE(withKnownValues(emptyAnalysis({kW8A8}), known).timingSeconds.at("local"), 2.0);
    }
};

NOISEFLOOR_TEST(MergeTest)
#include "tst_merge.moc"
