#pragma once

#include <app/session/jobjournal.h>
#include <app/session/studio.h>
#include <app/windows/blockspane.h>
#include <app/windows/commandactions.h>
#include <app/windows/comparisonpane.h>
#include <app/windows/docklayout.h>
#include <app/windows/documentfiles.h>
#include <app/windows/gridpane.h>
#include <app/windows/heatmappane.h>
#include <app/windows/helppane.h>
#include <app/windows/inspectorpane.h>
#include <app/windows/jobspane.h>
#include <app/windows/jobstatus.h>
#include <app/windows/messagebar.h>
#include <app/windows/recipepane.h>
#include <app/windows/searchpane.h>
#include <app/windows/startpage.h>
#include <app/windows/viewstate.h>

#include <widgets/budgetbar.h>

#include <QMainWindow>
#include <QMenu>
#include <QPlainTextEdit>
#include <QStackedWidget>

namespace app::windows {

/// The studio's window. Shows what the document holds and passes on what the user wants; knows no model work.
class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    explicit MainWindow(session::Settings& settings, QWidget* parent = nullptr);
    ~MainWindow() override;

    session::Studio& studio() { return m_studio; }
    const session::Studio& studio() const { return m_studio; }
    BlocksPane* blocksPane() const { return m_blocks; }
    HeatmapPane* heatmapPane() const { return m_heatmap; }
    ComparisonPane* comparisonPane() const { return m_comparison; }
    GridPane* gridPane() const { return m_grid; }
    RecipePane* recipePane() const { return m_recipe; }
    SearchPane* searchPane() const { return m_search; }
    InspectorPane* inspectorPane() const { return m_inspector; }
    JobsPane* jobsPane() const { return m_jobs; }
    widgets::BudgetBar* budgetBar() const { return m_budget; }
    HelpPane* helpPane() const { return m_help; }
    MessageBar* messageBar() const { return m_messages; }
    /// The command of the table with this id; null if there is none.
    QAction* command(const QString& id) const { return m_commands.find(id); }
    CommandActions& commands() { return m_commands; }

    DocumentFiles& files() { return m_files; }
    /// Offers the jobs that a program left undone which did not end by itself. The journal goes before the window does.
    void offerJobs(session::JobJournal& journal);
    /// Shows a pane and gives it the keyboard.
    void showDock(const QString& id);
    void resetLayout();
    void log(const QString& sentence);
    /// Places of the docks and the look of every pane that has one, by its dock's id.
    QJsonObject viewState() const;
    void setViewState(const QJsonObject& state);
    /// Opens a model, recipe or analysis; asks first where a modified recipe would be lost.
    void open(const QString& path) { m_files.open(path); }

protected:
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    QHash<QString, HasViewState*> lookingPanes() const;
    void buildPages();
    void buildDocks();
    void buildCommands();
    void buildViewMenu();
    void buildStatusBar();
    void connectDocument();
    void connectPanes();
    void connectStudio();
    void restoreLayout();
    void saveLayout();
    void restoreDocks(const QByteArray& places);
    void keepOfferInSight();

    void showModel();
    void showState();
    void showBudget();
    void showRecentFiles();

    session::Settings& m_settings;
    session::Studio m_studio;
    DocumentFiles m_files;
    CommandActions m_commands;
    DockLayout m_docks;
    StartPage* m_start = nullptr;
    BlocksPane* m_blocks = nullptr;
    HeatmapPane* m_heatmap = nullptr;
    ComparisonPane* m_comparison = nullptr;
    GridPane* m_grid = nullptr;
    RecipePane* m_recipe = nullptr;
    SearchPane* m_search = nullptr;
    InspectorPane* m_inspector = nullptr;
    JobsPane* m_jobs = nullptr;
    widgets::BudgetBar* m_budget = nullptr;
    HelpPane* m_help = nullptr;
    MessageBar* m_messages = nullptr;
    JobStatus* m_jobStatus = nullptr;
    QPlainTextEdit* m_log = nullptr;
    bool m_mayClose = false; ///< nobody has to be asked any more
    QStackedWidget* m_pages = nullptr;
};

} // namespace app::windows
