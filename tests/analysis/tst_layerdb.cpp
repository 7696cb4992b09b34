#include "support/testmain.h"

#include "app/smallmodel.h"

#include <analysis/layerdb.h>

#include <ldm/error.h>

#include <cmath>

using namespace analysis;

namespace {

constexpr double kClose = 1e-9;

quant::Plan planOf(const quant::Recipe& recipe) {
    return quant::resolve(recipe, support::smallModel());
}

quant::Recipe uniform(const char* format) {
    quant::Recipe recipe;
    recipe.base = quant::parseFormat(format);
    return recipe;
}

void setRow(Analysis& analysis, std::size_t map, int row, double first, double second) {
    analysis.maps[map].grid.at(row, 0) = first;
    analysis.maps[map].grid.at(row, 1) = second;
}

} // namespace

class LayerDbTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void noiseIsAveragedOverTheTimesteps() {
        Analysis analysis = support::emptyAnalysis(quant::parseFormats("w8a8"));
        setRow(analysis, 0, 0, 10, 20); // noise powers of 0.1 and 0.01
        const auto layers = layerDb(analysis, planOf(uniform("w8a8")), support::smallModel());
        QCOMPARE(layers.size(), std::size_t(4));
        QVERIFY(layers[0] && std::abs(*layers[0] - -10 * std::log10(0.055)) < kClose);
        QVERIFY(!layers[1] && !layers[3]); // not measured
    }

    void aBlockSpeaksForItsLayersEachInItsOwnFormat() {
        Analysis analysis = support::emptyAnalysis(quant::parseFormats("w8a8,w4a8"));
        setRow(analysis, 0, 1, 40, 40);
        setRow(analysis, 1, 1, 20, 20);
        quant::Recipe recipe = uniform("w8a8");
        recipe.rules = {{"unet.mid_block.b", quant::WeightFormat::Int4, std::nullopt, std::nullopt, {}}};
        const auto layers = layerDb(analysis, planOf(recipe), support::smallModel());
        QVERIFY(layers[1] && std::abs(*layers[1] - 40) < kClose);
        QVERIFY(layers[2] && std::abs(*layers[2] - 20) < kClose);
    }

    void exactAndUnknownLayersHaveNoNumber() {
        Analysis analysis = support::emptyAnalysis(quant::parseFormats("w8a8"));
        setRow(analysis, 0, 0, kExact, kExact);
        setRow(analysis, 0, 2, 30, kNotMeasured);
        const auto layers = layerDb(analysis, planOf(uniform("w8a8")), support::smallModel());
        QVERIFY(!layers[0]);
        QVERIFY(layers[3] && std::abs(*layers[3] - 30) < kClose);
        for (const auto& layer : layerDb(analysis, planOf(uniform("w4a4")), support::smallModel())) QVERIFY(!layer);
    }

    void anotherModelIsRefused() {
        Analysis analysis = support::emptyAnalysis(quant::parseFormats("w8a8"));
        analysis.model.fingerprint = "sha256:other";
        QVERIFY_EXCEPTION_THROWN(layerDb(analysis, planOf(uniform("w8a8")), support::smallModel()), ldm::Error);
    }
};

NOISEFLOOR_TEST(LayerDbTest)
#include "tst_layerdb.moc"
