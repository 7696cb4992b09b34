#include "support/samplerparity.h"

#include <ATen/ATen.h>
#include <ldm/error.h>
#include <ldm/sampler.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <set>

namespace support {

namespace {

using nlohmann::json;

/// Tables are computed by the same operations: only the last bits may differ.
constexpr double kTable = 1e-6;
/// Simulations are single steps on given outputs: rounding adds up a little.
constexpr double kSimulation = 5e-6;
/// Fractional timesteps come from differences of logarithms, which lose digits.
constexpr double kFractionalTimestep = 2e-3;

class Case {
public:
    Case(const Reference& reference, const json& recorded, std::vector<Deviation>& results)
        : m_reference(reference), m_recorded(recorded), m_results(results), m_id(recorded.at("id").get<std::string>()) {
    }

    void check();

private:
    std::unique_ptr<ldm::Sampler> sampler(int steps) const;
    void knowsItsKeys();
    void checkNoiseSchedule();
    void checkTable(const json& table);
    void checkSimulation(const json& simulation);
    void checkForward(const json& forward);
    void compare(const std::string& tensor, const at::Tensor& got, double tolerance);
    void complain(const std::string& what, const std::string& complaint) {
        m_results.push_back({.tensor = m_id + "/" + what, .complaint = complaint});
    }
    /// Runs a check; what it throws is its complaint.
    template <typename Check> void run(const std::string& what, Check check) {
        try {
            check();
        } catch (const std::exception& error) {
            complain(what, error.what());
        }
    }
    double eta() const { return m_recorded.at("step_kwargs").value("eta", 0.0); }

