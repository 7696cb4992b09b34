#include "smallmodel.h"
#include "studiowindow.h"
#include "support/testmain.h"

#include <app/session/setaside.h>

#include <QSignalSpy>

using namespace app;
using support::kLongestMs;
using support::StudioWindow;

namespace {

const quant::Format kW8A8 = quant::parseFormat("w8a8");

/// All cells hold `db`.
analysis::Analysis measured(std::uint64_t seed, double db) {
    analysis::Analysis analysis = support::emptyAnalysis({kW8A8});
    analysis.settings.seed = seed;
    for (analysis::SqnrMap& map : analysis.maps) map.grid.db.assign(map.grid.db.size(), db);
    return analysis;
}

} // namespace

class SetAsideTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatHoldsNothingIsNotKept() {
        session::SetAside setAside;
        setAside.put(support::emptyAnalysis({kW8A8}));
        QVERIFY(setAside.all().empty());
        QVERIFY(!setAside.takeOldest());
    }

    void analysesAreFoundByHowTheyWereMeasured() {
        session::SetAside setAside;
        setAside.put(measured(1, 10));
        setAside.put(measured(2, 20));
        QVERIFY(!setAside.takeMeasuredWith(measured(3, 0).settings));
        analysis::AnalysisSettings inputs = measured(2, 0).settings;
        inputs.metrics = {analysis::Metric::Output};
        inputs.formats.clear();
        const auto found = setAside.takeMeasuredWith(inputs);
        QVERIFY(found);
        QCOMPARE(found->maps.front().grid.at(0, 0), 20.0);
        QCOMPARE(setAside.takeLike(measured(1, 99))->maps.front().grid.at(0, 0), 10.0);
        QVERIFY(setAside.all().empty());
    }

    void theOldestGoWhenThereAreMany() {
        session::SetAside setAside;
        for (std::size_t i = 0; i <= session::SetAside::kMost; ++i) setAside.put(measured(i, 1));
        QCOMPARE(setAside.all().size(), session::SetAside::kMost);
        QCOMPARE(setAside.takeOldest()->settings.seed, std::uint64_t(1));
    }

    void anotherAnalysisSetsThePresentOneAside() {
        session::StudioDocument document;
        document.setModel(support::smallModel());
        document.addAnalysis(measured(1, 10));
        document.addAnalysis(measured(2, 20));
        QCOMPARE(document.otherAnalyses().size(), std::size_t(1));
        document.addAnalysis(measured(1, 11)); // joins what is known of it
        QCOMPARE(document.analysis().maps.front().grid.at(0, 0), 11.0);
        QVERIFY(document.bringBackAnalysis());
        QCOMPARE(document.analysis().settings.seed, std::uint64_t(2));
        document.setModel(support::smallModel());
        QVERIFY(document.otherAnalyses().empty());
    }

    void unfoldingABlockKeepsTheMapsAnAnalysisBroughtAndTheSessionHoldsBoth() {
        StudioWindow s;
        QVERIFY(s.openModel());
        analysis::Analysis brought = s.document().analysis();
        brought.settings.prompts = {"a prompt of somebody else"};
        brought.maps.push_back({analysis::Metric::Output, kW8A8, brought.maps.front().grid});
        brought.settings.metrics.push_back(analysis::Metric::Output);
        analysis::saveAnalysis(brought, s.path("brought.analysis.json").toStdString());
        s.window.open(s.path("brought.analysis.json"));
        QVERIFY(s.holds(analysis::Metric::Output, kW8A8));

        Q_EMIT s.window.heatmapPane()->heatmap()->detailsRequested(0); // Return on the map
        QCOMPARE(s.studio().level(), analysis::Level::Layer);
        s.studio().stop();
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
        session::saveSession(s.studio().session(), s.path("s.noisefloor"));

        StudioWindow again;
        QSignalSpy restored(&again.studio(), &session::Studio::restored);
        again.window.open(s.path("s.noisefloor"));
        QTRY_COMPARE_WITH_TIMEOUT(restored.size(), 1, kLongestMs);
        QCOMPARE(again.studio().level(), analysis::Level::Layer);
        again.studio().setLevel(analysis::Level::Block);
        QVERIFY(again.holds(analysis::Metric::Output, kW8A8));
        QCOMPARE(again.document().analysis().find(analysis::Metric::Output, kW8A8)->grid.db,
                 brought.maps.back().grid.db);
    }

    void measuringAgainCanBeTakenBack() {
        StudioWindow s;
        QVERIFY(s.openModel());
        const analysis::Analysis before = s.document().analysis();
        ldm::GenerateSettings sampling = s.studio().sampling();
        sampling.prompt = "another prompt";
        s.studio().setPreviewAutomatic(false);
        s.studio().setSampling(sampling);
        s.run("run.again");
        QVERIFY(!s.holds(analysis::Metric::Local, kW8A8));
        s.run("run.former");
        QCOMPARE(s.document().analysis().settings.prompts, before.settings.prompts);
        QVERIFY(s.holds(analysis::Metric::Local, kW8A8));
        s.run("run.former"); // nothing was measured of the other ones yet
        QVERIFY(s.holds(analysis::Metric::Local, kW8A8));
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
        QCOMPARE(analysis::toJson(s.document().analysis()), analysis::toJson(before));
    }
};

NOISEFLOOR_TEST(SetAsideTest)
#include "tst_setaside.moc"
