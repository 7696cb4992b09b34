#include "pipeline.h"

#include <ATen/ATen.h>
#include <ldm/denoise.h>
#include <ldm/vae.h>

namespace parity {

namespace {

using support::Tolerance;

at::Tensor joined(Checks& checks, const json& names, const std::string& prefix) {
    std::vector<at::Tensor> rows;
    for (const json& name : names) rows.push_back(checks.recorded(prefix + name.get<std::string>()));
    return at::cat(rows);
}

ldm::Condition conditionOf(Checks& checks, const json& call, const std::string& prefix) {
    const std::int64_t rows = static_cast<std::int64_t>(call.at("ctx").size());
    ldm::Condition condition;
    condition.context = joined(checks, call.at("ctx"), "unet/ctx/");
    if (call.contains("time_ids")) {
        const auto ids = call.at("time_ids").get<std::vector<float>>();
        condition.timeIds = at::tensor(ids).unsqueeze(0).repeat({rows, 1});
        condition.pooled = joined(checks, call.at("ctx"), "unet/text_embeds/");
    }
    if (call.contains("guidance_scale_embedded")) {
        condition.guidance = checks.recorded(prefix + "timestep_cond");
        const at::Tensor embedded =
            ldm::guidanceEmbedding(call.at("guidance_scale_embedded"), static_cast<int>(condition.guidance.size(1)));
        checks.compare(prefix + "timestep_cond", embedded.expand_as(condition.guidance), Tolerance::kSingleForward);
    }
    return condition;
}

void checkUNetCall(Checks& checks, ldm::Networks& networks, const json& call) {
    const std::string id = call.at("id"), prefix = "unet/" + id + "/", blocks = prefix + "blk/";
    checks.onlyKeys(
        call, {"id", "sample", "t", "ctx", "hooks", "optional", "time_ids", "guidance_scale_embedded", "out"}, prefix);
    checks.require(call.value("hooks", false) == !checks.reference().names(blocks).empty(), prefix + " has blocks");
    Recorder recorder(networks.unetArithmetic, checks.reference(), blocks, "unet.");
    const at::Tensor timestep = at::full({1}, call.at("t").get<double>(), at::kFloat);
    ldm::UNetState state = networks.unet.start(joined(checks, call.at("sample"), "unet/sample/"), timestep,
                                               conditionOf(checks, call, prefix));
    const at::Tensor out = networks.unet.finish(recorder, std::move(state));
    checks.compareAll(blocks, "unet.", recorder.outputs(), Tolerance::kSingleForward);
    checks.compare(call.at("out"), out, Tolerance::kSingleForward);
}

std::string storedType(const ldm::Networks& networks, const std::string& part) {
    for (const ldm::PartInfo& info : networks.info.parts)
        if (info.name == part) return info.storedAs;
    return "missing";
}

} // namespace

void checkModel(Checks& checks, ldm::Networks& networks) {
    const json& description = checks.description();
    checks.require(networks.checkpoint.pipelineClass == description.at("pipeline"), "pipeline");
    checks.require(networks.info.vaeScale == description.at("vae_scale_factor"), "vae_scale_factor");
    for (const auto& [part, type] : description.at("dtype").items())
        checks.require(storedType(networks, part) == type, "stored type of " + part);
}

void checkUNetCalls(Checks& checks, ldm::Networks& networks) {
    checks.inputsBelow("unet/sample/");
    for (const json& call : checks.description().at("unet_calls"))
        checks.section("unet/" + call.at("id").get<std::string>(), [&] { checkUNetCall(checks, networks, call); });
}

void checkAutoencoder(Checks& checks, const ldm::Autoencoder& autoencoder, ldm::Arithmetic& arithmetic) {
    const support::Reference& reference = checks.reference();
    const at::Tensor image = reference.has("vae/image_in") ? checks.recorded("vae/image_in")
                                                           : checks.recorded("vae/image_in_u8") / 127.5 - 1;
    Recorder encoding(arithmetic, reference, "vae/enc_blk/", "vae.");
    const at::Tensor latent = autoencoder.encode(encoding, image);
    checks.compareAll("vae/enc_blk/", "vae.", encoding.outputs(), Tolerance::kSingleForward);
    if (const auto* vae = dynamic_cast<const ldm::Vae*>(&autoencoder)) {
        checks.compare("vae/mean", latent, Tolerance::kSingleForward);
        checks.compare("vae/logvar", vae->posterior(arithmetic, image).logVar, Tolerance::kSingleForward);
    } else {
        checks.compare("vae/latents", latent, Tolerance::kSingleForward);
    }
    Recorder decoding(arithmetic, reference, "vae/dec_blk/", "vae.");
    const at::Tensor decoded = autoencoder.decode(decoding, checks.recorded("vae/latent_in"));
    checks.compareAll("vae/dec_blk/", "vae.", decoding.outputs(), Tolerance::kSingleForward);
    checks.compare("vae/decoded", decoded, Tolerance::kSingleForward);
}

} // namespace parity
