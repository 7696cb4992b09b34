#include "schedulers.h"
#include "support/testmain.h"

#include <ldm/denoise.h>

#include <algorithm>
#include <cmath>

using nlohmann::json;
using namespace support;

class TestSampler : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theTruePictureIsFoundIfTheModelKnowsTheNoise_data() { addKindRows(); }
    void theTruePictureIsFoundIfTheModelKnowsTheNoise();
    void aModelOfThePictureIsFollowedToIt_data();
    void aModelOfThePictureIsFollowedToIt();
    void velocityAndNoiseDescribeTheSameStep_data() { addKindRows(); }
    void velocityAndNoiseDescribeTheSameStep();
    void everyStepIsFiniteAndEachKindAsksForItsRuns_data() { addKindRows(); }
    void everyStepIsFiniteAndEachKindAsksForItsRuns();
    void oneDdimStepWithKnownAlphasIsTheFormula();
    void dpmSolverOfFirstOrderIsDdim();
    void ddimThatDrawsNoiseKeepsTheVarianceOfPureNoise();
    void clippingAndThresholdingKeepPredictionsInRange();
    void zeroTerminalSnrLeavesNothingAtTheLastTimestep();
    void everyStepCountStaysWithinTheTrainedTimesteps_data();
    void everyStepCountStaysWithinTheTrainedTimesteps();
    void everyKindMakesAPicture_data() { addKindRows(); }
    void everyKindMakesAPicture();
};

void TestSampler::theTruePictureIsFoundIfTheModelKnowsTheNoise() {
    QFETCH(QString, name);
    const auto sampler = named(name.toUtf8().constData(), 8);
    const at::Tensor picture = normal(1) * 0.5;
    at::Tensor sample = sampler->addNoise(picture, normal(2), 0);
    for (std::size_t i = 0; i < sampler->timesteps().size(); ++i) {
        const at::Tensor input = sampler->input(i, sample);
        const double t = sampler->timesteps()[i];
        const auto low = static_cast<std::size_t>(t);
        const auto& alphas = sampler->alphasCumprod();
        const auto ratio = [&](std::size_t at) { return std::sqrt((1.0 - alphas[at]) / alphas[at]); };
        const double sigma = sampler->sigmas().empty() ? ratio(low) : static_cast<double>(sampler->sigmas()[i]);
        const double alpha = 1 / std::sqrt(1 + sigma * sigma);
        const at::Tensor noise = (input - alpha * picture) / (sigma * alpha);
        const auto step = sampler->step(i, noise, sample, normal(10 + i));
        const double error = (step.denoised - picture).abs().max().item<double>();
        if (name != "lcm") QVERIFY2(error < 2e-3, QByteArray::number(error).constData());
        sample = step.sample;
    }
    // What is left is the noise of the last level: none, or that of the smallest sigma or first timestep.
    const double left = (sample - picture).abs().max().item<double>();
    QVERIFY2(left < 0.15, QByteArray::number(left).constData());
}

void TestSampler::aModelOfThePictureIsFollowedToIt_data() {
    QTest::addColumn<QString>("name");
    for (const char* name : {"ddim", "euler", "dpmpp_2m", "dpmpp_2m_karras", "unipc", "lcm", "lms", "ddpm"})
        QTest::newRow(name) << QString(name);
}

void TestSampler::aModelOfThePictureIsFollowedToIt() {
    QFETCH(QString, name);
    const json config = with(ldm::configFor(name.toStdString(), stableDiffusion()), {{"prediction_type", "sample"}});
    const auto sampler = made(config, 6);
    const at::Tensor picture = normal(3);
    at::Tensor sample = normal(4) * sampler->initialSigma();
    for (std::size_t i = 0; i < sampler->timesteps().size(); ++i)
        sample = sampler->step(i, picture, sample, normal(20 + i)).sample;
    const double left = (sample - picture).abs().max().item<double>();
    QVERIFY2(left < 0.3, QByteArray::number(left).constData());
}

