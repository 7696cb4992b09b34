#include "support/reference.h"
#include "support/testmain.h"

#include <ATen/ATen.h>
#include <ldm/error.h>
#include <ldm/scheduler.h>

#include <algorithm>
#include <cmath>

namespace {

using nlohmann::json;

/// The recorded scheduler runs are single steps on given outputs: only rounding may differ.
constexpr double kRelative = 5e-6;

std::filesystem::path schedulersFolder() {
    return std::filesystem::path(NOISEFLOOR_TEST_DATA) / "reference/schedulers";
}

ldm::DdimConfig parsed(const json& config) {
    return ldm::DdimConfig::parse(config, "scheduler_config.json");
}

} // namespace

class TestScheduler : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void timestepsAndStepsAreThoseOfDiffusers_data();
    void timestepsAndStepsAreThoseOfDiffusers();
    void keysOfOtherSchedulersAreIgnoredAndDefaultsAreDdims();
    void valuesItCannotComputeAreRefusedByName_data();
    void valuesItCannotComputeAreRefusedByName();
    void stepCountsBeyondTheModelAreRefused();
    void oneStepWithKnownAlphasIsTheFormula();
    void everyStepCountStaysWithinTheTrainedTimesteps_data();
    void everyStepCountStaysWithinTheTrainedTimesteps();

private:
    void checkRun(const support::Reference& reference, const json& entry, const json& run);
};

void TestScheduler::timestepsAndStepsAreThoseOfDiffusers_data() {
    QTest::addColumn<QString>("entry");
    const json description = support::describedReference(schedulersFolder());
    for (const json& entry : description.at("cases"))
        if (entry.at("scheduler") == "DDIMScheduler" && !entry.at("config").at("thresholding").get<bool>())
            QTest::newRow(entry.at("id").get<std::string>().c_str()) << QString::fromStdString(entry.dump());
}

void TestScheduler::checkRun(const support::Reference& reference, const json& entry, const json& run) {
    const ldm::Ddim ddim(parsed(entry.at("config")), run.at("steps"));
    const double eta = entry.at("step_kwargs").value("eta", 0.0);
    at::Tensor sample = reference.tensor("sample0");
    const at::Tensor outputs = reference.tensor("model_outputs");
    const at::Tensor expected = reference.tensor(run.at("prev"));
    const at::Tensor noises = eta > 0 ? reference.tensor(run.at("noise")) : at::Tensor();
    const double tolerance = std::max(16 * run.at("err64").get<double>(), kRelative * run.at("absmax").get<double>());
    QCOMPARE(static_cast<std::size_t>(expected.size(0)), ddim.timesteps().size());
    for (std::int64_t i = 0; i < expected.size(0); ++i) {
        const at::Tensor noise = eta > 0 ? noises.narrow(0, i, 1) : at::Tensor();
        sample = ddim.step(static_cast<std::size_t>(i), outputs.narrow(0, i, 1), sample, eta, noise);
        const double error = (sample - expected.narrow(0, i, 1)).abs().max().item<double>();
        QVERIFY2(error <= tolerance, QByteArray::number(error).constData());
    }
}

void TestScheduler::timestepsAndStepsAreThoseOfDiffusers() {
    QFETCH(QString, entry);
    const json recorded = json::parse(entry.toStdString());
    const support::Reference reference = support::Reference::open(schedulersFolder());
    for (const json& table : recorded.at("tables")) {
        const ldm::Ddim ddim(parsed(recorded.at("config")), table.at("steps"));
        const at::Tensor expected = reference.tensor(table.at("timesteps")).to(at::kInt).contiguous();
        QCOMPARE(ddim.timesteps(),
                 std::vector<int>(expected.data_ptr<int>(), expected.data_ptr<int>() + expected.numel()));
    }
    for (const json& run : recorded.at("sims")) checkRun(reference, recorded, run);
}

void TestScheduler::keysOfOtherSchedulersAreIgnoredAndDefaultsAreDdims() {
    const ldm::DdimConfig pndm = parsed({{"_class_name", "PNDMScheduler"},
                                         {"beta_schedule", "scaled_linear"},
                                         {"skip_prk_steps", true},
                                         {"steps_offset", 1},
                                         {"trained_betas", nullptr},
                                         {"clip_sample", false}});
    QVERIFY(!pndm.clipSample);
    QVERIFY(pndm.setAlphaToOne);
    QCOMPARE(pndm.stepsOffset, 1);
    QVERIFY(parsed(json::object()).clipSample);
    QCOMPARE(parsed(json::object()).timestepSpacing, std::string("leading"));
}

