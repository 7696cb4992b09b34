#pragma once

#include <quant/recipe.h>

#include <QString>
#include <QStringList>

#include <vector>

namespace app::models {

/// What one rule of a recipe does in a model.
struct RuleFacts {
    int layers = 0;     ///< that it matches
    int deciding = 0;   ///< of them, those for which no later rule decides everything it sets
    QStringList blocks; ///< that these layers belong to, in the order of the model

    bool operator==(const RuleFacts&) const = default;
    bool matchesNothing() const { return layers == 0; }
    bool isOverridden() const { return layers > 0 && deciding == 0; }
};

std::vector<RuleFacts> ruleFacts(const std::vector<quant::Rule>& rules, const ldm::ModelInfo& model);
/// "12 layers in 3 blocks".
QString reachText(const RuleFacts& facts);
/// "in force", "overridden by later rules", "matches nothing", "in force for 4 of 12 layers".
QString stateText(const RuleFacts& facts);
/// "all", or the training timesteps "999 to 667", in the order in which a picture is made.
QString stepsText(const quant::Rule& rule);
/// Reads what stepsText() writes, and both numbers in either order. Throws BadInput.
std::optional<std::array<int, 2>> parseSteps(const QString& text);

} // namespace app::models
