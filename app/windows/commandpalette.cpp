#include <app/windows/commandpalette.h>

#include <app/windows/mainwindow.h>
#include <app/windows/palettedelegate.h>

#include <QApplication>
#include <QKeyEvent>
#include <QVBoxLayout>

namespace app::windows {

namespace {

constexpr int kWidth = 640;
constexpr int kMargin = 24;
constexpr int kPage = 8; ///< rows that the page keys move by
constexpr int kRecentKept = 12;
const QString kName = QStringLiteral("commandPalette");

QString whyNot(const CommandActions::Entry& entry, bool hasModel) {
    if (entry.action->isEnabled()) return {};
    if (entry.needsModel && !hasModel) return CommandPalette::tr("Open a model first.");
    return entry.whenDisabled.isEmpty() ? CommandPalette::tr("Not possible just now.") : entry.whenDisabled;
}

void goToBlock(MainWindow& window, const QString& block) {
    window.blocksPane()->table()->selectBlock(block);
    window.heatmapPane()->selectBlock(block);
    window.showDock(QStringLiteral("dock.blocks"));
}

QList<models::PaletteEntry> entriesOf(MainWindow& window) {
    QList<models::PaletteEntry> entries;
    const session::StudioDocument& document = window.studio().document();
    for (const CommandActions::Entry& each : window.commands().entries()) {
        if (each.id == QLatin1String("view.palette")) continue;
        const QString text = each.text();
        entries << models::PaletteEntry{each.id,
                                        text,
                                        each.menu,
                                        each.action->shortcut().toString(QKeySequence::NativeText),
                                        each.tip,
                                        whyNot(each, document.hasModel()),
                                        [action = QPointer(each.action)] { action->trigger(); }};
    }
    for (const ldm::BlockInfo& block : document.model().blocks) {
        const QString id = QString::fromStdString(block.id);
        entries << models::PaletteEntry{QStringLiteral("block:") + id,
                                        CommandPalette::tr("Go to %1").arg(id),
                                        CommandPalette::tr("Block"),
                                        {},
                                        CommandPalette::tr("Select this block in the map and in the table"),
                                        {},
                                        [&window, id] { goToBlock(window, id); }};
    }
    return entries;
}

} // namespace

void CommandPalette::toggle(MainWindow& window) {
    if (auto* open = window.findChild<CommandPalette*>(kName)) {
        open->dismiss();
        return;
    }
    auto* palette = new CommandPalette(window);
    palette->place();
    palette->show();
    palette->raise();
    palette->m_line->setFocus(Qt::PopupFocusReason);
}

CommandPalette::CommandPalette(MainWindow& window)
    : QFrame(&window), m_window(window),
      m_model(entriesOf(window), window.studio().settings().value(session::kRecentCommands)),
      m_line(new QLineEdit(this)), m_list(new QListView(this)), m_before(QApplication::focusWidget()) {
    setObjectName(kName);
    build();
    select(0);
    m_window.installEventFilter(this);
    m_line->installEventFilter(this);
    connect(m_line, &QLineEdit::textChanged, this, &CommandPalette::narrow);
    connect(m_list, &QListView::clicked, this, &CommandPalette::run);
    connect(qApp, &QApplication::focusChanged, this, [this](QWidget*, QWidget* now) {
        if (now && now != this && !isAncestorOf(now)) deleteLater();
    });
}

void CommandPalette::build() {
    setFrameShape(QFrame::StyledPanel);
    setFrameShadow(QFrame::Raised);
    setAutoFillBackground(true);
    setAccessibleName(tr("Commands"));
    m_line->setObjectName(QStringLiteral("paletteLine"));
    m_line->setPlaceholderText(tr("What do you want to do?"));
    m_line->setAccessibleName(tr("Command"));
    m_line->setToolTip(tr("A few letters of a command, a pane or a block; Enter runs the marked one, Esc closes"));
    m_line->setClearButtonEnabled(true);
    m_list->setObjectName(QStringLiteral("paletteList"));
    m_list->setAccessibleName(tr("Matching commands"));
    m_list->setModel(&m_model);
    m_list->setItemDelegate(new PaletteDelegate(m_list));
    m_list->setFocusPolicy(Qt::NoFocus); // the line keeps the keyboard and moves through the list
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setFrameShape(QFrame::NoFrame);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(6, 6, 6, 6);
    column->addWidget(m_line);
    column->addWidget(m_list, 1);
}

void CommandPalette::place() {
    const QSize size(std::min(kWidth, m_window.width() - 2 * kMargin), m_window.height() / 2);
    setGeometry((m_window.width() - size.width()) / 2, m_window.height() / 10, size.width(), size.height());
}

void CommandPalette::narrow(const QString& pattern) {
    m_model.setPattern(pattern);
    select(0);
}

void CommandPalette::select(int row) {
    if (row < 0 || row >= m_model.rowCount()) return;
    const QModelIndex index = m_model.index(row);
    m_list->setCurrentIndex(index);
    m_list->scrollTo(index);
    m_line->setAccessibleDescription(index.data(Qt::AccessibleTextRole).toString());
}

void CommandPalette::move(int by) {
    select(std::clamp(m_list->currentIndex().row() + by, 0, m_model.rowCount() - 1));
}

void CommandPalette::run(const QModelIndex& index) {
    if (!index.isValid() || !(index.flags() & Qt::ItemIsEnabled)) return;
    const models::PaletteEntry entry = m_model.entry(index.row());
    session::Settings& settings = m_window.studio().settings();
    QStringList recent = settings.value(session::kRecentCommands);
    recent.removeAll(entry.id);
    recent.prepend(entry.id);
    settings.set(session::kRecentCommands, QStringList(recent.mid(0, kRecentKept)));
    dismiss();
    entry.run();
}

void CommandPalette::dismiss() {
    hide();
    setObjectName(QString()); // the next one may open before this one is gone
    if (m_before) m_before->setFocus(Qt::PopupFocusReason);
    deleteLater();
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event) {
    if (watched == &m_window && event->type() == QEvent::Resize) place();
    if (watched != m_line || event->type() != QEvent::KeyPress) return QFrame::eventFilter(watched, event);
    switch (static_cast<QKeyEvent*>(event)->key()) {
    case Qt::Key_Up:
        move(-1);
        return true;
    case Qt::Key_Down:
        move(1);
        return true;
    case Qt::Key_PageUp:
        move(-kPage);
        return true;
    case Qt::Key_PageDown:
        move(kPage);
        return true;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        run(m_list->currentIndex());
        return true;
    case Qt::Key_Escape:
        dismiss();
        return true;
    default:
        return false;
    }
}

} // namespace app::windows
