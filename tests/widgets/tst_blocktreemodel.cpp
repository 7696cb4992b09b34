#include "support/testmain.h"
#include "widgets/samples.h"

#include <widgets/blocktreemodel.h>

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QSortFilterProxyModel>

using namespace widgets;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Filled {
    BlockTreeModel model;
    QAbstractItemModelTester tester{&model, QAbstractItemModelTester::FailureReportingMode::QtTest};

    Filled() { model.setRows(samples::blocks()); }
    QModelIndex cell(const QString& id, int column) const { return model.indexOf(id).siblingAtColumn(column); }
    QString text(const QString& id, int column) const { return cell(id, column).data().toString(); }
};

} // namespace

class BlockTreeModelTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void cleanupTestCase() { QLocale::setDefault(QLocale::c()); }

    void blocksFormATreeByTheirPaths() {
        const Filled filled;
        QCOMPARE(samples::dump(filled.model),
                 "unet | 2,100 | 2 KiB | int8 | int8 | 35.0 dB | 5.0 dB at t 999 |\n"
                 " conv_in | 100 | 100 bytes | int8 | int8 | 10.0 dB | 5.0 dB at t 999 |\n"
                 " down_blocks.0 | 900 | 900 bytes | int8 | int8 | 30.0 dB | 15.0 dB at t 998 |\n"
                 "  0 | 200 | 200 bytes | int8 | int8 | 20.0 dB | 15.0 dB at t 998 |\n"
                 "  1 | 300 | 300 bytes | int8 | int8 | 30.0 dB | 25.0 dB at t 997 |\n"
                 "  down | 400 | 400 bytes | int8 | int8 | 40.0 dB | 35.0 dB at t 996 |\n"
                 " mid_block | 500 | 500 bytes | int8 | int8 | 50.0 dB | 45.0 dB at t 995 |\n"
                 " conv_out | 600 | 600 bytes | int8 | int8 | 60.0 dB | 55.0 dB at t 994 |\n");
    }

    void flatLayoutListsFullIds() {
        Filled filled;
        filled.model.setLayout(BlockTreeModel::Layout::Flat);
        QCOMPARE(filled.model.rowCount(), 6);
        QCOMPARE(filled.text("unet.down_blocks.0.down", BlockTreeModel::Block), "unet.down_blocks.0.down");
        QVERIFY(!filled.model.indexOf("unet.down_blocks.0").isValid());
        filled.model.setLayout(BlockTreeModel::Layout::Tree);
        QCOMPARE(filled.model.rowCount(), 1);
    }

    void firstLastAndBeyond() {
        const Filled filled;
        const QModelIndex unet = filled.model.index(0, 0);
        QCOMPARE(filled.model.index(0, 0, unet).data().toString(), "conv_in");
        QCOMPARE(filled.model.index(3, BlockTreeModel::WorstSqnr, unet).data().toString(), "55.0 dB at t 994");
        QVERIFY(!filled.model.index(4, 0, unet).isValid());
        QVERIFY(!filled.model.index(-1, 0, unet).isValid());
        QVERIFY(!filled.model.index(0, BlockTreeModel::ColumnCount, unet).isValid());
        QCOMPARE(filled.model.rowCount(filled.cell("unet", 1)), 0);
        QVERIFY(!filled.model.headerData(BlockTreeModel::ColumnCount, Qt::Horizontal, Qt::DisplayRole).isValid());
        QVERIFY(!filled.model.indexOf("unet.nowhere").isValid());
        QVERIFY(!filled.model.data({}, Qt::DisplayRole).isValid());
    }

    void anEmptyModelIsEmpty() {
        Filled filled;
        filled.model.setRows({});
        QCOMPARE(filled.model.rowCount(), 0);
        QVERIFY(!filled.model.updateRow(samples::blocks().first()));
    }

    void aChangedBlockChangesItsGroupsAndNoOther() {
        Filled filled;
        QSignalSpy changed(&filled.model, &QAbstractItemModel::dataChanged);
        BlockRow row = samples::blocks()[2];
        row.weights = "int4";
        row.bytes = 150;
        row.worstDb = 2;
        row.worstTimestep = 1;
        QVERIFY(filled.model.updateRow(row));
        QCOMPARE(changed.size(), 3);
        QCOMPARE(filled.text("unet.down_blocks.0.1", BlockTreeModel::Weights), "int4");
        QCOMPARE(filled.text("unet.down_blocks.0", BlockTreeModel::Weights), "mixed");
        QCOMPARE(filled.text("unet.down_blocks.0", BlockTreeModel::Size), "750 bytes");
        QCOMPARE(filled.text("unet", BlockTreeModel::WorstSqnr), "2.0 dB at t 1");
        QCOMPARE(filled.text("unet.mid_block", BlockTreeModel::Weights), "int8");
        row.id = "unet.down_blocks.0";
        QVERIFY(!filled.model.updateRow(row));
    }

    void informationIsTheMeanOfWhatIsKnown() {
        Filled filled;
        QList<BlockRow> rows = samples::blocks();
        rows[1].information = 0.5;
        rows[2].information = -kInfinity; // cannot be told
        rows[3].information = 0.75;
        filled.model.setRows(rows);
        QCOMPARE(filled.text("unet.down_blocks.0.0", BlockTreeModel::Information), "0.50");
        QCOMPARE(filled.text("unet.down_blocks.0.1", BlockTreeModel::Information), "unknown");
        QCOMPARE(filled.text("unet.down_blocks.0", BlockTreeModel::Information), "0.63");
        QCOMPARE(filled.text("unet.mid_block", BlockTreeModel::Information), "");
    }

    void unmeasuredAndExactBlocksDoNotSpoilTheMean() {
        Filled filled;
        QList<BlockRow> rows = samples::blocks();
        rows[1].meanDb = rows[1].worstDb = std::numeric_limits<double>::quiet_NaN();
        rows[2].meanDb = rows[2].worstDb = kInfinity;
        filled.model.setRows(rows);
        QCOMPARE(filled.text("unet.down_blocks.0.0", BlockTreeModel::MeanSqnr), "");
        QCOMPARE(filled.text("unet.down_blocks.0.1", BlockTreeModel::WorstSqnr), "exact");
        QCOMPARE(filled.text("unet.down_blocks.0", BlockTreeModel::MeanSqnr), "40.0 dB");
        QCOMPARE(filled.text("unet.down_blocks.0", BlockTreeModel::WorstSqnr), "35.0 dB at t 996");
    }

    void aRepeatedIdReplacesTheEarlierRow() {
        Filled filled;
        QList<BlockRow> rows = samples::blocks();
        rows << rows.first();
        rows.last().parameters = 7;
        filled.model.setRows(rows);
        QCOMPARE(filled.model.rows().size(), 6);
        QCOMPARE(filled.text("unet.conv_in", BlockTreeModel::Parameters), "7");
    }

    void onlyPrecisionIsEditable() {
        const Filled filled;
        for (int column = 0; column < BlockTreeModel::ColumnCount; ++column) {
            const bool editable = filled.cell("unet.mid_block", column).flags().testFlag(Qt::ItemIsEditable);
            QCOMPARE(editable, column == BlockTreeModel::Weights || column == BlockTreeModel::Activations);
        }
    }

    void editingAsksAndChangesNothing() {
        Filled filled;
        QSignalSpy requested(&filled.model, &BlockTreeModel::formatRequested);
        QVERIFY(filled.model.setData(filled.cell("unet.mid_block", BlockTreeModel::Weights), "int4", Qt::EditRole));
        QCOMPARE(requested.takeFirst(), (QList<QVariant>{QStringList{"unet.mid_block"}, "int4", ""}));
        QVERIFY(filled.model.setData(filled.cell("unet.mid_block", BlockTreeModel::Activations), "fp16", Qt::EditRole));
        QCOMPARE(requested.takeFirst(), (QList<QVariant>{QStringList{"unet.mid_block"}, "", "fp16"}));
        QCOMPARE(filled.text("unet.mid_block", BlockTreeModel::Weights), "int8");
    }

    void editingAGroupAsksForAllItsBlocks() {
        Filled filled;
        QSignalSpy requested(&filled.model, &BlockTreeModel::formatRequested);
        filled.model.setData(filled.cell("unet.down_blocks.0", BlockTreeModel::Weights), "int4", Qt::EditRole);
        const QStringList blocks{"unet.down_blocks.0.0", "unet.down_blocks.0.1", "unet.down_blocks.0.down"};
        QCOMPARE(requested.size(), 1);
        QCOMPARE(requested.first().first().toStringList(), blocks);
    }

    void whatChangesNothingIsNotAsked() {
        Filled filled;
        QSignalSpy requested(&filled.model, &BlockTreeModel::formatRequested);
        QVERIFY(!filled.model.setData(filled.cell("unet", BlockTreeModel::Weights), "int8", Qt::EditRole));
        QVERIFY(!filled.model.setData(filled.cell("unet", BlockTreeModel::Size), "int4", Qt::EditRole));
        QVERIFY(!filled.model.setData(filled.cell("unet", BlockTreeModel::Weights), "", Qt::EditRole));
        QVERIFY(!filled.model.setData({}, "int4", Qt::EditRole));
        QVERIFY(!filled.model.requestFormat({}, BlockTreeModel::Weights, "int4"));
        QVERIFY(!filled.model.requestFormat({"nowhere"}, BlockTreeModel::Weights, "int4"));
        QCOMPARE(requested.size(), 0);
    }

    void sortingIsByNumberWithUnmeasuredLast() {
        Filled filled;
        QList<BlockRow> rows = samples::blocks();
        rows[3].meanDb = std::numeric_limits<double>::quiet_NaN();
        rows[4].meanDb = 9;
        rows[5].meanDb = kInfinity;
        filled.model.setLayout(BlockTreeModel::Layout::Flat);
        filled.model.setRows(rows);
        QSortFilterProxyModel proxy;
        QAbstractItemModelTester tester(&proxy, QAbstractItemModelTester::FailureReportingMode::QtTest);
        proxy.setSourceModel(&filled.model);
        proxy.setSortRole(BlockTreeModel::SortRole);
        proxy.sort(BlockTreeModel::MeanSqnr);
        QStringList order;
        for (int row = 0; row < proxy.rowCount(); ++row)
            order << proxy.index(row, BlockTreeModel::MeanSqnr).data().toString();
        QCOMPARE(order, (QStringList{"9.0 dB", "10.0 dB", "20.0 dB", "30.0 dB", "exact", ""}));
        filled.model.updateRow(samples::blocks()[4]);
        QCOMPARE(proxy.index(3, BlockTreeModel::MeanSqnr).data().toString(), "50.0 dB");
    }

    void severalRowsAreUpdatedWithOneSignalForEachSum() {
        BlockTreeModel model;
        QList<BlockRow> rows = samples::blocks();
        model.setRows(rows);
        for (BlockRow& row : rows) row.weights = QStringLiteral("int4");
        rows << rows.first();
        rows.last().id = QStringLiteral("unet.nowhere");
        const QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        model.updateRows(rows);
        QCOMPARE(model.indexOf(QStringLiteral("unet")).siblingAtColumn(BlockTreeModel::Weights).data().toString(),
                 "int4");
        QCOMPARE(changed.size(), 8); // six blocks, unet and down_blocks.0
        BlockTreeModel one;
        one.setRows(samples::blocks());
        for (const BlockRow& row : rows) one.updateRow(row);
        QCOMPARE(samples::dump(one), samples::dump(model));
    }
};

NOISEFLOOR_TEST(BlockTreeModelTest)
#include "tst_blocktreemodel.moc"
