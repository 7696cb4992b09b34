#include "support/testmain.h"

#include "smallmodel.h"

#include <app/models/mapdata.h>

#include <QTemporaryDir>

using namespace app;
using analysis::Metric;

namespace {

const quant::Format kW8A8 = quant::parseFormat("w8a8");
const quant::Format kW4A8 = quant::parseFormat("w4a8");

/// Maps with 30 dB everywhere for w8a8 and 12 dB for w4a8.
void fill(session::StudioDocument& document) {
    document.setModel(support::smallModel());
    document.addAnalysis(support::emptyAnalysis({kW8A8, kW4A8}));
    for (int block = 0; block < 3; ++block) {
        document.setRow({Metric::Local, kW8A8, block, {30, 30}});
        document.setRow({Metric::Local, kW4A8, block, {12, 12}});
    }
}

/// An empty map of the layers of the small model.
analysis::Analysis layerAnalysis() {
    analysis::Analysis analysis = support::emptyAnalysis({kW8A8});
    analysis.settings.level = analysis::Level::Layer;
    analysis.blocks.clear();
    for (const ldm::LayerInfo& layer : support::smallModel().layers)
        analysis.blocks.push_back({layer.name, {layer.name}, 36});
    for (analysis::SqnrMap& map : analysis.maps) map.grid = analysis::Grid(4, 2);
    analysis.floors.at(Metric::Local) = analysis::Grid(4, 2);
    return analysis;
}

QList<double> shownInMap(const session::StudioDocument& document, int block) {
    const models::MapRows map(document.analysis(), document.model(), document.plan());
    return map.values({Metric::Local, std::nullopt}, map.rowOfBlock(block));
}

} // namespace

class ViewDataTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void blocksWithoutAMapAreNotMeasured() {
        session::StudioDocument document;
        fill(document);
        document.setBlockFormat({{"unet.conv_in"}, quant::WeightFormat::Fp16, {}});
        QVERIFY(std::isnan(models::blockRow(document, Metric::Local, 0).meanDb));
        QVERIFY(std::isnan(models::blockRow(document, Metric::Output, 1).meanDb));
    }

    void aBlockRowTellsFormatSizeAndNoise() {
        session::StudioDocument document;
        fill(document);
        document.setBlockFormat({{"unet.mid_block"}, quant::WeightFormat::Int4, {}});
        const widgets::BlockRow row = models::blockRow(document, Metric::Local, 1);
        QCOMPARE(row.id, QStringLiteral("unet.mid_block"));
        QCOMPARE(row.parameters, 72);
        QCOMPARE(row.weights, QStringLiteral("int4"));
        QCOMPARE(row.activations, QStringLiteral("int8"));
        QCOMPARE(row.bytes, 2 * (4 * 8 / 2 + 4 * 4)); // two layers: half a byte a weight, a float32 scale a channel
        QVERIFY(std::abs(row.meanDb - 12) < 1e-9);
    }

    void aBlockWhoseLayersWereMeasuredHasTheNumberOfTheMap() {
        session::StudioDocument document;
        document.setModel(support::smallModel());
        document.addAnalysis(layerAnalysis());
        const int blocks[] = {0, 1, 1, 2};
        for (int row = 0; row < 4; ++row) {
            document.setRow({Metric::Local, kW8A8, row, {30.0 + row, 28.0 - row}});
            QCOMPARE(models::blockOf(document, row), blocks[row]);
        }
        const widgets::BlockRow row = models::blockRow(document, Metric::Local, 1);
        const QList<double> shown = shownInMap(document, 1); // the worst of rows 1 and 2 at each timestep
        QCOMPARE(shown, QList<double>({31.0, 26.0}));
        QCOMPARE(row.worstDb, 26.0);
        QCOMPARE(row.worstTimestep, 1);
        QVERIFY(row.meanDb > 26 && row.meanDb < 31);
        document.setBlockFormat({{"unet.mid_block"}, quant::WeightFormat::Int4, {}});
        QVERIFY(std::isnan(models::blockRow(document, Metric::Local, 1).meanDb)); // no map holds it
    }

    void rowsThatAreNotMeasuredLookEqual() {
        widgets::BlockRow row{QStringLiteral("a"), 1, 2, QStringLiteral("int8"), QStringLiteral("int8")};
        QVERIFY(models::looksEqual(row, row));
        widgets::BlockRow measured = row;
        measured.meanDb = 3;
        QVERIFY(!models::looksEqual(row, measured));
        QVERIFY(models::looksEqual(measured, measured));
    }

    void aBlockOfMixedFormatsNamesNone() {
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("mixed.recipe.json"));
        quant::Recipe recipe;
        recipe.rules = {{"unet.mid_block.a", quant::WeightFormat::Int4, std::nullopt, std::nullopt, ""}};
        quant::saveRecipe(recipe, file.toStdString());
        session::StudioDocument document;
        fill(document);
        QVERIFY(bool(document.openRecipe(file)));
        const widgets::BlockRow row = models::blockRow(document, Metric::Local, 1);
        QCOMPARE(row.weights, QString());
        QCOMPARE(row.activations, QStringLiteral("int8"));
        QVERIFY(std::isnan(row.meanDb));
    }

    void theBudgetNamesFormatsThatNoMapHolds() {
        session::StudioDocument document;
        fill(document);
        QCOMPARE(models::budgetValues(document).bytes, qint64(document.cost().bytes));
        QVERIFY(std::isfinite(models::budgetValues(document).predictedDb));
        document.setBlockFormat({{"unet.conv_in"}, quant::WeightFormat::Fp16, {}});
        QVERIFY(models::budgetValues(document).predictionBasis.contains(QLatin1String("wfp16a8")));
    }

    void withoutAModelTheBudgetIsEmpty() {
        const session::StudioDocument document;
        const widgets::BudgetValues values = models::budgetValues(document);
        QCOMPARE(values.fullBytes, 0);
        QCOMPARE(values.fullBops, 0.0);
        QVERIFY(std::isnan(values.predictedDb));
    }

    void picturesKeepEveryPixelAndOwnTheirMemory() {
        QImage shown;
        {
            ldm::Image image{3, 2, {}};
            for (int value = 0; value < 18; ++value) image.rgb.push_back(std::uint8_t(value * 10));
            shown = models::toQImage(image);
        }
        QCOMPARE(shown.size(), QSize(3, 2));
        QCOMPARE(shown.pixelColor(0, 0), QColor(0, 10, 20));
        QCOMPARE(shown.pixelColor(2, 1), QColor(150, 160, 170));
        QVERIFY(models::toQImage({}).isNull());
    }
};

NOISEFLOOR_TEST(ViewDataTest)
#include "tst_viewdata.moc"
