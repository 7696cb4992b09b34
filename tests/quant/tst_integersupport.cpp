#include "support/testmain.h"

#include <quant/integersupport.h>
#include <quant/simulated.h>

#include <ldm/networks.h>

#include <ATen/ATen.h>

#include <QTest>

using quant::ActivationFormat;
using quant::Format;
using quant::IntegerSupport;
using quant::Products;
using quant::WeightFormat;

namespace {

/// Wide enough that the rounding of a float32 sum shows.
ldm::Layer wideLayer() {
    at::manual_seed(7);
    ldm::Layer layer;
    layer.id = 0;
    layer.name = "unet.sample";
    layer.weight = ldm::held("weight", at::randn({64, 512}));
    return layer;
}

at::Tensor product(Format format, Products products, const ldm::Layer& layer, const at::Tensor& x) {
    ldm::FloatArithmetic full;
    quant::SimulatedArithmetic arithmetic(full, {{{0, 999, {format}}}, {}, {}}, {{{-4, 4}}, "all"}, {},
                                          std::make_shared<quant::KeptWeights>(ldm::kKeptWeightBytes, products));
    return arithmetic.linear(layer, x);
}

} // namespace

class IntegerSupportTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void itSaysWhichLayersAreComputedByIntegers() {
        const ldm::Layer layer = wideLayer();
        const at::Tensor x = at::randn({32, 512});
        for (const WeightFormat weights : quant::allWeightFormats())
            for (const ActivationFormat activations : quant::allActivationFormats()) {
                const Format format{weights, activations};
                const bool isSame =
                    at::equal(product(format, Products::Integer, layer, x), product(format, Products::Float, layer, x));
                QVERIFY2(isSame == (quant::integerSupport(format) != IntegerSupport::Exact),
                         quant::toString(format).c_str());
            }
    }

    void theProcessorDecidesAboutWeightsOfEightBits() {
        const Format w8a8{WeightFormat::Int8, ActivationFormat::Int8};
        const Format w4a4{WeightFormat::Int4, ActivationFormat::Int4};
        QVERIFY(quant::integerSupport(w8a8, 127) == IntegerSupport::Exact);
        QVERIFY(quant::integerSupport(w8a8, 64) == IntegerSupport::Saturating);
        QVERIFY(quant::integerSupport(w8a8, 0) == IntegerSupport::NoInstructions);
        QVERIFY(quant::integerSupport(w4a4, 64) == IntegerSupport::Exact);
        QVERIFY(quant::integerSupport(w4a4, 0) == IntegerSupport::NoInstructions);
    }

    void whatIsInTheWayIsToldApart() {
        const auto support = [](const char* format) { return quant::integerSupport(quant::parseFormat(format), 127); };
        QVERIFY(support("w4g32a8") == IntegerSupport::FloatWeights);
        QVERIFY(support("wfp16a8") == IntegerSupport::FloatWeights);
        QVERIFY(support("wq4_ka8") == IntegerSupport::FloatWeights);
        QVERIFY(support("w8a16") == IntegerSupport::Exact);
        QVERIFY(quant::integerSupport(quant::parseFormat("w4a16"), 64) == IntegerSupport::WideInputs);
        QVERIFY(support("w8") == IntegerSupport::FloatInputs);
        QVERIFY(support("w8afp8") == IntegerSupport::FloatInputs);
        QVERIFY(support("w8a8t") == IntegerSupport::DynamicInputs);
    }
};

NOISEFLOOR_TEST(IntegerSupportTest)
#include "tst_integersupport.moc"
