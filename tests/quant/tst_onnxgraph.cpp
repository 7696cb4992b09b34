#include "ldm/failures.h"
#include "ldm/smallunet.h"
#include "quant/onnxnetworks.h"
#include "support/familymodels.h"
#include "support/testmain.h"

#include <ldm/autoencoder.h>
#include <ldm/textencoder.h>

#include <nlohmann/json.hpp>

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <set>

using quant::onnx::Graph;
using quant::onnx::Interpreter;
using quant::onnx::Model;
using quant::onnx::NamedTensors;
using quant::onnx::Recorder;
using support::contains;
using support::difference;
using support::failureOf;
using support::ModelFamily;

namespace {

constexpr double kRounding = 1e-5;

struct Family {
    const char* name;
    ModelFamily family;
};
constexpr Family kFamilies[] = {{"SD 1", ModelFamily::Sd1}, {"SD 2", ModelFamily::Sd2}, {"SDXL", ModelFamily::Sdxl}};

ldm::UNet networkOf(const ldm::PartSource& part) {
    ldm::WeightSource weights(part.name, part.tensors);
    return {ldm::UNetConfig::parse(part.config, part.configName), weights};
}

/// A UNet of a small configuration as the part of a model.
ldm::PartSource partOf(const nlohmann::json& config) {
    const auto wanted = support::wantedBy<ldm::UNet>("unet", ldm::UNetConfig::parse(config, "unet"));
    return {"unet", "UNet2DConditionModel", config, "unet/config.json", support::randomTensors(wanted), {}};
}

/// What the graph and the network make of the same inputs differs by so much.
double unetDifference(const ldm::PartSource& part, const quant::onnx::UNetSizes& sizes) {
    const Model model =
        quant::onnx::lowered(quant::onnx::recordUNet(part, sizes).recording, support::weightsOf(part), "unet");
    const NamedTensors inputs = support::inputsFor(model.graph);
    const at::Tensor got = Interpreter(model, "the graph").run(inputs)->at("out_sample");
    const ldm::UNet unet = networkOf(part);
    ldm::FloatArithmetic full;
    const at::Tensor expected =
        unet.finish(full, unet.start(inputs.at("sample"), inputs.at("timestep"), support::conditionOf(inputs)));
    return difference(got, expected);
}

/// The message with which a recording of `work` on a tensor of 2 x 3 cannot become a graph.
template <typename Work> std::string refusalOf(const Work& work) {
    return failureOf(ldm::ErrorKind::Failed, [&] {
        Recorder recorder;
        recorder.output("y", work(recorder.input("x", {2, 3})));
        quant::onnx::lowered(std::move(recorder).finish(), {}, "graph");
    });
}

/// The graph of a few operations.
template <typename Work> Graph graphOf(const Work& work) {
    Recorder recorder;
    recorder.output("y", work(recorder.input("x", {2, 3})));
    return quant::onnx::lowered(std::move(recorder).finish(), {}, "graph").graph;
}

/// Whether a Python script runs to its end; `output` is what it has written then.
bool runs(const QString& python, const QStringList& arguments, QString* output = nullptr) {
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(python, arguments);
    const bool ended = process.waitForFinished(-1) && process.exitStatus() == QProcess::NormalExit;
    if (output) *output = QString::fromUtf8(process.readAll());
    return ended && process.exitCode() == 0;
}

/// A Python that has the package onnx; empty if there is none.
QString checkingPython() {
    for (const QString& python : {QStringLiteral("python3"), QStringLiteral("/usr/bin/python3")})
        if (runs(python, {"-c", "import onnx"})) return python;
    return {};
}

/// What onnx.checker says about a file; empty if it has nothing to say.
QString complaintAbout(const QString& python, const std::filesystem::path& file) {
    const QString script = "import sys, onnx; onnx.checker.check_model(sys.argv[1], full_check=True)";
    QString said;
    return runs(python, {"-c", script, QString::fromStdString(file.string())}, &said) ? QString() : said + '.';
}

} // namespace

class OnnxGraphTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() {
        QVERIFY(m_folder.isValid());
        for (const auto& [name, family] : kFamilies) m_models.emplace(name, support::familyModel(family));
    }

    void aUNetsGraphComputesWhatTheUNetDoes_data() { families(); }
    void aUNetsGraphComputesWhatTheUNetDoes() {
        QVERIFY(unetDifference(*model().find("unet"), support::kSmallUNet) < kRounding);
    }

    void everyKindOfUNetHasAGraph_data() {
        QTest::addColumn<QByteArray>("config");
        const auto row = [](const char* name, const nlohmann::json& config) {
            QTest::newRow(name) << QByteArray::fromStdString(config.dump());
        };
        row("plain", support::smallConfig());
        row("text_time", support::sdxlConfig());
        row("guidance embedding", support::withKey("time_cond_proj_dim", 6));
        row("centred input", support::withKey("center_input_sample", true));
        row("padded below", support::withKey("downsample_padding", 0));
        row("sines first", support::withKey("flip_sin_to_cos", false));
        row("gelu", support::withKey("act_fn", "gelu"));
        row("mish", support::withKey("act_fn", "mish"));
        row("relu", support::withKey("act_fn", "relu"));
        row("activated time", support::withKey("time_embedding_act_fn", "silu"));
        row("scaled middle", support::withKey("mid_block_scale_factor", 2.0));
        row("text alone", support::withKey("only_cross_attention", true));
        row("no middle attention", support::withKey("mid_block_type", "UNetMidBlock2D"));
    }
    void everyKindOfUNetHasAGraph() {
        QFETCH(QByteArray, config);
        QVERIFY(unetDifference(partOf(nlohmann::json::parse(config.toStdString())), support::kSmallUNet) < kRounding);
    }

    void sizesThatHalvingRoundsUpHaveAGraph() {
        QVERIFY(unetDifference(partOf(support::smallConfig()), {.batch = 1, .height = 7, .width = 5, .tokens = 3}) <
                kRounding);
    }

    void aDecodersGraphComputesWhatTheDecoderDoes_data() { families(); }
    void aDecodersGraphComputesWhatTheDecoderDoes() {
        const ldm::PartSource& part = *model().find("vae");
        const Model graph =
            quant::onnx::lowered(quant::onnx::recordVaeDecoder(part, 6, 4).recording, support::weightsOf(part), "vae");
        const NamedTensors inputs = support::inputsFor(graph.graph);
        ldm::FloatArithmetic full;
        const at::Tensor expected = ldm::makeAutoencoder(part)->decode(full, inputs.at("latent_sample"));
        QVERIFY(difference(Interpreter(graph, "the graph").run(inputs)->at("sample"), expected) < kRounding);
    }

    void aTextEncodersGraphComputesWhatTheEncoderDoes_data() { families(); }
    void aTextEncodersGraphComputesWhatTheEncoderDoes() {
        for (const ldm::PartSource& part : model().parts) {
            if (!part.name.starts_with("text_encoder")) continue;
            const Model graph = quant::onnx::lowered(quant::onnx::recordTextEncoder(part, 6, true).recording,
                                                     support::weightsOf(part), part.name);
            const std::vector<int> ids = {49406, 320, 1125, 49407, 49407, 0};
            const NamedTensors got =
                *Interpreter(graph, "the graph").run({{"input_ids", at::tensor(ids, at::kInt).unsqueeze(0)}});
            ldm::WeightSource weights(part.name, part.tensors);
            const ldm::TextEncoder encoder(ldm::TextEncoderConfig::parse(part.config, part.configName, part.className),
                                           weights);
            ldm::FloatArithmetic full;
            const ldm::TextStates expected = encoder.encode(full, std::vector<std::vector<int>>{ids});
            QVERIFY(difference(got.at("last_hidden_state"), expected.last) < kRounding);
            QVERIFY(difference(got.at("pooler_output"), expected.pooled) < kRounding);
            QVERIFY(difference(got.at("hidden_states.1"), expected.hidden[1]) < kRounding);
            QCOMPARE(got.contains("text_embeds"), expected.projected.defined());
            if (expected.projected.defined())
                QVERIFY(difference(got.at("text_embeds"), expected.projected) < kRounding);
        }
    }

    void inputsAndOutputsHaveTheNamesThatPipelinesUse() {
        const auto names = [](const std::vector<quant::onnx::Value>& values) {
            std::set<std::string> result;
            for (const auto& value : values) result.insert(value.name);
            return result;
        };
        const Graph graph = support::unetGraph(m_models.at("SDXL")).graph;
        QCOMPARE(names(graph.inputs),
                 (std::set<std::string>{"sample", "timestep", "encoder_hidden_states", "text_embeds", "time_ids"}));
        QCOMPARE(names(graph.outputs), (std::set<std::string>{"out_sample"}));
        QCOMPARE(graph.outputs.front().shape, (std::vector<std::int64_t>{2, 4, 8, 6}));
    }

    void everyParameterIsAConstantUnderItsName_data() { families(); }
    void everyParameterIsAConstantUnderItsName() {
        const Graph graph = support::unetGraph(model()).graph;
        for (const ldm::StoredTensor& tensor : model().find("unet")->tensors.tensors()) {
            const auto* constant = support::constantNamed(graph, "unet." + tensor.name);
            QVERIFY2(constant, tensor.name.c_str());
            const at::Tensor values = quant::onnx::tensorOf(*constant);
            QVERIFY2(at::equal(values.flatten(), tensor.values().to(at::kFloat).flatten()), tensor.name.c_str());
        }
    }

    void everyBlockIsFoundAndPutsOutWhatItsStageDoes() {
        const ldm::PartSource& part = *m_models.at("SDXL").find("unet");
        const Model graph = support::unetGraph(m_models.at("SDXL"));
        const auto modules = nlohmann::json::parse(graph.metadata.at(quant::onnx::kModulesKey));
        const NamedTensors inputs = support::inputsFor(graph.graph);
        const ldm::UNet unet = networkOf(part);
        ldm::UNetState state = unet.start(inputs.at("sample"), inputs.at("timestep"), support::conditionOf(inputs));
        std::vector<std::string> wanted;
        for (const ldm::Stage& stage : unet.stages()) wanted.push_back(modules.at(stage.id).get<std::string>());
        const NamedTensors got = *Interpreter(graph, "the graph").run(inputs, wanted);
        ldm::FloatArithmetic full;
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            const ldm::Stage& stage = unet.stages()[i];
            stage.run(full, state);
            QVERIFY2(difference(got.at(wanted[i]), ldm::UNet::output(stage, state)) < kRounding, stage.id.c_str());
        }
    }

    void nothingIsComputedThatDependsOnNoInput() {
        const Graph graph = support::unetGraph(m_models.at("SD 1")).graph;
        QCOMPARE(support::nodes(graph, "Exp"), 0); // the frequencies of the timestep's sinusoids
        QCOMPARE(support::nodes(graph, "Identity"), 0);
        std::set<std::string> read;
        for (const auto& node : graph.nodes) read.insert(node.inputs.begin(), node.inputs.end());
        for (const auto& constant : graph.initializers) QVERIFY2(read.contains(constant.name), constant.name.c_str());
    }

    void onnxItselfAcceptsEveryGraph() {
        const QString python = checkingPython();
        if (python.isEmpty()) QSKIP("python3-onnx is not installed, so ONNX's own checker was NOT asked.");
        const std::filesystem::path folder = m_folder.path().toStdString();
        for (const auto& [name, checkpoint] : m_models) {
            for (const ldm::PartSource& part : checkpoint.parts) {
                const std::filesystem::path file = folder / (name + "_" + part.name + ".onnx");
                const auto recorded = part.name == "unet"  ? quant::onnx::recordUNet(part, support::kSmallUNet)
                                      : part.name == "vae" ? quant::onnx::recordVaeDecoder(part, 6, 4)
                                                           : quant::onnx::recordTextEncoder(part, 77, true);
                quant::onnx::writeModel(
                    file, quant::onnx::lowered(recorded.recording, support::weightsOf(part), part.name), 1 << 16);
                const QString complaint = complaintAbout(python, file);
                QVERIFY2(complaint.isEmpty(), qPrintable(complaint));
            }
        }
    }

    void anOperationWithoutAFormIsNamed() {
        const std::string refusal = refusalOf([](const at::Tensor& x) { return at::cumsum(x, 1); });
        QVERIFY2(contains(refusal, "aten::cumsum"), refusal.c_str());
    }

    void writingThroughAViewDoesNotGoUnnoticed() {
        const std::string refusal = refusalOf([](const at::Tensor& x) {
            const at::Tensor whole = x + 1;
            whole.slice(1, 0, 2).mul_(3);
            return whole * 2;
        });
        QVERIFY2(contains(refusal, "another view"), refusal.c_str());
    }

    void whatIsWrittenInPlaceIsReadAsItThenIs() {
        const Graph graph = graphOf([](const at::Tensor& x) {
            const at::Tensor sum = x + 1;
            const at::Tensor before = sum * 2;
            sum.mul_(5);
            return sum + before;
        });
        const at::Tensor x = at::arange(6, at::kFloat).view({2, 3});
        const at::Tensor y = Interpreter({{}, graph}, "the graph").run({{"x", x}})->at("y");
        QVERIFY(at::equal(y, (x + 1) * 7));
    }

    void constantsHoldWhatTheyHeldWhenTheyWereRead() {
        const Graph graph = graphOf([](const at::Tensor& x) {
            const at::Tensor ones = at::ones({3});
            const at::Tensor first = x * ones;
            ones.add_(1);
            return first + x * ones;
        });
        const at::Tensor x = at::arange(6, at::kFloat).view({2, 3});
        QVERIFY(at::equal(Interpreter({{}, graph}, "the graph").run({{"x", x}})->at("y"), x * 3));
    }

    void anUnusedResultLeavesNoTrace() {
        const Graph graph = graphOf([](const at::Tensor& x) {
            x.sin();
            return x.cos();
        });
        QCOMPARE(graph.nodes.size(), std::size_t{1});
        QCOMPARE(graph.nodes.front().op, std::string("Cos"));
    }

    void anInputThatIsAnOutputHasBothNames() {
        const Graph graph = graphOf([](const at::Tensor& x) { return x.contiguous(); });
        QCOMPARE(graph.nodes.size(), std::size_t{1});
        QCOMPARE(graph.nodes.front().outputs.front(), std::string("y"));
    }

private:
    void families() const {
        QTest::addColumn<QString>("family");
        for (const auto& [name, family] : kFamilies) QTest::newRow(name) << name;
    }
    const ldm::Checkpoint& model() const { return m_models.at(currentFamily()); }
    static std::string currentFamily() {
        QFETCH(QString, family);
        return family.toStdString();
    }

    QTemporaryDir m_folder;
    std::map<std::string, ldm::Checkpoint> m_models;
};

NOISEFLOOR_TEST(OnnxGraphTest)
#include "tst_onnxgraph.moc"
