#include "support/testmain.h"
#include "widgets/samples.h"

#include <widgets/heatmaporder.h>
#include <widgets/heatmapsummary.h>

#include <cmath>
#include <limits>

using namespace widgets;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

HeatmapOrder by(HeatmapSort sort, bool descending = false, int timestep = 0) {
    HeatmapOrder order;
    order.by = sort;
    order.descending = descending;
    order.timestep = timestep;
    order.expanded = {QStringLiteral("a")};
    return order;
}

QStringList shown(const HeatmapData& data, const HeatmapOrder& order) {
    return withRows(data, arrangedRows(data, order)).rows;
}

} // namespace

class HeatmapOrderTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void rowsAreSortedByEveryStatisticBothWays_data() {
        QTest::addColumn<HeatmapSort>("sort");
        QTest::addColumn<QString>("ascending");
        QTest::addColumn<QString>("descending");
        QTest::newRow("model") << HeatmapSort::Model << "a a.x a.y b"
                               << "b a a.y a.x";
        QTest::newRow("name") << HeatmapSort::Name << "a a.x a.y b"
                              << "b a a.y a.x";
        QTest::newRow("mean") << HeatmapSort::Mean << "a a.y a.x b"
                              << "b a a.x a.y";
        QTest::newRow("worst") << HeatmapSort::Worst << "a a.y a.x b"
                               << "b a a.x a.y";
        QTest::newRow("t 901") << HeatmapSort::Timestep << "b a a.x a.y"
                               << "a a.y a.x b";
        QTest::newRow("parameters") << HeatmapSort::Parameters << "b a a.y a.x"
                                    << "a a.x a.y b";
    }
    void rowsAreSortedByEveryStatisticBothWays() {
        QFETCH(HeatmapSort, sort);
        QFETCH(QString, ascending);
        QFETCH(QString, descending);
        QCOMPARE(shown(samples::folded(), by(sort, false, 901)).join(u' '), ascending);
        QCOMPARE(shown(samples::folded(), by(sort, true, 901)).join(u' '), descending);
    }

    void whatIsNotMeasuredComesLastAndExactIsTheBest() {
        HeatmapData data = samples::map(4, 1);
        data.db = {kNaN, 20, kInfinity, 10};
        QCOMPARE(arrangedRows(data, by(HeatmapSort::Mean)), (QList<int>{3, 1, 2, 0}));
        QCOMPARE(arrangedRows(data, by(HeatmapSort::Mean, true)), (QList<int>{2, 1, 3, 0}));
    }

    void equalRowsKeepTheOrderOfTheModel() {
        HeatmapData data = samples::map(4, 1);
        data.db = {5, 5, 1, 5};
        QCOMPARE(arrangedRows(data, by(HeatmapSort::Worst)), (QList<int>{2, 0, 1, 3}));
        QCOMPARE(arrangedRows(data, by(HeatmapSort::Worst, true)), (QList<int>{0, 1, 3, 2}));
    }

    void aTimestepThatIsGoneLeavesTheOrder() {
        QCOMPARE(arrangedRows(samples::map(3, 2), by(HeatmapSort::Timestep, false, 7)), (QList<int>{0, 1, 2}));
    }

    void foldedRowsAreHiddenAndKeepTheirParentsElsewhere() {
        HeatmapData data = samples::folded();
        QCOMPARE(parentRows(data), QList<int>{0});
        QCOMPARE(shown(data, {}), QStringList({"a", "b"}));
        data.floorDb = {0, 1, 2, 3, 4, 5, 6, 7};
        const HeatmapData sorted = withRows(data, arrangedRows(data, by(HeatmapSort::Name, true)));
        QCOMPARE(sorted.parents, (QList<int>{-1, -1, 1, 1}));
        QCOMPARE(sorted.db, (QList<double>{15, 15, 10, 20, 1, 50, 30, 5}));
        QCOMPARE(sorted.floorDb, (QList<double>{6, 7, 0, 1, 4, 5, 2, 3}));
        QCOMPARE(sorted.parameters, (QList<qint64>{200, 400, 100, 300}));
    }

    void theMeanIsThatOfTheNoisePower() {
        HeatmapData data = samples::map(1, 3);
        data.db = {10, kNaN, kInfinity}; // powers 0.1 and 0
        const HeatmapSummary summary = rowSummary(data, 0);
        QVERIFY(std::abs(summary.mean - 10 * std::log10(20.0)) < 1e-12);
        QCOMPARE(summary.worst, 10.0);
        QCOMPARE(summary.worstPlace, 0);
        data.db.fill(kInfinity);
        QCOMPARE(rowSummary(data, 0).mean, kInfinity);
        data.db.fill(kNaN);
        QVERIFY(std::isnan(rowSummary(data, 0).mean) && std::isnan(rowSummary(data, 0).worst));
        QCOMPARE(rowSummary(data, 0).text(HeatmapScale::Sqnr), "");
    }

    void theMeanOfDifferencesIsTheirOwn() {
        HeatmapData data = samples::map(1, 3);
        data.scale = HeatmapScale::Difference;
        data.db = {-4, 1, 6};
        QCOMPARE(rowSummary(data, 0).mean, 1.0);
        QCOMPARE(rowSummary(data, 0).text(data.scale), "mean +1.0 dB, worst -4.0 dB");
    }

    void anInfiniteDifferenceIsTheWorstButInNoMean() {
        HeatmapData data = samples::map(1, 4);
        data.scale = HeatmapScale::Difference;
        data.db = {-4, kInfinity, -kInfinity, 6};
        QCOMPARE(rowSummary(data, 0).mean, 1.0);
        QCOMPARE(rowSummary(data, 0).worst, -kInfinity);
        QCOMPARE(rowSummary(data, 0).worstPlace, 2);
    }

    void columnsCountBlocksOnce() {
        const HeatmapSummary summary = columnSummary(samples::folded(), 1);
        QCOMPARE(summary.worst, 15.0); // not the layer's 5
        QCOMPARE(summary.worstPlace, 3);
    }

    void stripsHoldMeanAndWorst() {
        const HeatmapData data = samples::folded();
        const HeatmapData rows = rowStrip(data);
        QCOMPARE(rows.rows, data.rows);
        QCOMPARE(rows.at(1, 1), 5.0);
        QCOMPARE(rows.at(1, 0), rowSummary(data, 1).mean);
        const HeatmapData columns = columnStrip(data);
        QCOMPARE(columns.at(1, 0), 10.0);
        QCOMPARE(columns.at(0, 1), columnSummary(data, 1).mean);
    }
};

NOISEFLOOR_TEST(HeatmapOrderTest)
#include "tst_heatmaporder.moc"
