#include "clients/exportedgraphs.h"
#include "clients/onnxruntime.h"
#include "support/testmain.h"

#include "onnx/compare.h"
#include "onnx/deployed.h"

#include <analysis/images.h>
#include <quant/preparation.h>
#include <quant/simulated.h>
#include <quant/simulation.h>

#include <ldm/denoise.h>
#include <ldm/networks.h>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <QTest>

#include <optional>

using support::OnnxRuntime;
using Tensors = std::map<std::string, at::Tensor>;

namespace {

constexpr double kFloatDeviation = 1e-4; ///< of float graphs, relative to the largest value
/// SQNR of the quantized graph against ours, at least. Both round alike, but for values on the edge of two codes, whose
/// errors grow from block to block.
constexpr double kSimulationDb = 35;
constexpr double kPictureOfFloatsDb = 50; ///< PSNR of pictures, at least
/// Likewise of integers: over 20 steps with guidance the few values that differ make another detail here and there, and
/// which differ depends on the processor's kernels.
constexpr double kPictureDb = 17;
constexpr double kMoreThanAnotherDb = 4; ///< and by so much more than for a picture of another seed

double deviation(const at::Tensor& got, const at::Tensor& expected) {
    if (got.sizes() != expected.sizes()) return std::numeric_limits<double>::infinity();
    return ((got - expected).abs().max() / expected.abs().max()).item<double>();
}

/// The pixels [1, 3, H, W] of -1..1 as 8 bits.
ldm::Image pictureOf(const at::Tensor& pixels) {
    const at::Tensor scaled = at::round(at::clamp((pixels[0] / 2 + 0.5) * 255, 0, 255));
    const at::Tensor bytes = scaled.permute({1, 2, 0}).to(at::kByte).contiguous();
    const std::uint8_t* first = bytes.data_ptr<std::uint8_t>();
    return {static_cast<int>(bytes.size(1)), static_cast<int>(bytes.size(0)), {first, first + bytes.numel()}};
}

ldm::GenerateSettings settings(const std::string& prompt = "a red apple", std::uint64_t seed = 7) {
    ldm::GenerateSettings result;
    result.prompt = prompt;
    result.seed = seed;
    return result;
}

} // namespace

class OnnxRuntimeTest : public QObject {
    Q_OBJECT

private:
    ldm::Networks& networks() { return m_model->networks(); }

    /// The declared inputs and outputs of an exported graph.
    static quant::onnx::Graph graphOf(const QString& file) { return quant::onnx::readModel(file.toStdString()).graph; }

    /// What the opened UNet graph predicts for all rows of a state.
    at::Tensor predicted(OnnxRuntime& runtime, const quant::onnx::Graph& graph, const ldm::UNetState& state) {
        const std::int64_t batch = graph.inputs.front().shape.front();
        std::vector<at::Tensor> noise;
        for (std::int64_t row = 0; row < state.hidden.size(0); row += batch) {
            const ldm::UNetState part = quant::onnx::rowsOf(state, row, batch);
            noise.push_back(runtime.run(quant::onnx::graphInputs(graph, part)).at(graph.outputs.front().name));
        }
        return at::cat(noise);
    }

    /// The prompt's ids for the text encoder's graph.
    at::Tensor ids(const std::string& prompt) {
        const std::vector<int> row = networks().prompts().branches().front().tokenizer.padded(prompt);
        return at::tensor(row, at::kInt).unsqueeze(0);
    }

    /// Text encoder, UNet and decoder of a folder through ONNX Runtime; tokenizer and sampler are ours.
    ldm::Image pictureThroughRuntime(const QString& folder, const ldm::GenerateSettings& picture) {
        OnnxRuntime text;
        text.open(folder + QStringLiteral("/text_encoder/model.onnx"));
        ldm::Conditioning conditioning = ldm::prepare(networks(), {picture});
        conditioning.condition.context =
            at::cat({text.run({{"input_ids", ids("")}}).at("last_hidden_state"),
                     text.run({{"input_ids", ids(picture.prompt)}}).at("last_hidden_state")});

        const QString unetFile = folder + QStringLiteral("/unet/model.onnx");
        OnnxRuntime unet;
        unet.open(unetFile);
        const quant::onnx::Graph graph = graphOf(unetFile);
        ldm::Trajectory trajectory(networks(), conditioning);
        while (!trajectory.done()) trajectory.advance(predicted(unet, graph, trajectory.state()));

        OnnxRuntime decoder;
        decoder.open(folder + QStringLiteral("/vae_decoder/model.onnx"));
        const at::Tensor latent = trajectory.denoised() / networks().autoencoder().facts().scalingFactor;
        return pictureOf(decoder.run({{"latent_sample", latent}}).at("sample"));
    }

