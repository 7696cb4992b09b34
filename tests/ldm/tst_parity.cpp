#include "support/proceduralweights.h"
#include "support/reference.h"
#include "support/testmain.h"

#include <ATen/ATen.h>
#include <ldm/jsonreading.h>
#include <ldm/scheduler.h>
#include <ldm/textencoder.h>
#include <ldm/unet.h>
#include <ldm/vae.h>

#include <QTemporaryDir>

#include <cstdio>
#include <cstdlib>
#include <map>

namespace {

using nlohmann::json;
using support::Reference;
using support::Tolerance;

constexpr std::uint64_t kLargeModel = std::uint64_t{1} << 30;

/// Keeps what every module put out.
class Recorder final : public ldm::ForwardingArithmetic {
public:
    using ForwardingArithmetic::ForwardingArithmetic;
    void produced(std::string_view module, const at::Tensor& output) override { outputs[std::string(module)] = output; }
    std::map<std::string, at::Tensor> outputs;
};

/// A part of a diffusers folder, without the rest of the pipeline.
template <typename Network, typename Config>
Network openPart(const std::filesystem::path& folder, const char* part, const char* file) {
    const std::filesystem::path config = folder / part / "config.json";
    ldm::WeightSource weights(part, ldm::SafetensorsFile::open(folder / part / file));
    return Network(Config::parse(ldm::readJsonObject(config), config.string()), weights);
}

ldm::TextEncoder openTextEncoder(const std::filesystem::path& folder) {
    return openPart<ldm::TextEncoder, ldm::TextEncoderConfig>(folder, "text_encoder", "model.safetensors");
}

ldm::UNet openUNet(const std::filesystem::path& folder) {
    return openPart<ldm::UNet, ldm::UNetConfig>(folder, "unet", "diffusion_pytorch_model.safetensors");
}

ldm::Vae openVae(const std::filesystem::path& folder) {
    return openPart<ldm::Vae, ldm::VaeConfig>(folder, "vae", "diffusion_pytorch_model.safetensors");
}

std::vector<int> idsOf(const Reference& reference, int prompt) {
    const at::Tensor row = reference.tensor("tokenizer/ids")[prompt].to(at::kInt).contiguous();
    return {row.data_ptr<int>(), row.data_ptr<int>() + row.numel()};
}

} // namespace

class TestParity : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void textStatesAreThoseOfTransformers_data() { listFixtures(); }
    void textStatesAreThoseOfTransformers();
    void unetForwardsAreThoseOfDiffusers_data() { listFixtures(); }
    void unetForwardsAreThoseOfDiffusers();
    void autoencoderIsThatOfDiffusers_data() { listFixtures(); }
    void autoencoderIsThatOfDiffusers();
    void ddimTrajectoriesAreThoseOfDiffusers_data() { listFixtures(); }
    void ddimTrajectoriesAreThoseOfDiffusers();

private:
    void listFixtures();
    std::filesystem::path modelFolder(const std::filesystem::path& fixture);
    void check(const Reference& reference, const std::string& tensor, const at::Tensor& got, double relative);
    void checkModules(const Reference& reference, const std::string& prefix, const std::string& part,
                      const std::map<std::string, at::Tensor>& outputs);
    void runTrajectory(const Reference& reference, const json& trajectory, const std::filesystem::path& folder);
    void checkPicture(const Reference& reference, const std::string& tensor, const at::Tensor& decoded);
    void summarize();

    const at::NoGradGuard m_noGrad;
    QTemporaryDir m_temporary;
    std::string m_fixture;
    int m_checks = 0;
    std::vector<std::string> m_failures;
};

/// One row for each fixture of a kind that this version computes; the others are named, so that nobody thinks they
/// pass.
void TestParity::listFixtures() {
    QTest::addColumn<QString>("folder");
    for (const std::filesystem::path& folder : support::referenceFolders()) {
        const std::string name = folder.filename().string();
        const json description = support::describedReference(folder);
        if (description.value("kind", "") != "sd" || description.at("pipeline") != "StableDiffusionPipeline")
            std::printf("%s: not a pipeline of this version\n", name.c_str());
        else if (support::proceduralBytes(folder) > kLargeModel && !std::getenv("NOISEFLOOR_REFERENCE_LARGE"))
            std::printf("%s: left out for its size, set NOISEFLOOR_REFERENCE_LARGE=1 to run it\n", name.c_str());
        else
            QTest::newRow(name.c_str()) << QString::fromStdString(folder.string());
    }
}

