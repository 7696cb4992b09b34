#include "support/testmain.h"

#include "failures.h"
#include "smallunet.h"

#include <map>

namespace {

using support::networkOf;
using support::sdxlConfig;
using support::smallConfig;
using support::withKey;

/// Keeps what every layer was given.
class Inputs final : public ldm::ForwardingArithmetic {
public:
    using ForwardingArithmetic::ForwardingArithmetic;
    at::Tensor linear(const ldm::Layer& layer, const at::Tensor& x) override {
        byLayer[layer.id] = x.clone();
        return inner().linear(layer, x);
    }
    at::Tensor conv2d(const ldm::Layer& layer, const at::Tensor& x) override {
        byLayer[layer.id] = x.clone();
        return inner().conv2d(layer, x);
    }
    void produced(std::string_view module, const at::Tensor& output) override {
        if (module == "unet.conv_in") firstSkip = output.clone();
    }
    std::map<int, at::Tensor> byLayer;
    at::Tensor firstSkip;
};

/// The inputs at one timestep of a picture; another `picture` has another latent, text, size and guidance.
Inputs inputsOf(const ldm::UNet& unet, ldm::Arithmetic& full, double picture) {
    ldm::Condition condition = support::conditionFor(unet.config(), 1);
    for (at::Tensor* part : {&condition.context, &condition.pooled, &condition.timeIds, &condition.guidance})
        if (part->defined()) *part = *part + picture;
    const at::Tensor latent = support::latentFor(unet.config(), 1) + picture;
    Inputs inputs(full);
    unet.finish(inputs, unet.start(latent, at::full({1}, 321.5), condition));
    return inputs;
}

} // namespace

/// What the description of a network says about its layers, held against runs of it.
class TestLayerFacts : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void layersOfTheTimestepAloneSeeNothingElse_data() { families(); }
    void layersOfTheTimestepAloneSeeNothingElse();
    void skipsBeginWhereTheNetworkSays_data() { families(); }
    void skipsBeginWhereTheNetworkSays();

private:
    static void families();
    static ldm::UNet current();
};

void TestLayerFacts::families() {
    QTest::addColumn<QByteArray>("config");
    QTest::addColumn<int>("ofTimestep");
    const auto row = [](const char* name, const nlohmann::json& config, int ofTimestep) {
        QTest::newRow(name) << QByteArray::fromStdString(config.dump()) << ofTimestep;
    };
    row("SD 1.x", smallConfig(), 2 + 8); // two of the embedding, and one of each resnet
    row("SDXL", sdxlConfig(), 2);        // the resnets see text and sizes, too
    row("LCM", withKey("time_cond_proj_dim", 6), 0);
    nlohmann::json uneven = withKey("layers_per_block", nlohmann::json{1, 3});
    uneven["mid_block_type"] = nullptr;
    row("uneven, without a middle", uneven, 2 + 4 + 6);
}

ldm::UNet TestLayerFacts::current() {
    QFETCH(QByteArray, config);
    return networkOf(nlohmann::json::parse(config.toStdString()));
}

void TestLayerFacts::layersOfTheTimestepAloneSeeNothingElse() {
    const ldm::UNet unet = current();
    ldm::FloatArithmetic full;
    const auto one = inputsOf(unet, full, 0).byLayer, other = inputsOf(unet, full, 0.5).byLayer;
    QFETCH(int, ofTimestep);
    int found = 0;
    for (const auto& [id, input] : one) {
        const ldm::LayerInfo& layer = unet.layerInfos()[static_cast<std::size_t>(id)];
        found += layer.ofTimestepAlone;
        QVERIFY2(at::equal(input, other.at(id)) == layer.ofTimestepAlone, layer.name.c_str());
    }
    QCOMPARE(found, ofTimestep);
}

void TestLayerFacts::skipsBeginWhereTheNetworkSays() {
    const ldm::UNet unet = current();
    ldm::FloatArithmetic full;
    const Inputs inputs = inputsOf(unet, full, 0);
    int checked = 0;
    for (std::size_t id = 0; id < unet.layerInfos().size(); ++id) {
        const ldm::LayerInfo& layer = unet.layerInfos()[id];
        const bool readsSkip = layer.name.starts_with("unet.up_blocks.") &&
                               (layer.name.ends_with(".conv1") || layer.name.ends_with(".conv_shortcut"));
        QVERIFY2((layer.skipStart > 0) == readsSkip, layer.name.c_str());
        // The shortcut reads the concatenation as it is; the last skip to be taken is the first that was put aside.
        if (layer.name != "unet.up_blocks.1.resnets.1.conv_shortcut") continue;
        const at::Tensor input = inputs.byLayer.at(static_cast<int>(id));
        QVERIFY(at::equal(input.narrow(1, layer.skipStart, input.size(1) - layer.skipStart), inputs.firstSkip));
        ++checked;
    }
    QCOMPARE(checked, 1);
}

NOISEFLOOR_TEST(TestLayerFacts)
#include "tst_layerfacts.moc"
