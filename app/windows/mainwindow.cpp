#include <app/windows/mainwindow.h>

#include <app/models/searchdata.h>
#include <app/models/verifydata.h>
#include <app/models/viewdata.h>
#include <app/session/modelfiles.h>
#include <app/windows/copystatus.h>
#include <app/windows/jobnotifier.h>
#include <app/windows/modelwatcher.h>
#include <app/windows/precisionmenu.h>
#include <app/windows/recentmenu.h>
#include <app/windows/theme.h>
#include <app/windows/verifyreport.h>

#include <QCloseEvent>
#include <QDragEnterEvent>
#include <QMenuBar>
#include <QMimeData>
#include <QScreen>
#include <QStatusBar>
#include <QTime>
#include <QToolBar>
#include <QVBoxLayout>

#include <algorithm>

namespace app::windows {

namespace {

const QString kLayoutKey = QStringLiteral("layout");
constexpr int kLogLines = 2000;
constexpr QSize kDefaultSize{1600, 980};
constexpr int kToolIconSize = 18;

QStringList localFiles(const QMimeData& data) {
    QStringList files;
    for (const QUrl& url : data.urls())
        if (url.isLocalFile()) files << url.toLocalFile();
    return files;
}

} // namespace

MainWindow::MainWindow(session::Settings& settings, QWidget* parent)
    : QMainWindow(parent), m_settings(settings), m_studio(settings),
      m_files(
          m_studio, [this] { return viewState(); }, this),
      m_commands(settings, *this), m_docks(*this) {
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
    hide(); // what has the focus loses it and tells what was typed, as long as all that it tells is there
    disconnect(&m_studio.document(), nullptr, this, nullptr);
    disconnect(&m_studio.document().undoStack(), nullptr, this, nullptr);
}

void MainWindow::buildPages() {
    auto* centre = new QWidget(this);
    m_messages = new MessageBar(centre);
    m_start = new StartPage(centre);
    m_heatmap = new HeatmapPane(m_studio, centre);
    m_heatmap->setObjectName(QStringLiteral("map"));
    m_pages = new QStackedWidget(centre);
    m_pages->addWidget(m_start);
    m_pages->addWidget(m_heatmap);
    auto* column = new QVBoxLayout(centre);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_messages);
    column->addWidget(m_pages, 1);
    setCentralWidget(centre);
    menuBar()->setObjectName(QStringLiteral("menuBar"));
    QStringList embedded;
    for (const std::string& name : ldm::embeddedModels()) embedded << QString::fromStdString(name);
    m_start->setEmbeddedModels(embedded);
    showRecentFiles();
}

void MainWindow::buildDocks() {
    setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
    m_blocks = new BlocksPane(m_studio, this);
    m_comparison = new ComparisonPane(m_studio, this);
    m_grid = new GridPane(m_studio, this);
    m_recipe = new RecipePane(m_studio, this);
    m_inspector = new InspectorPane(m_studio, this);
    m_jobs = new JobsPane(m_studio, this);
    new JobNotifier(m_jobs->jobs(), m_settings, *this);
    m_search = new SearchPane(m_studio, this);
    m_budget = new widgets::BudgetBar(this);
    m_log = new QPlainTextEdit(this);
    m_log->setReadOnly(true);
    m_log->setMaximumBlockCount(kLogLines);
    m_log->setAccessibleName(tr("Log"));
    m_docks.add(QStringLiteral("dock.budget"), tr("Budget"), m_budget, Qt::TopDockWidgetArea)
        ->setTitleBarWidget(new QWidget(this)); // one line that explains itself
    m_docks.add(QStringLiteral("dock.blocks"), tr("Blocks"), m_blocks, Qt::LeftDockWidgetArea);
    m_docks.add(QStringLiteral("dock.comparison"), tr("Pictures"), m_comparison, Qt::BottomDockWidgetArea);
    m_docks.add(QStringLiteral("dock.grid"), tr("Grid"), m_grid, Qt::BottomDockWidgetArea);
    m_docks.add(QStringLiteral("dock.search"), tr("Search"), m_search, Qt::LeftDockWidgetArea);
    m_docks.add(QStringLiteral("dock.recipe"), tr("Recipe"), m_recipe, Qt::LeftDockWidgetArea);
    m_docks.add(QStringLiteral("dock.inspector"), tr("Inspector"), m_inspector, Qt::LeftDockWidgetArea);
    m_docks.add(QStringLiteral("dock.jobs"), tr("Jobs"), m_jobs, Qt::BottomDockWidgetArea);
    m_docks.add(QStringLiteral("dock.log"), tr("Log"), m_log, Qt::BottomDockWidgetArea);
    m_help = new HelpPane(m_commands, this);
    m_docks.add(QStringLiteral("dock.help"), tr("Help"), m_help, Qt::RightDockWidgetArea)->hide();
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
        QAction* action = m_commands.add(info);
        menu->addAction(action);
        if (info.icon) toolBar->addAction(action);
    }
    auto* recent = new RecentMenu(m_settings, this);
    menus[int(MenuId::File)]->insertMenu(command(QStringLiteral("file.save")), recent);
    connect(recent, &RecentMenu::chosen, this, &MainWindow::open);
    connect(recent, &RecentMenu::cleaned, this, &MainWindow::showRecentFiles);
    menus[int(MenuId::Precision)]->insertMenu(command(QStringLiteral("precision.clear")), m_blocks->presetMenu());
    menus[int(MenuId::View)]->setObjectName(QStringLiteral("viewMenu"));
}

