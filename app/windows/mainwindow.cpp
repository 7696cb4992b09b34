#include <app/windows/mainwindow.h>

#include <app/models/viewdata.h>
#include <app/session/modelfiles.h>
#include <app/windows/commandtable.h>
#include <app/windows/precisionmenu.h>

#include <QCloseEvent>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QMenuBar>
#include <QMimeData>
#include <QPainter>
#include <QScreen>
#include <QStatusBar>
#include <QTime>
#include <QToolBar>
#include <QVBoxLayout>

#include <algorithm>

namespace app::windows {

namespace {

constexpr int kLayoutVersion = 2; ///< of the saved dock layout; raise it when docks change
const QString kLayoutKey = QStringLiteral("layout");
constexpr int kLogLines = 2000;
constexpr QSize kDefaultSize{1600, 980};
constexpr int kToolIconSize = 18;

/// The style draws the symbols of players in black, which vanishes on a dark palette.
QIcon commandIcon(const QWidget& widget, QStyle::StandardPixmap symbol) {
    const QIcon icon = widget.style()->standardIcon(symbol);
    if (symbol != QStyle::SP_MediaPlay) return icon;
    QPixmap pixmap = icon.pixmap(2 * kToolIconSize);
    QPainter painter(&pixmap);
    painter.setCompositionMode(QPainter::CompositionMode_SourceIn);
    painter.fillRect(pixmap.rect(), widget.palette().color(QPalette::ButtonText));
    return QIcon(pixmap);
}

QStringList localFiles(const QMimeData& data) {
    QStringList files;
    for (const QUrl& url : data.urls())
        if (url.isLocalFile()) files << url.toLocalFile();
    return files;
}

} // namespace

MainWindow::MainWindow(session::Settings& settings, QWidget* parent)
    : QMainWindow(parent), m_settings(settings), m_studio(settings), m_files(m_studio, this) {
    setAcceptDrops(true);
    buildPages();
    buildDocks();
    buildCommands();
    buildViewMenu();
    buildStatusBar();
    connectDocument();
    connectPanes();
    connectStudio();
    restoreLayout();
    showModel();
}

/// The undo stack tells of its end when the commands are gone already.
MainWindow::~MainWindow() {
    disconnect(&m_studio.document(), nullptr, this, nullptr);
    disconnect(&m_studio.document().undoStack(), nullptr, this, nullptr);
}

void MainWindow::buildPages() {
    auto* centre = new QWidget(this);
    m_messages = new MessageBar(centre);
    m_start = new StartPage(centre);
    m_heatmap = new HeatmapPane(m_studio, centre);
    m_pages = new QStackedWidget(centre);
    m_pages->addWidget(m_start);
    m_pages->addWidget(m_heatmap);
    auto* column = new QVBoxLayout(centre);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_messages);
    column->addWidget(m_pages, 1);
    setCentralWidget(centre);
    QStringList embedded;
    for (const std::string& name : ldm::embeddedModels()) embedded << QString::fromStdString(name);
    m_start->setEmbeddedModels(embedded);
    showRecentFiles();
}

QDockWidget* MainWindow::addDock(const QString& id, const QString& title, QWidget* content, Qt::DockWidgetArea area) {
    auto* dock = new QDockWidget(title, this);
    dock->setObjectName(id);
    dock->setWidget(content);
    addDockWidget(area, dock);
    m_docks << dock;
    return dock;
}

void MainWindow::buildDocks() {
    setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
    m_blocks = new BlocksPane(m_studio, this);
    m_comparison = new ComparisonPane(m_studio, this);
    m_search = new SearchPane(m_studio, this);
    m_budget = new widgets::BudgetBar(this);
    m_log = new QPlainTextEdit(this);
    m_log->setReadOnly(true);
    m_log->setMaximumBlockCount(kLogLines);
    m_log->setAccessibleName(tr("Log"));
    addDock(QStringLiteral("dock.budget"), tr("Budget"), m_budget, Qt::TopDockWidgetArea)
        ->setTitleBarWidget(new QWidget(this)); // one line that explains itself
    addDock(QStringLiteral("dock.blocks"), tr("Blocks"), m_blocks, Qt::LeftDockWidgetArea);
    addDock(QStringLiteral("dock.comparison"), tr("Pictures"), m_comparison, Qt::BottomDockWidgetArea);
    addDock(QStringLiteral("dock.search"), tr("Search"), m_search, Qt::LeftDockWidgetArea);
    addDock(QStringLiteral("dock.log"), tr("Log"), m_log, Qt::BottomDockWidgetArea);
}

