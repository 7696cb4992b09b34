#include <app/models/rulemodel.h>

#include <app/jobs/result.h>
#include <app/models/viewdata.h>

#include <widgets/listchanges.h>

#include <algorithm>

namespace app::models {

namespace {

template <class Format> QString nameOrNone(const std::optional<Format>& format) {
    return format ? toText(nameOf(*format)) : QString();
}

bool isEditable(int column) {
    return column != RuleModel::Reach && column != RuleModel::State;
}

/// The rule with the text of one cell. Throws BadInput.
quant::Rule withCell(quant::Rule rule, int column, const QString& text) {
    const std::string value = text.trimmed().toStdString();
    switch (column) {
    case RuleModel::Match:
        rule.match = value;
        break;
    case RuleModel::Weights:
        rule.weights = quant::weightFormat(value);
        break;
    case RuleModel::Activations:
        rule.activations = quant::activationFormat(value);
        break;
    case RuleModel::StepsColumn:
        rule.timesteps = parseSteps(text);
        break;
    case RuleModel::Why:
        rule.why = value;
        break;
    default:
        break;
    }
    if (rule.match.empty())
        throw ldm::badInput(
            app::models::RuleModel::tr("A rule needs a pattern: a block, a layer, or a name with * or **.")
                .toStdString());
    if (!rule.weights && !rule.activations)
        throw ldm::badInput(
            app::models::RuleModel::tr("A rule has to set weights or activations; delete it to have neither.")
                .toStdString());
    return rule;
}

} // namespace

/// A table of many rules costs more to draw than an edit to make: rules that stay keep their rows, and of these only
/// those are drawn anew that look otherwise.
void RuleModel::setRules(const std::vector<quant::Rule>& rules, const ldm::ModelInfo& model) {
    const auto changes = widgets::listChanges(int(m_rules.size()), int(rules.size()), [&](int before, int after) {
        return m_rules[std::size_t(before)] == rules[std::size_t(after)];
    });
    const std::vector<RuleFacts> facts = ruleFacts(rules, model);
    for (auto change = changes.rbegin(); change != changes.rend(); ++change) replaceRows(*change, rules, facts);
    for (std::size_t row = 0; row < facts.size(); ++row) {
        if (m_facts[row] == facts[row]) continue;
        m_facts[row] = facts[row];
        Q_EMIT dataChanged(index(int(row), 0), index(int(row), ColumnCount - 1));
    }
}

namespace {

/// Puts a stretch of `all` into the place of a stretch of `kept`.
template <class Element>
void replace(std::vector<Element>& kept, int from, int removed, const std::vector<Element>& all, int to, int inserted) {
    kept.erase(kept.begin() + from, kept.begin() + from + removed);
    kept.insert(kept.begin() + from, all.begin() + to, all.begin() + to + inserted);
}

} // namespace

/// What is replaced by as many keeps its rows; the rest comes and goes behind them.
void RuleModel::replaceRows(const widgets::ListChange& change, const std::vector<quant::Rule>& rules,
                            const std::vector<RuleFacts>& facts) {
    const int kept = std::min(change.removed, change.inserted);
    const int more = change.inserted - kept;
    const int fewer = change.removed - kept;
    const int end = change.from + kept;
    const auto put = [&](int from, int removed, int to, int inserted) {
        replace(m_rules, from, removed, rules, to, inserted);
        replace(m_facts, from, removed, facts, to, inserted);
    };
    if (more > 0) beginInsertRows({}, end, end + more - 1);
    if (fewer > 0) beginRemoveRows({}, end, end + fewer - 1);
    put(end, fewer, change.to + kept, more);
    if (more > 0) endInsertRows();
    if (fewer > 0) endRemoveRows();
    put(change.from, kept, change.to, kept);
    if (kept > 0) Q_EMIT dataChanged(index(change.from, 0), index(end - 1, ColumnCount - 1));
}

void RuleModel::insert(int row, const quant::Rule& rule) {
    std::vector<quant::Rule> rules = m_rules;
    const int place = row < 0 ? int(rules.size()) : std::min(row + 1, int(rules.size()));
    rules.insert(rules.begin() + place, rule);
    Q_EMIT proposed(tr("add a rule for %1").arg(QString::fromStdString(rule.match)), rules);
}

void RuleModel::remove(QList<int> rows) {
    std::sort(rows.begin(), rows.end(), std::greater<>());
    std::vector<quant::Rule> rules = m_rules;
    for (const int row : rows)
        if (row >= 0 && row < int(rules.size())) rules.erase(rules.begin() + row);
    if (rules.size() == m_rules.size()) return;
    const bool isOne = m_rules.size() - rules.size() == 1;
    Q_EMIT proposed(isOne ? tr("delete a rule") : tr("delete %1 rules").arg(m_rules.size() - rules.size()), rules);
}

void RuleModel::move(int row, int by) {
    const int target = row + by;
    if (row < 0 || row >= int(m_rules.size()) || target < 0 || target >= int(m_rules.size())) return;
    std::vector<quant::Rule> rules = m_rules;
    std::swap(rules[std::size_t(row)], rules[std::size_t(target)]);
    Q_EMIT proposed(by < 0 ? tr("move a rule up") : tr("move a rule down"), rules);
}

int RuleModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : int(m_rules.size());
}

int RuleModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : ColumnCount;
}

QString RuleModel::textOf(int row, int column) const {
    const quant::Rule& rule = m_rules[std::size_t(row)];
    switch (column) {
    case Match:
        return QString::fromStdString(rule.match);
    case Weights:
        return nameOrNone(rule.weights);
    case Activations:
        return nameOrNone(rule.activations);
    case StepsColumn:
        return stepsText(rule);
    case Reach:
        return reachText(m_facts[std::size_t(row)]);
    case State:
        return stateText(m_facts[std::size_t(row)]);
    default:
        return QString::fromStdString(rule.why);
    }
}

QVariant RuleModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= int(m_rules.size())) return {};
    const QString text = textOf(index.row(), index.column());
    switch (role) {
    case Qt::DisplayRole: {
        const bool isSide = index.column() == Weights || index.column() == Activations;
        return text.isEmpty() && isSide ? tr("as before") : text;
    }
    case Qt::EditRole:
        return text;
    case Qt::ToolTipRole:
        return index.column() == Reach ? m_facts[std::size_t(index.row())].blocks.join(QLatin1Char('\n')) : text;
    case Qt::AccessibleTextRole:
        return tr("%1: %2").arg(headerData(index.column(), Qt::Horizontal, Qt::DisplayRole).toString(), text);
    default:
        return {};
    }
}

bool RuleModel::setData(const QModelIndex& index, const QVariant& value, int role) {
    if (role != Qt::EditRole || !index.isValid() || !isEditable(index.column())) return false;
    if (value.toString() == textOf(index.row(), index.column())) return false;
    const auto rule =
        jobs::guarded([&] { return withCell(m_rules[std::size_t(index.row())], index.column(), value.toString()); });
    if (!rule) {
        Q_EMIT refused(rule.failure().sentence);
        return false;
    }
    std::vector<quant::Rule> rules = m_rules;
    rules[std::size_t(index.row())] = rule.value();
    Q_EMIT proposed(tr("edit the rule for %1").arg(QString::fromStdString(rule.value().match)), rules);
    return true;
}

QVariant RuleModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (role != Qt::DisplayRole) return {};
    if (orientation == Qt::Vertical) return section + 1;
    const QStringList headers{tr("Matches"), tr("Weights"), tr("Activations"), tr("Steps"),
                              tr("Reaches"), tr("State"),   tr("Why")};
    return headers.value(section);
}

Qt::ItemFlags RuleModel::flags(const QModelIndex& index) const {
    if (!index.isValid()) return Qt::NoItemFlags;
    const auto base = Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemNeverHasChildren;
    return isEditable(index.column()) ? base | Qt::ItemIsEditable : base;
}

} // namespace app::models