    QString integersUNet() { return m_exports.integers() + QStringLiteral("/unet/model.onnx"); }

    /// Ours, as the recipe is simulated everywhere.
    quant::SimulatedArithmetic simulated() {
        const auto ready = quant::Preparer(*m_model).prepare(m_exports.recipe(), {});
        return {networks().unetArithmetic, ready->plan, ready->calibration};
    }

    /// Ours, with all that the quantized graph rounds: outputs of convolutions, too.
    quant::onnx::DeployedArithmetic deployed(const quant::onnx::Graph& graph) {
        return {networks().unetArithmetic, quant::onnx::precisionsIn(graph, networks().unet.layers()),
                [&graph](const ldm::Layer& layer) { return quant::onnx::weightIn(graph, layer); }};
    }

    /// SQNR of the opened graph's predictions against this arithmetic, over two steps of full precision.
    double db(OnnxRuntime& runtime, const quant::onnx::Graph& graph, ldm::Arithmetic& arithmetic) {
        ldm::GenerateSettings few = settings();
        few.steps = 2;
        ldm::Trajectory trajectory(networks(), ldm::prepare(networks(), {few}));
        quant::ErrorSums sums;
        while (!trajectory.done()) {
            ldm::UNetState state = trajectory.state();
            state.keyValues = nullptr;
            sums += quant::errorSums(networks().unet.finish(arithmetic, state), predicted(runtime, graph, state));
            trajectory.advance(networks().unet.finish(networks().unetArithmetic, state));
        }
        return sums.db();
    }

    at::NoGradGuard m_noGrad;
    support::ExportedGraphs m_exports;
    std::optional<ldm::Model> m_model;

private Q_SLOTS:
    void initTestCase() {
        const QString missing = OnnxRuntime::whyMissing();
        if (!missing.isEmpty()) QSKIP(qPrintable(missing));
        m_model = ldm::Model::open("emoji-ldm");
        QVERIFY2(!m_exports.floats().isEmpty(), m_exports.failure());
        QVERIFY2(!m_exports.integers().isEmpty(), m_exports.failure());
    }

    void theTextEncoderComputesWhatWeCompute() {
        OnnxRuntime runtime;
        runtime.open(m_exports.floats() + QStringLiteral("/text_encoder/model.onnx"));
        const ldm::PromptEncoder::Branch& branch = networks().prompts().branches().front();
        for (const char* prompt : {"", "a red apple", "an umbrella in the rain, and much more beside it"}) {
            const Tensors got = runtime.run({{"input_ids", ids(prompt)}});
            ldm::FloatArithmetic full;
            const ldm::TextStates expected = branch.encoder.encode(full, {branch.tokenizer.padded(prompt)});
            QCOMPARE_LE(deviation(got.at("last_hidden_state"), expected.last), kFloatDeviation);
            QCOMPARE_LE(deviation(got.at("pooler_output"), expected.pooled), kFloatDeviation);
        }
    }

    void theFloatUNetComputesWhatWeCompute() {
        const QString file = m_exports.floats() + QStringLiteral("/unet/model.onnx");
        OnnxRuntime runtime;
        runtime.open(file);
        ldm::GenerateSettings few = settings();
        few.steps = 3;
        ldm::Trajectory trajectory(networks(), ldm::prepare(networks(), {few}));
        while (!trajectory.done()) {
            const at::Tensor expected = networks().unet.finish(networks().unetArithmetic, trajectory.state());
            const at::Tensor got = predicted(runtime, graphOf(file), trajectory.state());
            QCOMPARE_LE(deviation(got, expected), kFloatDeviation);
            trajectory.advance(expected);
        }
    }

