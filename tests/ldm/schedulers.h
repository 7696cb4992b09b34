#pragma once

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ldm/sampler.h>
#include <nlohmann/json.hpp>

#include <QTest>

#include <memory>
#include <string>

namespace support {

using nlohmann::json;

/// A scheduler_config.json as Stable Diffusion 1.5 has it.
inline json stableDiffusion() {
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

inline json with(json config, const json& changes) {
    config.update(changes);
    return config;
}

/// The class's own defaults, all keys absent.
inline json bare(const char* className) {
    return {{"_class_name", className}};
}

inline std::unique_ptr<ldm::Sampler> made(const json& config, int steps, double eta = 0) {
    return ldm::makeSampler(config, "scheduler_config.json", {steps, eta, 0});
}

inline std::unique_ptr<ldm::Sampler> named(const char* name, int steps) {
    return made(ldm::configFor(name, stableDiffusion()), steps);
}

inline at::Tensor normal(std::uint64_t seed) {
    at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(seed);
    return at::randn({1, 4, 3, 5}, generator, at::kFloat);
}

inline void addKindRows() {
    QTest::addColumn<QString>("name");
    for (const ldm::SamplerKind& kind : ldm::samplerKinds())
        QTest::newRow(std::string(kind.name).c_str())
            << QString::fromUtf8(kind.name.data(), qsizetype(kind.name.size()));
}

} // namespace support
