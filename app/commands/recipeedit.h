#pragma once

#include <QUndoCommand> // first: moc 6.4 fails on a file that begins with <compare>

#include <quant/recipe.h>

#include <functional>
#include <memory>

namespace app::commands {

/// Makes a recipe the present one; must not throw for a recipe that was the present one before.
using ApplyRecipe = std::function<void(const quant::Recipe&)>;

/// One step of editing a recipe, one per gesture: steps never merge.
class RecipeEdit : public QUndoCommand {
public:
    RecipeEdit(const QString& text, quant::Recipe before, quant::Recipe after, ApplyRecipe apply);

    void undo() override { m_apply(m_before); }
    void redo() override { m_apply(m_after); }
    bool changesSomething() const { return m_before != m_after; }

private:
    quant::Recipe m_before;
    quant::Recipe m_after;
    ApplyRecipe m_apply;
};

/// What the user did to a recipe.
struct BlockFormatChange {
    std::vector<std::string> blocks;
    std::optional<quant::WeightFormat> weights;
    std::optional<quant::ActivationFormat> activations;
};

/// The commands of the studio. Each throws ldm::Error (BadInput) if the new recipe does not fit the model.
std::unique_ptr<RecipeEdit> setBlockFormat(const quant::Recipe& recipe, const ldm::ModelInfo& model,
                                           const BlockFormatChange& change, ApplyRecipe apply);
std::unique_ptr<RecipeEdit> setDefaultFormat(const quant::Recipe& recipe, const ldm::ModelInfo& model,
                                             quant::Format format, ApplyRecipe apply);
std::unique_ptr<RecipeEdit> clearRules(const quant::Recipe& recipe, const ldm::ModelInfo& model, ApplyRecipe apply);
std::unique_ptr<RecipeEdit> editRecipe(const QString& text, const quant::Recipe& recipe, const ldm::ModelInfo& model,
                                       quant::Recipe next, ApplyRecipe apply);
std::unique_ptr<RecipeEdit> replaceRecipe(const quant::Recipe& recipe, const ldm::ModelInfo& model, quant::Recipe next,
                                          ApplyRecipe apply);

} // namespace app::commands
