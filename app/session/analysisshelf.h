#pragma once

#include <app/jobs/filethread.h>

#include <analysis/sqnr.h>

#include <QObject>
#include <QString>
#include <QStringList>

#include <memory>
#include <vector>

namespace app::session {

/// Files of analyses to compare the present one with. A file is read when its numbers are first asked for, so that a
/// long list opens at once, and on a thread of its own, since large ones take longer than a frame. GUI thread.
class AnalysisShelf : public QObject {
    Q_OBJECT
public:
    QStringList files() const;
    int size() const { return int(m_entries.size()); }
    /// The file's name without folder and ".analysis.json".
    QString nameAt(int index) const;
    /// The numbers of a file of the list that was read; else nothing, and reading begins: wasRead() or failed() tells.
    std::shared_ptr<const analysis::Analysis> at(int index);

    /// Reads nothing. A file that is there already is not added twice. Returns its index.
    int add(const QString& file);
    void remove(int index);
    void replaceAll(const QStringList& files);

Q_SIGNALS:
    void changed();
    void wasRead(const QString& file);
    void failed(const QString& file, const app::jobs::Failure& failure);

private:
    using Numbers = std::shared_ptr<const analysis::Analysis>;
    struct Entry {
        QString file; ///< absolute
        Numbers numbers = nullptr;
        bool isBeingRead = false;
    };

    std::vector<Entry>::iterator find(const QString& file);
    void take(const QString& file, const jobs::Result<Numbers>& read);

    std::vector<Entry> m_entries;
    jobs::FileThread m_thread; ///< last: finishes before the rest goes
};

} // namespace app::session
