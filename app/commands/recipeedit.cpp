#include <app/commands/recipeedit.h>

#include <QCoreApplication>
#include <QStringList>

namespace app::commands {

namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("app::commands", text);
}

QString describe(const BlockFormatChange& change) {
    QStringList formats;
    if (change.weights) formats << tr("weights %1").arg(QString::fromStdString(std::string(nameOf(*change.weights))));
    if (change.activations)
        formats << tr("activations %1").arg(QString::fromStdString(std::string(nameOf(*change.activations))));
    const QString where = change.blocks.size() == 1 ? QString::fromStdString(change.blocks.front())
                                                    : tr("%1 blocks").arg(change.blocks.size());
    return tr("%1 in %2").arg(formats.join(QStringLiteral(", ")), where);
}

} // namespace

RecipeEdit::RecipeEdit(const QString& text, quant::Recipe before, quant::Recipe after, ApplyRecipe apply)
    : QUndoCommand(text), m_before(std::move(before)), m_after(std::move(after)), m_apply(std::move(apply)) {
}

std::unique_ptr<RecipeEdit> editRecipe(const QString& text, const quant::Recipe& recipe, const ldm::ModelInfo& model,
                                       quant::Recipe next, ApplyRecipe apply) {
    quant::resolve(next, model); // throws before anything has changed
    return std::make_unique<RecipeEdit>(text, recipe, std::move(next), std::move(apply));
}

std::unique_ptr<RecipeEdit> setBlockFormat(const quant::Recipe& recipe, const ldm::ModelInfo& model,
                                           const BlockFormatChange& change, ApplyRecipe apply) {
    quant::Recipe next = quant::withBlockFormat(recipe, model, change.blocks, change.weights, change.activations);
    return editRecipe(describe(change), recipe, model, std::move(next), std::move(apply));
}

std::unique_ptr<RecipeEdit> setDefaultFormat(const quant::Recipe& recipe, const ldm::ModelInfo& model,
                                             quant::Format format, ApplyRecipe apply) {
    quant::Recipe next = recipe;
    next.base = format;
    const QString text = tr("default %1").arg(QString::fromStdString(quant::toString(format)));
    return editRecipe(text, recipe, model, std::move(next), std::move(apply));
}

std::unique_ptr<RecipeEdit> clearRules(const quant::Recipe& recipe, const ldm::ModelInfo& model, ApplyRecipe apply) {
    quant::Recipe next = recipe;
    next.rules.clear();
    return editRecipe(tr("clear all rules"), recipe, model, std::move(next), std::move(apply));
}

std::unique_ptr<RecipeEdit> replaceRecipe(const quant::Recipe& recipe, const ldm::ModelInfo& model, quant::Recipe next,
                                          ApplyRecipe apply) {
    const QString text = tr("recipe %1").arg(QString::fromStdString(next.name));
    return editRecipe(text, recipe, model, std::move(next), std::move(apply));
}

} // namespace app::commands
