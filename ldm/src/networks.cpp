#include <ldm/error.h>
#include <ldm/networks.h>

namespace ldm {

namespace {

Error lacks(const ModelInfo& info, const std::string& part) {
    return badInput("'" + info.name + "' has no " + part +
                    ", so it can be inspected only; open it again with a model that lends one (--base).");
}

} // namespace

PromptEncoder& Networks::prompts() {
    if (!promptEncoder) throw lacks(info, "text encoder");
    return *promptEncoder;
}

const Autoencoder& Networks::autoencoder() const {
    if (!vae) throw lacks(info, "autoencoder");
    return *vae;
}

} // namespace ldm
