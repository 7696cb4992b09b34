#include "support/testmain.h"

#include "smallmodel.h"

#include <app/jobs/carryover.h>

using namespace app::jobs;

namespace {

const quant::Format kW8A8 = quant::parseFormat("w8a8");
const quant::Format kW4A8 = quant::parseFormat("w4a8");

} // namespace

class CarryOverTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void knownValuesAreTakenIntoTheSameMaps() {
        analysis::Analysis known = support::emptyAnalysis({kW8A8});
        known.maps[0].grid.at(1, 1) = 31.5;
        known.floors.at(analysis::Metric::Local).at(0, 0) = 120;
        const analysis::Analysis next = withKnownValues(support::emptyAnalysis({kW4A8, kW8A8}), known);
        QCOMPARE(next.maps.size(), std::size_t(2));
        QVERIFY(std::isnan(next.maps[0].grid.at(1, 1)));
        QCOMPARE(next.maps[1].grid.at(1, 1), 31.5);
        QCOMPARE(next.floors.at(analysis::Metric::Local).at(0, 0), 120.0);
    }

    void nothingIsTakenFromOtherInputs() {
        analysis::Analysis known = support::emptyAnalysis({kW8A8});
        known.maps[0].grid.at(0, 0) = 10;
        for (const auto change : {+[](analysis::Analysis& a) { a.settings.prompts = {"another"}; },
                                  +[](analysis::Analysis& a) { a.settings.seed = 7; },
                                  +[](analysis::Analysis& a) { a.model.fingerprint = "sha256:ffff"; },
                                  +[](analysis::Analysis& a) {
                                      a.timesteps = {999, 1};
                                  }}) {
            analysis::Analysis fresh = support::emptyAnalysis({kW8A8});
            change(fresh);
            QVERIFY(!sameInputs(fresh, known));
            QVERIFY(std::isnan(withKnownValues(fresh, known).maps[0].grid.at(0, 0)));
        }
    }

    void mergingKeepsMapsThatTheNewAnalysisLacks() {
        analysis::Analysis known = support::emptyAnalysis({kW8A8});
        known.maps[0].grid.at(2, 0) = 12;
        const analysis::Analysis both = merged(known, support::emptyAnalysis({kW4A8}));
        QCOMPARE(both.maps.size(), std::size_t(2));
        QCOMPARE(both.find(analysis::Metric::Local, kW8A8)->grid.at(2, 0), 12.0);
        QVERIFY(both.find(analysis::Metric::Local, kW4A8) != nullptr);
        QCOMPARE(both.settings.formats, (std::vector<quant::Format>{kW8A8, kW4A8}));
    }

    void mergingOtherInputsReplacesEverything() {
        analysis::Analysis other = support::emptyAnalysis({kW4A8});
        other.settings.prompts = {"another"};
        const analysis::Analysis result = merged(support::emptyAnalysis({kW8A8}), other);
        QCOMPARE(result.maps.size(), std::size_t(1));
        QVERIFY(result.find(analysis::Metric::Local, kW8A8) == nullptr);
    }
};

NOISEFLOOR_TEST(CarryOverTest)
#include "tst_carryover.moc"
