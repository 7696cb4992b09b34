#pragma once

#include <ldm/model.h>

#include <string>

namespace CLI {
class App;
}

namespace app::cli {

/// What the options --device, --precision and --lora say, for command line and window alike. Each returns an empty text
/// if it was understood, else the sentence for the user. What follows the last colon of a LoRA is its weight, a finite
/// number, unless the whole text names a file that exists.
std::string readDevice(const std::string& text, ldm::Compute& compute);             ///< "cpu", "cuda", "cuda:1"
std::string readPrecision(const std::string& text, ldm::Compute& compute);          ///< "fp32", "bf16"
std::string readLora(const std::string& text, std::vector<ldm::LoraChoice>& loras); ///< "FILE" or "FILE:WEIGHT"

/// Adds MODEL, or an option in its place, and everything about how it is opened: --lora, --base, --prediction,
/// --device,
/// --precision.
void addModel(CLI::App& verb, ldm::OpenRequest& request, const std::string& name = "MODEL");

} // namespace app::cli
