#include "schedulers.h"
#include "support/testmain.h"

#include <ldm/error.h>

#include <set>

using nlohmann::json;
using namespace support;

namespace {

std::string refusal(const json& config, int steps = 5) {
    try {
        made(config, steps);
    } catch (const ldm::Error& error) {
        if (error.kind() == ldm::ErrorKind::BadInput) return error.what();
    }
    return {};
}

} // namespace

class TestSamplerConfig : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theSamplersPeopleAskForAreThere();
    void aSamplerIsKnownByTheConfigurationMadeForIt_data() { addKindRows(); }
    void aSamplerIsKnownByTheConfigurationMadeForIt();
    void explicitKeysStayAndOthersFollowTheNewClass();
    void anUnknownNameIsAnsweredWithAllNames();
    void aConfigurationWithoutASamplerOfItsOwnIsStillComputed();
    void uniPcWithoutTheKeyEndsAsTheVersionThatWroteIt_data();
    void uniPcWithoutTheKeyEndsAsTheVersionThatWroteIt();
    void stepCountsBeyondTheModelAreRefused_data() { addKindRows(); }
    void stepCountsBeyondTheModelAreRefused();
    void lcmTakesNoMoreStepsThanItWasDistilledOn();
    void valuesItCannotComputeAreRefusedByName_data();
    void valuesItCannotComputeAreRefusedByName();
    void keysOfOtherClassesAreIgnored();
};

void TestSamplerConfig::theSamplersPeopleAskForAreThere() {
    std::set<std::string_view> names;
    for (const ldm::SamplerKind& kind : ldm::samplerKinds()) {
        QVERIFY(names.insert(kind.name).second);
        QVERIFY(!kind.label.empty());
    }
    for (const char* name : {"ddim", "pndm", "euler", "euler_a", "dpmpp_2m", "dpmpp_2m_karras", "unipc", "lcm"})
        QVERIFY2(names.contains(name), name);
}

void TestSamplerConfig::aSamplerIsKnownByTheConfigurationMadeForIt() {
    QFETCH(QString, name);
    const std::string wanted = name.toStdString();
    for (const json& source : {stableDiffusion(), bare("EulerDiscreteScheduler"), json::object()}) {
        const json config = ldm::configFor(wanted, source);
        QCOMPARE(std::string(ldm::samplerNameOf(config)), wanted);
        QCOMPARE(ldm::configFor(wanted, config), config); // asking for what it is changes nothing
    }
}

void TestSamplerConfig::explicitKeysStayAndOthersFollowTheNewClass() {
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

void TestSamplerConfig::anUnknownNameIsAnsweredWithAllNames() {
    try {
        ldm::configFor("k_diffusion", stableDiffusion());
        QFAIL("the name was accepted");
    } catch (const ldm::Error& error) {
        const QString sentence = error.what();
        for (const ldm::SamplerKind& kind : ldm::samplerKinds())
            QVERIFY2(sentence.contains(QString::fromStdString(std::string(kind.name))), error.what());
    }
}

void TestSamplerConfig::aConfigurationWithoutASamplerOfItsOwnIsStillComputed() {
    QVERIFY(ldm::samplerNameOf(bare("PNDMScheduler")).empty()); // starts by Runge-Kutta steps, which "pndm" does not
    const json config = with(bare("DPMSolverMultistepScheduler"), {{"solver_order", 1}});
    QVERIFY(ldm::samplerNameOf(config).empty());
    QCOMPARE(made(config, 5)->timesteps().size(), std::size_t{5});
    QVERIFY(ldm::samplerNameOf(bare("DEISMultistepScheduler")).empty());
    QVERIFY(ldm::samplerNameOf(json::array()).empty());
}

void TestSamplerConfig::uniPcWithoutTheKeyEndsAsTheVersionThatWroteIt_data() {
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

void TestSamplerConfig::uniPcWithoutTheKeyEndsAsTheVersionThatWroteIt() {
    QFETCH(QString, version);
    QFETCH(QString, type);
    QFETCH(bool, zero);
    json config = bare("UniPCMultistepScheduler");
    if (!version.isEmpty()) config["_diffusers_version"] = version.toStdString();
    if (!type.isEmpty()) config["final_sigmas_type"] = type.toStdString();
    QCOMPARE(made(config, 5)->sigmas().back() == 0, zero);
}

void TestSamplerConfig::stepCountsBeyondTheModelAreRefused() {
    QFETCH(QString, name);
    const std::string key = name.toStdString();
    for (const int steps : {0, -3, 1001, 2000000000})
        QVERIFY(!refusal(ldm::configFor(key, stableDiffusion()), steps).empty());
    // One step more than fits before the offset leads beyond the last timestep.
    const json ddim = ldm::configFor("ddim", stableDiffusion());
    QVERIFY(!refusal(ddim, 1000).empty());
    QVERIFY(refusal(ddim, 999).empty());
}

void TestSamplerConfig::lcmTakesNoMoreStepsThanItWasDistilledOn() {
    const json config = ldm::configFor("lcm", stableDiffusion());
    QVERIFY(!made(config, 50)->timesteps().empty());
    QVERIFY(refusal(config, 51).find("51") != std::string::npos);
    QVERIFY(refusal(with(config, {{"original_inference_steps", 20}}), 21).find("20") != std::string::npos);
    QCOMPARE(ldm::makeSampler(config, "file", {4, 0, 100})->timesteps(), std::vector<double>({999, 749, 499, 249}));
    QVERIFY_EXCEPTION_THROWN(ldm::makeSampler(config, "file", {4, 0, 2000}), ldm::Error);
}

void TestSamplerConfig::valuesItCannotComputeAreRefusedByName_data() {
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

void TestSamplerConfig::valuesItCannotComputeAreRefusedByName() {
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

void TestSamplerConfig::keysOfOtherClassesAreIgnored() {
    const json foreign = {{"solver_order", "no number"}, {"skip_prk_steps", 3}, {"timestep_type", "continuous"}};
    const auto one = made(with(ldm::configFor("ddim", stableDiffusion()), foreign), 5), other = named("ddim", 5);
    QCOMPARE(one->timesteps(), other->timesteps());
    const at::Tensor sample = normal(12), output = normal(13);
    QVERIFY(at::equal(one->step(0, output, sample, {}).sample, other->step(0, output, sample, {}).sample));
}

NOISEFLOOR_TEST(TestSamplerConfig)
#include "tst_samplerconfig.moc"
