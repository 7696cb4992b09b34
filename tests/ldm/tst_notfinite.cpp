#include "ldm/damage.h"
#include "ldm/lorafixture.h"
#include "support/proceduralweights.h"
#include "support/testmain.h"

#include <ATen/ATen.h>
#include <ldm/denoise.h>

#include <QTemporaryDir>

#include <cmath>
#include <limits>

using support::contains;
using support::failureOf;

namespace fs = std::filesystem;

namespace {

constexpr const char* kUNet = "unet/diffusion_pytorch_model.safetensors";
constexpr const char* kText = "text_encoder/model.safetensors";
constexpr const char* kVae = "vae/diffusion_pytorch_model.safetensors";

ldm::GenerateSettings smallPicture() {
    ldm::GenerateSettings settings;
    settings.prompt = "a photo";
    settings.scheduler = "ddim";
    settings.steps = 3;
    settings.width = settings.height = 16;
    return settings;
}

} // namespace

/// What is not finite ends with a sentence, never with a picture.
class NotFiniteTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aTensorOfTheModelThatIsNotFiniteIsNamed_data() {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("tensor");
        QTest::addColumn<float>("value");
        QTest::addColumn<QString>("what");
        const float infinity = std::numeric_limits<float>::infinity();
        QTest::newRow("first layer of the UNet")
            << kUNet << "conv_in.weight" << NAN << "result of the UNet's run 1 of 3 (timestep ";
        QTest::newRow("norm of the UNet") << kUNet << "conv_norm_out.bias" << infinity << "run 1 of 3 (timestep ";
        QTest::newRow("text encoder") << kText << "text_model.final_layer_norm.weight" << NAN << "text encoders";
        QTest::newRow("decoder") << kVae << "decoder.conv_out.bias" << -infinity << "decoded picture";
    }

    void aTensorOfTheModelThatIsNotFiniteIsNamed() {
        QFETCH(const QString, file);
        QFETCH(const QString, tensor);
        QFETCH(const float, value);
        QFETCH(const QString, what);
        const fs::path folder = modelWith(file.toStdString(), tensor.toStdString(), value);
        const std::string said =
            failureOf(ldm::ErrorKind::BadInput, [&] { picture(ldm::Model::open(folder.string())); });
        for (const QString& part : {tensor, what, QStringLiteral("not finite"), file.section('/', 0, 0)})
            QVERIFY2(contains(said, part.toStdString()), said.c_str());
        QVERIFY2(said.ends_with("fetch or save the model again."), said.c_str());
    }

    void previewsOfADamagedDecoderEndInTheSameSentence() {
        const fs::path folder = modelWith(kVae, "decoder.conv_in.weight", NAN);
        const ldm::Model model = ldm::Model::open(folder.string());
        ldm::Networks& networks = model.networks();
        const std::string said = failureOf(ldm::ErrorKind::BadInput, [&] {
            ldm::generate(networks, networks.unetArithmetic, smallPicture(), {}, {}, {}, [](int, const ldm::Image&) {});
        });
        QVERIFY2(contains(said, "decoder.conv_in.weight"), said.c_str());
    }

    void weightsThatMakeNumbersGrowTooLargeAreAFailureOfTheWork() {
        const fs::path folder = modelWith(kUNet, "conv_out.weight", 3e38F);
        const std::string said = failureOf(ldm::ErrorKind::Failed, [&] { picture(ldm::Model::open(folder.string())); });
        QVERIFY2(contains(said, "UNet's run 1 of 3 (timestep "), said.c_str());
        QVERIFY2(contains(said, "all weights of the model are"), said.c_str());
        QVERIFY2(!contains(said, "LoRA"), said.c_str());
    }

    void aLoraOfEnormousWeightIsBlamed_data() {
        QTest::addColumn<double>("weight");
        QTest::addColumn<int>("kind");
        QTest::newRow("the sum is finite") << 1e30 << int(ldm::ErrorKind::Failed);
        QTest::newRow("the sum is infinite") << 1e39 << int(ldm::ErrorKind::BadInput);
    }

    void aLoraOfEnormousWeightIsBlamed() {
        QFETCH(const double, weight);
        QFETCH(const int, kind);
        const fs::path lora = path("huge.safetensors");
        support::Tensors tensors; // of both, so that their product overflows
        for (const char* layer : {"to_q", "to_k"}) {
            const std::string module =
                std::string("unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.") + layer;
            tensors[module + ".lora_A.weight"] = at::ones({1, 16});
            tensors[module + ".lora_B.weight"] = at::ones({16, 1});
        }
        support::writeLora(lora, tensors);
        ldm::OpenRequest request;
        request.model = support::fixture("sd1_tiny").string();
        request.loras = {{lora.string(), weight}};
        const std::string said = failureOf(ldm::ErrorKind(kind), [&] { picture(ldm::Model::open(request)); });
        QVERIFY2(contains(said, "UNet's run 1 of 3"), said.c_str());
        QVERIFY2(contains(said, "smaller weights"), said.c_str());
    }

    void onlyArithmeticUnderExaminationMayLoseItsValues() {
        const ldm::Model model = ldm::Model::open(support::fixture("sd1_tiny").string());
        ldm::Networks& networks = model.networks();
        ldm::Trajectory trajectory(networks, ldm::prepare(networks, {smallPicture()}));
        const at::Tensor lost = at::full({2, 4, trajectory.latent().size(2), trajectory.latent().size(3)}, NAN);
        QVERIFY(!failureOf(ldm::ErrorKind::Failed, [&] { trajectory.advance(lost); }).empty());
        QCOMPARE(trajectory.index(), std::size_t{0});
        trajectory.advanceAnyhow(lost);
        QCOMPARE(trajectory.index(), std::size_t{1});
        QVERIFY(!at::isfinite(trajectory.latent()).any().item<bool>());
    }

private:
    fs::path path(const std::string& name) const { return fs::path(m_folder.path().toStdString()) / name; }

    /// A copy of the small model in which all of one tensor has this value.
    fs::path modelWith(const std::string& file, const std::string& tensor, float value) const {
        const fs::path folder = path("model");
        fs::remove_all(folder);
        support::copyWritable(support::fixture("sd1_tiny"), folder);
        std::vector<float> values;
        support::rewriting(file, [&](std::vector<ldm::TensorToWrite>& tensors) {
            ldm::TensorToWrite& chosen = support::named(tensors, tensor);
            std::int64_t count = 1;
            for (const std::int64_t size : chosen.shape) count *= size;
            values.assign(static_cast<std::size_t>(count), value);
            chosen.dtype = ldm::DType::F32;
            chosen.data = std::as_bytes(std::span(values));
        })(folder);
        return folder;
    }

    static std::optional<ldm::Picture> picture(const ldm::Model& model) {
        ldm::Networks& networks = model.networks();
        return ldm::generate(networks, networks.unetArithmetic, smallPicture());
    }

    QTemporaryDir m_folder;
};

NOISEFLOOR_TEST(NotFiniteTest)
#include "tst_notfinite.moc"
