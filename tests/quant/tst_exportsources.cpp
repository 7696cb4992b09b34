#include "ldm/failures.h"
#include "support/familymodels.h"
#include "support/testmain.h"

#include <quant/export.h>

#include <ldm/networks.h>
#include <ldm/weights.h>

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <cstring>

using quant::ExportFormat;
using quant::FloatFormat;
using support::ModelFamily;

namespace fs = std::filesystem;

namespace {

using Tensors = std::vector<ldm::StoredTensor>;

/// Leaves every weight alone.
quant::Recipe untouched() {
    quant::Recipe recipe;
    recipe.name = "untouched";
    recipe.base = {quant::WeightFormat::Fp32, quant::ActivationFormat::Fp32};
    return recipe;
}

ldm::StoredTensor& named(Tensors& tensors, const std::string& name) {
    return *std::ranges::find(tensors, name, &ldm::StoredTensor::name);
}

/// The header of a .safetensors file, and what follows it.
struct SafetensorsBytes {
    nlohmann::ordered_json header;
    std::string data;
};

SafetensorsBytes bytesOf(const fs::path& file) {
    const std::string all = support::contentOf(file);
    std::uint64_t length = 0;
    std::memcpy(&length, all.data(), sizeof length);
    return {nlohmann::ordered_json::parse(all.substr(sizeof length, length)), all.substr(sizeof length + length)};
}

void put(const fs::path& file, const SafetensorsBytes& bytes) {
    const std::string header = bytes.header.dump();
    const std::uint64_t length = header.size();
    support::put(file, std::string(reinterpret_cast<const char*>(&length), sizeof length) + header + bytes.data);
}

} // namespace

/// Models as others write them, whose exports hold the same tensors with the same values.
class ExportSourcesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void cleanup() { m_folder.reset(); }

    /// SD 2.x reads the text encoder's last layer but one, so that opening drops the last: of 24 in the real model.
    void theLayerThatSd2LeavesOutIsNotLeftOutTwice_data() { formats(); }
    void theLayerThatSd2LeavesOutIsNotLeftOutTwice() {
        Tensors tensors = support::inOriginalLayout(support::familyModel(ModelFamily::Sd2));
        const std::string text = "cond_stage_model.model.", layer = "transformer.resblocks.";
        const Tensors model = tensors;
        for (const ldm::StoredTensor& tensor : model)
            if (tensor.name.starts_with(text + layer + "1.")) {
                tensors.push_back(tensor);
                tensors.back().name.replace(text.size(), layer.size() + 1, layer + "2");
            }
        support::addTensor(tensors, text + "text_projection", {64, 64});
        const ldm::Model source = opened(tensors);
        QCOMPARE(source.networks().checkpoint.find("text_encoder")->config.at("num_hidden_layers").get<int>(), 2);
        verifyExport(source);
    }

    /// Two tensors of the same storage, which the formats do not know: each is written for itself.
    void tiedTensorsAreWrittenEachForItself_data() { formats(); }
    void tiedTensorsAreWrittenEachForItself() {
        Tensors tensors = support::inOriginalLayout(support::familyModel(ModelFamily::Sd1));
        const std::string one = "cond_stage_model.transformer.text_model.encoder.layers.0.mlp.fc1.weight";
        const std::string other = "cond_stage_model.transformer.text_model.encoder.layers.1.mlp.fc1.weight";
        named(tensors, other).load = named(tensors, one).load;
        const ldm::Model source = opened(tensors);
        verifyExport(source);
        const ldm::Model again = ldm::Model::open(out().string());
        const ldm::TensorTable& text = again.networks().checkpoint.find("text_encoder")->tensors;
        const auto* first = text.find("text_model.encoder.layers.0.mlp.fc1.weight");
        const auto* second = text.find("text_model.encoder.layers.1.mlp.fc1.weight");
        QVERIFY(at::equal(first->values(), second->values()));
        QVERIFY(first->stored.data() != second->stored.data());
    }

    void emptyMetadataAreNoObstacle_data() { formats({ExportFormat::Checkpoint}); }
    void emptyMetadataAreNoObstacle() {
        support::writeTensors(sourceFile(), support::inOriginalLayout(support::familyModel(ModelFamily::Sd1)));
        SafetensorsBytes bytes = bytesOf(sourceFile());
        QVERIFY(!bytes.header.at("__metadata__").empty());
        bytes.header["__metadata__"] = nlohmann::ordered_json::object();
        put(sourceFile(), bytes);
        verifyExport(ldm::Model::open(sourceFile().string()));
    }

    void brainFloatsStayWhatTheyAre_data() { formats({ExportFormat::Gguf}); }
    void brainFloatsStayWhatTheyAre() {
        Tensors tensors = support::inOriginalLayout(support::familyModel(ModelFamily::Sd1));
        for (ldm::StoredTensor& tensor : tensors) tensor = ldm::held(tensor.name, tensor.values().to(at::kBFloat16));
        verifyExport(opened(tensors));
    }

    void averagesOfTrainingStayBehind_data() { formats({ExportFormat::Gguf}); }
    void averagesOfTrainingStayBehind() {
        Tensors tensors = support::inOriginalLayout(support::familyModel(ModelFamily::Sd1));
        support::addTensor(tensors, "model_ema.diffusion_modelinput_blocks00weight", {64, 4, 3, 3});
        support::addTensor(tensors, "model_ema.decay", {1});
        verifyExport(opened(tensors));
    }

    void inpaintingModelsKeepTheirNineInputs_data() { formats({ExportFormat::Diffusers}); }
    void inpaintingModelsKeepTheirNineInputs() {
        Tensors tensors = support::inOriginalLayout(support::familyModel(ModelFamily::Sd1));
        const std::string first = "model.diffusion_model.input_blocks.0.0.weight";
        named(tensors, first) = ldm::held(first, at::randn({64, 9, 3, 3}));
        verifyExport(opened(tensors));
        const ldm::Model again = ldm::Model::open(out().string());
        QCOMPARE(again.networks().checkpoint.find("unet")->config.at("in_channels").get<int>(), 9);
    }

