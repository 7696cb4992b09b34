#include "support/testmain.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ldm/denoise.h>
#include <ldm/error.h>
#include <ldm/sampler.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <set>

namespace {

using nlohmann::json;

/// A scheduler_config.json as Stable Diffusion 1.5 has it.
json stableDiffusion() {
    return {{"_class_name", "PNDMScheduler"},
            {"_diffusers_version", "0.6.0"},
            {"beta_start", 0.00085},
            {"beta_end", 0.012},
            {"beta_schedule", "scaled_linear"},
            {"num_train_timesteps", 1000},
            {"set_alpha_to_one", false},
            {"skip_prk_steps", true},
            {"steps_offset", 1},
            {"trained_betas", nullptr},
            {"clip_sample", false}};
}

json with(json config, const json& changes) {
    config.update(changes);
    return config;
}

/// The class's own defaults, all keys absent.
json bare(const char* className) {
    return {{"_class_name", className}};
}

std::unique_ptr<ldm::Sampler> made(const json& config, int steps, double eta = 0) {
    return ldm::makeSampler(config, "scheduler_config.json", {steps, eta, 0});
}

std::unique_ptr<ldm::Sampler> named(const char* name, int steps) {
    return made(ldm::configFor(name, stableDiffusion()), steps);
}

at::Tensor normal(std::uint64_t seed) {
    at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(seed);
    return at::randn({1, 4, 3, 5}, generator, at::kFloat);
}

std::string refusal(const json& config, int steps = 5) {
    try {
        made(config, steps);
    } catch (const ldm::Error& error) {
        if (error.kind() == ldm::ErrorKind::BadInput) return error.what();
    }
    return {};
}

void addKindRows() {
    QTest::addColumn<QString>("name");
    for (const ldm::SamplerKind& kind : ldm::samplerKinds())
        QTest::newRow(std::string(kind.name).c_str())
            << QString::fromUtf8(kind.name.data(), qsizetype(kind.name.size()));
}

} // namespace

class TestSampler : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theSamplersPeopleAskForAreThere();
    void aSamplerIsKnownByTheConfigurationMadeForIt_data() { addKindRows(); }
    void aSamplerIsKnownByTheConfigurationMadeForIt();
    void explicitKeysStayAndOthersFollowTheNewClass();
    void anUnknownNameIsAnsweredWithAllNames();
    void aConfigurationWithoutASamplerOfItsOwnIsStillComputed();

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
    void uniPcWithoutTheKeyEndsAsTheVersionThatWroteIt_data();
    void uniPcWithoutTheKeyEndsAsTheVersionThatWroteIt();

    void everyStepCountStaysWithinTheTrainedTimesteps_data();
    void everyStepCountStaysWithinTheTrainedTimesteps();
    void stepCountsBeyondTheModelAreRefused_data() { addKindRows(); }
    void stepCountsBeyondTheModelAreRefused();
    void lcmTakesNoMoreStepsThanItWasDistilledOn();
    void valuesItCannotComputeAreRefusedByName_data();
    void valuesItCannotComputeAreRefusedByName();
    void keysOfOtherClassesAreIgnored();

    void everyKindMakesAPicture_data() { addKindRows(); }
    void everyKindMakesAPicture();
};

void TestSampler::theSamplersPeopleAskForAreThere() {
    std::set<std::string_view> names;
    for (const ldm::SamplerKind& kind : ldm::samplerKinds()) {
        QVERIFY(names.insert(kind.name).second);
        QVERIFY(!kind.label.empty());
    }
    for (const char* name : {"ddim", "pndm", "euler", "euler_a", "dpmpp_2m", "dpmpp_2m_karras", "unipc", "lcm"})
        QVERIFY2(names.contains(name), name);
}

void TestSampler::aSamplerIsKnownByTheConfigurationMadeForIt() {
    QFETCH(QString, name);
    const std::string wanted = name.toStdString();
    for (const json& source : {stableDiffusion(), bare("EulerDiscreteScheduler"), json::object()}) {
        const json config = ldm::configFor(wanted, source);
        QCOMPARE(std::string(ldm::samplerNameOf(config)), wanted);
        QCOMPARE(ldm::configFor(wanted, config), config); // asking for what it is changes nothing
    }
}

