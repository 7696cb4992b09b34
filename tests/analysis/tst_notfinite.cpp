#include "cases.h"

#include "ldm/damage.h"
#include "support/proceduralweights.h"

#include <quant/simulation.h>

#include <ATen/ATen.h>

#include <QTemporaryDir>

#include <span>

using namespace analysis;
using support::contains;
namespace fs = std::filesystem;

namespace {

constexpr const char* kTensor = "mid_block.resnets.0.conv2.weight";
constexpr const char* kLast = "conv_out.weight";

} // namespace

/// Models that do not compute in float32 make no maps and no ranges.
class NotFiniteTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aDamagedWeightIsNamedWithTheLayerThatComesToGrief() {
        const ldm::Model model = modelWith(kTensor, NAN);
        for (const Metric metric : {Metric::Local, Metric::Output, Metric::Accumulated}) {
            const std::string said = support::failureOf(
                ldm::ErrorKind::BadInput, [&] { support::measured(model, support::tinySettings({metric}, "w8")); });
            for (const char* part : {kTensor, "input of layer 'unet.mid_block.", "at timestep "})
                QVERIFY2(contains(said, part), said.c_str());
        }
    }

    void anOverflowIsNamedWithBlockAndTimestep() {
        const ldm::Model model = modelWith(kLast, 3e38F);
        const std::string said = support::failureOf(
            ldm::ErrorKind::Failed, [&] { support::measured(model, support::tinySettings({Metric::Local}, "w8a8")); });
        const int first = planned(model, support::tinySettings({Metric::Local}, "w8a8")).timesteps.front();
        QVERIFY2(contains(said, "block 'unet.conv_out' at timestep " + std::to_string(first)), said.c_str());
    }

    void calibrationNamesLayerAndTimestep() {
        quant::Simulation simulation(modelWith("conv_in.weight", 3e38F));
        quant::CalibrationSettings how;
        how.steps = "first";
        const std::string said =
            support::failureOf(ldm::ErrorKind::Failed, [&] { simulation.calibration(how, ldm::GenerateSettings{}); });
        QVERIFY2(contains(said, "input of layer 'unet.down_blocks.0."), said.c_str());
        QVERIFY2(contains(said, "at timestep "), said.c_str());
    }

private:
    /// The small model with all of one tensor of its UNet at this value.
    ldm::Model modelWith(const std::string& tensor, float value) const {
        const fs::path folder = fs::path(m_folder.path().toStdString()) / ("model" + std::to_string(++m_models));
        support::copyWritable(fs::path(NOISEFLOOR_TEST_DATA) / "reference/sd1_tiny", folder);
        std::vector<float> values;
        support::rewriting("unet/diffusion_pytorch_model.safetensors", [&](std::vector<ldm::TensorToWrite>& tensors) {
            ldm::TensorToWrite& chosen = support::named(tensors, tensor);
            values.assign(chosen.data.size() / sizeof(float), value);
            chosen.data = std::as_bytes(std::span(values));
        })(folder);
        return ldm::Model::open(folder.string());
    }

    QTemporaryDir m_folder;
    mutable int m_models = 0;
};

NOISEFLOOR_TEST(NotFiniteTest)
#include "tst_notfinite.moc"
