#include "support/testmain.h"
#include "widgets/samples.h"

#include <widgets/heatmaptable.h>

#include <QAbstractItemModelTester>
#include <QSignalSpy>

#include <limits>

using namespace widgets;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

HeatmapData everyKind() {
    HeatmapData data = samples::map(1, 4);
    data.db = {23.44, kNaN, kInfinity, 92};
    data.floorDb = {95, 95, 95, 95};
    return data;
}

} // namespace

class HeatmapTableTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void keepsTheRulesOfModels() {
        HeatmapTable table;
        QAbstractItemModelTester tester(&table, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QCOMPARE(table.rowCount(), 0);
        table.setData(samples::map(3, 4));
        table.setRow(1, {1, 2, 3, 4});
        table.setFloor(QList<double>(12, 50));
        table.setData({});
        QCOMPARE(table.columnCount(), 0);
    }

    void firstLastAndBeyond() {
        HeatmapTable table;
        table.setData(samples::map(3, 4));
        QCOMPARE(table.index(0, 0).data().toString(), "0.0");
        QCOMPARE(table.index(2, 3).data().toString(), "23.0");
        QVERIFY(!table.index(5, 0).isValid() && !table.index(0, 6).isValid());
        QCOMPARE(table.headerData(0, Qt::Vertical, Qt::DisplayRole).toString(), "unet.block.0");
        QCOMPARE(table.headerData(3, Qt::Horizontal, Qt::DisplayRole).toInt(), 801);
        QCOMPARE(table.headerData(4, Qt::Horizontal, Qt::DisplayRole).toString(), "mean");
        QCOMPARE(table.headerData(4, Qt::Vertical, Qt::DisplayRole).toString(), "worst");
        QVERIFY(!table.headerData(6, Qt::Horizontal, Qt::DisplayRole).isValid());
        QVERIFY(!table.headerData(-1, Qt::Vertical, Qt::DisplayRole).isValid());
    }

    void everyKindSaysWhatItIs() {
        const HeatmapData data = everyKind();
        QCOMPARE(data.cellText(0, 0), "unet.block.0, t 951: 23.4 dB");
        QCOMPARE(data.cellText(0, 1), "unet.block.0, t 901: not measured");
        QCOMPARE(data.cellText(0, 2), "unet.block.0, t 851: exact");
        QCOMPARE(data.cellText(0, 3), "unet.block.0, t 801: 92.0 dB, at the noise floor");
        QCOMPARE(data.cellText(1, 0), "");
    }

    void cellsWithinThreeDecibelsOfTheFloorAreAtIt() {
        HeatmapData data = samples::map(1, 4);
        data.db = {91.99, 92, 120, 92};
        data.floorDb = {95, 95, 95, kNaN};
        QCOMPARE(data.kind(0, 0), CellKind::Measured);
        QCOMPARE(data.kind(0, 1), CellKind::AtFloor);
        QCOMPARE(data.kind(0, 2), CellKind::AtFloor);
        QCOMPARE(data.kind(0, 3), CellKind::Measured);
    }

    void tableTextMarksTheKinds() {
        HeatmapTable table;
        table.setData(everyKind());
        // Mean noise power of 23.44 dB, none, and next to none; the worst of each; then those of the columns.
        QCOMPARE(samples::dump(table), "23.4 |  | exact | 92.0 floor | 28.2 | 23.4\n"
                                       "23.4 |  | exact | 92.0 |  |\n"
                                       "23.4 |  | exact | 92.0 |  |\n");
    }

    void summariesFollowTheirRowAndSayWhereTheWorstIs() {
        HeatmapTable table;
        table.setData(samples::map(2, 2));
        table.setRow(1, {10, kNaN});
        QCOMPARE(table.index(1, 2).data().toString(), "10.0");
        QCOMPARE(table.index(2, 1).data().toString(), "1.0"); // of the column, below both rows
        QCOMPARE(table.index(1, 2).data(Qt::AccessibleTextRole).toString(),
                 "unet.block.1: mean 10.0 dB, worst 10.0 dB");
        QCOMPARE(table.index(3, 0).data(Qt::AccessibleTextRole).toString(), "t 951: mean 2.6 dB, worst 0.0 dB");
        QCOMPARE(table.index(3, 3).data().toString(), "");
    }

    void theTableIsInTheOrderThatWasSet() {
        HeatmapTable table;
        QAbstractItemModelTester tester(&table, QAbstractItemModelTester::FailureReportingMode::QtTest);
        table.setData(samples::map(3, 2));
        HeatmapOrder order;
        order.by = HeatmapSort::Mean;
        order.descending = true;
        table.setOrder(order);
        QCOMPARE(table.headerData(0, Qt::Vertical, Qt::DisplayRole).toString(), "unet.block.2");
        QCOMPARE(table.sourceRow(0), 2);
        QCOMPARE(table.shownRow(0), 2);
        table.setRow(0, {90, 90}); // the order stays until it is asked for
        QCOMPARE(table.index(2, 0).data().toString(), "90.0");
        table.arrange();
        QCOMPARE(table.index(0, 0).data().toString(), "90.0");
    }

    void layersAreFoldedUnderTheirBlock() {
        HeatmapTable table;
        table.setData(samples::folded());
        QCOMPARE(table.rowCount(), 2 + 2);
        QCOMPARE(table.fold(0), HeatmapTable::Fold::Folded);
        QCOMPARE(table.fold(1), HeatmapTable::Fold::None);
        HeatmapOrder order;
        order.expanded = {QStringLiteral("a")};
        table.setOrder(order);
        QCOMPARE(table.map().rows, QStringList({"a", "a.x", "a.y", "b"}));
        QCOMPARE(table.fold(0), HeatmapTable::Fold::Open);
        QCOMPARE(table.shownRow(3), 3);
        table.setOrder({});
        QCOMPARE(table.shownRow(1), -1);
    }