void TestSampler::explicitKeysStayAndOthersFollowTheNewClass() {
    const json ddim = ldm::configFor("ddim", stableDiffusion());
    QCOMPARE(ddim.at("clip_sample"), json(false)); // DDIM's default is true
    QCOMPARE(ddim.at("steps_offset"), json(1));
    QVERIFY(!ddim.contains("timestep_spacing"));
    QCOMPARE(named("ddim", 5)->timesteps(), std::vector<double>({801, 601, 401, 201, 1}));
    QCOMPARE(named("euler", 5)->timesteps(), std::vector<double>({999, 749.25, 499.5, 249.75, 0}));
    const json leading = with(stableDiffusion(), {{"timestep_spacing", "leading"}});
    QCOMPARE(made(ldm::configFor("euler", leading), 5)->timesteps(), std::vector<double>({801, 601, 401, 201, 1}));
    // A name says whether sigmas are Karras's, whatever the file says.
    const json karras = with(stableDiffusion(), {{"use_karras_sigmas", true}});
    QCOMPARE(ldm::configFor("dpmpp_2m", karras).at("use_karras_sigmas"), json(false));
    QCOMPARE(ldm::configFor("dpmpp_2m_karras", stableDiffusion()).at("use_karras_sigmas"), json(true));
}

void TestSampler::anUnknownNameIsAnsweredWithAllNames() {
    try {
        ldm::configFor("k_diffusion", stableDiffusion());
        QFAIL("the name was accepted");
    } catch (const ldm::Error& error) {
        const QString sentence = error.what();
        for (const ldm::SamplerKind& kind : ldm::samplerKinds())
            QVERIFY2(sentence.contains(QString::fromStdString(std::string(kind.name))), error.what());
    }
}

void TestSampler::aConfigurationWithoutASamplerOfItsOwnIsStillComputed() {
    const json config = with(bare("DPMSolverMultistepScheduler"), {{"solver_order", 1}});
    QVERIFY(ldm::samplerNameOf(config).empty());
    QCOMPARE(made(config, 5)->timesteps().size(), std::size_t{5});
    QVERIFY(ldm::samplerNameOf(bare("DEISMultistepScheduler")).empty());
    QVERIFY(ldm::samplerNameOf(json::array()).empty());
}

/// A model that knows the picture says at every level which noise lies on it, so that every step must lead to it.
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

/// Models that predict the clean latent itself.
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

/// v = alpha * noise - sigma * picture, so both predictions of one model give the same latents.
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

/// The first order of DPM-Solver++ is DDIM (arXiv 2211.01095, section 4); both on the same timesteps.
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

void TestSampler::uniPcWithoutTheKeyEndsAsTheVersionThatWroteIt_data() {
    QTest::addColumn<QString>("version");
    QTest::addColumn<QString>("type");
    QTest::addColumn<bool>("zero");
    QTest::newRow("no version") << ""
                                << "" << false;
    QTest::newRow("before the key") << "0.27.2"
                                    << "" << false;
    QTest::newRow("with the key's version") << "0.28.0"
                                            << "" << true;
    QTest::newRow("development version") << "0.30.0.dev0"
                                         << "" << true;
    QTest::newRow("major version") << "1.0"
                                   << "" << true;
    QTest::newRow("the key is stronger") << "0.30.0"
                                         << "sigma_min" << false;
    QTest::newRow("the key in an old file") << "0.20.0"
                                            << "zero" << true;
}