void TestSampler::velocityAndNoiseDescribeTheSameStep() {
    QFETCH(QString, name);
    const json config = ldm::configFor(name.toStdString(), stableDiffusion());
    const auto byNoise = made(config, 6);
    const auto byVelocity = made(with(config, {{"prediction_type", "v_prediction"}}), 6);
    at::Tensor sample = normal(5) * byNoise->initialSigma();
    for (std::size_t i = 0; i < byNoise->timesteps().size(); ++i) {
        const at::Tensor input = byNoise->input(i, sample), noise = normal(30 + i);
        const auto& alphas = byNoise->alphasCumprod();
        const double t = byNoise->timesteps()[i];
        const double sigma = byNoise->sigmas().empty()
                                 ? std::sqrt((1.0 - alphas[std::size_t(t)]) / alphas[std::size_t(t)])
                                 : static_cast<double>(byNoise->sigmas()[i]);
        const double alpha = 1 / std::sqrt(1 + sigma * sigma), deviation = sigma * alpha;
        // alpha * v = noise - deviation * input, with input = alpha * picture + deviation * noise.
        const at::Tensor velocity = (noise - deviation * input) / alpha;
        const at::Tensor drawn = normal(40 + i);
        if (name == "pndm" && i == 1) break; // averages outputs of two levels, which velocities are not alike in
        const auto one = byNoise->step(i, noise, sample, drawn), other = byVelocity->step(i, velocity, sample, drawn);
        const double scale = std::max(1.0, one.denoised.abs().max().item<double>());
        const double error = (one.sample - other.sample).abs().max().item<double>();
        QVERIFY2(error < 1e-3 * scale, QByteArray::number(error).constData());
        sample = one.sample;
    }
}

void TestSampler::everyStepIsFiniteAndEachKindAsksForItsRuns() {
    QFETCH(QString, name);
    for (const int steps : {1, 2, 3, 4, 7, 16, 30, 50}) {
        const auto sampler = named(name.toUtf8().constData(), steps);
        const auto runs = static_cast<int>(sampler->timesteps().size());
        const int expected = name == "pndm" && steps > 1 ? steps + 1 : name == "heun" ? 2 * steps - 1 : steps;
        QCOMPARE(runs, expected);
        if (!sampler->sigmas().empty()) QCOMPARE(sampler->sigmas().size(), sampler->timesteps().size() + 1);
        at::Tensor sample = normal(6) * sampler->initialSigma();
        for (int i = 0; i < runs; ++i) {
            const auto index = static_cast<std::size_t>(i);
            const auto step =
                sampler->step(index, normal(std::uint64_t(50 + i)), sample, normal(std::uint64_t(99 + i)));
            QVERIFY(at::isfinite(step.sample).all().item<bool>());
            QVERIFY(at::isfinite(step.denoised).all().item<bool>());
            QVERIFY(at::isfinite(sampler->input(index, sample)).all().item<bool>());
            sample = step.sample;
        }
    }
}

void TestSampler::oneDdimStepWithKnownAlphasIsTheFormula() {
    const json config = with(bare("DDIMScheduler"), {{"num_train_timesteps", 2},
                                                     {"trained_betas", {0.19, 0.36}}, // cumulative 0.81 and 0.5184
                                                     {"clip_sample", false}});
    const auto ddim = made(config, 2);
    const at::Tensor sample = at::full({1, 1, 1, 1}, 2.0, at::kFloat);
    const at::Tensor output = at::full({1, 1, 1, 1}, 0.5, at::kFloat);
    const double original = (2.0 - std::sqrt(1 - 0.5184) * 0.5) / 0.72;
    const double expected = 0.9 * original + std::sqrt(0.19) * 0.5;
    QVERIFY(std::abs(ddim->step(0, output, sample, {}).sample.item<double>() - expected) < 1e-6);
    // The last step leads to the final alpha, which is one: the predicted original itself.
    const auto last = ddim->step(1, output, sample, {});
    QVERIFY(std::abs(last.sample.item<double>() - (2.0 - std::sqrt(0.19) * 0.5) / 0.9) < 1e-6);
    QVERIFY(at::equal(last.sample, last.denoised));
}

void TestSampler::dpmSolverOfFirstOrderIsDdim() {
    const json dpm = with(bare("DPMSolverMultistepScheduler"),
                          {{"solver_order", 1}, {"timestep_spacing", "trailing"}, {"beta_end", 0.012}});
    const json ddim =
        with(bare("DDIMScheduler"), {{"clip_sample", false}, {"timestep_spacing", "trailing"}, {"beta_end", 0.012}});
    const auto one = made(dpm, 10), other = made(ddim, 10);
    QCOMPARE(one->timesteps(), other->timesteps());
    at::Tensor sample = normal(7);
    for (std::size_t i = 0; i < 10; ++i) {
        const at::Tensor output = normal(60 + i);
        const at::Tensor next = other->step(i, output, sample, {}).sample;
        const double error = (one->step(i, output, sample, {}).sample - next).abs().max().item<double>();
        QVERIFY2(error < 1e-4 * next.abs().max().item<double>(), QByteArray::number(error).constData());
        sample = next;
    }
}

