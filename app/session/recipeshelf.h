#pragma once

#include <app/jobs/result.h>

#include <quant/recipe.h>

#include <QObject>
#include <QString>

#include <vector>

namespace app::session {

/// Recipes kept beside the one being edited, to be compared with it. GUI thread.
class RecipeShelf : public QObject {
    Q_OBJECT
public:
    static constexpr int kMost = 4;
    struct Entry {
        QString name; ///< unique on the shelf
        quant::Recipe recipe;
    };

    const std::vector<Entry>& entries() const { return m_entries; }
    /// Fails when the shelf is full. A name that is taken gets a number.
    jobs::Result<jobs::Done> keep(const QString& name, quant::Recipe recipe);
    void remove(int index);
    /// Gives an entry another name; nothing happens if it is blank. A name that is taken gets a number.
    void rename(int index, const QString& name);
    /// The first kMost of them.
    void replaceAll(std::vector<Entry> entries);

Q_SIGNALS:
    void changed();

private:
    std::vector<Entry> m_entries;
};

} // namespace app::session
