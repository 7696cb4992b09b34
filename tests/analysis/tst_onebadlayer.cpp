#include "cases.h"

#include "ldm/damage.h"
#include "support/proceduralweights.h"

#include <ATen/ATen.h>
#include <ldm/networks.h>

#include <QTemporaryDir>

using namespace analysis;
namespace fs = std::filesystem;

namespace {

constexpr const char* kBadLayer = "unet.mid_block.resnets.0.conv1";
constexpr int kSteps = 2;
const quant::Format kW8 = quant::parseFormat("w8");

/// The same weights, rounded so that int8 holds them exactly: whole multiples of a power of two, at most 127 of them
/// and 127 of them somewhere in each output channel.
at::Tensor exactInEightBits(const at::Tensor& weight) {
    const at::Tensor rows = weight.reshape({weight.size(0), -1}).to(at::kDouble);
    const at::Tensor largest = std::get<0>(rows.abs().max(1, true)).clamp_min(1e-6);
    const at::Tensor codes = at::round(rows / largest * 127);
    const at::Tensor scale = at::exp2(at::round(at::log2(largest / 127)));
    return (codes * scale).to(at::kFloat).reshape(weight.sizes()).contiguous();
}

} // namespace

/// A network in which int8 weights are exact but for one layer.
class OneBadLayerTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() {
        const fs::path folder = fs::path(m_folder.path().toStdString()) / "model";
        support::copyWritable(fs::path(NOISEFLOOR_TEST_DATA) / "reference/sd1_tiny", folder);
        const ldm::Model original = support::tinyModel();
        std::vector<at::Tensor> kept;
        support::rewriting("unet/diffusion_pytorch_model.safetensors", [&](std::vector<ldm::TensorToWrite>& tensors) {
            for (const ldm::Layer* layer : original.networks().unet.layers()) {
                if (layer->name == kBadLayer) continue;
                kept.push_back(exactInEightBits(layer->weight.values()));
                auto& tensor = support::named(tensors, layer->weight.name);
                QCOMPARE(tensor.data.size(), kept.back().nbytes());
                tensor.data = {static_cast<const std::byte*>(kept.back().data_ptr()), kept.back().nbytes()};
            }
        })(folder);
        m_model = ldm::Model::open(folder.string());
        for (const auto level : {Level::Block, Level::Layer}) m_measured.emplace(level, measured(level));
    }

    void onlyItsRowHasAnError_data() { support::levels(); }
    void onlyItsRowHasAnError() {
        QFETCH(int, level);
        const auto& analysis = m_measured.at(Level(level));
        for (const Metric metric : {Metric::Weights, Metric::Local, Metric::Output, Metric::Final})
            for (int row = 0; row < int(analysis.blocks.size()); ++row)
                for (int column = 0; column < kSteps; ++column) {
                    const double db = analysis.find(metric, kW8)->grid.at(row, column);
                    const auto place = std::string(nameOf(metric)) + " of " + analysis.blocks[std::size_t(row)].id;
                    QVERIFY2(isBad(analysis, row) ? std::isfinite(db) : db == kExact, place.c_str());
                }
    }

    void withoutItNothingElseHas_data() { support::levels(); }
    void withoutItNothingElseHas() {
        QFETCH(int, level);
        const auto& analysis = m_measured.at(Level(level));
        int bad = 0;
        while (!isBad(analysis, bad)) ++bad;
        const Grid& others = analysis.find(Metric::Others, kW8)->grid;
        const Grid& output = analysis.find(Metric::Output, kW8)->grid;
        for (int row = 0; row < others.rows; ++row)
            for (int column = 0; column < others.columns; ++column)
                QCOMPARE(others.at(row, column), row == bad ? kExact : output.at(bad, column));
    }

    void whatRunsBeforeItIsExactUntilTheLatentDrifts() {
        const auto& analysis = m_measured.at(Level::Layer);
        const Grid& accumulated = analysis.find(Metric::Accumulated, kW8)->grid;
        int bad = 0;
        for (; !isBad(analysis, bad); ++bad) QCOMPARE(accumulated.at(bad, 0), kExact);
        QVERIFY(std::isfinite(accumulated.at(bad, 0)));
        QVERIFY(std::isfinite(accumulated.at(accumulated.rows - 1, 0)));
    }

private:
    /// Every step alone, as the trajectory runs it, so that what is equal is equal to the last bit.
    Analysis measured(Level level) const {
        auto settings = support::tinySettings(
            {Metric::Weights, Metric::Local, Metric::Output, Metric::Others, Metric::Accumulated, Metric::Final}, "w8");
        settings.level = level;
        settings.steps = kSteps;
        settings.prompts.resize(1);
        return analyze(*m_model, planned(*m_model, settings), {}, {}, {}, {1, 1});
    }

    static bool isBad(const Analysis& analysis, int row) {
        const auto& layers = analysis.blocks[std::size_t(row)].layers;
        return std::find(layers.begin(), layers.end(), kBadLayer) != layers.end();
    }

    QTemporaryDir m_folder;
    std::optional<ldm::Model> m_model;
    std::map<Level, Analysis> m_measured;
};

NOISEFLOOR_TEST(OneBadLayerTest)
#include "tst_onebadlayer.moc"
