#include "studiowindow.h"

#include "support/testmain.h"

#include <app/windows/mainwindow.h>

#include <widgets/heatmapdata.h>

#include <analysis/noisemodel.h>

#include <QDockWidget>
#include <QSignalSpy>
#include <QTemporaryDir>

#include <algorithm>
#include <numeric>

using namespace app;
using support::kBlock;
using support::kLongestMs;
using support::kModel;

namespace {

const QString kOther = QStringLiteral("unet.conv_in");

/// A window with the small embedded model and few steps.
struct Studio : support::StudioWindow {
    Studio() : StudioWindow([](session::Settings& chosen) { chosen.set(session::kAutomaticPreview, false); }) {}
    void open() {
        window.open(kModel);
        QTRY_VERIFY_WITH_TIMEOUT(document().hasModel() && isIdle(), kLongestMs);
    }
    /// As a user does it: the block is clicked in the table, the pane shown by its command.
    void inspect(const QString& block) {
        window.command(QStringLiteral("view.inspect"))->trigger();
        select(block);
        QTRY_VERIFY_WITH_TIMEOUT(pane().notice().isEmpty(), kLongestMs);
    }
    void select(const QString& block) {
        Q_EMIT window.heatmapPane()->heatmap()->rowSelected(
            int(window.heatmapPane()->heatmap()->data().rows.indexOf(block)));
    }
    void chooseLayer(int index) {
        auto* layers = window.findChild<QComboBox*>(QStringLiteral("inspectorLayers"));
        layers->setFocus();
        QTest::keyClick(layers, Qt::Key_Home);
        for (int step = 0; step < index; ++step) QTest::keyClick(layers, Qt::Key_Down);
    }
    widgets::FactTable* table(const char* name) { return window.findChild<widgets::FactTable*>(QLatin1String(name)); }
    windows::InspectorPane& pane() { return *window.inspectorPane(); }
    jobs::Engine& engine() { return window.studio().engine(); }
    const ldm::BlockInfo& block(const QString& id) { return *document().model().findBlock(id.toStdString()); }
    void setWeights(const QString& block, quant::WeightFormat format) {
        commands::BlockFormatChange change;
        change.blocks = {block.toStdString()};
        change.weights = format;
        QVERIFY(document().setBlockFormat(change));
    }
};

double countOf(const widgets::HistogramData& data) {
    return std::accumulate(data.counts.begin(), data.counts.end(), 0.0);
}

} // namespace

class InspectorPaneTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aBlockIsLookedIntoWhenThePaneIsShown() {
        Studio s;
        const QSignalSpy looked(&s.engine(), &jobs::Engine::weightsInspected);
        s.open();
        s.select(kBlock);
        QVERIFY(!s.pane().isVisible());
        QCOMPARE(looked.size(), 0); // a hidden pane asks for nothing
        s.inspect(kBlock);
        QCOMPARE(looked.size(), 1);

        double weights = 0;
        for (const int layer : s.block(kBlock).layers)
            weights += double(s.document().model().layers[std::size_t(layer)].weights());
        QCOMPARE(countOf(s.pane().weights()->data()), weights);
        QVERIFY(countOf(s.pane().inputs()->data()) > 0);
        QCOMPARE(s.pane().ranges()->data().places.size(), qsizetype(s.document().analysis().timesteps.size()));
        QCOMPARE(s.table("inspectorWeightChannels")->facts().rows.size(), qsizetype(analysis::kMostPeaks));
        QCOMPARE(s.table("inspectorInputChannels")->facts().rows.size(), qsizetype(analysis::kMostPeaks));

