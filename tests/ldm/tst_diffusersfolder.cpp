#include "damage.h"
#include "failures.h"
#include "support/proceduralweights.h"
#include "support/testmain.h"

#include <ldm/denoise.h>
#include <ldm/model.h>
#include <ldm/networks.h>

#include <nlohmann/json.hpp>

#include <QTemporaryDir>
#include <QTest>

using ldm::ErrorKind;
using ldm::Model;
using ldm::ModelInfo;
using nlohmann::json;
using support::contains;
using support::Damage;
using support::failureOf;
using support::setting;

namespace fs = std::filesystem;

namespace {

constexpr const char* kIndex = "model_index.json";
constexpr const char* kScheduler = "scheduler/scheduler_config.json";

json nulls() {
    return json::array({nullptr, nullptr});
}

ldm::GenerateSettings shortRun(const std::string& scheduler = {}) {
    ldm::GenerateSettings settings;
    settings.prompt = "a cat";
    settings.steps = 2;
    settings.scheduler = scheduler;
    return settings;
}

/// The sentence with which a run fails, and whether it had begun.
std::pair<std::string, bool> runFailure(const Model& model) {
    bool begun = false;
    std::string said = failureOf(ErrorKind::BadInput, [&] {
        ldm::generate(model.networks(), model.networks().unetArithmetic, shortRun(), {},
                      [&](const auto&...) { begun = true; }, {}, {});
    });
    return {std::move(said), begun};
}

} // namespace

Q_DECLARE_METATYPE(Damage)

