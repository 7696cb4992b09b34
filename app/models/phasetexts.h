#pragma once

#include <QString>

#include <string>

namespace app::models {

/// What ldm::Progress says of the present stage, in the language of the window; names, such as those of maps and files,
/// stay as they are.
QString phaseText(const std::string& what);

} // namespace app::models
