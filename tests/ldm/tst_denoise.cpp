#include "support/reference.h"
#include "support/testmain.h"

#include <ATen/ATen.h>
#include <ldm/denoise.h>
#include <ldm/error.h>
#include <ldm/model.h>

#include <QTemporaryDir>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace {

std::filesystem::path fixture() {
    return std::filesystem::path(NOISEFLOOR_TEST_DATA) / "reference/sd1_tiny";
}

ldm::GenerateSettings settingsFor(const std::string& prompt) {
    ldm::GenerateSettings settings;
    settings.prompt = prompt;
    settings.scheduler = "ddim";
    settings.steps = 3;
    settings.width = settings.height = 16;
    return settings;
}

void writeLatents(const std::filesystem::path& path, const std::string& name, const at::Tensor& values) {
    const auto* data = reinterpret_cast<const std::byte*>(values.data_ptr<float>());
    ldm::writeSafetensors(path, {{name, ldm::DType::F32, values.sizes().vec(), {data, values.nbytes()}}});
}

} // namespace

class TestDenoise : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aWholePictureFromGivenNoiseIsThatOfDiffusers();
    void aTrajectoryVisitsTheLatentsOfDiffusers();
    void theSameSeedGivesTheSamePictureAndAnotherSeedAnother();
    void promptsInOneBatchKeepTheirOwnNoise();
    void withoutGuidanceTheBatchIsNotDoubled();
    void timestepsAndProgressAreReportedInOrder();
    void aStopEndsWithoutAPicture();
    void unusableSettingsAreRefused_data();
    void unusableSettingsAreRefused();
    void settingsThatDifferCannotRunTogether();
    void latentsOfWrongNameOrShapeAreRefused();
    void noiseOfTheRunsComesFromTheFileOrTheSeed();
    void aSliceOfPromptsRunsAsTheyDoTogether();
    void theModelsOwnSchedulerIsTheDefault();
    void previewsComeAfterEveryRun();
    void anEmbeddedGuidanceScaleIsThatOfLcmPipelines();
    void choicesThatDoNotFitAreRefused();
    void noticesTellWhatHasNoEffect();

private:
    const nlohmann::json& recorded() const { return m_reference.description().at("trajectories").at(0); }
    ldm::GenerateSettings recordedSettings() const;
    std::optional<ldm::Picture> picture(const ldm::GenerateSettings& settings) {
        return ldm::generate(m_networks, m_networks.unetArithmetic, settings);
    }

    const at::NoGradGuard m_noGrad;
    support::Reference m_reference = support::Reference::open(fixture());
    ldm::Model m_model = ldm::Model::open(fixture().string());
    ldm::Networks& m_networks = m_model.networks();
    QTemporaryDir m_temporary;
};

/// The settings of the recorded trajectory "ddim", its noise in a file.
ldm::GenerateSettings TestDenoise::recordedSettings() const {
    const nlohmann::json& prompts = m_reference.description().at("prompts");
    ldm::GenerateSettings settings;
    settings.prompt = prompts.at(recorded().at("prompt").get<std::size_t>());
    settings.negative = prompts.at(recorded().at("negative").get<std::size_t>());
    settings.scheduler = "ddim";
    settings.steps = recorded().at("steps");
    settings.guidance = recorded().at("guidance");
    settings.width = settings.height = 16;
    settings.latents = std::filesystem::path(m_temporary.path().toStdString()) / "noise.safetensors";
    writeLatents(settings.latents, "latents", m_reference.tensor("traj/ddim/init_noise"));
    return settings;
}

void TestDenoise::aWholePictureFromGivenNoiseIsThatOfDiffusers() {
    const std::optional<ldm::Picture> got = picture(recordedSettings());
    QVERIFY(got);
    const at::Tensor expected = m_reference.tensor("traj/ddim/image_u8").contiguous();
    QCOMPARE(got->width, 16);
    QCOMPARE(got->height, 16);
    QCOMPARE(got->rgb.size(), static_cast<std::size_t>(expected.numel()));
    for (std::size_t i = 0; i < got->rgb.size(); ++i)
        QVERIFY(std::abs(got->rgb[i] - expected.data_ptr<std::uint8_t>()[i]) <= 1);
}

void TestDenoise::aTrajectoryVisitsTheLatentsOfDiffusers() {
    const ldm::GenerateSettings settings = recordedSettings();
    ldm::Trajectory trajectory(m_networks, ldm::prepare(m_networks, {settings}));
    std::vector<at::Tensor> latents;
    while (!trajectory.done()) {
        QCOMPARE(trajectory.timestep(), recorded().at("timesteps").at(trajectory.index()).get<int>());
        trajectory.advance(m_networks.unet.finish(m_networks.unetArithmetic, trajectory.state()));
        latents.push_back(trajectory.latent());
    }
    const support::Deviation deviation =
        m_reference.compare("traj/ddim/latents", at::cat(latents), support::Tolerance::kTrajectory);
    QVERIFY2(deviation.fits(), QByteArray::number(deviation.largest).constData());
}

