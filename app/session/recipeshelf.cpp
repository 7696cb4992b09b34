#include <app/session/recipeshelf.h>

#include <algorithm>

namespace app::session {

namespace {

QString uniqueName(const QString& name, const std::vector<RecipeShelf::Entry>& entries) {
    const auto isTaken = [&entries](const QString& candidate) {
        return std::any_of(entries.begin(), entries.end(), [&](const auto& entry) { return entry.name == candidate; });
    };
    QString candidate = name;
    for (int number = 2; isTaken(candidate); ++number) candidate = QStringLiteral("%1 (%2)").arg(name).arg(number);
    return candidate;
}

} // namespace

jobs::Result<jobs::Done> RecipeShelf::keep(const QString& name, quant::Recipe recipe) {
    if (int(m_entries.size()) >= kMost)
        return jobs::Failure{ldm::ErrorKind::BadInput,
                             tr("%1 recipes are kept for comparison already; remove one of them first.").arg(kMost)};
    m_entries.push_back({uniqueName(name, m_entries), std::move(recipe)});
    Q_EMIT changed();
    return jobs::Done{};
}

void RecipeShelf::remove(int index) {
    if (index < 0 || index >= int(m_entries.size())) return;
    m_entries.erase(m_entries.begin() + index);
    Q_EMIT changed();
}

void RecipeShelf::rename(int index, const QString& name) {
    const QString wanted = name.trimmed();
    if (index < 0 || index >= int(m_entries.size()) || wanted.isEmpty()) return;
    QString& present = m_entries[std::size_t(index)].name;
    if (wanted == present) return;
    present.clear(); // it does not stand in its own way
    present = uniqueName(wanted, m_entries);
    Q_EMIT changed();
}

void RecipeShelf::replaceAll(std::vector<Entry> entries) {
    m_entries.clear();
    for (Entry& entry : entries)
        if (int(m_entries.size()) < kMost)
            m_entries.push_back({uniqueName(entry.name, m_entries), std::move(entry.recipe)});
    Q_EMIT changed();
}

} // namespace app::session
