#pragma once

#include <app/session/studio.h>
#include <app/windows/blockspane.h>
#include <app/windows/comparisonpane.h>
#include <app/windows/documentfiles.h>
#include <app/windows/heatmappane.h>
#include <app/windows/jobstatus.h>
#include <app/windows/messagebar.h>
#include <app/windows/searchpane.h>
#include <app/windows/startpage.h>
#include <app/windows/viewstate.h>

#include <widgets/budgetbar.h>

#include <QHash>
#include <QMainWindow>
#include <QMenu>
#include <QPlainTextEdit>
#include <QStackedWidget>

namespace app::windows {

struct CommandInfo;

/// The studio's window. Shows what the document holds and passes on what the user wants; knows no model work.
class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    explicit MainWindow(session::Settings& settings, QWidget* parent = nullptr);
    ~MainWindow() override;

    session::Studio& studio() { return m_studio; }
    BlocksPane* blocksPane() const { return m_blocks; }
    HeatmapPane* heatmapPane() const { return m_heatmap; }
    ComparisonPane* comparisonPane() const { return m_comparison; }
    SearchPane* searchPane() const { return m_search; }
    widgets::BudgetBar* budgetBar() const { return m_budget; }
    MessageBar* messageBar() const { return m_messages; }
    /// The command of the table with this id; null if there is none.
    QAction* command(const QString& id) const { return m_commands.value(id); }

    DocumentFiles& files() { return m_files; }
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
    QDockWidget* addDock(const QString& id, const QString& title, QWidget* content, Qt::DockWidgetArea area);
    void buildCommands();
    QAction* addCommand(const CommandInfo& info);
    void buildViewMenu();
    void buildStatusBar();
    void connectDocument();
    void connectPanes();
    void connectStudio();
    void restoreLayout();
    void arrangeDocks();
    void saveLayout();

    void showModel();
    void showState();
    void showBudget();
    void showRecentFiles();
    void fillRecentMenu();

    session::Settings& m_settings;
    session::Studio m_studio;
    DocumentFiles m_files;
    QHash<QString, QAction*> m_commands;
    QList<QAction*> m_modelCommands; ///< useful only while a model is open
    QList<QDockWidget*> m_docks;
    QMenu* m_recentMenu = nullptr;
    StartPage* m_start = nullptr;
    BlocksPane* m_blocks = nullptr;
    HeatmapPane* m_heatmap = nullptr;
    ComparisonPane* m_comparison = nullptr;
    SearchPane* m_search = nullptr;
    widgets::BudgetBar* m_budget = nullptr;
    MessageBar* m_messages = nullptr;
    JobStatus* m_jobStatus = nullptr;
    QPlainTextEdit* m_log = nullptr;
    QStackedWidget* m_pages = nullptr;
};

} // namespace app::windows