    void theDecoderComputesWhatWeCompute() {
        const QString file = m_exports.floats() + QStringLiteral("/vae_decoder/model.onnx");
        OnnxRuntime runtime;
        runtime.open(file);
        at::manual_seed(5);
        const at::Tensor latent = at::randn(graphOf(file).inputs.front().shape);
        const at::Tensor expected = networks().autoencoder().decode(networks().vaeArithmetic, latent);
        QCOMPARE_LE(deviation(runtime.run({{"latent_sample", latent}}).at("sample"), expected), kFloatDeviation);
    }

    void theQuantizedUNetIsWhatWeSimulate() {
        const quant::onnx::Graph graph = graphOf(integersUNet());
        quant::SimulatedArithmetic recipe = simulated();
        quant::onnx::DeployedArithmetic alike = deployed(graph);
        OnnxRuntime runtime;
        runtime.open(integersUNet(), {{}, false});
        qInfo("against the simulation, where products may saturate: %.2f dB", db(runtime, graph, recipe));
        runtime.open(integersUNet());
        const double recipeDb = db(runtime, graph, recipe);
        const double alikeDb = db(runtime, graph, alike);
        qInfo("against the simulation: %.2f dB, with rounded outputs: %.2f dB", recipeDb, alikeDb);
        QCOMPARE_GE(recipeDb, kSimulationDb);
        QCOMPARE_GE(alikeDb, kSimulationDb);
    }

    void whatTheRecipeQuantizesRunsInIntegers() {
        const QString optimized = m_exports.integers() + QStringLiteral("/optimized.onnx");
        OnnxRuntime runtime;
        runtime.open(integersUNet(), {optimized, true});
        std::map<ldm::LayerKind, int> expected;
        const quant::Plan plan = quant::resolve(m_exports.recipe(), m_model->info());
        const std::vector<ldm::LayerInfo>& layers = m_model->info().layers;
        for (std::size_t i = 0; i < layers.size(); ++i)
            if (plan.at(0)[i] == quant::Format{quant::WeightFormat::Int8, quant::ActivationFormat::Int8})
                ++expected[layers[i].kind];
        QCOMPARE_GT(expected[ldm::LayerKind::Conv2d], 0);
        QCOMPARE_GT(expected[ldm::LayerKind::Linear], 0);
        std::map<std::string, int> nodes = runtime.nodesOf(optimized);
        QCOMPARE(nodes["com.microsoft.QLinearConv"], expected[ldm::LayerKind::Conv2d]);
        QCOMPARE(nodes["com.microsoft.MatMulIntegerToFloat"], expected[ldm::LayerKind::Linear]);
    }

    void aWholePictureOfTheFloatGraphsIsOurs() {
        quant::Simulation simulation(*m_model);
        const double db =
            analysis::psnr(*simulation.full(settings()), pictureThroughRuntime(m_exports.floats(), settings()));
        qInfo("a picture of 20 steps in floats: PSNR %.2f dB", db);
        QCOMPARE_GE(db, kPictureOfFloatsDb);
    }

    void wholePicturesOfTheQuantizedGraphsAreOurs_data() {
        QTest::addColumn<QString>("prompt");
        QTest::addColumn<int>("seed");
        QTest::newRow("apple") << QStringLiteral("a red apple") << 7;
        QTest::newRow("cat") << QStringLiteral("a cat") << 9;
    }
    void wholePicturesOfTheQuantizedGraphsAreOurs() {
        QFETCH(QString, prompt);
        QFETCH(int, seed);
        const ldm::GenerateSettings picture = settings(prompt.toStdString(), static_cast<std::uint64_t>(seed));
        const ldm::Image theirs = pictureThroughRuntime(m_exports.integers(), picture);
        quant::Simulation simulation(*m_model);
        const ldm::Image ours = *simulation.quantized(m_exports.recipe(), picture);
        ldm::GenerateSettings another = picture;
        ++another.seed;
        const double db = analysis::psnr(ours, theirs);
        const double anotherDb = analysis::psnr(*simulation.quantized(m_exports.recipe(), another), theirs);
        qInfo("a picture of 20 steps in integers: PSNR %.2f dB against ours, %.2f dB against another seed's", db,
              anotherDb);
        QCOMPARE_GE(db, anotherDb + kMoreThanAnotherDb);
        QCOMPARE_GE(db, kPictureDb);
    }
};

NOISEFLOOR_TEST(OnnxRuntimeTest)

#include "tst_onnxruntime.moc"