        // Known blocks are shown at once, without another job.
        s.inspect(kOther);
        QCOMPARE(looked.size(), 2);
        s.inspect(kBlock);
        QCOMPARE(countOf(s.pane().weights()->data()), weights);
        QCOMPARE(looked.size(), 2);
    }

    void aLayerHasTheLevelsOfItsFormat() {
        Studio s;
        s.open();
        s.inspect(kBlock);
        s.chooseLayer(1);
        QCOMPARE(s.pane().part().layer, 0);
        const int layer = s.block(kBlock).layers.front();
        QCOMPARE(countOf(s.pane().weights()->data()),
                 double(s.document().model().layers[std::size_t(layer)].weights()));
        QCOMPARE(s.pane().weights()->data().marks.size(), 2); // the range of int8
        s.setWeights(kBlock, quant::WeightFormat::Int4);
        const auto marks = s.pane().weights()->data().marks;
        QCOMPARE(marks.size(), 15);
        QCOMPARE(marks[7].place, 0.0);
        const double step = marks.last().place / 7;
        for (int level = 0; level < 15; ++level) QVERIFY(std::abs(marks[level].place - (level - 7) * step) < 1e-6);
        QVERIFY(s.pane().weights()->readOut().contains(QLatin1String("15 levels")));
        s.window.command(QStringLiteral("edit.undo"))->trigger();
        QCOMPARE(s.pane().weights()->data().marks.size(), 2);
    }

    void decibelsStandBesideThoseOfTheMaps() {
        Studio s;
        s.open();
        s.inspect(kBlock);
        const widgets::Facts facts = s.table("inspectorFormats")->facts();
        const analysis::SqnrMap* map =
            s.document().analysis().find(analysis::Metric::Local, quant::parseFormat("w8a8"));
        QVERIFY(map);
        const auto& rows = s.document().analysis().blocks;
        const auto row = std::find_if(rows.begin(), rows.end(),
                                      [](const analysis::BlockRow& each) { return each.id == kBlock.toStdString(); });
        const analysis::RowSummary local =
            analysis::summarize(map->grid, int(row - rows.begin()), s.document().analysis().timesteps);
        const auto w8a8 = std::find_if(facts.rows.begin(), facts.rows.end(),
                                       [](const QStringList& each) { return each.front() == QLatin1String("w8a8"); });
        const auto int8 = std::find_if(facts.rows.begin(), facts.rows.end(), [](const QStringList& each) {
            return each.front() == QLatin1String("int8 (present)");
        });
        QVERIFY(w8a8 != facts.rows.end() && int8 != facts.rows.end());
        QCOMPARE((*w8a8)[2], widgets::numberText(local.meanDb));
        QCOMPARE((*w8a8)[1], (*int8)[1]);
        QVERIFY((*int8)[1].toDouble() > 30);
        QCOMPARE(facts.rows.size(),
                 qsizetype(s.document().analysis().maps.size() + quant::allWeightFormats().size() - 1));
    }

    void otherInputsAreLookedAtAnew() {
        Studio s;
        s.open();
        s.inspect(kBlock);
        const widgets::LineData before = s.pane().ranges()->data();
        ldm::GenerateSettings sampling = s.window.studio().sampling();
        sampling.steps = 3;
        s.window.studio().setSampling(sampling);
        s.window.studio().measureAgain();
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle() && s.pane().ranges()->data().places.size() == 3, kLongestMs);
        QVERIFY(before.places.size() == 2);
        QTRY_VERIFY_WITH_TIMEOUT(s.pane().notice().isEmpty(), kLongestMs);
    }

    void aStoppedInspectionSaysSoAndGoesOnWhenAskedAgain() {
        Studio s;
        s.open();
        s.window.command(QStringLiteral("view.inspect"))->trigger();
        s.select(kBlock);
        QTRY_VERIFY_WITH_TIMEOUT(s.engine().isBusy(jobs::JobKind::Inspect), kLongestMs);
        s.engine().stop();
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
        if (s.pane().inspector().isComplete()) QSKIP("the inspection was faster than the stop");
        QVERIFY(s.pane().notice().contains(QLatin1String("stopped")));
        s.select(kOther);
        s.select(kBlock);
        QTRY_VERIFY_WITH_TIMEOUT(s.pane().notice().isEmpty() && s.pane().inspector().isComplete(), kLongestMs);
    }

    void theViewIsPartOfASession() {
        Studio s;
        s.open();
        s.inspect(kBlock);
        s.chooseLayer(2);
        auto* pages = s.window.findChild<QTabWidget*>(QStringLiteral("inspectorPages"));
        pages->setCurrentIndex(1);
        const QJsonObject state = s.pane().viewState();
        s.inspect(kOther);
        pages->setCurrentIndex(0);
        s.pane().setViewState(state);
        QCOMPARE(pages->currentIndex(), 1);
        QCOMPARE(s.pane().part().layer, 1);
        s.pane().setViewState({{QStringLiteral("page"), 99}, {QStringLiteral("part"), 5}}); // from anywhere
        QCOMPARE(pages->currentIndex(), 2);
    }

    void anotherModelStartsAnew() {
        Studio s;
        s.open();
        s.inspect(kBlock);
        const QSignalSpy opened(&s.window.studio(), &session::Studio::modelOpened);
        s.window.open(kModel);
        QTRY_COMPARE_WITH_TIMEOUT(opened.size(), 1, kLongestMs);
        QVERIFY(s.pane().weights()->data().counts.isEmpty());
        QVERIFY(s.pane().notice().contains(QLatin1String("Select a block")));
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
    }
};

NOISEFLOOR_TEST(InspectorPaneTest)
#include "tst_inspectorpane.moc"
