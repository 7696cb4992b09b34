#include "support/testmain.h"
#include "widgets/samples.h"

#include <widgets/blocktable.h>

#include <QAbstractItemModelTester>
#include <QComboBox>
#include <QLineEdit>
#include <QMenu>
#include <QSignalSpy>
#include <QTreeView>

using namespace widgets;

namespace {

struct Shown {
    BlockTable table;
    QTreeView* view = table.findChild<QTreeView*>();
    QSignalSpy requested{&table, &BlockTable::formatRequested};
    QSignalSpy block{&table, &BlockTable::blockSelected};
    QSignalSpy selection{&table, &BlockTable::selectionChanged};

    Shown() {
        table.setChoices({"fp16", "int8", "int4"}, {"fp16", "int16", "int8"});
        table.model()->setRows(samples::blocks());
        table.resize(900, 400);
        table.show();
    }

    QModelIndex cell(const QString& id, int column = 0) const {
        const QModelIndexList found = view->model()->match(view->model()->index(0, 0), BlockTreeModel::IdRole, id, 1,
                                                           Qt::MatchExactly | Qt::MatchRecursive);
        return found.isEmpty() ? QModelIndex() : found.first().siblingAtColumn(column);
    }

    void click(const QString& id, int column = 0, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
        view->scrollTo(cell(id, column));
        QTest::mouseClick(view->viewport(), Qt::LeftButton, modifiers, view->visualRect(cell(id, column)).center());
    }

    /// The open precision box.
    QComboBox* box() const { return view->viewport()->findChild<QComboBox*>(); }

    void choose(int entry) {
        QComboBox* open = box();
        open->hidePopup();
        open->setCurrentIndex(entry);
        Q_EMIT open->activated(entry);
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    }
};

} // namespace

class BlockTableTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theProxyKeepsTheRulesOfModels() {
        Shown shown;
        QAbstractItemModelTester tester(shown.view->model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        auto* filter = shown.table.findChild<QLineEdit*>();
        filter->setText("down_blocks");
        QCOMPARE(shown.view->model()->rowCount(shown.cell("unet")), 1);
        QVERIFY(shown.cell("unet.down_blocks.0.1").isValid());
        QVERIFY(!shown.cell("unet.mid_block").isValid());
        shown.table.model()->updateRow(samples::blocks().last());
        filter->clear();
        shown.view->sortByColumn(BlockTreeModel::Parameters, Qt::DescendingOrder);
        QCOMPARE(shown.view->model()->index(0, 0, shown.cell("unet")).data().toString(), "down_blocks.0");
        shown.table.model()->setLayout(BlockTreeModel::Layout::Flat);
        shown.table.model()->setRows({});
    }

    void clickingABlockTellsItsId() {
        Shown shown;
        shown.click("unet.down_blocks.0.1");
        QCOMPARE(shown.block.size(), 1);
        QCOMPARE(shown.block.first().first().toString(), "unet.down_blocks.0.1");
        QCOMPARE(shown.selection.last().first().toStringList(), QStringList{"unet.down_blocks.0.1"});
    }

    void clickingAGroupTellsItsBlocksOnly() {
        Shown shown;
        shown.click("unet.down_blocks.0");
        QCOMPARE(shown.block.size(), 0);
        QCOMPARE(shown.selection.last().first().toStringList().size(), 3);
    }

    void selectingByProgramEmitsNothing() {
        Shown shown;
        shown.table.selectBlock("unet.mid_block");
        QCOMPARE(shown.table.selectedBlocks(), QStringList{"unet.mid_block"});
        shown.table.selectBlock("");
        QVERIFY(shown.table.selectedBlocks().isEmpty());
        shown.table.selectBlock("nowhere");
        QCOMPARE(shown.block.size() + shown.selection.size(), 0);
    }

    void aBoxOffersTheChoicesAndAsksOnce() {
        Shown shown;
        shown.click("unet.mid_block", BlockTreeModel::Weights);
        QVERIFY(shown.box());
        QCOMPARE(shown.box()->count(), 3);
        QCOMPARE(shown.box()->currentText(), "int8");
        shown.choose(2);
        QCOMPARE(shown.requested.size(), 1);
        QCOMPARE(shown.requested.first(), (QList<QVariant>{QStringList{"unet.mid_block"}, "int4", ""}));
        QVERIFY(!shown.box());
    }

