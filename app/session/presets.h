#pragma once

#include <quant/recipe.h>

#include <QString>
#include <QStringList>

#include <optional>
#include <string>
#include <vector>

namespace app::session {

/// A change of a recipe that has a name: a file resources/presets/*.json, or one of the user's own.
struct Preset {
    /// Rows of the present map with the lowest SQNR, and the format they get.
    struct Worst {
        std::optional<int> count; ///< nothing: to be asked for
        quant::Format format;
    };
    QString name;
    QString tip;
    bool clearsRules = false;
    std::optional<quant::Format> base;
    std::vector<quant::Rule> rules; ///< put behind those of the recipe; those that match nothing are left out
    std::optional<Worst> worst;
};

struct PresetList {
    std::vector<Preset> presets; ///< ours by file name, then the user's
    QStringList problems;        ///< a sentence for each file that cannot be used
};

/// Folder of the user's own presets; it may not exist.
QString userPresetFolder();
PresetList loadPresets(const QString& userFolder = userPresetFolder());
/// Throws BadInput with file, place and remedy.
Preset parsePreset(const std::string& text, const std::string& file);

/// The recipe with the preset. `worstFirst` are ids of blocks or layers, the lowest SQNR first. Throws BadInput if the
/// preset needs a count or a map that is not there.
quant::Recipe withPreset(quant::Recipe recipe, const Preset& preset, const ldm::ModelInfo& model,
                         const std::vector<std::string>& worstFirst);
/// Layers that have another format somewhere in time.
int changedLayers(const quant::Plan& before, const quant::Plan& after);

} // namespace app::session