std::filesystem::path TestParity::modelFolder(const std::filesystem::path& fixture) {
    m_fixture = fixture.filename().string();
    m_checks = 0;
    m_failures.clear();
    return support::withWeights(fixture, m_temporary.path().toStdString());
}

void TestParity::check(const Reference& reference, const std::string& tensor, const at::Tensor& got, double relative) {
    const support::Deviation deviation = reference.compare(tensor, got, relative);
    ++m_checks;
    std::printf("%s %s: error %.3g, tolerance %.3g %s%s\n", m_fixture.c_str(), tensor.c_str(), deviation.largest,
                deviation.tolerance, deviation.fits() ? "ok" : "TOO FAR ", deviation.complaint.c_str());
    if (!deviation.fits()) m_failures.push_back(tensor);
}

void TestParity::checkModules(const Reference& reference, const std::string& prefix, const std::string& part,
                              const std::map<std::string, at::Tensor>& outputs) {
    for (const std::string& tensor : reference.names(prefix)) {
        const auto found = outputs.find(part + "." + tensor.substr(prefix.size()));
        if (found == outputs.end())
            m_failures.push_back(tensor + " (its module reported nothing)");
        else
            check(reference, tensor, found->second, Tolerance::kSingleForward);
    }
}

void TestParity::summarize() {
    std::string list;
    for (const std::string& name : m_failures) list += "\n  " + name;
    QVERIFY2(m_failures.empty(), ("too far from the reference:" + list).c_str());
    QVERIFY2(m_checks > 0, "the fixture held nothing to compare");
}

void TestParity::textStatesAreThoseOfTransformers() {
    QFETCH(QString, folder);
    const std::filesystem::path model = modelFolder(folder.toStdString());
    const Reference reference = Reference::open(folder.toStdString());
    const ldm::TextEncoder encoder = openTextEncoder(model);
    ldm::FloatArithmetic arithmetic;
    for (const int prompt : reference.description().at("te_prompts")) {
        const ldm::TextStates states = encoder.encode(arithmetic, {idsOf(reference, prompt)});
        std::map<std::string, at::Tensor> got = {{"last_hidden_state", states.last[0]},
                                                 {"pooler_output", states.pooled[0]}};
        for (std::size_t k = 0; k < states.hidden.size(); ++k) got["hidden." + std::to_string(k)] = states.hidden[k][0];
        got["penultimate_ln"] = encoder.finalNorm(states.hidden[states.hidden.size() - 2])[0];
        const std::string prefix = "text_encoder/p" + std::to_string(prompt) + "/";
        for (const std::string& name : reference.names(prefix))
            check(reference, name, got.at(name.substr(prefix.size())), Tolerance::kSingleForward);
    }
    summarize();
}

void TestParity::unetForwardsAreThoseOfDiffusers() {
    QFETCH(QString, folder);
    const std::filesystem::path model = modelFolder(folder.toStdString());
    const Reference reference = Reference::open(folder.toStdString());
    const ldm::UNet unet = openUNet(model);
    ldm::FloatArithmetic full;
    for (const json& call : reference.description().at("unet_calls")) {
        const auto joined = [&](const char* key, const std::string& prefix) {
            std::vector<at::Tensor> rows;
            for (const std::string name : call.at(key)) rows.push_back(reference.tensor(prefix + name));
            return at::cat(rows);
        };
        Recorder recorder(full);
        const at::Tensor timestep = at::full({1}, call.at("t").get<double>(), at::kFloat);
        const at::Tensor out =
            unet.finish(recorder, unet.start(joined("sample", "unet/sample/"), timestep, joined("ctx", "unet/ctx/")));
        check(reference, call.at("out"), out, Tolerance::kSingleForward);
        checkModules(reference, "unet/" + call.at("id").get<std::string>() + "/blk/", "unet", recorder.outputs);
    }
    summarize();
}

void TestParity::autoencoderIsThatOfDiffusers() {
    QFETCH(QString, folder);
    const std::filesystem::path model = modelFolder(folder.toStdString());
    const Reference reference = Reference::open(folder.toStdString());
    const ldm::Vae vae = openVae(model);
    ldm::FloatArithmetic full;
    Recorder recorder(full);
    const at::Tensor image = reference.has("vae/image_in") ? reference.tensor("vae/image_in")
                                                           : reference.tensor("vae/image_in_u8") / 127.5 - 1;
    const ldm::Vae::Posterior posterior = vae.encode(recorder, image);
    check(reference, "vae/mean", posterior.mean, Tolerance::kSingleForward);
    check(reference, "vae/logvar", posterior.logVar, Tolerance::kSingleForward);
    checkModules(reference, "vae/enc_blk/", "vae", recorder.outputs);
    const at::Tensor decoded = vae.decode(recorder, reference.tensor("vae/latent_in"));
    check(reference, "vae/decoded", decoded, Tolerance::kSingleForward);
    checkModules(reference, "vae/dec_blk/", "vae", recorder.outputs);
    summarize();
}

