#include "damage.h"
#include "support/proceduralweights.h"
#include "support/testmain.h"

#include <ldm/model.h>

#include <QTemporaryDir>
#include <QTest>

using ldm::ErrorKind;
using ldm::Model;
using ldm::TensorToWrite;
using support::contains;
using support::Damage;
using support::failureOf;
using support::removing;
using support::setting;

namespace fs = std::filesystem;

namespace {

constexpr const char* kShardIndex = "diffusion_pytorch_model.safetensors.index.json";

} // namespace

Q_DECLARE_METATYPE(Damage)

class ShardsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() {
        m_folder = std::make_unique<QTemporaryDir>();
        support::copyWritable(fs::path(NOISEFLOOR_TEST_DATA) / "reference" / "lcm_tiny_sharded", sharded());
    }

    void shardsAreTheFileTheyWereCutFrom() {
        const std::string before = Model::open(sharded().string()).info().fingerprint;
        for (const auto& [part, stem] :
             {std::pair<std::string, std::string>{"unet", "diffusion_pytorch_model"}, {"text_encoder", "model"}}) {
            std::vector<ldm::SafetensorsFile> files;
            std::vector<TensorToWrite> tensors;
            for (const auto& entry : fs::directory_iterator(sharded() / part))
                if (entry.path().extension() == ".safetensors") files.push_back(ldm::SafetensorsFile::open(entry));
            for (const ldm::SafetensorsFile& file : files)
                for (const ldm::TensorEntry& entry : file.entries())
                    tensors.push_back({entry.name, entry.dtype, entry.shape, file.bytes(entry)});
            ldm::writeSafetensors(sharded() / part / (stem + ".safetensors"), tensors);
            for (const ldm::SafetensorsFile& file : files) fs::remove(file.path());
            fs::remove(sharded() / part / (stem + ".safetensors.index.json"));
        }
        QCOMPARE(Model::open(sharded().string()).info().fingerprint, before);
    }

    void shardsOfAVariantAreFoundUnderBothSpellings_data() {
        QTest::addColumn<QString>("index");
        QTest::newRow("new") << "diffusion_pytorch_model.safetensors.index.fp16.json";
        QTest::newRow("old") << "diffusion_pytorch_model.fp16.safetensors.index.json";
    }

    void shardsOfAVariantAreFoundUnderBothSpellings() {
        QFETCH(QString, index);
        const fs::path unet = sharded() / "unet";
        fs::rename(unet / kShardIndex, unet / index.toStdString());
        QCOMPARE(Model::open(unet.parent_path().string()).info().parts.size(), std::size_t{3});
    }

    void brokenShardsAreRefused_data() {
        QTest::addColumn<Damage>("damage");
        QTest::addColumn<QStringList>("parts");
        const auto row = [](const char* name, const Damage& damage, const QStringList& parts) {
            QTest::newRow(name) << damage << parts;
        };
        const std::string index = std::string("unet/") + kShardIndex;
        const std::string second = "diffusion_pytorch_model-00002-of-00003.safetensors";
        const auto placing = [=](const nlohmann::json& changes) { return setting(index, {{"weight_map", changes}}); };
        row("missing shard", removing("unet/" + second), {"index.json", "-00002-of-00003.safetensors", "missing"});
        row("listed but absent", placing({{"nowhere.weight", second}}), {"\"nowhere.weight\"", "where it is not"});
        row("not listed", placing({{"conv_in.weight", nullptr}}), {"\"conv_in.weight\"", "where it is"});
        row("elsewhere", placing({{"conv_in.weight", "../vae/diffusion_pytorch_model.safetensors"}}),
            {"\"conv_in.weight\"", "outside"});
        row("absolute", placing({{"conv_in.weight", "/etc/passwd"}}), {"\"conv_in.weight\"", "outside"});
        row("no file", placing({{"conv_in.weight", 3}}), {"\"conv_in.weight\"", "no safetensors file"});
        row("wrong size", setting(index, {{"metadata", {{"total_size", 5}}}}), {"total size of 5"});
        row("no map", setting(index, {{"weight_map", nullptr}}), {"weight_map"});
        row("no index", removing(index), {"shards without their index", "fetch that file"});
    }

    void brokenShardsAreRefused() {
        QFETCH(Damage, damage);
        QFETCH(QStringList, parts);
        damage(sharded());
        const std::string said = failureOf(ErrorKind::BadInput, [&] { Model::open(sharded().string()); });
        for (const QString& part : parts) QVERIFY2(contains(said, part.toStdString()), said.c_str());
        QVERIFY2(contains(said, ";"), said.c_str());
    }

private:
    fs::path sharded() const { return fs::path(m_folder->path().toStdString()) / "sharded"; }

    std::unique_ptr<QTemporaryDir> m_folder;
};

NOISEFLOOR_TEST(ShardsTest)
#include "tst_shards.moc"
