#include "networkgraphs.h"

#include <ldm/autoencoder.h>
#include <ldm/textencoder.h>
#include <ldm/unet.h>

#include <ATen/ATen.h>

namespace quant::onnx {

namespace {

ldm::Condition conditionInputs(Recorder& recorder, const ldm::UNetConfig& config, const UNetSizes& sizes) {
    ldm::Condition condition;
    condition.context = recorder.input("encoder_hidden_states", {sizes.batch, sizes.tokens, config.crossAttentionDim});
    if (config.pooledDim > 0) {
        condition.pooled = recorder.input("text_embeds", {sizes.batch, config.pooledDim});
        condition.timeIds = recorder.input("time_ids", {sizes.batch, ldm::kTimeIds});
    }
    if (config.guidanceDim > 0) condition.guidance = recorder.input("timestep_cond", {sizes.batch, config.guidanceDim});
    return condition;
}

std::shared_ptr<const ldm::Autoencoder> recordedAutoencoder(Recorder& recorder, const ldm::PartSource& part) {
    ldm::PartSource recorded = part;
    recorded.tensors = recorder.parameters(part.name, part.tensors);
    return ldm::makeAutoencoder(recorded);
}

} // namespace

RecordedNetwork recordUNet(const ldm::PartSource& part, const UNetSizes& sizes) {
    Recorder recorder;
    ldm::WeightSource weights(part.name, recorder.parameters(part.name, part.tensors));
    const auto unet = std::make_shared<ldm::UNet>(ldm::UNetConfig::parse(part.config, part.configName), weights);
    const at::Tensor sample =
        recorder.input("sample", {sizes.batch, unet->config().inChannels, sizes.height, sizes.width});
    const at::Tensor timestep = recorder.input("timestep", {1});
    ldm::UNetState state = unet->start(sample, timestep, conditionInputs(recorder, unet->config(), sizes));
    for (const ldm::Stage& stage : unet->stages()) {
        stage.run(recorder, state);
        recorder.produced(stage.id, ldm::UNet::output(stage, state));
    }
    recorder.output("out_sample", state.hidden);
    return {unet, std::move(recorder).finish()};
}

RecordedNetwork recordVaeDecoder(const ldm::PartSource& part, std::int64_t height, std::int64_t width) {
    Recorder recorder;
    const auto autoencoder = recordedAutoencoder(recorder, part);
    const at::Tensor latent = recorder.input("latent_sample", {1, autoencoder->facts().latentChannels, height, width});
    recorder.output("sample", autoencoder->decode(recorder, latent));
    return {autoencoder, std::move(recorder).finish()};
}

RecordedNetwork recordVaeEncoder(const ldm::PartSource& part, std::int64_t height, std::int64_t width) {
    Recorder recorder;
    const auto autoencoder = recordedAutoencoder(recorder, part);
    recorder.output("latent_sample", autoencoder->encode(recorder, recorder.input("sample", {1, 3, height, width})));
    return {autoencoder, std::move(recorder).finish()};
}

RecordedNetwork recordTextEncoder(const ldm::PartSource& part, std::int64_t tokens, bool hiddenStates) {
    Recorder recorder;
    ldm::WeightSource weights(part.name, recorder.parameters(part.name, part.tensors));
    const auto encoder = std::make_shared<ldm::TextEncoder>(
        ldm::TextEncoderConfig::parse(part.config, part.configName, part.className), weights);
    const at::Tensor ids = recorder.input("input_ids", {1, tokens}, at::kInt);
    const ldm::TextStates states = encoder->encode(recorder, ids.to(at::kLong));
    if (states.projected.defined()) recorder.output("text_embeds", states.projected);
    recorder.output("last_hidden_state", states.last);
    recorder.output("pooler_output", states.pooled);
    for (std::size_t i = 0; hiddenStates && i < states.hidden.size(); ++i)
        recorder.output("hidden_states." + std::to_string(i), states.hidden[i]);
    return {encoder, std::move(recorder).finish()};
}

} // namespace quant::onnx
