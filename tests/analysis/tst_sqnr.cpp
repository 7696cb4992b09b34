#include "cases.h"

#include <analysis/sqnr.h>

using namespace analysis;

class SqnrTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void metricNamesAreReadBack() {
        for (const auto metric : {Metric::Local, Metric::Output, Metric::Accumulated})
            QCOMPARE(parseMetric(nameOf(metric)), metric);
    }

    void aListOfMetricsKeepsItsOrderAndDropsRepeats() {
        const std::vector<Metric> expected{Metric::Output, Metric::Local};
        QCOMPARE(parseMetrics("output, local,output"), expected);
    }

    void anUnknownMetricIsRefusedWithTheKnownOnes() {
        for (const std::string text : {"", "sqnr", "local,", "Local"}) {
            const auto sentence = support::failureOf(ldm::ErrorKind::BadInput, [&] { parseMetrics(text); });
            QVERIFY2(sentence.find("weights, local, output, others, accumulated, final or information") !=
                         std::string::npos,
                     text.c_str());
        }
    }

    void aNewGridIsNotMeasuredAnywhere() {
        const Grid grid(2, 3);
        QCOMPARE(grid.db.size(), std::size_t(6));
        for (const double db : grid.db) QVERIFY(std::isnan(db));
        QVERIFY(!grid.complete());
    }

    void aRowIsCompleteWhenItsLastCellIs() {
        Grid grid(2, 2);
        grid.at(1, 0) = 20;
        QVERIFY(!grid.rowComplete(1));
        grid.at(1, 1) = kExact;
        QVERIFY(grid.rowComplete(1));
        QVERIFY(!grid.rowComplete(0));
        QVERIFY(!grid.complete());
        grid.at(0, 0) = grid.at(0, 1) = 1;
        QVERIFY(grid.complete());
    }

    void mapsAreFoundByMetricAndFormat() {
        Analysis analysis;
        analysis.maps = {{Metric::Local, quant::parseFormat("w8a8"), Grid(1, 1)},
                         {Metric::Output, quant::parseFormat("w4a8"), Grid(1, 1)}};
        QCOMPARE(analysis.find(Metric::Output, quant::parseFormat("w4a8")), &analysis.maps[1]);
        QVERIFY(!analysis.find(Metric::Output, quant::parseFormat("w8a8")));
    }

    void anAnalysisIsCompleteWithItsFloors() {
        Analysis analysis;
        analysis.maps = {{Metric::Local, quant::parseFormat("w8a8"), Grid(1, 1)}};
        analysis.maps[0].grid.at(0, 0) = 30;
        QVERIFY(analysis.complete());
        analysis.floors.emplace(Metric::Local, Grid(1, 1));
        QVERIFY(!analysis.complete());
    }
};

NOISEFLOOR_TEST(SqnrTest)
#include "tst_sqnr.moc"
