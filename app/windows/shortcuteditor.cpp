#include <app/windows/shortcuteditor.h>

#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QTreeWidgetItemIterator>
#include <QVBoxLayout>

namespace app::windows {

namespace {

enum Column { TextColumn, KeysColumn, StandardColumn };
constexpr QSize kSize{680, 560};

QString shown(const QKeySequence& keys) {
    return keys.toString(QKeySequence::NativeText);
}

QPushButton* button(const QString& text, const QString& tip, QWidget* parent) {
    auto* made = new QPushButton(text, parent);
    made->setToolTip(tip);
    made->setAutoDefault(false); // Enter belongs to the keys being typed
    return made;
}

} // namespace

ShortcutEditor::ShortcutEditor(CommandActions& commands, QWidget* parent)
    : QDialog(parent), m_commands(commands), m_filter(new QLineEdit(this)), m_tree(new QTreeWidget(this)),
      m_keys(new QKeySequenceEdit(this)), m_assign(button(tr("&Assign"), tr("Give the command these keys"), this)),
      m_none(button(tr("&No Keys"), tr("Take the keys away from the command"), this)),
      m_reset(button(tr("&Standard"), tr("Give the command the keys it came with"), this)), m_told(new QLabel(this)) {
    setWindowTitle(tr("Shortcuts"));
    resize(kSize);
    build();
    fill();
    showSelected();
    connect(&m_commands, &CommandActions::keysChanged, this, &ShortcutEditor::showKeys);
    connect(m_filter, &QLineEdit::textChanged, this, &ShortcutEditor::narrow);
    connect(m_tree, &QTreeWidget::currentItemChanged, this, &ShortcutEditor::showSelected);
    connect(m_keys, &QKeySequenceEdit::keySequenceChanged, this, &ShortcutEditor::check);
    connect(m_assign, &QPushButton::clicked, this, &ShortcutEditor::assign);
    connect(m_none, &QPushButton::clicked, this, [this] { m_commands.setKeys(selectedId(), {}); });
    connect(m_reset, &QPushButton::clicked, this, [this] { m_commands.resetKeys(selectedId()); });
}

void ShortcutEditor::build() {
    m_filter->setObjectName(QStringLiteral("shortcutFilter"));
    m_filter->setPlaceholderText(tr("Filter by text or keys"));
    m_filter->setAccessibleName(tr("Filter"));
    m_filter->setToolTip(tr("Show only commands whose text or keys hold this"));
    m_filter->setClearButtonEnabled(true);
    m_tree->setObjectName(QStringLiteral("shortcutTree"));
    m_tree->setAccessibleName(tr("Commands and their keys"));
    m_tree->setHeaderLabels({tr("Command"), tr("Keys"), tr("Standard keys")});
    m_tree->setUniformRowHeights(true);
    m_tree->header()->setSectionResizeMode(TextColumn, QHeaderView::Stretch);
    m_tree->header()->setStretchLastSection(false);
    m_told->setWordWrap(true);
    m_told->setAccessibleName(tr("Who has these keys"));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    QPushButton* all = button(tr("Standard for A&ll"), tr("Give every command the keys it came with"), this);
    all->setObjectName(QStringLiteral("resetAllShortcuts"));
    buttons->addButton(all, QDialogButtonBox::ResetRole);
    connect(all, &QPushButton::clicked, &m_commands, &CommandActions::resetAllKeys);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* column = new QVBoxLayout(this);
    column->addWidget(m_filter);
    column->addWidget(m_tree, 1);
    column->addWidget(buildKeyRow());
    column->addWidget(m_told);
    column->addWidget(buttons);
}

QWidget* ShortcutEditor::buildKeyRow() {
    auto* row = new QWidget(this);
    auto* label = new QLabel(tr("New &keys"), row);
    label->setBuddy(m_keys);
    m_keys->setObjectName(QStringLiteral("shortcutKeys"));
    m_keys->setAccessibleName(tr("New keys"));
    m_keys->setToolTip(tr("Press the keys that shall run the selected command"));
    m_assign->setObjectName(QStringLiteral("assignShortcut"));
    m_none->setObjectName(QStringLiteral("noShortcut"));
    m_reset->setObjectName(QStringLiteral("resetShortcut"));
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(label);
    layout->addWidget(m_keys, 1);
    for (QPushButton* each : {m_assign, m_none, m_reset}) layout->addWidget(each);
    return row;
}

void ShortcutEditor::fill() {
    QHash<QString, QTreeWidgetItem*> menus;
    for (const CommandActions::Entry& entry : m_commands.entries()) {
        QTreeWidgetItem*& menu = menus[entry.menu];
        if (!menu) {
            menu = new QTreeWidgetItem(m_tree, {entry.menu});
            menu->setFlags(Qt::ItemIsEnabled);
            menu->setExpanded(true);
        }
        auto* item = new QTreeWidgetItem(menu, {entry.text(), QString(), shown(entry.standardKeys)});
        item->setData(TextColumn, Qt::UserRole, entry.id);
        item->setToolTip(TextColumn, entry.tip);
    }
    showKeys();
    m_tree->resizeColumnToContents(StandardColumn);
    m_tree->setColumnWidth(KeysColumn, m_tree->columnWidth(StandardColumn));
    if (m_tree->topLevelItemCount() > 0) m_tree->setCurrentItem(m_tree->topLevelItem(0)->child(0));
}

/// Keys that are not the standard ones are bold.
void ShortcutEditor::showKeys() {
    for (QTreeWidgetItemIterator item(m_tree, QTreeWidgetItemIterator::NoChildren); *item; ++item) {
        const CommandActions::Entry* entry = m_commands.entry((*item)->data(TextColumn, Qt::UserRole).toString());
        const QKeySequence keys = entry->action->shortcut();
        (*item)->setText(KeysColumn, shown(keys));
        QFont font = m_tree->font();
        font.setBold(keys != entry->standardKeys);
        (*item)->setFont(KeysColumn, font);
    }
    showSelected();
}

void ShortcutEditor::narrow(const QString& pattern) {
    for (int i = 0; i < m_tree->topLevelItemCount(); ++i) {
        QTreeWidgetItem* menu = m_tree->topLevelItem(i);
        bool any = false;
        for (int j = 0; j < menu->childCount(); ++j) {
            QTreeWidgetItem* item = menu->child(j);
            const bool fits = item->text(TextColumn).contains(pattern, Qt::CaseInsensitive) ||
                              item->text(KeysColumn).contains(pattern, Qt::CaseInsensitive);
            item->setHidden(!fits);
            any = any || fits;
        }
        menu->setHidden(!any);
    }
}

QString ShortcutEditor::selectedId() const {
    const QTreeWidgetItem* item = m_tree->currentItem();
    return item ? item->data(TextColumn, Qt::UserRole).toString() : QString();
}

void ShortcutEditor::showSelected() {
    const CommandActions::Entry* entry = m_commands.entry(selectedId());
    m_keys->setEnabled(entry);
    m_keys->setKeySequence(entry ? entry->action->shortcut() : QKeySequence());
    m_none->setEnabled(entry && !entry->action->shortcut().isEmpty());
    m_reset->setEnabled(entry && entry->action->shortcut() != entry->standardKeys);
    check();
}

/// Says who has the keys before anything is taken away.
void ShortcutEditor::check() {
    const CommandActions::Entry* entry = m_commands.entry(selectedId());
    const QKeySequence keys = m_keys->keySequence();
    const CommandActions::Entry* holder = m_commands.holderOf(keys);
    const bool isTaken = entry && holder && holder != entry;
    m_assign->setEnabled(entry && !keys.isEmpty() && holder != entry);
    m_assign->setText(isTaken ? tr("&Assign Anyway") : tr("&Assign"));
    m_told->setText(isTaken ? tr("%1 belongs to “%2”, which will have no keys then.").arg(shown(keys), holder->text())
                            : tr("Select a command, press the new keys, and assign them."));
}

void ShortcutEditor::assign() {
    const QKeySequence keys = m_keys->keySequence();
    m_commands.setKeys(selectedId(), QKeySequence(keys[0])); // one stroke, as all shortcuts here
}

} // namespace app::windows
