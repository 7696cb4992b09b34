#include "support/testmain.h"
#include "widgets/samples.h"

#include <widgets/blocktable.h>
#include <widgets/budgetbar.h>
#include <widgets/comparison.h>
#include <widgets/filmstrip.h>
#include <widgets/heatmap.h>
#include <widgets/paretoplot.h>
#include <widgets/picturegrid.h>

#include <QAccessible>
#include <QScrollArea>

#include <functional>

using namespace widgets;

namespace {

using Make = std::function<std::unique_ptr<QWidget>()>;

void addWidgets() {
    QTest::addColumn<Make>("make");
    QTest::newRow("heatmap") << Make([] {
        auto map = std::make_unique<HeatmapWidget>();
        map->setData(samples::map(3, 3));
        return map;
    });
    QTest::newRow("block table") << Make([] {
        auto table = std::make_unique<BlockTable>();
        table->model()->setRows(samples::blocks());
        return table;
    });
    QTest::newRow("comparison") << Make([] { return std::make_unique<ComparisonView>(); });
    QTest::newRow("difference") << Make([] {
        auto view = std::make_unique<ComparisonView>();
        view->setMode(ComparisonMode::Difference);
        return view;
    });
    QTest::newRow("split") << Make([] {
        auto view = std::make_unique<ComparisonView>();
        view->setMode(ComparisonMode::LeftRight);
        return view;
    });
    QTest::newRow("film strip") << Make([] { return std::make_unique<FilmStrip>(); });
    QTest::newRow("grid") << Make([] { return std::make_unique<PictureGrid>(); });
    QTest::newRow("cost against quality") << Make([] {
        auto plot = std::make_unique<ParetoPlot>();
        ParetoData data;
        data.best = {{"a", 1e6, 10}, {"b", 2e6, 20}};
        plot->setData(data);
        return plot;
    });
    QTest::newRow("budget bar") << Make([] { return std::make_unique<BudgetBar>(); });
}

} // namespace

class AccessibilityTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyWidgetHasAName_data() { addWidgets(); }
    void everyWidgetHasAName() {
        QFETCH(Make, make);
        QVERIFY(!make()->accessibleName().isEmpty());
    }

    void everyControlHasANameAndATabStop_data() { addWidgets(); }
    void everyControlHasANameAndATabStop() {
        QFETCH(Make, make);
        const auto widget = make();
        widget->resize(700, 500);
        widget->show();
        for (QWidget* child : widget->findChildren<QWidget*>()) {
            const bool isInner = child->objectName().startsWith("qt_") || child->inherits("QHeaderView") ||
                                 child->inherits("QLineEditIconButton") || child->inherits("QTableCornerButton");
            if (!child->isVisible() || isInner || child->focusPolicy() == Qt::NoFocus) continue;
            QVERIFY2(child->focusPolicy() & Qt::TabFocus, child->metaObject()->className());
            QVERIFY2(!child->accessibleName().isEmpty(), child->metaObject()->className());
        }
    }

    void theCurrentCellOfTheHeatmapIsReadOut() {
        HeatmapWidget map;
        map.setData(samples::map(2, 2));
        map.setSelectedRow(1);
        QAccessibleInterface* plot = QAccessible::queryAccessibleInterface(map.focusProxy());
        QVERIFY(plot);
        QCOMPARE(plot->text(QAccessible::Description), "unet.block.1, t 951: 10.0 dB");
    }
};

NOISEFLOOR_TEST(AccessibilityTest)
#include "tst_accessibility.moc"
