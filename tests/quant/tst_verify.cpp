#include "ldm/failures.h"
#include "support/testmain.h"

#include <quant/export.h>
#include <quant/verify.h>

#include <ldm/error.h>
#include <ldm/safetensors.h>

#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <cstring>

using quant::ExportFormat;
using quant::Recipe;
using quant::VerifyReport;
using quant::WeightFormat;
using support::contains;
using support::failureOf;

namespace fs = std::filesystem;

namespace {

Recipe mixed() {
    Recipe recipe;
    recipe.name = "mixed";
    recipe.base = {WeightFormat::Int8, quant::ActivationFormat::Fp32};
    recipe.rules = {{"unet.mid_block", WeightFormat::Int4, {}, {}, ""}};
    return recipe;
}

} // namespace

/// An export says of itself what became of each weight.
class VerifyTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { m_model = std::make_unique<ldm::Model>(ldm::Model::open("emoji-ldm")); }
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void aSoundExportIsFoundSound_data() {
        QTest::addColumn<int>("format");
        for (const auto& info : quant::exportFormats())
            if (info.holdsWeights) QTest::newRow(info.name.data()) << static_cast<int>(info.format);
    }
    void aSoundExportIsFoundSound() {
        QFETCH(int, format);
        QVERIFY(quant::exportModel(*m_model, mixed(), {static_cast<ExportFormat>(format), target(), false}));
        const VerifyReport report = verified();
        QVERIFY2(report.isSound(), report.missing.empty() ? "" : report.missing.front().c_str());
        QVERIFY(!report.container.empty());
        std::size_t layers = 0;
        for (const quant::VerifiedTensor& tensor : report.tensors) {
            if (tensor.layer < 0) continue;
            ++layers;
            QVERIFY2(tensor.against.db() > 3, tensor.name.c_str());
            QVERIFY2(tensor.recipe && tensor.recipe->db() > tensor.against.db(), tensor.name.c_str());
        }
        QCOMPARE(layers, m_model->info().layers.size());
    }

    void aGraphIsRunBesideTheModelBlockByBlock() {
        Recipe recipe = mixed();
        recipe.base.activations = quant::ActivationFormat::Int8;
        quant::ExportRequest order{ExportFormat::Onnx, target(), false};
        order.sampling.steps = 2;
        QVERIFY(quant::exportModel(*m_model, recipe, order));
        quant::VerifyRequest request;
        request.path = target();
        request.sampling = order.sampling;
        const VerifyReport report = quant::verifyExport(*m_model, request).value();
        QVERIFY(report.isSound());
        QCOMPARE(report.blocks.size(), m_model->info().blocks.size() + 1);
        QCOMPARE(report.blocks.back().id, std::string("unet"));
        for (const quant::VerifiedBlock& block : report.blocks) {
            QVERIFY2(block.recipe && block.simulated && block.deployed, block.id.c_str());
            QVERIFY2(block.against.db() > 5, block.id.c_str());
            // Nothing is rounded otherwise than in the simulation of all that the graph rounds.
            QVERIFY2(block.deployed->db() > block.against.db(), block.id.c_str());
        }
    }

    void theWorstLayersComeFirst() {
        QVERIFY(quant::exportModel(*m_model, mixed(), {ExportFormat::Diffusers, target(), false}));
        const VerifyReport report = verified();
        const auto worst = report.worst(10);
        QCOMPARE(worst.size(), std::size_t{10});
        for (std::size_t i = 0; i < worst.size(); ++i) {
            const quant::VerifiedTensor& tensor = report.tensors[worst[i]];
            // Four bits lose more than eight.
            QVERIFY2(contains(tensor.name, "unet.mid_block"), tensor.name.c_str());
            if (i > 0) QVERIFY(tensor.against.db() >= report.tensors[worst[i - 1]].against.db());
        }
        QCOMPARE(report.worst(0).size(), std::size_t{0});
        QCOMPARE(report.worst(100'000).size(), m_model->info().layers.size());
    }

    void theModelItselfIsExact() {
        quant::VerifyRequest request;
        request.path = m_model->info().path;
        const VerifyReport report = quant::verifyExport(*m_model, request).value();
        QVERIFY(report.isSound());
        for (const quant::VerifiedTensor& tensor : report.tensors) {
            QVERIFY(std::isinf(tensor.against.db()));
            QVERIFY(!tensor.recipe);
        }
    }

    void oneWrongWeightIsTheWorst() {
        QVERIFY(quant::exportModel(*m_model, mixed(), {ExportFormat::Diffusers, target(), false}));
        const fs::path weights = target() / "unet/diffusion_pytorch_model.safetensors";
        const auto file = ldm::SafetensorsFile::open(weights);
        std::vector<ldm::TensorToWrite> tensors;
        std::vector<std::byte> damaged;
        for (const ldm::TensorEntry& entry : file.entries()) {
            tensors.push_back({entry.name, entry.dtype, entry.shape, file.bytes(entry)});
            if (entry.name != "conv_in.weight") continue;
            damaged.assign(file.bytes(entry).begin(), file.bytes(entry).end());
            std::memset(damaged.data(), 0, damaged.size());
            tensors.back().data = damaged;
        }
        ldm::writeSafetensors(weights, tensors);
        const VerifyReport report = verified();
        const quant::VerifiedTensor& worst = report.tensors[report.worst(1).front()];
        QCOMPARE(worst.name, std::string("unet.conv_in.weight"));
        QCOMPARE(worst.against.db(), 0.0); // the error is the signal
        QVERIFY(!report.isSound());
        QVERIFY(report.wrong == std::vector<std::string>{"unet.conv_in.weight"});
    }

    void anotherArchitectureIsRefused() {
        const fs::path copy = fs::path(m_folder->path().toStdString()) / "other.safetensors";
        QVERIFY(quant::exportModel(*m_model, mixed(), {ExportFormat::Checkpoint, copy, false}));
        quant::VerifyRequest request;
        request.path = fs::path(m_folder->path().toStdString()) / "nothing";
        QVERIFY(
            contains(failureOf(ldm::ErrorKind::BadInput, [&] { quant::verifyExport(*m_model, request); }), "nothing"));
    }

    void aStoppedVerificationSaysNothing() {
        QVERIFY(quant::exportModel(*m_model, mixed(), {ExportFormat::Diffusers, target(), false}));
        std::stop_source stop;
        const auto listener = [&](const ldm::Progress& progress) {
            if (progress.done > 3) stop.request_stop();
        };
        quant::VerifyRequest request;
        request.path = target();
        QVERIFY(!quant::verifyExport(*m_model, request, stop.get_token(), listener));
    }

private:
    fs::path target() const { return fs::path(m_folder->path().toStdString()) / "out"; }
    VerifyReport verified() const {
        quant::VerifyRequest request;
        request.path = target();
        return quant::verifyExport(*m_model, request).value();
    }

    std::unique_ptr<ldm::Model> m_model;
    std::unique_ptr<QTemporaryDir> m_folder;
};

NOISEFLOOR_TEST(VerifyTest)
#include "tst_verify.moc"