void MainWindow::arrangeDocks() {
    const auto place = [this](const char* id, Qt::DockWidgetArea area) {
        auto* dock = findChild<QDockWidget*>(QLatin1String(id));
        dock->setFloating(false);
        addDockWidget(area, dock);
        dock->setVisible(m_studio.document().hasModel());
        return dock;
    };
    place("dock.budget", Qt::TopDockWidgetArea);
    QDockWidget* blocks = place("dock.blocks", Qt::LeftDockWidgetArea);
    QDockWidget* comparison = place("dock.comparison", Qt::BottomDockWidgetArea);
    place("dock.log", Qt::BottomDockWidgetArea)->hide();
    QDockWidget* search = place("dock.search", Qt::LeftDockWidgetArea);
    tabifyDockWidget(blocks, search);
    search->hide();
    resizeDocks({blocks}, {width() * 47 / 100}, Qt::Horizontal);
    resizeDocks({comparison}, {height() * 38 / 100}, Qt::Vertical);
}

void MainWindow::buildCommands() {
    auto* toolBar = addToolBar(tr("Main"));
    toolBar->setObjectName(QStringLiteral("toolBar"));
    toolBar->setMovable(false);
    toolBar->setIconSize({kToolIconSize, kToolIconSize});
    toolBar->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    QHash<int, QMenu*> menus;
    for (const CommandInfo& info : commandTable()) {
        QMenu*& menu = menus[int(info.menu)];
        if (!menu) menu = menuBar()->addMenu(titleOf(info.menu));
        if (info.startsGroup) menu->addSeparator();
        QAction* action = addCommand(info);
        menu->addAction(action);
        if (info.icon) toolBar->addAction(action);
        if (info.needsModel) m_modelCommands << action;
    }
    m_recentMenu = new QMenu(tr("Open Re&cent"), this);
    menus[int(MenuId::File)]->insertMenu(command(QStringLiteral("file.save")), m_recentMenu);
    connect(m_recentMenu, &QMenu::aboutToShow, this, &MainWindow::fillRecentMenu);
    menus[int(MenuId::View)]->setObjectName(QStringLiteral("viewMenu"));
}

QAction* MainWindow::addCommand(const CommandInfo& info) {
    auto* action = new QAction(translated(info.text), this);
    action->setObjectName(QLatin1String(info.id));
    action->setShortcut(QKeySequence(QLatin1String(info.keys), QKeySequence::PortableText));
    const QString tip = translated(info.tip);
    action->setStatusTip(tip);
    action->setToolTip(*info.keys ? QStringLiteral("%1 (%2)").arg(tip, action->shortcut().toString()) : tip);
    QString shortText = action->text();
    action->setIconText(shortText.remove(QLatin1Char('&')).remove(QStringLiteral("…")));
    if (info.icon) action->setIcon(commandIcon(*this, *info.icon));
    connect(action, &QAction::triggered, this, [this, run = info.run] { run(*this); });
    m_commands.insert(action->objectName(), action);
    return action;
}

void MainWindow::buildViewMenu() {
    auto* menu = findChild<QMenu*>(QStringLiteral("viewMenu"));
    QAction* first = menu->actions().constFirst();
    int number = 1;
    for (QDockWidget* dock : m_docks) {
        QAction* toggle = dock->toggleViewAction();
        toggle->setShortcut(QKeySequence(Qt::ALT | Qt::Key(Qt::Key_0 + number++)));
        menu->insertAction(first, toggle);
        m_modelCommands << toggle;
    }
    menu->insertSeparator(first);
}