/// Every pane can be shown and hidden; the first nine have a key.
void MainWindow::buildViewMenu() {
    auto* menu = findChild<QMenu*>(QStringLiteral("viewMenu"));
    QAction* first = menu->actions().constFirst();
    int number = 1;
    for (QDockWidget* dock : m_docks.docks()) {
        QAction* toggle = dock->toggleViewAction();
        menu->insertAction(first, toggle);
        const QKeySequence keys = number <= 9 ? QKeySequence(Qt::ALT | Qt::Key(Qt::Key_0 + number)) : QKeySequence();
        m_commands.adopt(
            {dock->objectName(), tr("View"), toggle, keys, tr("Show or hide this pane"), {}, dock->widget() != m_help});
        ++number;
    }
    menu->insertSeparator(first);
    m_commands.applyKeys();
}

void MainWindow::buildStatusBar() {
    m_jobStatus = new JobStatus(m_studio.engine(), this);
    auto* copies = new CopyStatus(this);
    statusBar()->addPermanentWidget(copies);
    connect(&m_files.sessions(), &SessionFiles::copiesFail, copies, &CopyStatus::showFailure);
    connect(copies, &CopyStatus::saveRequested, &m_files.sessions(), &SessionFiles::saveAs);
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
    connect(m_start, &StartPage::removeRequested, this, [this](const QString& path) {
        m_settings.removeRecentFile(path);
        showRecentFiles();
    });
    connect(m_start, &StartPage::sessionRequested, &m_files, &DocumentFiles::chooseSession);
    connect(m_start, &StartPage::browseRequested, &m_files, &DocumentFiles::chooseModel);
    connect(m_start, &StartPage::fileRequested, &m_files, &DocumentFiles::chooseCheckpoint);
    connect(m_heatmap, &HeatmapPane::blockPicked, m_blocks->table(), &widgets::BlockTable::selectBlock);
    connect(m_heatmap, &HeatmapPane::metricChosen, m_blocks, &BlocksPane::setMetric);
    connect(m_heatmap, &HeatmapPane::analysisWanted, command(QStringLiteral("map.compare")), &QAction::trigger);
    connect(m_heatmap, &HeatmapPane::menuRequested, this,
            [this](const QString& block, const QPoint& position) { showPrecisionMenu(*this, block, position); });
    connect(m_blocks->table(), &widgets::BlockTable::blockSelected, m_inspector, &InspectorPane::inspect);
    connect(m_heatmap, &HeatmapPane::blockPicked, m_inspector, &InspectorPane::inspect);
    connect(m_blocks->table(), &widgets::BlockTable::selectionChanged, m_heatmap, &HeatmapPane::selectBlocks);
    connect(&m_search->finder(), &session::RecipeFinder::changed, this, &MainWindow::showBudget);
    connect(&m_studio.document().measurements(), &session::Measurements::changed, this, &MainWindow::showBudget);
    connect(&m_studio.document(), &session::StudioDocument::latencyChanged, this, &MainWindow::showBudget);
    connect(m_budget, &widgets::BudgetBar::targetClicked, command(QStringLiteral("run.search")), &QAction::trigger);
    connect(m_blocks->table(), &widgets::BlockTable::selectionChanged, m_recipe, &RecipePane::setSelectedBlocks);
    connect(m_grid, &GridPane::pairChosen, m_comparison, &ComparisonPane::showPair);
    connect(m_grid, &GridPane::keepRequested, command(QStringLiteral("precision.keep")), &QAction::trigger);
    connect(m_grid, &GridPane::exportRequested, command(QStringLiteral("pictures.export")), &QAction::trigger);
    connect(m_comparison, &ComparisonPane::candidatePicked, m_grid, &GridPane::pick);
    connect(m_search, &SearchPane::lockRequested, command(QStringLiteral("precision.lock")), &QAction::trigger);
    connect(m_search, &SearchPane::blockPicked, m_blocks->table(), &widgets::BlockTable::selectBlock);
    connect(m_search, &SearchPane::blockPicked, m_heatmap, &HeatmapPane::selectBlock);
}