void TestSampler::ddimThatDrawsNoiseKeepsTheVarianceOfPureNoise() {
    const json config = with(ldm::configFor("ddim", stableDiffusion()), {{"timestep_spacing", "trailing"}});
    const auto ddim = made(config, 4, 1.0);
    const auto plain = made(config, 4, 0.0);
    QVERIFY(ddim->drawsNoise(0));
    QVERIFY(!plain->drawsNoise(0));
    at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(8);
    const auto draw = [&] { return at::randn({1, 4, 128, 128}, generator, at::kFloat); };
    // Pure noise whose noise is known stays a latent of its level: alpha * 0 + sigma * something of unit variance.
    const at::Tensor noise = draw();
    const at::Tensor sample = ddim->addNoise(at::zeros_like(noise), noise, 0);
    const at::Tensor next = ddim->step(0, noise, sample, draw()).sample;
    const double sigma = std::sqrt(1 - ddim->alphasCumprod()[std::size_t(ddim->timesteps()[1])]);
    QVERIFY(std::abs(next.std().item<double>() - sigma) < 0.02 * sigma);
}

void TestSampler::clippingAndThresholdingKeepPredictionsInRange() {
    const at::Tensor sample = normal(9) * 5, output = normal(11);
    const auto largest = [&](const json& changes) {
        const auto sampler = made(with(ldm::configFor("ddim", stableDiffusion()), changes), 5);
        return sampler->step(4, output, sample, {}).denoised.abs().max().item<double>();
    };
    QVERIFY(largest(json::object()) > 5);
    QCOMPARE(largest({{"clip_sample", true}, {"clip_sample_range", 2.5}}), 2.5);
    QCOMPARE(largest({{"thresholding", true}, {"sample_max_value", 3.0}}), 1.0); // clamped to 3, divided by 3
}

void TestSampler::zeroTerminalSnrLeavesNothingAtTheLastTimestep() {
    const json rescaled = {{"rescale_betas_zero_snr", true}, {"prediction_type", "v_prediction"}};
    const auto ddim = made(with(ldm::configFor("ddim", stableDiffusion()), rescaled), 5);
    QCOMPARE(ddim->alphasCumprod().back(), 0.0F);
    const auto plain = named("ddim", 5);
    QVERIFY(std::abs(ddim->alphasCumprod().front() - plain->alphasCumprod().front()) < 1e-6F);
    const auto euler = made(with(ldm::configFor("euler", stableDiffusion()), rescaled), 5);
    QVERIFY(std::abs(euler->initialSigma() - 4096) < 1); // 2^-24 of the picture is left there
}

void TestSampler::everyStepCountStaysWithinTheTrainedTimesteps_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("spacing");
    for (const char* name : {"ddim", "pndm", "euler", "dpmpp_2m", "unipc", "heun"})
        for (const char* spacing : {"leading", "trailing", "linspace"})
            QTest::newRow((std::string(name) + " " + spacing).c_str()) << QString(name) << QString(spacing);
}

void TestSampler::everyStepCountStaysWithinTheTrainedTimesteps() {
    QFETCH(QString, name);
    QFETCH(QString, spacing);
    const json config =
        ldm::configFor(name.toStdString(),
                       with(stableDiffusion(), {{"timestep_spacing", spacing.toStdString()}, {"steps_offset", 0}}));
    for (int steps = 1; steps <= 1000; steps += 7) {
        const std::vector<double> timesteps = made(config, steps)->timesteps();
        QVERIFY(timesteps.front() <= 999);
        QVERIFY(timesteps.back() >= 0);
        QVERIFY(std::is_sorted(timesteps.rbegin(), timesteps.rend()));
    }
}

void TestSampler::everyKindMakesAPicture() {
    QFETCH(QString, name);
    static ldm::Model model = ldm::Model::open("emoji-ldm");
    ldm::GenerateSettings settings;
    settings.prompt = "a red apple";
    settings.scheduler = name.toStdString();
    settings.steps = 3;
    const auto picture = ldm::generate(model.networks(), model.networks().unetArithmetic, settings);
    QVERIFY(picture);
    QCOMPARE(picture->rgb.size(), std::size_t(picture->width) * std::size_t(picture->height) * 3);
    const auto [least, most] = std::minmax_element(picture->rgb.begin(), picture->rgb.end());
    QVERIFY(*least < *most); // a latent that is no number decodes to one grey
}

NOISEFLOOR_TEST(TestSampler)
#include "tst_sampler.moc"
