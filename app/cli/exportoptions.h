#pragma once

#include <quant/export.h>

#include <ldm/model.h>

#include <CLI/CLI.hpp>

#include <string>
#include <utility>
#include <vector>

namespace app::cli {

/// The fields of quant::ExportOptions as options of a verb: all that some format looks at.
struct ExportChoices {
    quant::ExportOptions options;
    std::string analysis; ///< file; layerDb comes from it
    std::vector<std::pair<quant::ExportOption, const CLI::Option*>> known;
};

/// `choices` outlives the verb.
void addExportOptions(CLI::App& verb, ExportChoices& choices);
/// Throws CLI::ValidationError naming an option that was given and says nothing about this format.
void requireUsed(const ExportChoices& choices, const quant::ExportFormatInfo& format);
/// With what a file that was named adds to them. Throws BadInput.
quant::ExportOptions exportOptionsFor(const ExportChoices& choices, const quant::Recipe& recipe,
                                      const ldm::ModelInfo& model);

} // namespace app::cli