void TestDenoise::theSameSeedGivesTheSamePictureAndAnotherSeedAnother() {
    ldm::GenerateSettings settings = settingsFor("a photo");
    const std::optional<ldm::Picture> first = picture(settings);
    QVERIFY(first);
    QCOMPARE(picture(settings), first);
    settings.seed = 1;
    QVERIFY(picture(settings) != first);
    settings.seed = 0;
    settings.prompt = "another photo";
    QVERIFY(picture(settings) != first);
}

void TestDenoise::promptsInOneBatchKeepTheirOwnNoise() {
    ldm::GenerateSettings one = settingsFor("one"), two = settingsFor("two");
    two.seed = 7;
    const ldm::Conditioning both = ldm::prepare(m_networks, {one, two});
    QCOMPARE(both.condition.context.size(0), 4);
    const ldm::Conditioning alone = ldm::prepare(m_networks, {two});
    QVERIFY(at::equal(both.noise.narrow(0, 1, 1), alone.noise));
    QVERIFY(!at::equal(both.noise.narrow(0, 0, 1), alone.noise));
    // Unconditional rows first, then the conditional ones.
    QVERIFY(at::allclose(both.condition.context[1], alone.condition.context[0], 1e-5, 1e-5));
    QVERIFY(at::allclose(both.condition.context[3], alone.condition.context[1], 1e-5, 1e-5));
    QVERIFY(!at::allclose(both.condition.context[1], both.condition.context[3]));
}

void TestDenoise::withoutGuidanceTheBatchIsNotDoubled() {
    ldm::GenerateSettings settings = settingsFor("a photo");
    settings.guidance = 1;
    const ldm::Conditioning conditioning = ldm::prepare(m_networks, {settings});
    QVERIFY(!conditioning.guided);
    QCOMPARE(conditioning.condition.context.size(0), 1);
    const ldm::Trajectory plain(m_networks, conditioning);
    QCOMPARE(plain.state().hidden.size(0), 1);
    settings.guidance = 7.5;
    const ldm::Trajectory guided(m_networks, ldm::prepare(m_networks, {settings}));
    QCOMPARE(guided.state().hidden.size(0), 2);
}

void TestDenoise::timestepsAndProgressAreReportedInOrder() {
    std::vector<int> timesteps;
    std::vector<std::int64_t> done;
    const auto result = ldm::generate(
        m_networks, m_networks.unetArithmetic, settingsFor("a photo"), {},
        [&](const ldm::Progress& progress) {
            QCOMPARE(progress.total, 3);
            done.push_back(progress.done);
        },
        [&](int timestep) {
            timesteps.push_back(timestep);
            return false;
        });
    QVERIFY(result);
    QCOMPARE(timesteps, std::vector<int>({667, 334, 1}));
    QCOMPARE(done, std::vector<std::int64_t>({0, 1, 2, 3}));
}

void TestDenoise::aStopEndsWithoutAPicture() {
    std::stop_source stop;
    int steps = 0;
    const auto result =
        ldm::generate(m_networks, m_networks.unetArithmetic, settingsFor("a photo"), stop.get_token(), {}, [&](int) {
            if (++steps == 2) stop.request_stop();
            return false;
        });
    QVERIFY(!result);
    QCOMPARE(steps, 2);
}

void TestDenoise::unusableSettingsAreRefused_data() {
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("steps");
    QTest::addColumn<double>("guidance");
    QTest::addColumn<QString>("scheduler");
    QTest::newRow("no multiple of the scale") << 17 << 3 << 7.5 << "ddim";
    QTest::newRow("negative width") << -16 << 3 << 7.5 << "ddim";
    QTest::newRow("enormous width") << 1000000 << 3 << 7.5 << "ddim";
    QTest::newRow("no steps") << 16 << 0 << 7.5 << "ddim";
    QTest::newRow("too many steps") << 16 << 1001 << 7.5 << "ddim";
    QTest::newRow("guidance that is no number") << 16 << 3 << std::nan("") << "ddim";
    QTest::newRow("unknown scheduler") << 16 << 3 << 7.5 << "k_diffusion";
}