/// What model_index.json says about a folder, and what is missing in it.
class DiffusersFolderTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() {
        m_folder = std::make_unique<QTemporaryDir>();
        support::copyWritable(fs::path(NOISEFLOOR_TEST_DATA) / "reference" / "sd1_tiny", model());
    }

    void theIndexDecidesAboutTheSchedulersClass() {
        setting(kIndex, {{"scheduler", {"diffusers", "DDIMScheduler"}}})(model());
        const Model opened = Model::open(model().string());
        QCOMPARE(opened.info().scheduler, std::string("DDIMScheduler"));
        QCOMPARE(opened.info().sampler, std::string("ddim"));
        const auto timesteps = ldm::timestepsFor(opened.networks(), shortRun());
        QCOMPARE(timesteps, ldm::timestepsFor(opened.networks(), shortRun("ddim")));
        QVERIFY(timesteps != ldm::timestepsFor(opened.networks(), shortRun("pndm")));
        setting(kScheduler, {{"_class_name", nullptr}})(model());
        const ModelInfo without = Model::open(model().string()).info();
        QCOMPARE(without.scheduler, std::string("DDIMScheduler"));
        QCOMPARE(without.fingerprint, opened.info().fingerprint); // it is the same model
    }

    void anIndexThatNamesNoSchedulerLeavesItItsClass() {
        for (const json& entry : {json(), nulls()}) {
            setting(kIndex, {{"scheduler", entry}})(model());
            QCOMPARE(Model::open(model().string()).info().scheduler, std::string("PNDMScheduler"));
        }
    }

    void aSchedulerWithoutAnyClassIsRefused() {
        setting(kIndex, {{"scheduler", nullptr}})(model());
        setting(kScheduler, {{"_class_name", nullptr}})(model());
        const std::string said = failureOf(ErrorKind::BadInput, [&] { Model::open(model().string()); });
        QVERIFY2(contains(said, kIndex) && contains(said, kScheduler) && contains(said, "\"scheduler\""), said.c_str());
    }

    void schedulersThatAreNotComputedAreInspectedAndReplaced() {
        setting(kIndex, {{"scheduler", {"diffusers", "FooScheduler"}}})(model());
        const Model opened = Model::open(model().string());
        QCOMPARE(opened.info().scheduler, std::string("FooScheduler"));
        QVERIFY(opened.info().sampler.empty());
        const std::string said =
            failureOf(ErrorKind::BadInput, [&] { ldm::timestepsFor(opened.networks(), shortRun()); });
        for (const char* part : {kIndex, kScheduler, "FooScheduler", "PNDMScheduler", "choose a sampler"})
            QVERIFY2(contains(said, part), said.c_str());
        QCOMPARE(ldm::timestepsFor(opened.networks(), shortRun("ddim")).size(), std::size_t{2});
    }

    void damagedEntriesOfTheIndexAreRefused_data() {
        QTest::addColumn<QString>("changes");
        QTest::addColumn<QStringList>("parts");
        const auto row = [](const char* changes, const QStringList& parts) {
            QTest::newRow(changes) << QString(changes).replace('\'', '"') << parts;
        };
        const QStringList pair{"\"scheduler\"", "[\"diffusers\", \"PNDMScheduler\"]"};
        for (const char* entry :
             {"'x'", "5", "{}", "[]", "['diffusers']", "['diffusers', 7]", "[null, 'DDIMScheduler']",
              "['diffusers', '']", "['diffusers', null]", "['a', 'b', 'c']"})
            row(("{'scheduler': " + std::string(entry) + "}").c_str(), pair);
        row("{'_class_name': null}", {"\"_class_name\"", "missing"});
        row("{'_class_name': 5}", {"the pipeline is \"5\"", "StableDiffusionPipeline"});
        row("{'tokenizer': ['transformers', 'T5Tokenizer']}", {"tokenizer", "T5Tokenizer", "CLIPTokenizer"});
        row("{'tokenizer': 'x'}", {"\"tokenizer\"", "library and class"});
        row("{'requires_aesthetics_score': true}", {"\"requires_aesthetics_score\"", "refiner"});
        row("{'vae': ['diffusers', 'VQModel']}", {"VQModel", "AutoencoderKL, AutoencoderTiny"});
    }

    void damagedEntriesOfTheIndexAreRefused() {
        QFETCH(QString, changes);
        QFETCH(QStringList, parts);
        json index = ldm::readJsonObject(model() / kIndex);
        const json wanted = json::parse(changes.toStdString());
        for (const auto& [key, value] : wanted.items()) {
            if (value.is_null())
                index.erase(key);
            else
                index[key] = value;
        }
        support::put(model() / kIndex, index.dump());
        const std::string said = failureOf(ErrorKind::BadInput, [&] { Model::open(model().string()); });
        QVERIFY2(contains(said, kIndex) && contains(said, ";"), said.c_str());
        for (const QString& part : parts) QVERIFY2(contains(said, part.toStdString()), said.c_str());
    }

    void aClassThatContradictsTheIndexIsRefused() {
        setting("vae/config.json", {{"_class_name", "AutoencoderTiny"}})(model());
        const std::string said = failureOf(ErrorKind::BadInput, [&] { Model::open(model().string()); });
        QVERIFY2(contains(said, "vae/config.json") && contains(said, "AutoencoderKL"), said.c_str());
    }

    void missingPartsAreNamedBeforeTheWorkAndMayBeLent_data() {
        QTest::addColumn<Damage>("damage");
        QTest::addColumn<QString>("missing");
        QTest::addColumn<bool>("analysed");
        QTest::newRow("tokenizer null") << setting(kIndex, {{"tokenizer", nulls()}}) << "has no tokenizer," << false;
        QTest::newRow("no entry for the tokenizer")
            << setting(kIndex, {{"tokenizer", nullptr}}) << "has no tokenizer," << false;
        QTest::newRow("text encoder") << setting(kIndex, {{"text_encoder", nulls()}}) << "has no text encoder,"
                                      << false;
        QTest::newRow("both") << setting(kIndex, {{"text_encoder", nulls()}, {"tokenizer", nulls()}})
                              << "has no text encoder," << false;
        QTest::newRow("all") << setting(kIndex, {{"text_encoder", nulls()}, {"vae", nulls()}})
                             << "has no text encoder and no autoencoder," << false;
        QTest::newRow("autoencoder") << setting(kIndex, {{"vae", nulls()}}) << "has no autoencoder," << true;
    }

    void missingPartsAreNamedBeforeTheWorkAndMayBeLent() {
        QFETCH(Damage, damage);
        QFETCH(QString, missing);
        QFETCH(bool, analysed);
        support::copyWritable(model(), folder() / "whole");
        const ModelInfo whole = Model::open((folder() / "whole").string()).info();
        damage(model());
        const Model lacking = Model::open(model().string());
        QVERIFY(!lacking.info().generates && !lacking.info().layers.empty());
        const auto& [said, begun] = runFailure(lacking);
        QVERIFY2(contains(said, missing.toStdString()) && contains(said, "--base"), said.c_str());
        QVERIFY(!begun);
        // What an analysis starts from needs no autoencoder.
        const std::string why = failureOf(ErrorKind::BadInput, [&] { ldm::prepare(lacking.networks(), {shortRun()}); });
        QCOMPARE(why.empty(), analysed);

        const Model lent = Model::open({model().string(), {}, (folder() / "whole").string(), {}, {}});
        QVERIFY(lent.info().generates && lent.networks().checkpoint.borrowed);
        QCOMPARE(lent.info().fingerprint, whole.fingerprint);
        QVERIFY(contains(lent.networks().checkpoint.pipelineConfig.dump(), "CLIPTokenizer"));
    }

    void aLenderWithoutATokenizerLendsTheRest() {
        support::copyWritable(model(), folder() / "lender");
        setting(kIndex, {{"tokenizer", nullptr}})(folder() / "lender");
        setting(kIndex, {{"vae", nulls()}, {"tokenizer", nulls()}})(model());
        const Model lent = Model::open({model().string(), {}, (folder() / "lender").string(), {}, {}});
        QVERIFY(!lent.info().generates);
        lent.networks().autoencoder();
        QVERIFY(contains(runFailure(lent).first, "has no tokenizer,"));
    }

    void whatSdxlLacksIsNamedTogether() {
        const fs::path source =
            support::withWeights(fs::path(NOISEFLOOR_TEST_DATA) / "reference" / "sdxl_tiny", folder() / "procedural");
        support::copyWritable(source, folder() / "sdxl");
        setting(kIndex, {{"tokenizer", nulls()}, {"text_encoder_2", nulls()}})(folder() / "sdxl");
        const std::string said = runFailure(Model::open((folder() / "sdxl").string())).first;
        QVERIFY2(contains(said, "has no tokenizer and no text encoder 2,"), said.c_str());
    }

    void textEncodersAreCheckedAlsoWithoutTheirTokenizer() {
        setting(kIndex, {{"tokenizer", nulls()}})(model());
        setting("text_encoder/config.json", {{"hidden_act", "relu"}})(model());
        QVERIFY(contains(failureOf(ErrorKind::BadInput, [&] { Model::open(model().string()); }), "\"hidden_act\""));
    }

    void usualPicturesMayBeWiderThanHigh() {
        setting("unet/config.json", {{"sample_size", {6, 10}}})(model());
        const ModelInfo info = Model::open(model().string()).info();
        QCOMPARE(info.defaultHeight, 6 * info.vaeScale);
        QCOMPARE(info.defaultWidth, 10 * info.vaeScale);
    }

private:
    fs::path folder() const { return m_folder->path().toStdString(); }
    fs::path model() const { return folder() / "model"; }

    std::unique_ptr<QTemporaryDir> m_folder;
};

NOISEFLOOR_TEST(DiffusersFolderTest)
#include "tst_diffusersfolder.moc"
