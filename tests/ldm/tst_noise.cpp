#include "ldm/lorafixture.h"
#include "support/testmain.h"

#include <ATen/ATen.h>
#include <ldm/denoise.h>

#include <QTemporaryDir>

#include <cmath>
#include <limits>

using support::contains;
using support::failureOf;
using support::Tensors;

namespace {

constexpr const char* kLatents = "latents";

at::Tensor noise(std::int64_t rows) {
    return at::randn({rows, 4, 8, 8});
}

} // namespace

/// Noise that a file gives instead of the seed.
class NoiseTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { at::manual_seed(5); }

    void valuesThatAreNotFiniteAreRefusedByTensor_data() {
        QTest::addColumn<QString>("tensor");
        QTest::addColumn<float>("value");
        QTest::newRow("start") << "latents" << NAN;
        QTest::newRow("infinite start") << "latents" << -std::numeric_limits<float>::infinity();
        QTest::newRow("a run") << "noise.1" << std::numeric_limits<float>::infinity();
    }

    void valuesThatAreNotFiniteAreRefusedByTensor() {
        QFETCH(const QString, tensor);
        QFETCH(const float, value);
        Tensors tensors{{kLatents, noise(1)}, {"noise.0", noise(1)}, {"noise.1", noise(1)}, {"noise.2", noise(1)}};
        tensors[tensor.toStdString()][0][1][2][3] = value;
        const std::string said = refusal(tensors, "euler_a");
        QVERIFY2(contains(said, '"' + tensor.toStdString() + '"'), said.c_str());
        QVERIFY2(contains(said, "not finite") && contains(said, file().string()), said.c_str());
    }

    void tensorsThatAreTheNoiseOfNoRunAreListedUpToTen() {
        Tensors tensors{{kLatents, noise(1)}, {"noise.2", noise(1)}, {"noise.00", noise(1)}};
        for (int run = 3; run < 15; ++run) tensors["noise." + std::to_string(run)] = noise(1);
        const std::string said = refusal(tensors, "ddim");
        for (const char* part : {"13 tensors", "\"noise.00\"", "\"noise.10\"", "\"noise.0\" to \"noise.2\"", "..."})
            QVERIFY2(contains(said, part), said.c_str());
        QVERIFY2(contains(said, file().string()), said.c_str());
        QVERIFY2(contains(refusal({{kLatents, noise(1)}, {"mask", noise(1)}}, "euler_a"), "\"mask\""), "mask");
    }

    void noiseOfRunsThatDrawNoneChangesNothingAndIsTold() {
        ldm::GenerateSettings settings = settingsFor("ddim");
        const at::Tensor start = noise(1);
        support::writeLora(settings.latents, {{kLatents, start}});
        QVERIFY(ldm::noticesFor(m_model, settings).empty());
        support::writeLora(settings.latents, {{kLatents, start}, {"noise.1", noise(1)}});
        const ldm::Conditioning prepared = ldm::prepare(m_networks, {settings});
        QVERIFY(at::equal(prepared.noise, start));
        QVERIFY(!prepared.stepNoise.at(1).defined());
        const std::vector<std::string> notices = ldm::noticesFor(m_model, settings);
        QCOMPARE(notices.size(), std::size_t{1});
        QVERIFY2(contains(notices.front(), "ddim draws none"), notices.front().c_str());
    }

    void everyPictureTakesItsOwnRow() {
        const Tensors tensors{
            {kLatents, noise(3)}, {"noise.0", noise(3)}, {"noise.1", noise(3)}, {"noise.2", noise(3)}};
        support::writeLora(file(), tensors);
        std::vector<ldm::GenerateSettings> pictures;
        for (const std::int64_t row : {2, 0}) {
            pictures.push_back(settingsFor("euler_a"));
            pictures.back().latentsRow = row;
            pictures.back().latentsRows = 3;
        }
        const ldm::Conditioning both = ldm::prepare(m_networks, pictures);
        QVERIFY(at::equal(both.noise, tensors.at(kLatents).index_select(0, at::tensor({2, 0}))));
        QVERIFY(at::equal(both.stepNoise.at(1), tensors.at("noise.1").index_select(0, at::tensor({2, 0}))));
        QVERIFY(at::equal(ldm::prepare(m_networks, {pictures[0]}).noise[0], both.noise[0]));
    }

    void aFileForAnotherNumberOfPicturesIsRefused() {
        const std::string said = refusal({{kLatents, noise(2)}}, "ddim");
        for (const char* part : {"[1, 4, 8, 8]", "[2, 4, 8, 8]", "a row for each prompt"})
            QVERIFY2(contains(said, part), said.c_str());
        ldm::GenerateSettings settings = settingsFor("ddim");
        settings.latentsRow = 1;
        QVERIFY(!failureOf(ldm::ErrorKind::BadInput, [&] { ldm::prepare(m_networks, {settings}); }).empty());
    }

private:
    std::filesystem::path file() const {
        return std::filesystem::path(m_folder.path().toStdString()) / "noise.safetensors";
    }

    ldm::GenerateSettings settingsFor(const char* scheduler) const {
        ldm::GenerateSettings settings;
        settings.prompt = "a photo";
        settings.scheduler = scheduler;
        settings.steps = 3;
        settings.width = settings.height = 16;
        settings.latents = file();
        return settings;
    }

    std::string refusal(const Tensors& tensors, const char* scheduler) {
        support::writeLora(file(), tensors);
        return failureOf(ldm::ErrorKind::BadInput, [&] { ldm::prepare(m_networks, {settingsFor(scheduler)}); });
    }

    const at::NoGradGuard m_noGrad;
    QTemporaryDir m_folder;
    ldm::Model m_model = ldm::Model::open(support::fixture("sd1_tiny").string());
    ldm::Networks& m_networks = m_model.networks();
};

NOISEFLOOR_TEST(NoiseTest)
#include "tst_noise.moc"
