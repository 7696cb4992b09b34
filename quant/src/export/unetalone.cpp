#include "unetalone.h"

namespace quant {

ldm::Checkpoint unetAlone(const ldm::Checkpoint& whole) {
    ldm::Checkpoint alone = whole;
    std::erase_if(alone.parts, [](const ldm::PartSource& part) { return part.name != "unet"; });
    for (const char* part : {"vae", "text_encoder", "tokenizer", "text_encoder_2", "tokenizer_2"})
        if (alone.pipelineConfig.contains(part)) alone.pipelineConfig[part] = nlohmann::json::array({nullptr, nullptr});
    return alone;
}

} // namespace quant
