#include "support/testmain.h"

#include "smallmodel.h"

#include <app/windows/heatmappane.h>
#include <app/windows/mapexport.h>

#include <QJsonArray>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QXmlStreamReader>

using namespace app;
using analysis::Metric;
using widgets::HeatmapSort;

namespace {

const quant::Format kW8A8 = quant::parseFormat("w8a8");
const quant::Format kW4A8 = quant::parseFormat("w4a8");
constexpr double kExact = analysis::kExact;

/// A pane for the small model with complete maps: 30, 31 dB; 20, 40 dB; 25, 10 dB.
struct Pane {
    QTemporaryDir folder;
    session::Settings settings{folder.filePath(QStringLiteral("settings.ini"))};
    session::Studio studio{(settings.set(session::kAutomaticPreview, false), settings)};
    windows::HeatmapPane pane{studio};

    Pane() {
        document().setModel(support::smallModel());
        document().addAnalysis(blocks(0));
        pane.resize(900, 500);
        pane.show();
    }

    static analysis::Analysis blocks(double more) {
        analysis::Analysis analysis = support::emptyAnalysis({kW8A8, kW4A8});
        for (analysis::SqnrMap& map : analysis.maps)
            map.grid.db = {30 + more, 31 + more, 20 + more, 40 + more, 25 + more, 10 + more};
        return analysis;
    }
    static analysis::Analysis layers() {
        analysis::Analysis analysis = support::emptyAnalysis({kW8A8, kW4A8});
        analysis.settings.level = analysis::Level::Layer;
        analysis.blocks.clear();
        for (const ldm::LayerInfo& layer : support::smallModel().layers)
            analysis.blocks.push_back({layer.name, {layer.name}, layer.weights()});
        for (analysis::SqnrMap& map : analysis.maps) {
            map.grid = analysis::Grid(4, 2);
            map.grid.db = {1, 2, 3, 4, 5, 6, 7, 8};
        }
        analysis.floors.clear();
        return analysis;
    }

    session::StudioDocument& document() { return studio.document(); }
    QStringList shownRows() { return pane.heatmap()->shown().rows; }
    QWidget* plot() { return pane.heatmap()->focusProxy(); }
    template <class Widget> Widget* child(const char* name) { return pane.findChild<Widget*>(QLatin1String(name)); }
    void choose(const char* box, const QVariant& value) {
        auto* choice = child<QComboBox>(box);
        choice->setCurrentIndex(choice->findData(value));
        Q_EMIT choice->activated(choice->currentIndex());
    }
    QString saved(const analysis::Analysis& analysis, const char* name) {
        const QString file = folder.filePath(QLatin1String(name));
        analysis::saveAnalysis(analysis, file.toStdString());
        return file;
    }
    /// Brushes by keys, from the first cell on.
    void brush(int rows, int columns) {
        pane.heatmap()->setSelectedRow(-1);
        for (const Qt::Key key : {Qt::Key_Home, Qt::Key_PageUp}) QTest::keyClick(plot(), key);
        for (int row = 1; row < rows; ++row) QTest::keyClick(plot(), Qt::Key_Down, Qt::ShiftModifier);
        for (int column = 1; column < columns; ++column) QTest::keyClick(plot(), Qt::Key_Right, Qt::ShiftModifier);
    }
};

} // namespace

class HeatmapPaneTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void rowsAreSortedByTheBoxAndTurnedRound() {
        Pane p;
        p.choose("sort", int(HeatmapSort::Worst));
        QCOMPARE(p.shownRows(), QStringList({"unet.conv_out", "unet.mid_block", "unet.conv_in"}));
        p.child<QToolButton>("descending")->click();
        QCOMPARE(p.shownRows().constFirst(), "unet.conv_in");
        p.pane.heatmap()->setSelectedRow(0);
        QTest::keyClick(p.plot(), Qt::Key_End); // the last timestep
        p.pane.sortBy(HeatmapSort::Timestep);
        QCOMPARE(p.shownRows(), QStringList({"unet.mid_block", "unet.conv_in", "unet.conv_out"}));
        QCOMPARE(p.child<QComboBox>("sort")->currentText(), "number at t 1");
    }

    void unfoldingABlockMeasuresItsLayers() {
        Pane p;
        p.pane.heatmap()->setSelectedRow(1);
        QTest::keyClick(p.plot(), Qt::Key_Return);
        QCOMPARE(p.studio.level(), analysis::Level::Layer);
        p.document().addAnalysis(Pane::layers());
        QCOMPARE(p.shownRows(), QStringList({"unet.conv_in", "unet.mid_block", "unet.mid_block.a", "unet.mid_block.b",
                                             "unet.conv_out"}));
        p.document().setRow({Metric::Local, kW8A8, 2, {-4, 50}}); // the layer b, and so its block
        QTRY_COMPARE(p.pane.heatmap()->data().at(3, 0), -4.0);
        QCOMPARE(p.pane.heatmap()->data().at(1, 0), -4.0);
        QCOMPARE(p.pane.heatmap()->data().at(1, 1), 4.0);
        p.pane.foldAll();
        QCOMPARE(p.shownRows().size(), 3);
    }

    void aLayerStaysSelectedWhenItsBlockIsSelectedElsewhere() {
        Pane p;
        p.pane.expandAll();
        p.document().addAnalysis(Pane::layers());
        QSignalSpy picked(&p.pane, &windows::HeatmapPane::blockPicked);
        connect(&p.pane, &windows::HeatmapPane::blockPicked, &p.pane, &windows::HeatmapPane::selectBlock);
        p.pane.heatmap()->setSelectedRow(1);
        QTest::keyClick(p.plot(), Qt::Key_Down);
        QCOMPARE(picked.last().first().toString(), "unet.mid_block");
        QCOMPARE(p.pane.heatmap()->selectedRow(), 2);
        p.pane.selectBlocks({QStringLiteral("unet.conv_in"), QStringLiteral("unet.mid_block")});
        QCOMPARE(p.pane.heatmap()->selectedRows(), QList<int>({0, 1}));
    }

    void anotherAnalysisIsTakenAwayAndPutBack() {
        Pane p;
        const QString file = p.saved(Pane::blocks(-2), "older.analysis.json");
        p.document().analysisShelf().add(file);
        QVERIFY(p.child<QComboBox>("compareWith")->findText(QStringLiteral("older")) > 0);
        p.choose("compareWith", file);
        const auto shown = [&p] { return p.pane.heatmap()->data(); };
        QCOMPARE(shown().scale, widgets::HeatmapScale::Sqnr); // until the file was read, on another thread
        QTRY_COMPARE(shown().scale, widgets::HeatmapScale::Difference);
        QCOMPARE(shown().db, QList<double>(6, 2.0));
        p.document().setRow({Metric::Local, kW8A8, 0, {kExact, 31}});
        QTRY_COMPARE(shown().at(0, 0), kExact);
        p.document().analysisShelf().remove(0);
        QCOMPARE(shown().scale, widgets::HeatmapScale::Sqnr);
        QCOMPARE(p.child<QComboBox>("compareWith")->currentIndex(), 0);
    }

    void anAnalysisThatCannotBeReadIsToldAndNotCompared() {
        Pane p;
        QSignalSpy failed(&p.studio, &session::Studio::failed);
        p.document().analysisShelf().add(p.folder.filePath(QStringLiteral("gone.analysis.json")));
        p.pane.compareWith(p.folder.filePath(QStringLiteral("gone.analysis.json")));
        QTRY_COMPARE(failed.size(), 1);
        QVERIFY(failed[0][0].value<jobs::Failure>().sentence.contains(QLatin1String("gone.analysis.json")));
        QCOMPARE(p.child<QComboBox>("compareWith")->currentIndex(), 0);
        QCOMPARE(p.pane.heatmap()->data().scale, widgets::HeatmapScale::Sqnr);
    }

    void anAnalysisThatLeavesTheShelfWhileItIsReadIsForgotten() {
        Pane p;
        session::AnalysisShelf& shelf = p.document().analysisShelf();
        const QSignalSpy wasRead(&shelf, &session::AnalysisShelf::wasRead);
        const QSignalSpy failed(&p.studio, &session::Studio::failed);
        const QString first = p.saved(Pane::blocks(-2), "first.analysis.json");
        const QString second = p.saved(Pane::blocks(-3), "second.analysis.json");
        shelf.add(first);
        shelf.add(second);
        p.pane.compareWith(first);
        shelf.remove(0);
        p.pane.compareWith(second);
        QTRY_COMPARE(p.pane.heatmap()->data().scale, widgets::HeatmapScale::Difference);
        QCOMPARE(p.pane.heatmap()->data().db, QList<double>(6, 3.0));
        QCOMPARE(wasRead.size(), 1);
        QVERIFY(failed.isEmpty());
    }

    void anotherAnalysisIsAskedForInTheLastLine() {
        Pane p;
        QSignalSpy wanted(&p.pane, &windows::HeatmapPane::analysisWanted);
        auto* box = p.child<QComboBox>("compareWith");
        box->setCurrentIndex(box->count() - 1);
        Q_EMIT box->activated(box->currentIndex());
        QCOMPARE(wanted.size(), 1);
        QCOMPARE(box->currentIndex(), 0);
    }

    void whatIsBrushedGetsItsFormatsInOneStepThatCanBeUndone() {
        Pane p;
        const quant::Recipe before = p.document().recipe();
        QVERIFY(!p.pane.brushBar()->isVisible());
        p.brush(2, 1);
        QVERIFY(p.pane.brushBar()->isVisible());
        QVERIFY(p.pane.brushBar()->said().contains(QLatin1String("2 rows, t 501; weights change at all")));
        QVERIFY(!p.child<QPushButton>("brushSet")->isEnabled());
        p.choose("brushWeights", int(quant::WeightFormat::Int4));
        p.choose("brushActivations", int(quant::ActivationFormat::Int16));
        p.child<QPushButton>("brushSet")->click();
        QCOMPARE(p.document().undoStack().count(), 1);
        const quant::Plan& plan = p.document().plan();
        QVERIFY(plan.at(501)[0] == quant::parseFormat("w4a16") && plan.at(1)[0] == kW4A8);
        QVERIFY(plan.at(501)[2] == quant::parseFormat("w4a16") && plan.at(501)[3] == kW8A8);
        p.document().undoStack().undo();
        QVERIFY(p.document().recipe() == before);
        p.brush(3, 2);
        QVERIFY(p.pane.brushBar()->said() == QLatin1String("3 rows, all timesteps"));
        p.child<QPushButton>("brushSet")->click();
        QVERIFY(!p.document().plan().variesOverTime());
        QTest::keyClick(p.plot(), Qt::Key_Escape);
        QVERIFY(!p.pane.brushBar()->isVisible());
    }

    void aBrushedLayerIsSetAlone() {
        Pane p;
        p.pane.expandAll();
        p.document().addAnalysis(Pane::layers());
        p.pane.heatmap()->setSelectedRow(2); // unet.mid_block.a
        QTest::keyClick(p.plot(), Qt::Key_Down);
        QTest::keyClick(p.plot(), Qt::Key_Home, Qt::ShiftModifier);
        QTest::keyClick(p.plot(), Qt::Key_End, Qt::ShiftModifier);
        p.choose("brushWeights", int(quant::WeightFormat::Int4));
        p.child<QPushButton>("brushSet")->click();
        QVERIFY(p.document().plan().at(0)[1] == kW8A8);
        QVERIFY(p.document().plan().at(0)[2] == kW4A8);
    }

    void theLookComesBackWithASession() {
        Pane p;
        p.choose("format", QStringLiteral("w4a8"));
        p.choose("sort", int(HeatmapSort::Mean));
        p.child<QToolButton>("descending")->click();
        p.pane.heatmap()->setShownShares({0, 0, 1, 0.75});
        p.pane.heatmap()->setTableShown(true);
        const QJsonObject state = p.pane.viewState();

        Pane other;
        other.document().clearAnalysis(); // the map comes later than the look
        other.pane.setViewState(state);
        QCOMPARE(other.pane.viewState()[QLatin1String("zoom")], state[QLatin1String("zoom")]);
        other.document().addAnalysis(Pane::blocks(0));
        QCOMPARE(other.pane.viewState(), state);
        QVERIFY(other.pane.choice() == p.pane.choice());
        QCOMPARE(other.shownRows(), p.shownRows());
        QCOMPARE(other.pane.heatmap()->shownShares(), QRectF(0, 0, 1, 0.75));
    }

    void aLookFromAnywhereIsHarmless() {
        Pane p;
        const QJsonObject before = p.pane.viewState();
        p.pane.setViewState({{QStringLiteral("metric"), 3},
                             {QStringLiteral("format"), QStringLiteral("w99")},
                             {QStringLiteral("level"), QStringLiteral("galaxy")},
                             {QStringLiteral("zoom"), QJsonArray{5, -1, 1e300, 2}},
                             {QStringLiteral("order"), QJsonObject{{QStringLiteral("by"), QStringLiteral("colour")}}}});
        QCOMPARE(p.pane.viewState(), before);
    }

    void theMapIsExportedAsPictureShapesAndNumbers() {
        Pane p;
        const auto path = [&p](const char* name) { return p.folder.filePath(QLatin1String(name)); };
        QVERIFY(bool(windows::saveMapPng(*p.pane.heatmap(), path("map.png"))));
        QCOMPARE(QImage(path("map.png")).size(), 2 * p.pane.heatmap()->pictureSize());
        QVERIFY(bool(windows::saveMapSvg(*p.pane.heatmap(), path("map.svg"))));
        QFile svg(path("map.svg"));
        QVERIFY(svg.open(QIODevice::ReadOnly));
        QXmlStreamReader xml(&svg);
        QString texts;
        int shapes = 0;
        while (!xml.atEnd()) {
            xml.readNext();
            if (xml.isCharacters()) texts += xml.text();
            if (xml.isStartElement() && (xml.name() == u"rect" || xml.name() == u"path")) ++shapes;
        }
        QVERIFY2(!xml.hasError(), qPrintable(xml.errorString()));
        QVERIFY(texts.contains(QLatin1String("unet.mid_block")) && texts.contains(QLatin1String("501")));
        QVERIFY(shapes > 12);
        QVERIFY(bool(windows::saveMapCsv(*p.pane.heatmap(), path("map.csv"))));
        QFile csv(path("map.csv"));
        QVERIFY(csv.open(QIODevice::ReadOnly));
        QCOMPARE(csv.readLine(), QByteArray("row,501,1,mean,worst\r\n"));
        const auto refused = windows::saveMapCsv(*p.pane.heatmap(), path("nowhere/map.csv"));
        QVERIFY(!refused && refused.failure().sentence.contains(QLatin1String("nowhere/map.csv")));
    }

    void everyControlHasANameAndATabStop() {
        Pane p;
        p.brush(2, 1);
        for (const QWidget* child : p.pane.findChildren<QWidget*>()) {
            const bool isInner =
                child->objectName().startsWith(QLatin1String("qt_")) || child->inherits("QTableCornerButton");
            if (!child->isVisible() || isInner || child->focusPolicy() == Qt::NoFocus) continue;
            QVERIFY2(child->focusPolicy() & Qt::TabFocus, child->metaObject()->className());
            QVERIFY2(!child->accessibleName().isEmpty(), child->metaObject()->className());
        }
    }
};

NOISEFLOOR_TEST(HeatmapPaneTest)
#include "tst_heatmappane.moc"