void TestParity::checkPicture(const Reference& reference, const std::string& tensor, const at::Tensor& decoded) {
    const at::Tensor unit = (decoded / 2 + 0.5).clamp(0, 1).permute({0, 2, 3, 1});
    const at::Tensor got = (unit * 255).round();
    const double largest = (got - reference.tensor(tensor).to(at::kFloat)).abs().max().item<double>();
    ++m_checks;
    std::printf("%s %s: error %.3g, tolerance 1 of 255\n", m_fixture.c_str(), tensor.c_str(), largest);
    if (!(largest <= 1)) m_failures.push_back(tensor);
}

void TestParity::runTrajectory(const Reference& reference, const json& trajectory,
                               const std::filesystem::path& folder) {
    const std::string prefix = "traj/" + trajectory.at("id").get<std::string>() + "/";
    const double guidance = trajectory.at("guidance"), eta = trajectory.value("eta", 0.0);
    const ldm::TextEncoder encoder = openTextEncoder(folder);
    const ldm::UNet unet = openUNet(folder);
    const ldm::Vae vae = openVae(folder);
    ldm::FloatArithmetic textArithmetic, unetArithmetic, vaeArithmetic;
    std::vector<std::vector<int>> tokens = {idsOf(reference, trajectory.at("prompt"))};
    if (guidance > 1) tokens.insert(tokens.begin(), idsOf(reference, trajectory.at("negative")));
    const at::Tensor context = encoder.encode(textArithmetic, tokens).last;
    const ldm::Ddim ddim(ldm::DdimConfig::parse(trajectory.at("scheduler_config"), "the recorded scheduler"),
                         trajectory.at("steps"));
    QCOMPARE(std::vector<double>(ddim.timesteps().begin(), ddim.timesteps().end()),
             trajectory.at("timesteps").get<std::vector<double>>());

    at::Tensor latent = reference.tensor(prefix + "init_noise");
    std::vector<at::Tensor> latents;
    for (std::size_t i = 0; i < ddim.timesteps().size(); ++i) {
        const at::Tensor input = guidance > 1 ? at::cat({latent, latent}) : latent;
        const at::Tensor timestep = at::full({1}, ddim.timesteps()[i], at::kFloat);
        at::Tensor out = unet.finish(unetArithmetic, unet.start(input, timestep, context));
        if (i == 0) check(reference, prefix + "unet_out_first", out, Tolerance::kSingleForward);
        if (guidance > 1) out = out.narrow(0, 0, 1) + guidance * (out.narrow(0, 1, 1) - out.narrow(0, 0, 1));
        const at::Tensor noise =
            eta > 0 ? reference.tensor(prefix + "noise").narrow(0, static_cast<std::int64_t>(i), 1) : at::Tensor();
        latent = ddim.step(i, out, latent, eta, noise);
        latents.push_back(latent);
    }
    check(reference, prefix + "latents", at::cat(latents), Tolerance::kTrajectory);
    check(reference, prefix + "final_latent", latent, Tolerance::kTrajectory);
    const at::Tensor picture = vae.decode(vaeArithmetic, latent / vae.config().scalingFactor);
    check(reference, prefix + "image", picture, Tolerance::kTrajectory);
    if (reference.has(prefix + "image_u8")) checkPicture(reference, prefix + "image_u8", picture);
}

void TestParity::ddimTrajectoriesAreThoseOfDiffusers() {
    QFETCH(QString, folder);
    const std::filesystem::path model = modelFolder(folder.toStdString());
    const Reference reference = Reference::open(folder.toStdString());
    const json trajectories = reference.description().value("trajectories", json::array());
    if (trajectories.empty()) QSKIP("the fixture has no trajectories");
    for (const json& trajectory : trajectories) {
        const std::string scheduler = trajectory.at("scheduler");
        const bool skipsLayers = trajectory.value("clip_skip", json()).is_number();
        if (scheduler == "DDIMScheduler" && !skipsLayers)
            runTrajectory(reference, trajectory, model);
        else
            std::printf("%s traj/%s: %s%s, not in this version\n", m_fixture.c_str(),
                        trajectory.at("id").get<std::string>().c_str(), scheduler.c_str(),
                        skipsLayers ? " with clip_skip" : "");
    }
    summarize();
}

NOISEFLOOR_TEST(TestParity)
#include "tst_parity.moc"