    const Reference& m_reference;
    const json& m_recorded;
    std::vector<Deviation>& m_results;
    std::string m_id;
};

std::unique_ptr<ldm::Sampler> Case::sampler(int steps) const {
    ldm::SamplerSettings settings{steps, eta(), 0};
    settings.originalSteps = m_recorded.at("set_timesteps_kwargs").value("original_inference_steps", 0);
    return ldm::makeSampler(m_recorded.at("config"), m_id, settings);
}

void Case::compare(const std::string& tensor, const at::Tensor& got, double tolerance) {
    const at::Tensor expected = m_reference.tensor(tensor);
    Deviation result{.tensor = tensor, .tolerance = tolerance, .complaint = {}};
    if (got.sizes() != expected.sizes())
        result.complaint = "the shape is " + c10::str(got.sizes()) + ", not " + c10::str(expected.sizes());
    else
        result.largest = (got - expected).abs().max().item<double>();
    m_results.push_back(std::move(result));
}

/// Anything recorded that this check would pass over is a complaint.
void Case::knowsItsKeys() {
    const auto requireKnown = [&](const json& object, const std::set<std::string>& known, const char* what) {
        for (const auto& [key, value] : object.items())
            if (!known.contains(key)) complain(what, "the key '" + key + "' is not understood");
    };
    requireKnown(m_recorded,
                 {"id", "scheduler", "config", "optional", "step_kwargs", "set_timesteps_kwargs", "order", "tables",
                  "sims", "alphas_cumprod", "add_noise"},
                 "case");
    requireKnown(m_recorded.at("step_kwargs"), {"eta"}, "step_kwargs");
    requireKnown(m_recorded.at("set_timesteps_kwargs"), {"original_inference_steps"}, "set_timesteps_kwargs");
    for (const json& table : m_recorded.at("tables"))
        requireKnown(table, {"steps", "timesteps", "timesteps_dtype", "init_noise_sigma", "sigmas", "error"}, "tables");
    for (const json& one : m_recorded.at("sims"))
        requireKnown(one, {"steps", "calls", "scaled", "prev", "denoised", "noise", "err64", "absmax", "nonfinite"},
                     "sims");
}

void Case::check() {
    knowsItsKeys();
    for (const json& table : m_recorded.at("tables")) run("n" + table.at("steps").dump(), [&] { checkTable(table); });
    for (const json& one : m_recorded.at("sims")) run("sim" + one.at("steps").dump(), [&] { checkSimulation(one); });
    if (m_recorded.contains("add_noise") && !m_recorded.at("add_noise").is_null())
        run("add_noise", [&] { checkForward(m_recorded.at("add_noise")); });
    if (m_recorded.contains("alphas_cumprod")) run("alphas_cumprod", [&] { checkNoiseSchedule(); });
}

void Case::checkNoiseSchedule() {
    const auto& tables = m_recorded.at("tables");
    const auto usable =
        std::find_if(tables.begin(), tables.end(), [](const json& table) { return !table.contains("error"); });
    if (usable == tables.end()) return complain("alphas_cumprod", "no step count is recorded as possible");
    const auto made = sampler(usable->at("steps"));
    compare(m_recorded.at("alphas_cumprod"), at::tensor(at::ArrayRef<float>(made->alphasCumprod())), kTable);
}

void Case::checkTable(const json& table) {
    const int steps = table.at("steps");
    if (table.contains("error")) {
        try {
            sampler(steps);
        } catch (const ldm::Error&) {
            return;
        }
        return complain("n" + std::to_string(steps), "was accepted, though the real code refuses it");
    }
    const auto made = sampler(steps);
    const bool whole = table.at("timesteps_dtype") == "int64";
    compare(table.at("timesteps"), at::tensor(at::ArrayRef<double>(made->timesteps())),
            whole ? 0 : kFractionalTimestep);
    const double sigma = table.at("init_noise_sigma");
    m_results.push_back({.tensor = m_id + "/n" + std::to_string(steps) + "/init_noise_sigma",
                         .largest = std::abs(made->initialSigma() - sigma),
                         .tolerance = kTable * sigma,
                         .complaint = {}});
    if (table.contains("sigmas"))
        compare(table.at("sigmas"), at::tensor(at::ArrayRef<float>(made->sigmas())),
                kTable * m_reference.tensor(table.at("sigmas")).max().item<double>());
}

void Case::checkSimulation(const json& simulation) {
    const bool nonfinite = simulation.value("nonfinite", false);
    std::unique_ptr<ldm::Sampler> made;
    try {
        made = sampler(simulation.at("steps"));
    } catch (const ldm::Error&) {
        if (nonfinite) return; // refusing what comes out as no number is right
        throw;
    }
    at::Tensor sample = m_reference.tensor("sample0") * made->initialSigma();
    const at::Tensor outputs = m_reference.tensor("model_outputs");
    const at::Tensor noises = simulation.contains("noise") ? m_reference.tensor(simulation.at("noise")) : at::Tensor();
    std::vector<at::Tensor> scaled, previous, denoised;
    std::int64_t drawn = 0;
    for (std::size_t i = 0; i < made->timesteps().size(); ++i) {
        at::Tensor noise;
        if (made->drawsNoise(i)) noise = nonfinite ? at::zeros_like(sample) : noises.narrow(0, drawn++, 1);
        scaled.push_back(made->input(i, sample));
        const auto step = made->step(i, outputs.narrow(0, std::int64_t(i), 1), sample, noise);
        sample = step.sample;
        previous.push_back(sample);
        denoised.push_back(step.denoised);
    }
    if (nonfinite) return; // the real code leaves nothing to compare with
    const double tolerance =
        std::max(16 * simulation.at("err64").get<double>(), kSimulation * simulation.at("absmax").get<double>());
    if (noises.defined() && drawn != noises.size(0)) complain("noise", "not all recorded noise was drawn");
    compare(simulation.at("scaled"), at::cat(scaled), tolerance);
    compare(simulation.at("prev"), at::cat(previous), tolerance);
    if (simulation.contains("denoised")) compare(simulation.at("denoised"), at::cat(denoised), tolerance);
}

void Case::checkForward(const json& forward) {
    const auto made = sampler(forward.at("steps"));
    std::vector<at::Tensor> noisy;
    for (const double timestep : forward.at("timesteps").get<std::vector<double>>()) {
        const auto& all = made->timesteps();
        const auto found = std::find_if(all.begin(), all.end(),
                                        [&](double one) { return std::abs(one - timestep) <= kFractionalTimestep; });
        if (found == all.end()) return complain("add_noise", "there is no timestep " + std::to_string(timestep));
        noisy.push_back(made->addNoise(m_reference.tensor("x0"), m_reference.tensor("add_noise_eps"),
                                       std::size_t(found - all.begin())));
    }
    const at::Tensor got = at::cat(noisy);
    compare(forward.at("out"), got, kSimulation * got.abs().max().item<double>());
}

} // namespace

std::vector<Deviation> checkSamplers(const std::filesystem::path& folder) {
    const at::NoGradGuard noGrad;
    const Reference reference = Reference::open(folder);
    std::vector<Deviation> results;
    for (const json& recorded : reference.description().at("cases")) Case(reference, recorded, results).check();
    return results;
}

} // namespace support
