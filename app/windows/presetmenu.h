#pragma once

#include <QMenu> // first: moc 6.4 fails on a file that begins with <compare>

#include <app/session/presets.h>
#include <app/session/studio.h>

namespace app::windows {

/// The presets, each with the number of layers it changes; choosing one is one undo step. Files are read and layers
/// counted when the menu opens.
class PresetMenu : public QMenu {
    Q_OBJECT
public:
    PresetMenu(session::Studio& studio, QWidget* parent);

    /// Of the map that tells which rows are the worst.
    void setMetric(analysis::Metric metric) { m_metric = metric; }
    /// Another folder of the user's own presets.
    void setUserFolder(const QString& folder) { m_userFolder = folder; }

private:
    void fill();
    void add(const session::Preset& preset);
    void addProblem(const QString& sentence);
    void choose(const session::Preset& preset);
    void askCount(const session::Preset& preset);
    jobs::Result<quant::Recipe> recipeWith(const session::Preset& preset) const;
    QString effectOf(const session::Preset& preset) const;

    session::Studio& m_studio;
    analysis::Metric m_metric = analysis::Metric::Local;
    QString m_userFolder = session::userPresetFolder();
};

} // namespace app::windows
