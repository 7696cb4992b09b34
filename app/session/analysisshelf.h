#pragma once

#include <app/jobs/result.h>

#include <analysis/sqnr.h>

#include <QObject>
#include <QString>
#include <QStringList>

#include <memory>
#include <vector>

namespace app::session {

/// Files of analyses to compare the present one with. A file is read when its numbers are first asked for, so that a
/// long list opens at once. GUI thread.
class AnalysisShelf : public QObject {
    Q_OBJECT
public:
    QStringList files() const;
    int size() const { return int(m_entries.size()); }
    /// The file's name without folder and ".analysis.json".
    QString nameAt(int index) const;
    /// Fails if the file cannot be read or holds no analysis. Kept in memory afterwards.
    jobs::Result<std::shared_ptr<const analysis::Analysis>> at(int index);

    /// Reads nothing. A file that is there already is not added twice. Returns its index.
    int add(const QString& file);
    void remove(int index);
    void replaceAll(const QStringList& files);

Q_SIGNALS:
    void changed();

private:
    struct Entry {
        QString file; ///< absolute
        std::shared_ptr<const analysis::Analysis> analysis;
    };
    std::vector<Entry> m_entries;
};

} // namespace app::session
