#include "cases.h"

#include "ldm/damage.h"
#include "support/proceduralweights.h"

#include <ATen/ATen.h>
#include <ldm/networks.h>

#include <QTemporaryDir>

#include <span>

using namespace analysis;
namespace fs = std::filesystem;

namespace {

/// Signal and error of a weight by the formula for symmetric integers, one element after the other.
struct Sums {
    double signal = 0, error = 0;
    void add(const at::Tensor& weight, float levels) {
        const at::Tensor rows = weight.to(at::kFloat).reshape({weight.size(0), -1}).contiguous();
        for (std::int64_t row = 0; row < rows.size(0); ++row) {
            const std::span values(rows[row].data_ptr<float>(), std::size_t(rows.size(1)));
            float largest = 0;
            for (const float value : values) largest = std::max(largest, std::abs(value));
            const float scale = largest / levels;
            for (const float value : values) {
                const float code = std::clamp(std::nearbyint(value / scale), -levels, levels);
                signal += double(value) * value;
                error += std::pow(double(code * scale) - value, 2);
            }
        }
    }
    double db() const { return 10 * std::log10(signal / error); }
};

} // namespace

class WeightMapsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void eachRowIsThePooledRatioOfItsWeights_data() { support::levels(); }
    void eachRowIsThePooledRatioOfItsWeights() {
        QFETCH(int, level);
        const auto model = support::tinyModel();
        auto settings = support::tinySettings({Metric::Weights}, "w8,w4a8");
        settings.level = Level(level);
        const auto analysis = support::measured(model, settings);
        QVERIFY(analysis.complete());
        for (const auto& [format, levels] : {std::pair("w8", 127.0F), std::pair("w4a8", 7.0F)}) {
            const Grid& grid = analysis.find(Metric::Weights, quant::parseFormat(format))->grid;
            for (int row = 0; row < grid.rows; ++row) {
                Sums sums;
                for (const auto& layer : analysis.blocks[std::size_t(row)].layers)
                    sums.add(weightOf(model, layer), levels);
                for (int column = 0; column < grid.columns; ++column)
                    QVERIFY(std::abs(grid.at(row, column) - sums.db()) < 1e-4);
            }
        }
    }

    void activationsAloneLeaveWeightsExact() {
        const auto analysis = support::measured(support::tinyModel(), support::tinySettings({Metric::Weights}, "a8"));
        for (const double db : analysis.maps[0].grid.db) QCOMPARE(db, kExact);
    }

    void noTrajectoryIsRunForThem() {
        const auto model = support::tinyModel();
        std::vector<std::string> stages;
        const auto analysis = analyze(model, planned(model, support::tinySettings({Metric::Weights}, "w8")), {},
                                      [&](const ldm::Progress& progress) { stages.push_back(progress.what); });
        QVERIFY(!stages.empty());
        for (const auto& stage : stages) QCOMPARE(stage, std::string("weights w8"));
        QVERIFY(!analysis.activations);
        QVERIFY(analysis.floors.empty());
    }

    void theyAreThereBeforeAnythingRuns() {
        const auto model = support::tinyModel();
        std::vector<Metric> reported;
        analyze(model, planned(model, support::tinySettings({Metric::Local, Metric::Weights}, "w8")), {}, {},
                [&](const RowMeasured& row) { reported.push_back(row.metric); });
        const auto rows = model.info().blocks.size();
        for (std::size_t i = 0; i < reported.size(); ++i)
            QCOMPARE(reported[i], i < rows ? Metric::Weights : Metric::Local);
    }

    void aWeightThatIsNoNumberIsNamed() {
        const QTemporaryDir folder;
        const fs::path copy = fs::path(folder.path().toStdString()) / "model";
        support::copyWritable(fs::path(NOISEFLOOR_TEST_DATA) / "reference/sd1_tiny", copy);
        std::vector<float> values;
        support::rewriting("unet/diffusion_pytorch_model.safetensors", [&](std::vector<ldm::TensorToWrite>& tensors) {
            auto& chosen = support::named(tensors, "mid_block.resnets.0.conv2.weight");
            values.assign(chosen.data.size() / sizeof(float), NAN);
            chosen.data = std::as_bytes(std::span(values));
        })(copy);
        const auto model = ldm::Model::open(copy.string());
        const auto said = support::failureOf(ldm::ErrorKind::BadInput, [&] {
            support::measured(model, support::tinySettings({Metric::Weights}, "w8"));
        });
        QVERIFY2(support::contains(said, "unet.mid_block.resnets.0.conv2"), said.c_str());
    }

private:
    static at::Tensor weightOf(const ldm::Model& model, const std::string& layer) {
        return model.networks().unet.layers()[std::size_t(model.info().layerIndex(layer))]->weight.values();
    }
};

NOISEFLOOR_TEST(WeightMapsTest)
#include "tst_weightmaps.moc"
