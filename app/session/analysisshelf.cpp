#include <app/session/analysisshelf.h>

#include <QFileInfo>

#include <algorithm>
#include <utility>

namespace app::session {

QStringList AnalysisShelf::files() const {
    QStringList files;
    for (const Entry& entry : m_entries) files << entry.file;
    return files;
}

QString AnalysisShelf::nameAt(int index) const {
    QString name = QFileInfo(m_entries[std::size_t(index)].file).fileName();
    const QString suffix = QStringLiteral(".analysis.json");
    if (name.endsWith(suffix)) name.chop(suffix.size());
    return name;
}

std::shared_ptr<const analysis::Analysis> AnalysisShelf::at(int index) {
    Entry& entry = m_entries[std::size_t(index)];
    if (entry.numbers || std::exchange(entry.isBeingRead, true)) return entry.numbers;
    const QString file = entry.file;
    m_thread.run([file] { return Numbers(new analysis::Analysis(analysis::loadAnalysis(file.toStdString()))); },
                 [this, file](const jobs::Result<Numbers>& read) { take(file, read); });
    return nullptr;
}

/// The file may have left the shelf meanwhile.
void AnalysisShelf::take(const QString& file, const jobs::Result<Numbers>& read) {
    const auto entry = find(file);
    if (entry == m_entries.end()) return;
    entry->isBeingRead = false;
    if (!read) return Q_EMIT failed(file, read.failure());
    entry->numbers = read.value();
    Q_EMIT wasRead(file);
}

std::vector<AnalysisShelf::Entry>::iterator AnalysisShelf::find(const QString& file) {
    return std::find_if(m_entries.begin(), m_entries.end(), [&](const Entry& entry) { return entry.file == file; });
}

int AnalysisShelf::add(const QString& file) {
    const QString absolute = QFileInfo(file).absoluteFilePath();
    const auto known = find(absolute);
    if (known != m_entries.end()) return int(known - m_entries.begin());
    m_entries.push_back({absolute});
    Q_EMIT changed();
    return size() - 1;
}

void AnalysisShelf::remove(int index) {
    if (index < 0 || index >= size()) return;
    m_entries.erase(m_entries.begin() + index);
    Q_EMIT changed();
}

void AnalysisShelf::replaceAll(const QStringList& files) {
    m_entries.clear();
    for (const QString& file : files) m_entries.push_back({QFileInfo(file).absoluteFilePath()});
    Q_EMIT changed();
}

} // namespace app::session