    void leavingABoxAsksNothing() {
        Shown shown;
        shown.click("unet.mid_block", BlockTreeModel::Weights);
        shown.box()->hidePopup();
        shown.box()->setCurrentIndex(2);
        QTest::keyClick(shown.box(), Qt::Key_Escape);
        shown.table.findChild<QLineEdit*>()->setFocus();
        QCOMPARE(shown.requested.size(), 0);
    }

    void anEditOfASelectedRowMeansAllSelectedOnce() {
        Shown shown;
        shown.click("unet.conv_out");
        shown.click("unet.conv_in", 0, Qt::ControlModifier);
        shown.click("unet.down_blocks.0", 0, Qt::ControlModifier);
        shown.click("unet.conv_in", BlockTreeModel::Activations);
        QVERIFY(shown.box());
        shown.choose(1);
        const QStringList all{"unet.conv_in", "unet.down_blocks.0.0", "unet.down_blocks.0.1", "unet.down_blocks.0.down",
                              "unet.conv_out"};
        QCOMPARE(shown.requested.size(), 1);
        QCOMPARE(shown.requested.first(), (QList<QVariant>{all, "", "int16"}));
        QCOMPARE(shown.table.selectedBlocks(), all);
    }

    void anEditOfAnotherRowSelectsItAndMeansItAlone() {
        Shown shown;
        shown.click("unet.conv_out");
        shown.click("unet.conv_in", BlockTreeModel::Weights);
        shown.choose(0);
        QCOMPARE(shown.requested.size(), 1);
        QCOMPARE(shown.requested.first().first().toStringList(), QStringList{"unet.conv_in"});
    }

    void aMixedGroupOpensWithoutAChoice() {
        Shown shown;
        BlockRow row = samples::blocks()[1];
        row.weights = "int4";
        shown.table.model()->updateRow(row);
        shown.click("unet.down_blocks.0", BlockTreeModel::Weights);
        QCOMPARE(shown.box()->currentIndex(), -1);
        shown.choose(1);
        QCOMPARE(shown.requested.size(), 1);
        QCOMPARE(shown.requested.first().first().toStringList().size(), 3);
    }

    void theMenuSetsAllSelectedByKeyboard() {
        Shown shown;
        shown.click("unet.conv_in");
        shown.click("unet.mid_block", 0, Qt::ShiftModifier);
        QTest::keyClick(shown.view, Qt::Key_Return);
        auto* menu = shown.view->findChild<QMenu*>(QString(), Qt::FindDirectChildrenOnly);
        QVERIFY(menu && menu->isVisible());
        QStringList offered;
        for (const QAction* action : menu->actions().first()->menu()->actions()) offered << action->text();
        QCOMPARE(offered, (QStringList{"fp16", "int8", "int4"}));
        menu->actions().first()->menu()->actions().last()->trigger();
        menu->close();
        QCOMPARE(shown.requested.size(), 1);
        QCOMPARE(shown.requested.first().at(1).toString(), "int4");
        QCOMPARE(shown.requested.first().first().toStringList().size(), 5);
    }

    void theSelectionOutlivesUpdates() {
        Shown shown;
        shown.click("unet.mid_block");
        BlockRow row = samples::blocks()[4];
        row.weights = "int4";
        shown.table.model()->updateRow(row);
        QCOMPARE(shown.table.selectedBlocks(), QStringList{"unet.mid_block"});
    }

    void filterAndFoldedGroupsAreRemembered() {
        BlockTable table;
        table.model()->setRows(samples::blocks());
        QVERIFY(table.foldedGroups().isEmpty());
        table.setFoldedGroups({"unet.down_blocks.0", "unet.nowhere"});
        QCOMPARE(table.foldedGroups(), QStringList{"unet.down_blocks.0"});
        table.setFoldedGroups({});
        QVERIFY(table.foldedGroups().isEmpty());
        table.setFilter("mid");
        QCOMPARE(table.filter(), "mid");
        auto* view = table.findChild<QTreeView*>();
        QCOMPARE(view->model()->rowCount(view->model()->index(0, 0)), 1); // below unet
    }
};

NOISEFLOOR_TEST(BlockTableTest)
#include "tst_blocktable.moc"