void TestSampler::uniPcWithoutTheKeyEndsAsTheVersionThatWroteIt() {
    QFETCH(QString, version);
    QFETCH(QString, type);
    QFETCH(bool, zero);
    json config = bare("UniPCMultistepScheduler");
    if (!version.isEmpty()) config["_diffusers_version"] = version.toStdString();
    if (!type.isEmpty()) config["final_sigmas_type"] = type.toStdString();
    QCOMPARE(made(config, 5)->sigmas().back() == 0, zero);
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

void TestSampler::stepCountsBeyondTheModelAreRefused() {
    QFETCH(QString, name);
    const std::string key = name.toStdString();
    for (const int steps : {0, -3, 1001, 2000000000})
        QVERIFY(!refusal(ldm::configFor(key, stableDiffusion()), steps).empty());
    // One step more than fits before the offset leads beyond the last timestep.
    const json ddim = ldm::configFor("ddim", stableDiffusion());
    QVERIFY(!refusal(ddim, 1000).empty());
    QVERIFY(refusal(ddim, 999).empty());
}

void TestSampler::lcmTakesNoMoreStepsThanItWasDistilledOn() {
    const json config = ldm::configFor("lcm", stableDiffusion());
    QVERIFY(!made(config, 50)->timesteps().empty());
    QVERIFY(refusal(config, 51).find("51") != std::string::npos);
    QVERIFY(refusal(with(config, {{"original_inference_steps", 20}}), 21).find("20") != std::string::npos);
    QCOMPARE(ldm::makeSampler(config, "file", {4, 0, 100})->timesteps(), std::vector<double>({999, 749, 499, 249}));
    QVERIFY_EXCEPTION_THROWN(ldm::makeSampler(config, "file", {4, 0, 2000}), ldm::Error);
}

void TestSampler::valuesItCannotComputeAreRefusedByName_data() {
    QTest::addColumn<QString>("className");
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("also");
    const auto row = [](const char* className, const char* key, const char* value, const char* also = "{}") {
        QTest::newRow((std::string(className) + " " + key + " " + value).c_str())
            << QString(className) << QString(key) << QString(value) << QString(also);
    };
    row("DEISMultistepScheduler", "_class_name", "\"DEISMultistepScheduler\"");
    for (const char* name : {"DDIMScheduler", "EulerDiscreteScheduler", "UniPCMultistepScheduler", "LCMScheduler"}) {
        row(name, "beta_schedule", "\"sigmoid\"");
        row(name, "prediction_type", "\"flow_prediction\"");
        row(name, "num_train_timesteps", "0");
        row(name, "num_train_timesteps", "1e30");
        row(name, "num_train_timesteps", "10.5");
        row(name, "beta_end", "\"0.02\"");
        row(name, "beta_end", "2");
        row(name, "trained_betas", "[0.1, 0.2]");
        row(name, "rescale_betas_zero_snr", "\"no\"");
    }
    row("DDIMScheduler", "timestep_spacing", "\"log\"");
    row("DDIMScheduler", "steps_offset", "-1");
    row("DDIMScheduler", "clip_sample", "1");
    row("DDIMScheduler", "sample_max_value", "-1", "{\"thresholding\": true}");
    row("DDIMScheduler", "rescale_betas_zero_snr", "true", "{\"timestep_spacing\": \"trailing\"}");
    row("DDPMScheduler", "variance_type", "\"learned_range\"");
    row("PNDMScheduler", "prediction_type", "\"sample\"");
    row("EulerAncestralDiscreteScheduler", "prediction_type", "\"sample\"");
    row("EulerDiscreteScheduler", "interpolation_type", "\"cubic\"");
    row("EulerDiscreteScheduler", "timestep_type", "\"continuous\"");
    row("EulerDiscreteScheduler", "use_beta_sigmas", "true");
    row("EulerDiscreteScheduler", "use_exponential_sigmas", "true");
    row("EulerDiscreteScheduler", "beta_start", "0");
    row("EulerDiscreteScheduler", "beta_end", "1");
    row("EulerDiscreteScheduler", "sigma_max", "0.01", "{\"use_karras_sigmas\": true}");
    row("HeunDiscreteScheduler", "use_karras_sigmas", "\"yes\"");
    row("DPMSolverMultistepScheduler", "algorithm_type", "\"dpmsolver\"");
    row("DPMSolverMultistepScheduler", "algorithm_type", "\"ode\"");
    row("DPMSolverMultistepScheduler", "solver_order", "4");
    row("DPMSolverMultistepScheduler", "solver_order", "3", "{\"algorithm_type\": \"sde-dpmsolver++\"}");
    row("DPMSolverMultistepScheduler", "solver_type", "\"newton\"");
    row("DPMSolverMultistepScheduler", "final_sigmas_type", "\"one\"");
    row("DPMSolverMultistepScheduler", "variance_type", "\"learned\"");
    row("DPMSolverMultistepScheduler", "lambda_min_clipped", "1000");
    row("DPMSolverMultistepScheduler", "use_flow_sigmas", "true");
    row("DPMSolverSinglestepScheduler", "solver_order", "3");
    row("UniPCMultistepScheduler", "solver_type", "\"newton\"");
    row("UniPCMultistepScheduler", "solver_p", "{\"_class_name\": \"DDIMScheduler\"}");
    row("UniPCMultistepScheduler", "predict_x0", "false", "{\"final_sigmas_type\": \"zero\"}");
    row("UniPCMultistepScheduler", "lower_order_final", "false", "{\"final_sigmas_type\": \"zero\"}");
    row("LCMScheduler", "original_inference_steps", "5000");
}

void TestSampler::valuesItCannotComputeAreRefusedByName() {
    QFETCH(QString, className);
    QFETCH(QString, key);
    QFETCH(QString, value);
    QFETCH(QString, also);
    json config = with(bare(className.toUtf8().constData()), json::parse(also.toStdString()));
    config[key.toStdString()] = json::parse(value.toStdString());
    const QString sentence = QString::fromStdString(refusal(config, 5));
    QVERIFY2(sentence.contains("\"" + key + "\""), qPrintable(sentence));
    QVERIFY2(sentence.startsWith("scheduler_config.json"), qPrintable(sentence));
}

void TestSampler::keysOfOtherClassesAreIgnored() {
    const json foreign = {{"solver_order", "no number"}, {"skip_prk_steps", 3}, {"timestep_type", "continuous"}};
    const auto one = made(with(ldm::configFor("ddim", stableDiffusion()), foreign), 5), other = named("ddim", 5);
    QCOMPARE(one->timesteps(), other->timesteps());
    const at::Tensor sample = normal(12), output = normal(13);
    QVERIFY(at::equal(one->step(0, output, sample, {}).sample, other->step(0, output, sample, {}).sample));
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