void MainWindow::buildStatusBar() {
    m_jobStatus = new JobStatus(m_studio.engine(), this);
    statusBar()->addPermanentWidget(m_jobStatus);
    connect(m_jobStatus, &JobStatus::stopRequested, &m_studio, &session::Studio::stop);
    connect(&m_studio.engine(), &jobs::Engine::busyChanged, command(QStringLiteral("run.stop")), &QAction::setEnabled);
}

void MainWindow::connectDocument() {
    session::StudioDocument* document = &m_studio.document();
    connect(document, &session::StudioDocument::modelChanged, this, &MainWindow::showModel);
    connect(document, &session::StudioDocument::stateChanged, this, &MainWindow::showState);
    connect(document, &session::StudioDocument::predictionChanged, this, &MainWindow::showBudget);
    const QUndoStack* stack = &document->undoStack();
    connect(stack, &QUndoStack::indexChanged, this, &MainWindow::showState);
    connect(stack, &QUndoStack::canUndoChanged, this, &MainWindow::showState);
    connect(stack, &QUndoStack::canRedoChanged, this, &MainWindow::showState);
}

void MainWindow::connectPanes() {
    connect(m_start, &StartPage::openRequested, &m_files, &DocumentFiles::open);
    connect(m_start, &StartPage::browseRequested, &m_files, &DocumentFiles::chooseModel);
    connect(m_start, &StartPage::fileRequested, &m_files, &DocumentFiles::chooseCheckpoint);
    connect(m_heatmap, &HeatmapPane::blockPicked, m_blocks->table(), &widgets::BlockTable::selectBlock);
    connect(m_heatmap, &HeatmapPane::metricChosen, m_blocks, &BlocksPane::setMetric);
    connect(m_heatmap, &HeatmapPane::menuRequested, this,
            [this](const QString& block, const QPoint& position) { showPrecisionMenu(*this, block, position); });
    connect(m_blocks->table(), &widgets::BlockTable::selectionChanged, m_heatmap, &HeatmapPane::selectBlocks);
    connect(m_search, &SearchPane::lockRequested, command(QStringLiteral("precision.lock")), &QAction::trigger);
    connect(m_search, &SearchPane::blockPicked, m_blocks->table(), &widgets::BlockTable::selectBlock);
    connect(m_search, &SearchPane::blockPicked, m_heatmap, &HeatmapPane::selectBlock);
}

void MainWindow::connectStudio() {
    connect(&m_files, &DocumentFiles::told, this, &MainWindow::log);
    connect(&m_studio, &session::Studio::failed, this, [this](const jobs::Failure& failure) {
        m_messages->showFailure(failure);
        log(failure.sentence);
    });
    connect(&m_studio, &session::Studio::noted, this, [this](const QString& sentence) {
        m_messages->showNote(sentence);
        log(sentence);
    });
    connect(&m_studio, &session::Studio::modelOpened, this, [this](const QString& path) {
        m_messages->hide();
        log(tr("Opened %1").arg(path));
        showRecentFiles();
    });
}

void MainWindow::restoreLayout() {
    resize(kDefaultSize.boundedTo(screen()->availableSize()));
    restoreGeometry(m_settings.value(session::kWindowGeometry));
    arrangeDocks();
}

void MainWindow::saveLayout() {
    m_settings.set(session::kWindowGeometry, saveGeometry());
    if (m_studio.document().hasModel()) m_settings.set(session::kWindowLayout, saveState(kLayoutVersion));
}

void MainWindow::showDock(const QString& id) {
    auto* dock = findChild<QDockWidget*>(id);
    dock->show();
    dock->raise();
    dock->widget()->setFocus();
}

QHash<QString, HasViewState*> MainWindow::lookingPanes() const {
    QHash<QString, HasViewState*> panes;
    const auto add = [&panes](const QString& id, QWidget* pane) {
        if (auto* looking = dynamic_cast<HasViewState*>(pane)) panes.insert(id, looking);
    };
    add(QStringLiteral("map"), m_heatmap);
    for (const QDockWidget* dock : m_docks) add(dock->objectName(), dock->widget());
    return panes;
}

