#include <app/windows/presetmenu.h>

#include <app/models/viewdata.h>

#include <QInputDialog>

namespace app::windows {

PresetMenu::PresetMenu(session::Studio& studio, QWidget* parent) : QMenu(tr("P&resets"), parent), m_studio(studio) {
    setToolTipsVisible(true);
    setToolTip(tr("Changes of the whole recipe that have a name; your own go as JSON files into %1").arg(m_userFolder));
    connect(this, &QMenu::aboutToShow, this, &PresetMenu::fill);
}

void PresetMenu::fill() {
    clear();
    const session::PresetList list = session::loadPresets(m_userFolder);
    for (const session::Preset& preset : list.presets) add(preset);
    if (!list.problems.isEmpty()) addSeparator();
    for (const QString& problem : list.problems) addProblem(problem);
}

void PresetMenu::add(const session::Preset& preset) {
    const QString effect = effectOf(preset);
    QAction* action = addAction(effect.isEmpty() ? preset.name : tr("%1 – %2").arg(preset.name, effect));
    action->setToolTip(preset.tip);
    action->setStatusTip(preset.tip);
    action->setEnabled(m_studio.document().hasModel());
    connect(action, &QAction::triggered, this, [this, preset] {
        if (preset.worst && !preset.worst->count)
            askCount(preset);
        else
            choose(preset);
    });
}

/// Shown, so that a file that does nothing is no riddle.
void PresetMenu::addProblem(const QString& sentence) {
    QAction* action =
        addAction(fontMetrics().elidedText(sentence, Qt::ElideMiddle, fontMetrics().averageCharWidth() * 60));
    action->setToolTip(sentence);
    action->setEnabled(false);
}

jobs::Result<quant::Recipe> PresetMenu::recipeWith(const session::Preset& preset) const {
    const session::StudioDocument& document = m_studio.document();
    return jobs::guarded([this, &preset, &document] {
        return session::withPreset(document.recipe(), preset, document.model(),
                                   preset.worst ? models::worstFirst(document, m_metric) : std::vector<std::string>());
    });
}

/// Empty where it depends on an answer.
QString PresetMenu::effectOf(const session::Preset& preset) const {
    const session::StudioDocument& document = m_studio.document();
    if (!document.hasModel() || (preset.worst && !preset.worst->count)) return {};
    const auto recipe = recipeWith(preset);
    if (!recipe) return tr("not possible now");
    const auto changed = jobs::guarded([&recipe, &document] {
        return session::changedLayers(document.plan(), quant::resolve(recipe.value(), document.model()));
    });
    if (!changed) return tr("not possible now");
    if (changed.value() == 0) return tr("changes nothing");
    return changed.value() == 1 ? tr("changes 1 layer") : tr("changes %1 layers").arg(changed.value());
}

void PresetMenu::choose(const session::Preset& preset) {
    const auto recipe = recipeWith(preset);
    if (!recipe)
        Q_EMIT m_studio.failed(recipe.failure());
    else
        m_studio.report(m_studio.document().editRecipe(tr("preset %1").arg(preset.name), recipe.value()));
}

void PresetMenu::askCount(const session::Preset& preset) {
    constexpr int kProposed = 3;
    const int rows = int(models::worstFirst(m_studio.document(), m_metric).size());
    if (rows == 0) {
        session::Preset one = preset;
        one.worst->count = 1;
        choose(one); // tells what is missing
        return;
    }
    auto* dialog = new QInputDialog(parentWidget());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setObjectName(QStringLiteral("worstCount"));
    dialog->setWindowTitle(preset.name);
    dialog->setInputMode(QInputDialog::IntInput);
    dialog->setIntRange(1, rows);
    const auto counted = [preset](int count) {
        session::Preset chosen = preset;
        chosen.worst->count = count;
        return chosen;
    };
    const auto tell = [this, dialog, counted](int count) {
        dialog->setLabelText(tr("How many rows of the %1 map? This %2.")
                                 .arg(models::toText(nameOf(m_metric)), effectOf(counted(count))));
    };
    connect(dialog, &QInputDialog::intValueChanged, this, tell);
    connect(dialog, &QInputDialog::intValueSelected, this, [this, counted](int count) { choose(counted(count)); });
    dialog->setIntValue(std::min(kProposed, rows));
    tell(dialog->intValue());
    dialog->open();
}

} // namespace app::windows
