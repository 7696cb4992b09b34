#include "cases.h"

#include <ATen/ATen.h>

#include <QTemporaryDir>

#include <set>

using namespace analysis;

namespace {

const std::vector<Metric> kAllMetrics{Metric::Local, Metric::Output, Metric::Accumulated};
const std::vector<Metric> kEveryMetric{Metric::Weights, Metric::Local,       Metric::Output,
                                       Metric::Others,  Metric::Accumulated, Metric::Final};

/// Stops after this many reported rows.
Analysis stoppedAfter(const ldm::Model& model, Analysis start, int rows) {
    std::stop_source source;
    return analyze(model, std::move(start), source.get_token(), {}, [&](const RowMeasured&) {
        if (--rows == 0) source.request_stop();
    });
}

int cellsOf(const Analysis& analysis) {
    int known = 0;
    for (const auto& map : analysis.maps)
        for (const double db : map.grid.db) known += !std::isnan(db);
    return known;
}

} // namespace

class ResumeTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aStoppedAnalysisIsAValidFileAndResumesToTheSameNumbers_data() {
        QTest::addColumn<int>("rows");
        QTest::newRow("first row") << 1;
        QTest::newRow("between the metrics of a block") << 7;
        QTest::newRow("late") << 40;
        QTest::newRow("while accumulating") << 80;
    }

    void aStoppedAnalysisIsAValidFileAndResumesToTheSameNumbers() {
        QFETCH(int, rows);
        const auto model = support::tinyModel();
        const auto settings = support::tinySettings(kAllMetrics, "w8a8,w4a8");
        const auto whole = support::measured(model, settings);
        QVERIFY(whole.complete());
        const auto partial = stoppedAfter(model, planned(model, settings), rows);
        QVERIFY(!partial.complete());
        QVERIFY(cellsOf(partial) > 0);
        const QTemporaryDir folder;
        const auto file = std::filesystem::path(folder.path().toStdString()) / "partial.analysis.json";
        saveAnalysis(partial, file);
        const auto loaded = loadAnalysis(file);
        QVERIFY(support::sameMaps(loaded, partial));
        QVERIFY(canResume(loaded, model, settings));
        QVERIFY(support::sameMaps(analyze(model, loaded), whole));
    }

    void everyMetricOfBothLevelsResumes_data() {
        QTest::addColumn<int>("level");
        QTest::addColumn<QList<int>>("shares");
        QTest::newRow("blocks") << int(Level::Block) << QList<int>{5, 30, 55, 80, 95};
        QTest::newRow("layers") << int(Level::Layer) << QList<int>{40, 90};
    }

    /// Six steps: every other one is measured first. The shares are percentages of the reports after which to stop.
    void everyMetricOfBothLevelsResumes() {
        QFETCH(int, level);
        QFETCH(QList<int>, shares);
        const auto model = support::tinyModel();
        auto settings = support::tinySettings(kEveryMetric, "w8a8");
        settings.level = Level(level);
        settings.steps = 6;
        settings.prompts.resize(1);
        int all = 0;
        const auto start = planned(model, settings);
        const auto whole = analyze(model, start, {}, {}, [&](const RowMeasured&) { ++all; });
        for (const int share : shares) {
            const auto partial = stoppedAfter(model, start, all * share / 100);
            QVERIFY(!partial.complete());
            const auto loaded = parseAnalysis(toJson(partial), "partial.analysis.json");
            QVERIFY(support::sameMaps(loaded, partial));
            QVERIFY2(support::sameMaps(analyze(model, continued(loaded, model, settings)), whole),
                     std::to_string(share).c_str());
        }
    }

    void aFileIsExtendedByFormatsAndMetrics() {
        const auto model = support::tinyModel();
        const auto first = support::measured(model, support::tinySettings({Metric::Local}, "w8a8,w4a8"));
        const auto more = support::tinySettings({Metric::Output, Metric::Local}, "w4");
        QVERIFY(canResume(first, model, more));
        std::set<std::pair<Metric, quant::Format>> measured;
        const auto extended = analyze(model, continued(first, model, more), {}, {}, [&](const RowMeasured& row) {
            measured.insert({row.metric, row.format});
        });
        QVERIFY(extended.complete());
        const auto w4 = quant::parseFormat("w4");
        const std::set<std::pair<Metric, quant::Format>> wanted{
            {Metric::Output, w4}, {Metric::Output, {}}, {Metric::Local, w4}};
        QCOMPARE(measured, wanted); // and nothing that was there, nor output of formats that nobody asked for
        const auto alone = support::measured(model, more);
        for (const Metric metric : more.metrics)
            QVERIFY(support::same(extended.find(metric, w4)->grid, alone.find(metric, w4)->grid));
        for (const auto& map : first.maps)
            QVERIFY(support::same(extended.find(map.metric, map.format)->grid, map.grid));
        const auto loaded = continued(parseAnalysis(toJson(extended), "extended.analysis.json"), model, more);
        QVERIFY(loaded.complete());
    }

    void latentsMayMoveButNotChange() {
        const QTemporaryDir folder;
        const auto file = [&](const char* name) { return std::filesystem::path(folder.path().toStdString()) / name; };
        const auto model = support::tinyModel();
        auto settings = support::tinySettings({Metric::Weights}, "w8");
        support::writeLatents(file("a.safetensors"), at::ones({2, 4, 8, 8}));
        settings.latents = file("a.safetensors");
        const auto made = planned(model, settings);
        std::filesystem::rename(file("a.safetensors"), file("b.safetensors"));
        settings.latents = file("b.safetensors");
        QVERIFY(canResume(made, model, settings));
        support::writeLatents(file("b.safetensors"), at::zeros({2, 4, 8, 8}));
        QVERIFY(!canResume(made, model, settings));
        std::filesystem::remove(file("b.safetensors"));
        const auto said = support::failureOf(ldm::ErrorKind::BadInput, [&] { planned(model, settings); });
        QVERIFY2(support::contains(said, "b.safetensors"), said.c_str());
    }

    void onlyWhatIsMissingIsMeasured() {
        const auto model = support::tinyModel();
        auto analysis = support::measured(model, support::tinySettings({Metric::Local}, "w8a8"));
        analysis.maps[0].grid.at(3, 1) = kNotMeasured;
        analysis.maps[0].grid.at(3, 2) = 12.5; // a marker that measuring again would overwrite
        std::vector<int> rows;
        const auto again = analyze(model, analysis, {}, {}, [&](const RowMeasured& row) { rows.push_back(row.row); });
        QCOMPARE(rows, std::vector<int>{3});
        QVERIFY(again.complete());
        QCOMPARE(again.maps[0].grid.at(3, 2), 12.5);
    }

    void aCompleteAnalysisIsReturnedAsItIs() {
        const auto model = support::tinyModel();
        const auto whole = support::measured(model, support::tinySettings({Metric::Local}, "w8a8"));
        const auto again = analyze(model, whole, {}, {}, [](const RowMeasured&) { QFAIL("nothing is missing"); });
        QVERIFY(support::sameMaps(again, whole));
    }

    void aStopBeforeTheStartMeasuresNothing() {
        const auto model = support::tinyModel();
        std::stop_source source;
        source.request_stop();
        const auto start = planned(model, support::tinySettings(kAllMetrics, "w8a8"));
        QVERIFY(support::sameMaps(analyze(model, start, source.get_token()), start));
    }

    void otherSettingsOrAnotherModelCannotResume() {
        const auto model = support::tinyModel();
        const auto settings = support::tinySettings({Metric::Local}, "w8a8");
        const auto start = planned(model, settings);
        QVERIFY(canResume(start, model, settings));
        auto other = settings;
        other.seed += 1;
        QVERIFY(!canResume(start, model, other));
        auto foreign = start;
        foreign.model.fingerprint = "sha256:0";
        QVERIFY(!canResume(foreign, model, settings));
        QVERIFY(!support::failureOf(ldm::ErrorKind::BadInput, [&] { analyze(model, foreign); }).empty());
    }

    void settingsThatCannotBeMeasuredAreRefused() {
        const auto model = support::tinyModel();
        const auto refused = [&](auto change) {
            auto settings = support::tinySettings({Metric::Local}, "w8a8");
            change(settings);
            return !support::failureOf(ldm::ErrorKind::BadInput, [&] { planned(model, settings); }).empty();
        };
        QVERIFY(refused([](auto& settings) { settings.metrics.clear(); }));
        QVERIFY(refused([](auto& settings) { settings.metrics = {Metric::Local, Metric::Local}; }));
        QVERIFY(refused([](auto& settings) { settings.formats.clear(); }));
        QVERIFY(refused([](auto& settings) { settings.formats = {quant::Format{}}; }));
        QVERIFY(refused([](auto& settings) { settings.formats.push_back(settings.formats[0]); }));
        QVERIFY(refused([](auto& settings) { settings.prompts.clear(); }));
        QVERIFY(refused([](auto& settings) { settings.steps = 0; }));
        QVERIFY(refused([](auto& settings) { settings.width = 13; }));
        QVERIFY(refused([](auto& settings) { settings.scheduler = "k_diffusion"; }));
        QVERIFY(refused([](auto& settings) { settings.calibration = "last"; }));
    }

    void aPlanHasEveryBlockAndTimestepOfTheModel() {
        const auto model = support::tinyModel();
        const auto start = planned(model, support::tinySettings({Metric::Local}, "w8a8"));
        QCOMPARE(start.blocks.size(), model.info().blocks.size());
        QCOMPARE(start.blocks[1].id, model.info().blocks[1].id);
        QCOMPARE(start.timesteps.size(), std::size_t(4));
        QVERIFY(start.settings.width > 0);
        QVERIFY(!start.complete());
    }
};

NOISEFLOOR_TEST(ResumeTest)
#include "tst_resume.moc"