QJsonObject MainWindow::viewState() const {
    QJsonObject state{{kLayoutKey, QString::fromLatin1(saveState(kLayoutVersion).toBase64())}};
    const auto panes = lookingPanes();
    for (auto pane = panes.begin(); pane != panes.end(); ++pane) state.insert(pane.key(), pane.value()->viewState());
    return state;
}

void MainWindow::setViewState(const QJsonObject& state) {
    restoreState(QByteArray::fromBase64(state[kLayoutKey].toString().toLatin1()), kLayoutVersion);
    const auto panes = lookingPanes();
    for (auto pane = panes.begin(); pane != panes.end(); ++pane)
        pane.value()->setViewState(state[pane.key()].toObject());
}

void MainWindow::resetLayout() {
    arrangeDocks();
}

void MainWindow::showModel() {
    const bool hasModel = m_studio.document().hasModel();
    const bool isFirst = hasModel && m_pages->currentWidget() == m_start;
    m_pages->setCurrentWidget(hasModel ? static_cast<QWidget*>(m_heatmap) : m_start);
    for (QAction* action : m_modelCommands) action->setEnabled(hasModel);
    command(QStringLiteral("run.stop"))->setEnabled(m_studio.engine().isBusy());
    if (isFirst) {
        arrangeDocks();
        restoreState(m_settings.value(session::kWindowLayout), kLayoutVersion);
    }
    showState();
    showBudget();
}

void MainWindow::showState() {
    session::StudioDocument& document = m_studio.document();
    QString title = QStringLiteral("Noisefloor[*]");
    if (document.hasModel()) {
        const QString file = document.recipeFile().isEmpty() ? tr("untitled recipe")
                                                             : document.recipeFile().section(QLatin1Char('/'), -1);
        title = QStringLiteral("%1[*] – %2 – Noisefloor").arg(file, QString::fromStdString(document.model().name));
    }
    setWindowTitle(title);
    setWindowModified(document.isModified());
    const QUndoStack& stack = document.undoStack();
    command(QStringLiteral("edit.undo"))->setEnabled(stack.canUndo());
    command(QStringLiteral("edit.redo"))->setEnabled(stack.canRedo());
    command(QStringLiteral("edit.undo"))->setStatusTip(tr("Undo: %1").arg(stack.undoText()));
    command(QStringLiteral("edit.redo"))->setStatusTip(tr("Redo: %1").arg(stack.redoText()));
}

void MainWindow::showBudget() {
    m_budget->setValues(models::budgetValues(m_studio.document()));
}

void MainWindow::showRecentFiles() {
    m_start->setRecentFiles(m_settings.recentFiles());
}

void MainWindow::fillRecentMenu() {
    m_recentMenu->clear();
    for (const QString& file : m_settings.recentFiles())
        connect(m_recentMenu->addAction(file), &QAction::triggered, this, [this, file] { open(file); });
    if (m_recentMenu->isEmpty()) m_recentMenu->addAction(tr("None yet"))->setEnabled(false);
}

void MainWindow::log(const QString& sentence) {
    m_log->appendPlainText(QStringLiteral("%1  %2").arg(QTime::currentTime().toString(Qt::ISODate), sentence));
}

void MainWindow::closeEvent(QCloseEvent* event) {
    if (m_studio.document().isModified() && m_settings.value(session::kAskToSave)) {
        event->ignore();
        m_files.saveFirst([this] {
            m_studio.document().undoStack().setClean(); // saved, or given up knowingly
            close();
        });
        return;
    }
    saveLayout();
    m_studio.stop();
    event->accept();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
    if (!localFiles(*event->mimeData()).isEmpty()) event->acceptProposedAction();
}

/// A model first, so that recipes and analyses dropped with it find it.
void MainWindow::dropEvent(QDropEvent* event) {
    QStringList files = localFiles(*event->mimeData());
    std::stable_partition(files.begin(), files.end(),
                          [](const QString& file) { return session::kindOf(file) == session::FileKind::Model; });
    for (const QString& file : files) open(file);
    event->acceptProposedAction();
}

} // namespace app::windows