void TestDenoise::unusableSettingsAreRefused() {
    QFETCH(int, width);
    QFETCH(int, steps);
    QFETCH(double, guidance);
    QFETCH(QString, scheduler);
    ldm::GenerateSettings settings = settingsFor("a photo");
    settings.width = width;
    settings.steps = steps;
    settings.guidance = guidance;
    settings.scheduler = scheduler.toStdString();
    QVERIFY_EXCEPTION_THROWN(ldm::checked(settings, m_model.info()), ldm::Error);
    QVERIFY_EXCEPTION_THROWN(picture(settings), ldm::Error);
}

void TestDenoise::settingsThatDifferCannotRunTogether() {
    ldm::GenerateSettings one = settingsFor("one"), two = settingsFor("two");
    two.steps = 4;
    QVERIFY_EXCEPTION_THROWN(ldm::prepare(m_networks, {one, two}), ldm::Error);
    QVERIFY_EXCEPTION_THROWN(ldm::prepare(m_networks, {}), ldm::Error);
}

void TestDenoise::latentsOfWrongNameOrShapeAreRefused() {
    ldm::GenerateSettings settings = settingsFor("a photo");
    settings.latents = std::filesystem::path(m_temporary.path().toStdString()) / "bad.safetensors";
    QVERIFY_EXCEPTION_THROWN(ldm::prepare(m_networks, {settings}), ldm::Error); // there is no such file
    writeLatents(settings.latents, "noise", at::zeros({1, 4, 8, 8}));
    QVERIFY_EXCEPTION_THROWN(ldm::prepare(m_networks, {settings}), ldm::Error);
    writeLatents(settings.latents, "latents", at::zeros({1, 4, 8, 9}));
    QVERIFY_EXCEPTION_THROWN(ldm::prepare(m_networks, {settings}), ldm::Error);
}

void TestDenoise::noiseOfTheRunsComesFromTheFileOrTheSeed() {
    ldm::GenerateSettings settings = settingsFor("a photo");
    QVERIFY(!ldm::prepare(m_networks, {settings}).stepNoise.at(0).defined()); // DDIM draws nothing
    settings.scheduler = "euler_a";
    const ldm::Conditioning seeded = ldm::prepare(m_networks, {settings});
    QCOMPARE(seeded.stepNoise.size(), std::size_t{3});
    QVERIFY(!at::equal(seeded.stepNoise[0], seeded.stepNoise[1]));
    QVERIFY(at::equal(seeded.stepNoise[2], ldm::prepare(m_networks, {settings}).stepNoise[2]));
    // A neighbour in the batch changes nothing.
    ldm::GenerateSettings other = settings;
    other.seed = 9;
    QVERIFY(at::equal(ldm::prepare(m_networks, {other, settings}).stepNoise[1].narrow(0, 1, 1), seeded.stepNoise[1]));

    settings.latents = std::filesystem::path(m_temporary.path().toStdString()) / "runs.safetensors";
    const std::vector<at::Tensor> values{at::zeros({1, 4, 8, 8}), at::ones({1, 4, 8, 8}), at::full({1, 4, 8, 8}, 2.0F)};
    std::vector<ldm::TensorToWrite> tensors;
    const auto add = [&](const std::string& name, const at::Tensor& one) {
        const auto* data = reinterpret_cast<const std::byte*>(one.data_ptr<float>());
        tensors.push_back({name, ldm::DType::F32, one.sizes().vec(), {data, one.nbytes()}});
    };
    add("latents", values[0]);
    add("noise.0", values[1]);
    ldm::writeSafetensors(settings.latents, tensors);
    QVERIFY_EXCEPTION_THROWN(ldm::prepare(m_networks, {settings}), ldm::Error); // runs 1 and 2 draw, too
    add("noise.1", values[2]);
    add("noise.2", values[0]);
    ldm::writeSafetensors(settings.latents, tensors);
    const ldm::Conditioning loaded = ldm::prepare(m_networks, {settings});
    for (std::size_t run = 0; run < 3; ++run) QVERIFY(at::equal(loaded.stepNoise[run], values[(run + 1) % 3]));
}

void TestDenoise::aSliceOfPromptsRunsAsTheyDoTogether() {
    ldm::GenerateSettings one = settingsFor("one"), two = settingsFor("two");
    one.scheduler = two.scheduler = "euler_a";
    two.seed = 7;
    two.negative = "blurry";
    const ldm::Conditioning both = ldm::prepare(m_networks, {one, two});
    const ldm::Conditioning alone = both.slice(1, 1);
    QCOMPARE(alone.prompts(), 1);
    QCOMPARE(alone.condition.context.size(0), 2);
    ldm::Trajectory together(m_networks, both), single(m_networks, alone);
    while (!single.done()) {
        together.advance(m_networks.unet.finish(m_networks.unetArithmetic, together.state()));
        single.advance(m_networks.unet.finish(m_networks.unetArithmetic, single.state()));
        const at::Tensor second = together.latent().narrow(0, 1, 1);
        const double scale = second.abs().max().item<double>();
        QVERIFY((second - single.latent()).abs().max().item<double>() <= 1e-4 * scale);
    }
}

