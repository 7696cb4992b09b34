#include <app/models/palettemodel.h>

#include <algorithm>
#include <utility>

namespace app::models {

namespace {

constexpr int kInMenu = 30; ///< less for letters of the menu's name
constexpr int kInTip = 1;   ///< what is found in the explanation comes last

} // namespace

PaletteModel::PaletteModel(QList<PaletteEntry> entries, QStringList recent, QObject* parent)
    : QAbstractListModel(parent), m_entries(std::move(entries)), m_recent(std::move(recent)) {
    setPattern(QString());
}

void PaletteModel::setPattern(const QString& pattern) {
    beginResetModel();
    m_hits.clear();
    for (int i = 0; i < m_entries.size(); ++i)
        if (auto found = hit(i, pattern)) m_hits << *found;
    std::stable_sort(m_hits.begin(), m_hits.end(), [this](const Hit& a, const Hit& b) { return isBetter(a, b); });
    endResetModel();
}

std::optional<PaletteModel::Hit> PaletteModel::hit(int entry, const QString& pattern) const {
    const PaletteEntry& candidate = m_entries[entry];
    if (auto match = fuzzyMatch(pattern, candidate.text)) return Hit{entry, match->score, match->positions};
    if (const auto match = fuzzyMatch(pattern, candidate.menu + QLatin1Char(' ') + candidate.text))
        return Hit{entry, match->score - kInMenu, {}};
    if (candidate.tip.contains(pattern.trimmed(), Qt::CaseInsensitive)) return Hit{entry, kInTip, {}};
    return std::nullopt;
}

bool PaletteModel::isBetter(const Hit& a, const Hit& b) const {
    const PaletteEntry& first = m_entries[a.entry];
    const PaletteEntry& second = m_entries[b.entry];
    if (first.whyNot.isEmpty() != second.whyNot.isEmpty()) return first.whyNot.isEmpty();
    if (a.score != b.score) return a.score > b.score;
    const auto age = [this](const PaletteEntry& entry) {
        const qsizetype at = m_recent.indexOf(entry.id);
        return at < 0 ? m_recent.size() : at;
    };
    return age(first) < age(second);
}

const PaletteEntry& PaletteModel::entry(int row) const {
    return m_entries[m_hits[row].entry];
}

int PaletteModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : int(m_hits.size());
}

QVariant PaletteModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid()) return {};
    const PaletteEntry& shown = entry(index.row());
    const QString detail = shown.whyNot.isEmpty() ? shown.tip : shown.whyNot;
    switch (role) {
    case Qt::DisplayRole:
        return shown.text;
    case Qt::AccessibleTextRole:
        return QStringList{shown.text, shown.keys, detail}.join(QStringLiteral(", "));
    case DetailRole:
        return shown.menu.isEmpty() ? detail : QStringLiteral("%1 – %2").arg(shown.menu, detail);
    case KeysRole:
        return shown.keys;
    case PositionsRole:
        return QVariant::fromValue(m_hits[index.row()].positions);
    default:
        return {};
    }
}

Qt::ItemFlags PaletteModel::flags(const QModelIndex& index) const {
    if (!index.isValid() || !entry(index.row()).whyNot.isEmpty()) return Qt::NoItemFlags;
    return Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemNeverHasChildren;
}

} // namespace app::models