void MainWindow::connectStudio() {
    connect(&m_settings, &session::Settings::changed, this, [this](const QString& key) {
        if (key == QLatin1String(session::kTheme.key)) applyTheme(m_settings.value(session::kTheme));
    });
    if (!m_settings.notice().isEmpty()) m_messages->showNote(m_settings.notice());
    new ModelWatcher(m_studio, m_files.sessions(), this);
    connect(&m_files, &DocumentFiles::told, this, &MainWindow::log);
    connect(&m_files.sessions(), &SessionFiles::lookRestored, this, &MainWindow::setViewState);
    session::SessionDocument* session = &m_files.sessions().document();
    connect(session, &session::SessionDocument::stateChanged, this, &MainWindow::showState);
    connect(m_grid, &GridPane::promptsChanged, session, &session::SessionDocument::noteOwnChange);
    connect(&m_search->finder(), &session::RecipeFinder::wishChanged, session,
            &session::SessionDocument::noteOwnChange);
    connect(&m_studio, &session::Studio::failed, this, [this](const jobs::Failure& failure) {
        m_messages->showFailure(failure);
        log(failure.sentence);
    });
    connect(&m_studio, &session::Studio::noted, this, [this](const QString& sentence) {
        m_messages->showNote(sentence);
        log(sentence);
    });
    connect(&m_studio.engine(), &jobs::Engine::verified, this,
            [this](const jobs::VerifyOrder& order, const quant::VerifyReport& report) {
                const QString path = QString::fromStdString(order.request.path.string());
                log(tr("Verified %1: %2").arg(path, models::verdictOf(report)));
                (new VerifyReportDialog(path, report, this))->show();
            });
    connect(&m_studio.engine(), &jobs::Engine::exported, this,
            [this](const jobs::ExportOrder&, const quant::ExportReport& report) {
                if (report.verified.tensors.empty()) return;
                m_messages->offer(tr("Report…"), tr("Show what reading the export back has found"),
                                  [this, report] { (new VerifyReportDialog(report, this))->show(); });
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
    resetLayout();
}

void MainWindow::saveLayout() {
    m_settings.set(session::kWindowGeometry, saveGeometry());
    if (m_studio.document().hasModel()) m_settings.set(session::kWindowLayout, m_docks.save());
}

void MainWindow::offerJobs(session::JobJournal& journal) {
    const auto show = [this, &journal] {
        m_jobs->offerAbandoned(journal.abandoned() ? journal.abandoned()->what : QStringList());
    };
    connect(&journal, &session::JobJournal::changed, m_jobs, show);
    connect(m_jobs, &JobsPane::resumeRequested, &journal,
            [this, &journal] { m_files.saveFirst([&journal] { journal.resume(); }); });
    connect(m_jobs, &JobsPane::forgetRequested, &journal, &session::JobJournal::forget);
    show();
    keepOfferInSight();
}

void MainWindow::showDock(const QString& id) {
    QDockWidget* dock = m_docks.find(id);
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
    for (const QDockWidget* dock : m_docks.docks()) add(dock->objectName(), dock->widget());
    return panes;
}

QJsonObject MainWindow::viewState() const {
    QJsonObject state{{kLayoutKey, QString::fromLatin1(m_docks.save().toBase64())}};
    const auto panes = lookingPanes();
    for (auto pane = panes.begin(); pane != panes.end(); ++pane) state.insert(pane.key(), pane.value()->viewState());
    return state;
}

void MainWindow::setViewState(const QJsonObject& state) {
    restoreDocks(QByteArray::fromBase64(state[kLayoutKey].toString().toLatin1()));
    const auto panes = lookingPanes();
    for (auto pane = panes.begin(); pane != panes.end(); ++pane)
        pane.value()->setViewState(state[pane.key()].toObject());
    if (!m_studio.document().draft().isEmpty()) showDock(QStringLiteral("dock.recipe"));
}

void MainWindow::resetLayout() {
    m_docks.arrange(m_studio.document().hasModel());
    keepOfferInSight();
}

/// Places may be those of a larger screen.
void MainWindow::restoreDocks(const QByteArray& places) {
    m_docks.restore(places);
    keepOfferInSight();
    if (!m_docks.fitsTheScreen()) resetLayout();
}

void MainWindow::keepOfferInSight() {
    if (m_jobs->isOffering()) showDock(QStringLiteral("dock.jobs"));
}

void MainWindow::showModel() {
    const bool hasModel = m_studio.document().hasModel();
    const bool isFirst = hasModel && m_pages->currentWidget() == m_start;
    m_pages->setCurrentWidget(hasModel ? static_cast<QWidget*>(m_heatmap) : m_start);
    if (!hasModel) showRecentFiles();
    m_commands.setModelOpen(hasModel);
    command(QStringLiteral("run.stop"))->setEnabled(m_studio.engine().isBusy());
    if (isFirst) {
        resetLayout();
        restoreDocks(m_settings.value(session::kWindowLayout));
    }
    showState();
    showBudget();
}

void MainWindow::showState() {
    session::StudioDocument& document = m_studio.document();
    QString title = QStringLiteral("Noisefloor[*]");
    const session::SessionDocument& session = m_files.sessions().document();
    if (document.hasModel()) {
        const QString path = session.file().isEmpty() ? document.recipeFile() : session.file();
        const QString file = path.isEmpty() ? tr("untitled recipe") : path.section(QLatin1Char('/'), -1);
        title = QStringLiteral("%1[*] – %2 – Noisefloor").arg(file, QString::fromStdString(document.model().name));
    }
    setWindowTitle(title);
    setWindowModified(session.isModified());
    const QUndoStack& stack = document.undoStack();
    command(QStringLiteral("edit.undo"))->setEnabled(stack.canUndo());
    command(QStringLiteral("edit.redo"))->setEnabled(stack.canRedo());
    command(QStringLiteral("edit.undo"))->setStatusTip(tr("Undo: %1").arg(stack.undoText()));
    command(QStringLiteral("edit.redo"))->setStatusTip(tr("Redo: %1").arg(stack.redoText()));
}

void MainWindow::showBudget() {
    widgets::BudgetValues values = models::budgetValues(m_studio.document());
    values.target = models::budgetTarget(m_search->finder());
    m_budget->setValues(values);
}

void MainWindow::showRecentFiles() {
    m_start->setRecentFiles(m_settings.allRecentFiles());
}

void MainWindow::log(const QString& sentence) {
    m_log->appendPlainText(QStringLiteral("%1  %2").arg(QTime::currentTime().toString(Qt::ISODate), sentence));
}

void MainWindow::closeEvent(QCloseEvent* event) {
    if (!m_mayClose && m_files.mustAsk()) {
        event->ignore();
        m_files.saveFirst([this] {
            m_mayClose = true; // saved, or given up knowingly
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