    void missingValuesAreNotMeasured() {
        HeatmapData data = samples::map(2, 2);
        data.db.clear();
        HeatmapTable table;
        table.setData(data);
        QCOMPARE(table.map().db.size(), 4);
        QCOMPARE(table.map().kind(1, 1), CellKind::NotMeasured);
    }

    void aRowIsReplacedAloneAndAnnouncedOnce() {
        HeatmapTable table;
        table.setData(samples::map(3, 2));
        QSignalSpy changed(&table, &QAbstractItemModel::dataChanged);
        table.setRow(1, {7, 8});
        QCOMPARE(table.map().db, (QList<double>{0, 1, 7, 8, 20, 21}));
        QCOMPARE(changed.size(), 2); // the row, and the summaries below all rows
        QCOMPARE(changed[0][0].toModelIndex().row(), 1);
        QCOMPARE(changed[0][1].toModelIndex().row(), 1);
        QCOMPARE(changed[1][0].toModelIndex().row(), 3);
        table.setRow(3, {7, 8});
        table.setRow(-1, {7, 8});
        table.setRow(0, {7});
        QCOMPARE(changed.size(), 2);
    }

    void rangeIsRoundedOutwardAndSkipsWhatMeansNothing() {
        HeatmapData data = everyKind();
        QCOMPARE(rangeOf(data), (DbRange{20, 25}));
        data.db[1] = -3;
        QCOMPARE(rangeOf(data), (DbRange{-5, 25}));
        data.db[1] = 25;
        data.db[0] = 25;
        QCOMPARE(rangeOf(data), (DbRange{25, 30}));
        QCOMPARE(rangeOf({}), (DbRange{0, 40}));
    }

    void copiedTextHasHeaderAndBlanks() {
        QCOMPARE(toTabSeparated(everyKind()), "block\t951\t901\t851\t801\nunet.block.0\t23.4\t\texact\t92.0\n");
    }

    void exportedTextHasAllDigitsTheSummariesAndQuotes() {
        HeatmapData data = everyKind();
        data.rows = QStringList{QStringLiteral("a,\"b\"")};
        data.db[0] = 23.4375;
        QCOMPARE(toCommaSeparated(data), "row,951,901,851,801,mean,worst\r\n"
                                         "\"a,\"\"b\"\"\",23.4375,,exact,92,28.2087119,23.4375\r\n"
                                         "mean,23.4375,,exact,92,,\r\n"
                                         "worst,23.4375,,exact,92,,\r\n");
    }

    void sharesHaveTheirOwnUnitAndSpread() {
        HeatmapData data = samples::map(1, 4);
        data.scale = HeatmapScale::Share;
        data.db = {0.934, 1.02, -kInfinity, kNaN};
        data.spread = {0.021, kNaN, kNaN, kNaN};
        QCOMPARE(rangeOf(data), (DbRange{0, 1}));
        QCOMPARE(data.valueText(0, 0), QString::fromUtf8("0.93 ± 0.02 kept"));
        QCOMPARE(data.valueText(0, 1), "1.02 kept");
        QVERIFY(data.valueText(0, 2).startsWith("cannot be told"));
        QCOMPARE(data.kind(0, 2), CellKind::Unknowable);
        QCOMPARE(data.valueText(0, 3), "not measured");
        const HeatmapSummary summary = rowSummary(data, 0);
        QVERIFY(std::abs(summary.mean - 0.977) < 1e-12); // of those that are known
        QCOMPARE(summary.text(data.scale), "mean 0.98, worst 0.93");
        QVERIFY(
            toCommaSeparated(data).startsWith("row (shares of information),951,901,851,801,mean,worst,spread at 951"));
        QVERIFY(toCommaSeparated(data).contains(",0.934,1.02,unknown,,0.977,0.934,0.021,,,\r\n"));
        HeatmapTable table;
        table.setData(data);
        table.setRow(0, {0.5, 0.5, 0.5, 0.5}, {0.1, 0.1, 0.1, 0.1});
        QCOMPARE(table.map().valueText(0, 2), QString::fromUtf8("0.50 ± 0.10 kept"));
    }

    void differencesHaveZeroInTheMiddleAndSigns() {
        HeatmapData data = samples::map(1, 4);
        data.scale = HeatmapScale::Difference;
        data.db = {-7.25, 0.02, 3, -kInfinity};
        data.floorDb = {kNaN, -kInfinity, kNaN, kNaN};
        QCOMPARE(rangeOf(data), (DbRange{-10, 10}));
        QCOMPARE(data.valueText(0, 0), "-7.3 dB");
        QCOMPARE(data.valueText(0, 1), "0.0 dB, at the noise floor");
        QCOMPARE(data.valueText(0, 2), "+3.0 dB");
        QCOMPARE(data.valueText(0, 3), "exact in the other alone");
        data.db = {-0.3, 0, 0.2, kNaN};
        QCOMPARE(rangeOf(data), (DbRange{-1, 1}));
        QCOMPARE(data.valueText(0, 3), "not in both");
    }

    void zeroHasNoSign() {
        QCOMPARE(numberText(-0.01), "0.0");
        QCOMPARE(numberText(-0.06), "-0.1");
    }
};

NOISEFLOOR_TEST(HeatmapTableTest)
#include "tst_heatmaptable.moc"