private:
    fs::path folder() const { return fs::canonical(m_folder->path().toStdString()); }
    fs::path sourceFile() const { return folder() / "source.safetensors"; }
    fs::path out() const { return folder() / "out"; }

    static void formats(const std::vector<ExportFormat>& which = {ExportFormat::Diffusers, ExportFormat::Checkpoint,
                                                                  ExportFormat::Gguf}) {
        QTest::addColumn<int>("format");
        for (const ExportFormat format : which)
            QTest::newRow(quant::infoOf(format).name.data()) << static_cast<int>(format);
    }

    ldm::Model opened(const Tensors& tensors) const {
        support::writeTensors(sourceFile(), tensors);
        return ldm::Model::open(sourceFile().string());
    }

    /// Nothing is missing, nothing is there beside, and every value is the source's.
    void verifyExport(const ldm::Model& source) const {
        QFETCH(int, format);
        quant::ExportRequest request{static_cast<ExportFormat>(format), out()};
        request.options.floats = FloatFormat::Fp32;
        QVERIFY(quant::exportModel(source, untouched(), request));
        const ldm::Model again = ldm::Model::open(out().string());
        const ldm::Checkpoint& expected = source.networks().checkpoint;
        const ldm::Checkpoint& found = again.networks().checkpoint;
        QCOMPARE(found.parts.size(), expected.parts.size());
        for (const ldm::PartSource& part : expected.parts) {
            const ldm::TensorTable& table = found.find(part.name)->tensors;
            QCOMPARE(table.tensors().size(), part.tensors.tensors().size());
            for (const ldm::StoredTensor& tensor : part.tensors.tensors()) {
                const ldm::StoredTensor* other = table.find(tensor.name);
                QVERIFY2(other, tensor.name.c_str());
                QVERIFY2(at::equal(other->values(), tensor.values().to(other->values().scalar_type())),
                         tensor.name.c_str());
            }
            QCOMPARE(QString::fromStdString(found.find(part.name)->config.dump()),
                     QString::fromStdString(part.config.dump()));
        }
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

NOISEFLOOR_TEST(ExportSourcesTest)
#include "tst_exportsources.moc"
