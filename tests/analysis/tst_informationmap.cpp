#include "cases.h"

#include <analysis/merge.h>
#include <analysis/noisemodel.h>

#include <set>

using namespace analysis;

namespace {

/// One step of the small model: 256 samples where the latent has its full size, 64 and less further down.
AnalysisSettings oneStep(const std::string& formats) {
    AnalysisSettings settings = support::tinySettings({Metric::Information}, formats);
    settings.steps = 1;
    return settings;
}

/// One row, two timesteps, one format.
Analysis oneRow(std::vector<double> shares, std::vector<double> spreads) {
    Analysis analysis;
    analysis.settings.metrics = {Metric::Information};
    analysis.settings.formats = {quant::parseFormat("w8a8")};
    analysis.blocks = {{"unet.conv_in", {"unet.conv_in"}, 8}};
    analysis.timesteps = {501, 1};
    analysis.maps = {{Metric::Information, analysis.settings.formats[0], Grid(1, 2), Grid(1, 2)}};
    analysis.maps[0].grid.db = std::move(shares);
    analysis.maps[0].spread.db = std::move(spreads);
    return analysis;
}

} // namespace

class InformationMapTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void finerFormatsKeepMoreAndWhatHasTooFewSamplesIsUnknown() {
        const auto analysis = support::measured(support::tinyModel(), oneStep("wfp16,w4a8"));
        QVERIFY(analysis.complete());
        QVERIFY(analysis.floors.empty());
        const SqnrMap& fine = analysis.maps.front();
        const SqnrMap& coarse = analysis.maps.back();
        int told = 0;
        double lost = 0;
        for (std::size_t cell = 0; cell < fine.grid.db.size(); ++cell) {
            const double share = fine.grid.db[cell];
            QCOMPARE(std::isfinite(share), std::isfinite(fine.spread.db[cell]));
            if (share == kUnknowable) continue;
            ++told;
            QVERIFY2(std::abs(share - 1) < 0.1,
                     std::to_string(share).c_str()); // halves of float32 lose next to nothing
            lost += share - coarse.grid.db[cell];
        }
        QVERIFY(told > 2);
        QVERIFY2(lost / told > 0, std::to_string(lost / told).c_str());
        QCOMPARE(analysis.blocks.front().id, std::string("unet.time_embedding"));
        QCOMPARE(fine.grid.at(0, 0), kUnknowable); // one position for each prompt, the same for all of them
        QVERIFY(std::isnan(fine.spread.at(0, 0)));
    }

    void aStoppedMapResumesToTheSameNumbers() {
        const auto model = support::tinyModel();
        const auto start = planned(model, oneStep("w4a8"));
        std::set<int> rows;
        const auto whole = analyze(model, start, {}, {}, [&](const RowMeasured& row) {
            QCOMPARE(row.db.size(), row.spread.size());
            rows.insert(row.row);
        });
        QCOMPARE(rows.size(), whole.blocks.size()); // row after row
        std::stop_source source;
        const auto partial = analyze(model, start, source.get_token(), {}, [&](const RowMeasured& row) {
            if (row.row == 2) source.request_stop();
        });
        QVERIFY(!partial.complete());
        QVERIFY(!std::isnan(partial.maps[0].grid.at(2, 0)) && std::isnan(partial.maps[0].grid.at(3, 0)));
        const auto loaded = parseAnalysis(toJson(partial), "partial.analysis.json");
        QVERIFY(support::sameMaps(loaded, partial));
        QVERIFY(support::sameMaps(analyze(model, continued(loaded, model, start.settings)), whole));
    }

    void layersAreToldToo() {
        auto settings = oneStep("w8a8");
        settings.level = Level::Layer;
        settings.prompts.resize(1);
        const auto model = support::tinyModel();
        std::stop_source source; // the whole would take a minute
        int told = 0;
        const auto partial =
            analyze(model, planned(model, settings), source.get_token(), {}, [&](const RowMeasured& row) {
                if (std::isfinite(row.db.front()) && ++told == 2) source.request_stop();
            });
        QCOMPARE(told, 2);
        for (const double share : partial.maps[0].grid.db)
            if (std::isfinite(share)) QVERIFY2(share > 0.5 && share < 1.2, std::to_string(share).c_str());
    }

    void aRowIsSummedUpAsShares() {
        const auto told = oneRow({0.5, 0.9}, {0.1, 0.2});
        const RowSummary summary = summarize(told.maps[0], 0, told.timesteps);
        QCOMPARE(summary.meanDb, 0.7);
        QCOMPARE(summary.worstDb, 0.5);
        QCOMPARE(summary.worstTimestep, 501);
        const auto partly = oneRow({kUnknowable, 0.9}, {kNotMeasured, 0.2});
        QCOMPARE(summarize(partly.maps[0], 0, partly.timesteps).worstDb, 0.9);
        const auto unknown = oneRow({kUnknowable, kNotMeasured}, {kNotMeasured, kNotMeasured});
        QCOMPARE(summarize(unknown.maps[0], 0, unknown.timesteps).meanDb, kUnknowable);
        QVERIFY(!unknown.complete());
    }

    void rowsAndKnownValuesBringTheirSpreads() {
        auto analysis = oneRow({kNotMeasured, 0.9}, {kNotMeasured, 0.2});
        const auto known = oneRow({0.5, 0.1}, {0.1, 0.3});
        const auto filled = withKnownValues(analysis, known);
        QCOMPARE(filled.maps[0].grid.db, (std::vector<double>{0.5, 0.9}));
        QCOMPARE(filled.maps[0].spread.db, (std::vector<double>{0.1, 0.2}));
        QVERIFY(setRow(analysis, {Metric::Information, analysis.settings.formats[0], 0, {0.25, 0.75}, {0.01, 0.02}}));
        QCOMPARE(analysis.maps[0].spread.db, (std::vector<double>{0.01, 0.02}));
    }

    void noPredictionIsMadeFromShares() {
        ldm::ModelInfo model;
        ldm::LayerInfo layer;
        layer.name = layer.block = "unet.conv_in";
        layer.weightShape = {2, 4};
        model.layers = {layer};
        model.blocks = {{"unet.conv_in", {0}, 8}};
        quant::Recipe recipe;
        recipe.base = quant::parseFormat("w8a8");
        const auto prediction = predict(oneRow({0.5, 0.9}, {0.1, 0.2}), quant::resolve(recipe, model), model);
        QVERIFY(!prediction.db);
        QCOMPARE(prediction.missing, std::vector<quant::Format>{recipe.base});
    }
};

NOISEFLOOR_TEST(InformationMapTest)
#include "tst_informationmap.moc"
