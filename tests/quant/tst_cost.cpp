#include "quant/samplemodel.h"
#include "support/testmain.h"

#include <quant/cost.h>

#include <QTest>

using quant::ActivationFormat;
using quant::Recipe;
using quant::WeightFormat;

/// All numbers are computed by hand. Weights: conv_in 288 in 8 channels of 36, q, k, v 64 each in 8 channels of 8,
/// middle 15 in 5 channels of 3, conv_out 288 in 4 channels of 72; 783 in all.
class CostTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void bytesOfOneLayerAreExact_data() {
        QTest::addColumn<int>("format");
        QTest::addColumn<qulonglong>("square"); // 8 channels of 8
        QTest::addColumn<qulonglong>("odd");    // 5 channels of 3
        const auto row = [](WeightFormat format, qulonglong square, qulonglong odd) {
            QTest::newRow(quant::nameOf(format).data()) << static_cast<int>(format) << square << odd;
        };
        row(WeightFormat::Fp32, 256, 60);
        row(WeightFormat::Fp16, 128, 30);
        row(WeightFormat::Bf16, 128, 30);
        row(WeightFormat::Fp8E4M3, 64 + 32, 15 + 20);
        row(WeightFormat::Int8, 64 + 32, 15 + 20);
        row(WeightFormat::Int4, 32 + 32, 5 * 2 + 20); // 12 bits take two bytes
        row(WeightFormat::Int4G32, 32 + 32, 5 * 2 + 20);
        row(WeightFormat::Q4_K, 128, 30); // as fp16: blocks do not divide these rows
    }

    void bytesOfOneLayerAreExact() {
        QFETCH(int, format);
        QFETCH(qulonglong, square);
        QFETCH(qulonglong, odd);
        const ldm::ModelInfo model = support::sampleModel();
        QCOMPARE(quant::weightBytes(model.layers[1], static_cast<WeightFormat>(format)), square);
        QCOMPARE(quant::weightBytes(model.layers[4], static_cast<WeightFormat>(format)), odd);
    }

    void groupsAndBlocksCountTheirScales_data() {
        QTest::addColumn<int>("format");
        QTest::addColumn<qulonglong>("bytes"); // 2 channels of 320
        QTest::addColumn<int>("bits");         // in a product
        const auto row = [](WeightFormat format, qulonglong bytes, int bits) {
            QTest::newRow(quant::nameOf(format).data()) << static_cast<int>(format) << bytes << bits;
        };
        row(WeightFormat::Int4, 2 * (160 + 4), 4);
        row(WeightFormat::Int4G32, 2 * (160 + 10 * 4), 4);
        row(WeightFormat::Int4G64, 2 * (160 + 5 * 4), 4);
        row(WeightFormat::Int4G128, 2 * (160 + 3 * 4), 4); // the last group has 64
        row(WeightFormat::Q8_0, 2 * 10 * 34, 8);
        row(WeightFormat::Q5_1, 2 * 10 * 24, 5);
        row(WeightFormat::Q5_0, 2 * 10 * 22, 5);
        row(WeightFormat::Q4_1, 2 * 10 * 20, 4);
        row(WeightFormat::Q4_0, 2 * 10 * 18, 4);
        row(WeightFormat::Q6_K, 2 * 10 * 34, 8); // 320 is no multiple of 256: Q8_0
        row(WeightFormat::Q4_K, 2 * 10 * 34, 8);
    }

    void groupsAndBlocksCountTheirScales() {
        QFETCH(int, format);
        QFETCH(qulonglong, bytes);
        QFETCH(int, bits);
        const ldm::ModelInfo model =
            support::modelOf({support::layer("unet.a", "unet.a", {2, 320}, 1, ldm::Domain::Vector)});
        Recipe recipe;
        recipe.base = {static_cast<WeightFormat>(format), ActivationFormat::Int4};
        const quant::Cost cost = quant::cost(quant::resolve(recipe, model), model);
        QCOMPARE(cost.bytes, bytes);
        QCOMPARE(cost.meanWeightBits, 8.0 * double(bytes) / 640);
        QCOMPARE(cost.bops, 640.0 * bits * 4);
    }

    void superBlocksCountWhatTheirFilesHold() {
        const ldm::LayerInfo layer = support::layer("unet.a", "unet.a", {3, 512});
        QCOMPARE(quant::weightBytes(layer, WeightFormat::Q6_K), 3u * 2 * 210);
        QCOMPARE(quant::weightBytes(layer, WeightFormat::Q5_K), 3u * 2 * 176);
        QCOMPARE(quant::weightBytes(layer, WeightFormat::Q4_K), 3u * 2 * 144);
    }

    void aUniformRecipeCountsEveryLayer() {
        ldm::ModelInfo model = support::sampleModel();
        model.otherUnetBytes = 100;
        const quant::Cost cost = quant::cost(quant::resolve(Recipe{}, model), model);
        QCOMPARE(cost.bytes, 783u + 4u * (8 + 8 + 8 + 8 + 5 + 4) + 100u);
        QCOMPARE(cost.fullBytes, 783u * 4 + 100u);
        QCOMPARE(cost.meanWeightBits, 8.0 * (783 + 164) / 783);
        QCOMPARE(cost.bops, macs() * 64);
        QCOMPARE(cost.fullBops, macs() * 1024);
    }

    void theLatentSizeScalesTheImageLayersOnly() {
        const ldm::ModelInfo model = support::sampleModel();
        const quant::Plan plan = quant::resolve(Recipe{}, model);
        QCOMPARE(quant::cost(plan, model, 8, 16).bops, ((macs() - 15) * 4 + 15) * 64);
        QCOMPARE(quant::cost(plan, model, 8, 16).bytes, quant::cost(plan, model).bytes);
    }

    void formatsOfSingleLayersCount() {
        const ldm::ModelInfo model = support::sampleModel();
        Recipe recipe;
        recipe.rules.push_back({"unet.conv_out", WeightFormat::Fp16, ActivationFormat::Int16, {}, ""});
        const quant::Cost all = quant::cost(quant::resolve(Recipe{}, model), model);
        const quant::Cost cost = quant::cost(quant::resolve(recipe, model), model);
        QCOMPARE(cost.bytes, all.bytes - (288 + 16) + 576);
        QCOMPARE(cost.bops, all.bops + 288 * 32 * (256 - 64));
    }

    void whereFormatsVaryOverTimeTheLargestBytesAndTheMeanBopsCount() {
        const ldm::ModelInfo model = support::sampleModel();
        Recipe recipe;
        recipe.rules.push_back({"**", WeightFormat::Int4, ActivationFormat::Int8, {{0, 499}}, ""});
        const quant::Cost all = quant::cost(quant::resolve(Recipe{}, model), model);
        const quant::Cost cost = quant::cost(quant::resolve(recipe, model), model);
        QCOMPARE(cost.bytes, all.bytes);
        QCOMPARE(cost.bops, all.bops * 0.75); // 4 x 8 in one half, 8 x 8 in the other
    }

private:
    /// Latent 8 x 4: conv_in and conv_out at 32 positions, attention at 8 (half the size each way), the middle at one.
    static double macs() { return 288 * 32 + 3 * 64 * 8 + 15 + 288 * 32; }
};

NOISEFLOOR_TEST(CostTest)
#include "tst_cost.moc"
