#pragma once

#include "checks.h"

#include <ldm/networks.h>

#include <filesystem>

namespace parity {

/// What fixtures of kind "sd" hold, part by part.
void checkModel(Checks& checks, ldm::Networks& networks);
void checkTokenizers(Checks& checks, ldm::Networks& networks);
void checkTextEncoders(Checks& checks, ldm::Networks& networks);
void checkContexts(Checks& checks, ldm::Networks& networks);
void checkUNetCalls(Checks& checks, ldm::Networks& networks);
void checkAutoencoder(Checks& checks, const ldm::Autoencoder& autoencoder, ldm::Arithmetic& arithmetic);
void checkTrajectories(Checks& checks, ldm::Networks& networks);

/// A fixture of format "sd-oracle-1", kind "sd" or "taesd"; `folder` has its weights.
void checkPipelineFixture(Checks& checks, const std::filesystem::path& folder);
/// A fixture of format "sd-oracle-tok-1".
void checkTokenizerFixture(Report& report, const std::filesystem::path& folder);

} // namespace parity