void TestDenoise::theModelsOwnSchedulerIsTheDefault() {
    ldm::GenerateSettings settings = settingsFor("a photo");
    settings.scheduler.clear();
    QCOMPARE(ldm::checked(settings, m_model.info()).scheduler, std::string("pndm"));
    QCOMPARE(ldm::timestepsFor(m_networks, ldm::checked(settings, m_model.info())),
             std::vector<int>({667, 334, 334, 1}));
    settings.scheduler = "euler"; // fractional timesteps
    QCOMPARE(ldm::timestepsFor(m_networks, settings), std::vector<int>({999, 500, 0}));
    QCOMPARE(ldm::Trajectory(m_networks, ldm::prepare(m_networks, {settings})).timestep(), 999);
}

void TestDenoise::previewsComeAfterEveryRun() {
    std::vector<int> runs;
    std::vector<int> timesteps;
    std::vector<float> latent;
    const auto picture = ldm::generate(m_networks, m_networks.unetArithmetic, settingsFor("a photo"), {}, {}, {},
                                       [&](int run, const ldm::Preview& preview) {
                                           runs.push_back(run);
                                           timesteps.push_back(preview.timestep);
                                           latent = preview.latent;
                                           QCOMPARE(preview.width, 16 / m_model.info().vaeScale);
                                           QCOMPARE(preview.height, 16 / m_model.info().vaeScale);
                                       });
    QCOMPARE(runs, std::vector<int>({1, 2, 3}));
    QCOMPARE(timesteps, ldm::timestepsFor(m_networks, ldm::checked(settingsFor("a photo"), m_model.info())));
    QCOMPARE(latent, picture->latent);                        // of the last run
    QCOMPARE(picture, this->picture(settingsFor("a photo"))); // looking on changes nothing
}

void TestDenoise::anEmbeddedGuidanceScaleIsThatOfLcmPipelines() {
    const at::Tensor embedding = ldm::guidanceEmbedding(8.5, 8);
    QCOMPARE(embedding.sizes().vec(), std::vector<std::int64_t>({1, 8}));
    for (int i = 0; i < 4; ++i) {
        const double angle = 7500 * std::pow(10000.0, -i / 3.0);
        QVERIFY(std::abs(embedding[0][i].item<double>() - std::sin(angle)) < 1e-3);
        QVERIFY(std::abs(embedding[0][4 + i].item<double>() - std::cos(angle)) < 1e-3);
    }
    QCOMPARE(ldm::guidanceEmbedding(1, 9)[0][8].item<double>(), 0.0); // an odd width is filled up
}

void TestDenoise::choicesThatDoNotFitAreRefused() {
    const auto refused = [&](auto change) {
        ldm::GenerateSettings settings = settingsFor("a photo");
        change(settings);
        QVERIFY_EXCEPTION_THROWN(ldm::prepare(m_networks, {settings}), ldm::Error);
    };
    refused([](ldm::GenerateSettings& settings) { settings.eta = 1.5; });
    refused([](ldm::GenerateSettings& settings) { settings.eta = std::nan(""); });
    refused([](ldm::GenerateSettings& settings) {
        settings.eta = 0.5;
        settings.scheduler = "euler";
    });
    refused([](ldm::GenerateSettings& settings) { settings.clipSkip = -1; });
    refused([](ldm::GenerateSettings& settings) { settings.clipSkip = 50; });
    refused([](ldm::GenerateSettings& settings) {
        settings.scheduler = "lcm";
        settings.steps = 51;
    });
}

void TestDenoise::noticesTellWhatHasNoEffect() {
    ldm::GenerateSettings settings = settingsFor("a photo");
    QVERIFY(ldm::noticesFor(m_model, settings).empty());
    for (int i = 0; i < 100; ++i) settings.prompt += " photo";
    QCOMPARE(ldm::noticesFor(m_model, settings).size(), std::size_t{1});
    settings.negative = settings.prompt;
    QCOMPARE(ldm::noticesFor(m_model, settings).size(), std::size_t{2});
    settings.prompt = "a photo";
    settings.guidance = 1;
    const auto notices = ldm::noticesFor(m_model, settings);
    QCOMPARE(notices.size(), std::size_t{1});
    QVERIFY(QString::fromStdString(notices.front()).contains("negative"));
}

NOISEFLOOR_TEST(TestDenoise)
#include "tst_denoise.moc"