void TestScheduler::valuesItCannotComputeAreRefusedByName_data() {
    QTest::addColumn<QString>("config");
    QTest::addColumn<QString>("key");
    const auto row = [](const char* key, const char* value) {
        QTest::newRow((std::string(key) + " " + value).c_str())
            << QString("{\"%1\": %2}").arg(key, value) << QString(key);
    };
    row("beta_schedule", "\"sigmoid\"");
    row("prediction_type", "\"flow\"");
    row("timestep_spacing", "\"log\"");
    row("thresholding", "true");
    row("num_train_timesteps", "0");
    row("num_train_timesteps", "1e30");
    row("num_train_timesteps", "10.5");
    row("steps_offset", "-1");
    row("beta_end", "\"0.02\"");
    row("trained_betas", "[0.1, 0.2]");
    row("clip_sample", "1");
    row("rescale_betas_zero_snr", "\"no\"");
}

void TestScheduler::valuesItCannotComputeAreRefusedByName() {
    QFETCH(QString, config);
    QFETCH(QString, key);
    try {
        parsed(json::parse(config.toStdString()));
        QFAIL("the value was accepted");
    } catch (const ldm::Error& error) {
        QCOMPARE(error.kind(), ldm::ErrorKind::BadInput);
        QVERIFY2(QString(error.what()).contains("\"" + key + "\""), error.what());
        QVERIFY2(QString(error.what()).startsWith("scheduler_config.json"), error.what());
    }
}

void TestScheduler::stepCountsBeyondTheModelAreRefused() {
    ldm::DdimConfig config;
    QVERIFY_EXCEPTION_THROWN(ldm::Ddim(config, 0), ldm::Error);
    QVERIFY_EXCEPTION_THROWN(ldm::Ddim(config, 1001), ldm::Error);
    QCOMPARE(ldm::Ddim(config, 1000).timesteps().front(), 999);
    config.stepsOffset = 1; // the first of 1000 timesteps would be 1000
    QVERIFY_EXCEPTION_THROWN(ldm::Ddim(config, 1000), ldm::Error);
}

void TestScheduler::oneStepWithKnownAlphasIsTheFormula() {
    ldm::DdimConfig config;
    config.trainSteps = 2;
    config.trainedBetas = {0.19, 0.36}; // cumulative alphas 0.81 and 0.5184
    config.clipSample = false;
    const ldm::Ddim ddim(config, 2);
    const at::Tensor sample = at::full({1, 1, 1, 1}, 2.0, at::kFloat);
    const at::Tensor output = at::full({1, 1, 1, 1}, 0.5, at::kFloat);
    const double original = (2.0 - std::sqrt(1 - 0.5184) * 0.5) / 0.72;
    const double expected = 0.9 * original + std::sqrt(0.19) * 0.5;
    QVERIFY(std::abs(ddim.step(0, output, sample).item<double>() - expected) < 1e-6);
    // The last step leads to the final alpha, which is one: the predicted original itself.
    QVERIFY(std::abs(ddim.step(1, output, sample).item<double>() - (2.0 - std::sqrt(0.19) * 0.5) / 0.9) < 1e-6);
}

void TestScheduler::everyStepCountStaysWithinTheTrainedTimesteps_data() {
    QTest::addColumn<QString>("spacing");
    for (const char* spacing : {"leading", "trailing", "linspace"}) QTest::newRow(spacing) << QString(spacing);
}

void TestScheduler::everyStepCountStaysWithinTheTrainedTimesteps() {
    QFETCH(QString, spacing);
    ldm::DdimConfig config;
    config.timestepSpacing = spacing.toStdString();
    for (int steps = 1; steps <= 1000; steps += 3) {
        const ldm::Ddim ddim(config, steps);
        QCOMPARE(ddim.timesteps().size(), static_cast<std::size_t>(steps));
        QVERIFY(ddim.timesteps().front() <= 999);
        QVERIFY(ddim.timesteps().back() >= 0);
        QVERIFY(std::is_sorted(ddim.timesteps().rbegin(), ddim.timesteps().rend()));
    }
}

NOISEFLOOR_TEST(TestScheduler)
#include "tst_scheduler.moc"
