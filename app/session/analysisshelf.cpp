#include <app/session/analysisshelf.h>

#include <QFileInfo>

#include <algorithm>

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

jobs::Result<std::shared_ptr<const analysis::Analysis>> AnalysisShelf::at(int index) {
    if (index < 0 || index >= size())
        return jobs::Failure{ldm::ErrorKind::BadInput, tr("There is no such analysis in the list; choose another.")};
    Entry& entry = m_entries[std::size_t(index)];
    if (entry.analysis) return entry.analysis;
    auto loaded = jobs::guarded([&entry] { return analysis::loadAnalysis(entry.file.toStdString()); });
    if (!loaded) return loaded.failure();
    entry.analysis = std::make_shared<const analysis::Analysis>(std::move(loaded.value()));
    return entry.analysis;
}

int AnalysisShelf::add(const QString& file) {
    const QString absolute = QFileInfo(file).absoluteFilePath();
    const auto known =
        std::find_if(m_entries.begin(), m_entries.end(), [&](const Entry& entry) { return entry.file == absolute; });
    if (known != m_entries.end()) return int(known - m_entries.begin());
    m_entries.push_back({absolute, nullptr});
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
    for (const QString& file : files) m_entries.push_back({QFileInfo(file).absoluteFilePath(), nullptr});
    Q_EMIT changed();
}

} // namespace app::session
