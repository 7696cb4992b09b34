#include "failures.h"
#include "support/familymodels.h"
#include "support/testmain.h"

#include <ATen/ATen.h>
#include <ldm/model.h>

#include <QTemporaryDir>
#include <QTest>

#include <functional>
#include <span>

using ldm::Model;
using support::contains;
using support::failureOf;
using support::ModelFamily;

namespace fs = std::filesystem;

namespace {

using Tensors = std::vector<ldm::StoredTensor>;
using Change = std::function<void(Tensors&)>;

Tensors without(Tensors tensors, const std::string& prefix) {
    std::erase_if(tensors, [&](const ldm::StoredTensor& tensor) { return tensor.name.starts_with(prefix); });
    return tensors;
}

} // namespace

Q_DECLARE_METATYPE(Change)

class BadCheckpointsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void damagedFilesAreRefusedByName_data() {
        QTest::addColumn<Change>("change");
        QTest::addColumn<QStringList>("parts");
        const auto row = [](const char* name, const Change& change, const QStringList& parts) {
            QTest::newRow(name) << change << parts;
        };
        row("missing tensor", [](Tensors& tensors) { tensors = without(tensors, "model.diffusion_model.out.2.bias"); },
            {"lacks 1 tensor", "\"model.diffusion_model.out.2.bias\""});
        row("surplus tensor of a part",
            [](Tensors& tensors) { support::addTensor(tensors, "model.diffusion_model.input_blocks.0.7.weight", {2}); },
            {"holds 1 tensor", "\"model.diffusion_model.input_blocks.0.7.weight\""});
        row("surplus tensors of no part",
            [](Tensors& tensors) {
                for (int i = 0; i < 12; ++i) support::addTensor(tensors, "strange." + std::to_string(i), {2});
            },
            {"12 tensors", "\"strange.0\"", "..."});
        row("wrong shape",
            [](Tensors& tensors) {
                tensors = without(tensors, "first_stage_model.quant_conv.bias");
                support::addTensor(tensors, "first_stage_model.quant_conv.bias", {9});
            },
            {"\"first_stage_model.quant_conv.bias\"", "[9]", "[8]"});
        row("indivisible projections",
            [](Tensors& tensors) {
                tensors = without(tensors, "cond_stage_model.model.transformer.resblocks.0.attn.in_proj_bias");
                support::addTensor(tensors, "cond_stage_model.model.transformer.resblocks.0.attn.in_proj_bias", {193});
            },
            {"in_proj_bias", "queries, keys and values"});
        row("no convolution",
            [](Tensors& tensors) { tensors = without(tensors, "model.diffusion_model.input_blocks.0."); },
            {"input_blocks.0.0.weight"});
        row("scalar",
            [](Tensors& tensors) {
                tensors = without(tensors, "model.diffusion_model.input_blocks.0.0.weight");
                support::addTensor(tensors, "model.diffusion_model.input_blocks.0.0.weight", {});
            },
            {"input_blocks.0.0.weight", "shape"});
        row("refiner",
            [](Tensors& tensors) { support::addTensor(tensors, "conditioner.embedders.0.model.ln_final.bias", {2}); },
            {"SDXL refiner"});
        row("SD 3",
            [](Tensors& tensors) { support::addTensor(tensors, "model.diffusion_model.joint_blocks.0.bias", {2}); },
            {"Stable Diffusion 3"});
        row("Flux",
            [](Tensors& tensors) { support::addTensor(tensors, "double_blocks.0.img_attn.norm.key_norm.scale", {2}); },
            {"Flux"});
        row("LoRA",
            [](Tensors& tensors) { support::addTensor(tensors, "lora_unet_mid_block_attentions_0_proj_in.alpha", {}); },
            {"LoRA"});
        row("something else",
            [](Tensors& tensors) {
                tensors.clear();
                support::addTensor(tensors, "layers.0.weight", {2});
            },
            {"no tensors of a UNet"});
    }

    void damagedFilesAreRefusedByName() {
        QFETCH(Change, change);
        QFETCH(QStringList, parts);
        Tensors tensors = support::inOriginalLayout(support::familyModel(ModelFamily::Sd2));
        change(tensors);
        const std::string said = failureOf(ldm::ErrorKind::BadInput, [&] { opened(tensors); });
        QVERIFY2(contains(said, "model.safetensors") && contains(said, ";"), said.c_str());
        for (const QString& part : parts) QVERIFY2(contains(said, part.toStdString()), said.c_str());
    }

    void filesAreKnownByTheirContent() {
        const fs::path file = folder() / "file.ckpt";
        support::put(file, "PK\x03\x04 archive/data.pkl");
        std::string said = failureOf(ldm::ErrorKind::BadInput, [&] { Model::open(file.string()); });
        QVERIFY2(contains(said, "pickled") && contains(said, "may run code") && contains(said, ".safetensors"),
                 said.c_str());
        fs::rename(file, folder() / "file.safetensors");
        said = failureOf(ldm::ErrorKind::BadInput, [&] { Model::open((folder() / "file.safetensors").string()); });
        QVERIFY2(contains(said, "pickled"), said.c_str());
        support::put(folder() / "old.pt", "\x80\x02}q");
        QVERIFY(contains(failureOf(ldm::ErrorKind::BadInput, [&] { open("old.pt"); }), "pickled"));
        support::put(folder() / "empty.safetensors", "");
        QVERIFY(contains(failureOf(ldm::ErrorKind::BadInput, [&] { open("empty.safetensors"); }), "too few"));
        support::put(folder() / "broken.gguf", "GGUF");
        QVERIFY(contains(failureOf(ldm::ErrorKind::BadInput, [&] { open("broken.gguf"); }), "broken.gguf"));
        support::put(folder() / "text.txt", "hello, world");
        QVERIFY(contains(failureOf(ldm::ErrorKind::BadInput, [&] { open("text.txt"); }), "no model file"));
    }

    void whatAFileOfOursCarriesIsChecked() {
        const Tensors tensors = support::inOriginalLayout(support::familyModel(ModelFamily::Sd1));
        for (const auto& [configs, expected] : {std::pair<std::string, std::string>{"{", "JSON"},
                                                {"[]", "no JSON object"},
                                                {"{}", "\"model_index\""},
                                                {"{\"model_index\": {}, \"scheduler\": {}}", "\"_class_name\""}}) {
            std::vector<ldm::TensorToWrite> written;
            std::vector<at::Tensor> held;
            for (const ldm::StoredTensor& tensor : tensors) {
                held.push_back(tensor.values().contiguous());
                const std::span bytes(static_cast<const std::byte*>(held.back().data_ptr()), held.back().nbytes());
                written.push_back({tensor.name, tensor.type, tensor.shape, bytes});
            }
            ldm::writeSafetensors(folder() / "carried.safetensors", written, {{ldm::kCarriedConfigsKey, configs}});
            const std::string said = failureOf(ldm::ErrorKind::BadInput, [&] { open("carried.safetensors"); });
            QVERIFY2(contains(said, expected) && contains(said, "carried.safetensors"), said.c_str());
        }
    }

private:
    fs::path folder() const { return fs::canonical(m_folder->path().toStdString()); }

    Model open(const std::string& name) const { return Model::open((folder() / name).string()); }

    Model opened(const Tensors& tensors) const {
        support::writeTensors(folder() / "model.safetensors", tensors);
        return open("model.safetensors");
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

NOISEFLOOR_TEST(BadCheckpointsTest)
#include "tst_badcheckpoints.moc"
