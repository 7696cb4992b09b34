#include "pipeline.h"

#include <ATen/ATen.h>
#include <ldm/jsonreading.h>

#include <stdexcept>

namespace parity {

namespace {

/// Key-by-key meaning of the facts that only describe how a fixture was made: "generator", "seed", sizes of tensors.
void checkKeys(Checks& checks) {
    checks.onlyKeys(
        checks.description(),
        {"format",       "kind",   "pipeline",  "weights",    "dtype",         "latent_hw",  "odd_hw",
         "vae_hw",       "cond",   "neg",       "cond2",      "te_prompts",    "prompts",    "tok_prompts",
         "seed",         "name",   "generator", "tokenizers", "text_encoders", "unet_calls", "vae_scale_factor",
         "trajectories", "tensors"},
        "reference.json");
}

void checkTinyAutoencoder(Checks& checks, const std::filesystem::path& folder) {
    const auto config = ldm::readJsonObject(folder / "vae" / "config.json");
    const auto autoencoder = ldm::makeAutoencoder(ldm::openPart(folder, "vae", config.at("_class_name")));
    ldm::FloatArithmetic arithmetic;
    checkAutoencoder(checks, *autoencoder, arithmetic);
}

void checkPipeline(Checks& checks, const std::filesystem::path& folder) {
    const ldm::Model model = ldm::Model::open(folder.string());
    ldm::Networks& networks = model.networks();
    checks.section("model", [&] { checkModel(checks, networks); });
    checks.section("tokenizers", [&] { checkTokenizers(checks, networks); });
    checks.section("text encoders", [&] { checkTextEncoders(checks, networks); });
    checks.section("contexts", [&] { checkContexts(checks, networks); });
    checks.section("unet", [&] { checkUNetCalls(checks, networks); });
    checks.section("vae", [&] { checkAutoencoder(checks, networks.autoencoder(), networks.vaeArithmetic); });
    checks.section("trajectories", [&] { checkTrajectories(checks, networks); });
}

} // namespace

void checkPipelineFixture(Checks& checks, const std::filesystem::path& folder) {
    checkKeys(checks);
    const std::string kind = checks.description().value("kind", "");
    checks.section("kind \"" + kind + "\"", [&] {
        if (kind == "sd")
            checkPipeline(checks, folder);
        else if (kind == "taesd")
            checkTinyAutoencoder(checks, folder);
        else
            throw std::runtime_error("is not understood");
    });
    checks.section("tensors", [&] { checks.requireAllUsed(); });
}

} // namespace parity
