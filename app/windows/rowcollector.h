#pragma once

#include <QList>
#include <QObject>
#include <QTimer>

#include <set>

namespace app::windows {

/// Collects changed rows and hands them on a few times a second, so that a fast analysis does not keep views busy.
class RowCollector : public QObject {
    Q_OBJECT
public:
    explicit RowCollector(QObject* parent = nullptr);

    void add(int row);
    /// Forgets what was collected, because everything has been shown anew.
    void clear();

Q_SIGNALS:
    void collected(const QList<int>& rows);

private:
    void handOver();

    std::set<int> m_rows;
    QTimer m_timer;
};

} // namespace app::windows
