#include <ldm/error.h>
#include <ldm/networks.h>

#include <vector>

namespace ldm {

namespace {

constexpr const char* kAutoencoder = "autoencoder";

Error lacks(const ModelInfo& info, const std::vector<std::string>& parts) {
    std::string list;
    for (const std::string& part : parts) list.append(list.empty() ? "" : " and no ").append(part);
    return badInput("'" + info.name + "' has no " + list +
                    ", which this needs; open it again with a model that lends it (--base).");
}

} // namespace

void Networks::requireForPictures() const {
    if (!info.missing.empty()) throw lacks(info, info.missing);
}

PromptEncoder& Networks::prompts() {
    if (promptEncoder) return *promptEncoder;
    std::vector<std::string> parts = info.missing;
    std::erase(parts, kAutoencoder);
    throw lacks(info, parts);
}

const Autoencoder& Networks::autoencoder() const {
    if (!vae) throw lacks(info, {kAutoencoder});
    return *vae;
}

} // namespace ldm
