#include "ldm/failures.h"
#include "quant/onnxnetworks.h"
#include "support/familymodels.h"
#include "support/testmain.h"

#include "onnx/compare.h"

#include <quant/export.h>
#include <quant/simulated.h>

#include <ldm/networks.h>

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

using quant::onnx::ComparedBlock;
using quant::onnx::Interpreter;
using support::contains;
using support::failureOf;

namespace {

constexpr double kRoundingDb = 90; ///< of two float32 computations of the same
/// Of two that round alike in the first blocks. Then values on the edge of two codes go different ways, and what
/// follows from that grows from block to block.
constexpr double kSameCodesDb = 60;

ldm::GenerateSettings picture(const std::string& prompt) {
    ldm::GenerateSettings settings;
    settings.prompt = prompt;
    settings.seed = 3;
    return settings;
}

quant::Recipe w8a8() {
    quant::Recipe recipe;
    recipe.calibration.steps = "first";
    return recipe;
}

} // namespace

/// What an exported UNet computes beside the model, block by block.
class OnnxCompareTest : public QObject {
    Q_OBJECT

private:
    /// Exports emoji-ldm and opens the UNet's graph.
    Interpreter exported(const quant::Recipe& recipe, const QString& name) {
        quant::ExportRequest request;
        request.format = quant::ExportFormat::Onnx;
        request.path = m_folder.filePath(name).toStdString();
        quant::exportModel(*m_model, recipe, request);
        return quant::onnx::openGraph(quant::onnx::unetGraph(request.path));
    }

    void verifyBlocks(const std::vector<ComparedBlock>& blocks) const {
        const std::vector<ldm::BlockInfo>& expected = m_model->info().blocks;
        QCOMPARE(blocks.size(), expected.size() + 1);
        for (std::size_t i = 0; i < expected.size(); ++i) QCOMPARE(blocks[i].id, expected[i].id);
        QCOMPARE(blocks.back().id, "unet");
    }

    QTemporaryDir m_folder;
    std::optional<ldm::Model> m_model;

private Q_SLOTS:
    void initTestCase() { m_model = ldm::Model::open("emoji-ldm"); }

    void aFloatGraphIsTheModelInEveryBlock() {
        quant::Recipe recipe;
        recipe.base = {quant::WeightFormat::Fp32, quant::ActivationFormat::Fp32};
        const Interpreter graph = exported(recipe, "floats");
        const auto blocks = quant::onnx::compareBlocks(*m_model, graph, {{picture("a red apple")}, 2, nullptr});
        verifyBlocks(*blocks);
        for (const ComparedBlock& block : *blocks) {
            QVERIFY2(block.full.db() > kRoundingDb, block.id.c_str());
            QVERIFY(!block.simulated && !block.recipe && !block.deployed);
        }
    }

    void aQuantizedGraphIsTheModelRoundedAlike() {
        const Interpreter graph = exported(w8a8(), "integers");
        const auto ready = quant::Preparer(*m_model).prepare(w8a8(), {});
        const auto blocks =
            quant::onnx::compareBlocks(*m_model, graph, {{picture("a red apple"), picture("a cat")}, 2, &*ready});
        verifyBlocks(*blocks);
        for (const ComparedBlock& block : *blocks) {
            QVERIFY2(block.simulated->error > 0 && block.simulated->db() > 10, block.id.c_str());
            QVERIFY2(block.recipe->db() > 10, block.id.c_str());
            QVERIFY2(block.full.db() > 10 && block.full.db() < kRoundingDb, block.id.c_str());
            QCOMPARE(block.full.signal, block.simulated->signal); // both against the same
        }
        const auto first = std::ranges::find(*blocks, std::string("unet.down_blocks.0.0"), &ComparedBlock::id);
        QVERIFY(first->deployed->db() > kSameCodesDb);
        QVERIFY(first->recipe->db() < kSameCodesDb); // which does not round outputs
    }

    void aStopEndsIt() {
        std::stop_source source;
        source.request_stop();
        const Interpreter graph(
            support::unetGraph(m_model->networks().checkpoint, {.batch = 2, .height = 8, .width = 8, .tokens = 77}),
            "the graph");
        QVERIFY(!quant::onnx::compareBlocks(*m_model, graph, {{picture("a cat")}}, source.get_token()));
    }

    void graphsOfAnotherModelAreRefused() {
        const ldm::Checkpoint other = support::familyModel(support::ModelFamily::Sd1);
        const Interpreter graph(support::unetGraph(other), "the graph");
        const auto compare = [&] { quant::onnx::compareBlocks(*m_model, graph, {{picture("a cat")}}); };
        QVERIFY(!failureOf(ldm::ErrorKind::BadInput, compare).empty());
    }

    void graphsThatAreNoUNetAreRefused() {
        const auto compare = [&](const quant::onnx::Model& model) {
            return failureOf(ldm::ErrorKind::BadInput, [&] {
                quant::onnx::compareBlocks(*m_model, Interpreter(model, "the graph"), {{picture("a cat")}});
            });
        };
        quant::onnx::Model model;
        model.graph.inputs = {{"sample", quant::onnx::ElementType::Float, {}}};
        model.graph.outputs = {{"sample", quant::onnx::ElementType::Float, {}}};
        QVERIFY(contains(compare(model), "no batch of latents"));
        model.graph.inputs.front().name = model.graph.outputs.front().name = "input_ids";
        QVERIFY(contains(compare(model), "no input 'sample'"));
        quant::onnx::Model untold = support::unetGraph(m_model->networks().checkpoint);
        untold.metadata.clear();
        QVERIFY(contains(compare(untold), "does not tell what unet."));
        for (const char* broken : {"{", "[]", "{\"unet.conv_in\": 3}"}) {
            untold.metadata = {{quant::onnx::kModulesKey, broken}};
            QVERIFY(contains(compare(untold), "does not tell what unet."));
        }
        untold.metadata = support::unetGraph(m_model->networks().checkpoint).metadata;
        untold.graph.inputs.push_back({"image", quant::onnx::ElementType::Float, {1}});
        QVERIFY(contains(compare(untold), "\"image\""));
    }

    void foldersWithoutAUNetAreRefused() {
        const std::filesystem::path folder = m_folder.path().toStdString();
        QVERIFY(
            contains(failureOf(ldm::ErrorKind::BadInput, [&] { quant::onnx::unetGraph(folder); }), "unet/model.onnx"));
        QCOMPARE(quant::onnx::unetGraph(folder / "a.onnx"), folder / "a.onnx");
    }
};

NOISEFLOOR_TEST(OnnxCompareTest)

#include "tst_onnxcompare.moc"
