#include <app/windows/commandactions.h>

#include <app/windows/mainwindow.h>
#include <app/windows/symbols.h>

#include <QSet>

namespace app::windows {

namespace {

QString withoutMnemonic(QString text) {
    return text.remove(QLatin1Char('&'));
}

void showKeys(const CommandActions::Entry& entry, const QKeySequence& keys) {
    entry.action->setShortcut(keys);
    entry.action->setToolTip(
        keys.isEmpty() ? entry.tip : QStringLiteral("%1 (%2)").arg(entry.tip, keys.toString(QKeySequence::NativeText)));
}

} // namespace

QString CommandActions::Entry::text() const {
    return withoutMnemonic(action->text());
}

CommandActions::CommandActions(session::Settings& settings, MainWindow& window)
    : m_settings(settings), m_window(window) {
}

QAction* CommandActions::add(const CommandInfo& info) {
    auto* action = new QAction(translated(info.text), &m_window);
    action->setObjectName(QLatin1String(info.id));
    if (info.icon) action->setIcon(symbol(*info.icon));
    QObject::connect(action, &QAction::triggered, &m_window, [window = &m_window, run = info.run] { run(*window); });
    adopt({action->objectName(), withoutMnemonic(titleOf(info.menu)), action,
           QKeySequence(QLatin1String(info.keys), QKeySequence::PortableText), translated(info.tip),
           info.whenDisabled ? translated(info.whenDisabled) : QString(), info.needsModel});
    return action;
}

void CommandActions::adopt(const Entry& entry) {
    entry.action->setStatusTip(entry.tip);
    QString shortText = entry.text();
    entry.action->setIconText(shortText.remove(QStringLiteral("…")));
    m_entries << entry;
}

QAction* CommandActions::find(const QString& id) const {
    const Entry* found = entry(id);
    return found ? found->action : nullptr;
}

const CommandActions::Entry* CommandActions::entry(const QString& id) const {
    for (const Entry& candidate : m_entries)
        if (candidate.id == id) return &candidate;
    return nullptr;
}

const CommandActions::Entry* CommandActions::holderOf(const QKeySequence& keys) const {
    if (keys.isEmpty()) return nullptr;
    for (const Entry& candidate : m_entries)
        if (candidate.action->shortcut() == keys) return &candidate;
    return nullptr;
}

void CommandActions::setKeys(const QString& id, const QKeySequence& keys) {
    const Entry* holder = holderOf(keys);
    if (holder && holder->id != id) m_settings.setShortcut(holder->id, QString());
    if (entry(id)->standardKeys == keys)
        m_settings.resetShortcut(id);
    else
        m_settings.setShortcut(id, keys.toString(QKeySequence::PortableText));
    applyKeys();
}

void CommandActions::resetKeys(const QString& id) {
    setKeys(id, entry(id)->standardKeys);
}

void CommandActions::resetAllKeys() {
    const QStringList chosen = m_settings.shortcuts().keys();
    for (const QString& id : chosen) m_settings.resetShortcut(id);
    applyKeys();
}

void CommandActions::setModelOpen(bool isOpen) {
    for (const Entry& each : m_entries)
        if (each.needsModel) each.action->setEnabled(isOpen);
}

/// What the user has chosen comes first, so that keys of the table that clash with it yield.
void CommandActions::applyKeys() {
    const QHash<QString, QString> chosen = m_settings.shortcuts();
    QSet<QString> taken;
    const auto give = [&taken](const Entry& to, const QKeySequence& wanted) {
        const bool isFree = wanted.isEmpty() || !taken.contains(wanted.toString());
        if (isFree) taken.insert(wanted.toString());
        showKeys(to, isFree ? wanted : QKeySequence());
    };
    for (const Entry& each : m_entries)
        if (chosen.contains(each.id)) give(each, QKeySequence(chosen[each.id], QKeySequence::PortableText));
    for (const Entry& each : m_entries)
        if (!chosen.contains(each.id)) give(each, each.standardKeys);
    Q_EMIT keysChanged();
}

} // namespace app::windows
