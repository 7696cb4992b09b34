#include "containers.h"
#include "fingerprint.h"

#include <ldm/error.h>
#include <ldm/lora.h>

#include <algorithm>

namespace ldm {

namespace fs = std::filesystem;

namespace {

fs::path placeOf(const std::string& pathOrName) {
    std::error_code ignored;
    if (fs::exists(pathOrName, ignored)) return fs::canonical(pathOrName);
    const std::vector<std::string> embedded = embeddedModels();
    if (std::find(embedded.begin(), embedded.end(), pathOrName) != embedded.end())
        return fs::canonical(resourceFolder() / "models" / pathOrName);
    std::string names;
    for (const std::string& name : embedded) names += (names.empty() ? "" : ", ") + name;
    throw badInput(pathOrName +
                   " is neither a folder nor a file nor an embedded model; check the path or use one of: " + names +
                   ".");
}

} // namespace

const PartSource* Checkpoint::find(std::string_view part) const {
    const auto found =
        std::find_if(parts.begin(), parts.end(), [&](const PartSource& each) { return each.name == part; });
    return found == parts.end() ? nullptr : &*found;
}

Checkpoint openCheckpoint(const OpenRequest& request) {
    const fs::path place = placeOf(request.model);
    if (!fs::is_directory(place)) throw badInput(place.string() + " is a single file.");
    Checkpoint checkpoint = openDiffusersFolder(place);
    checkpoint.fingerprint = fingerprintOf(checkpoint);
    for (const LoraChoice& lora : request.loras) mergeLora(checkpoint, lora);
    checkpoint.fingerprint = fingerprintWith(checkpoint.fingerprint, checkpoint.loras);
    return checkpoint;
}

} // namespace ldm
