#pragma once

#include <app/session/studio.h>
#include <app/windows/blockspane.h>
#include <app/windows/comparisonpane.h>
#include <app/windows/heatmappane.h>
#include <app/windows/jobstatus.h>
#include <app/windows/messagebar.h>
#include <app/windows/searchpane.h>
#include <app/windows/startpage.h>

#include <widgets/budgetbar.h>

#include <QHash>
#include <QMainWindow>
#include <QMenu>
#include <QPlainTextEdit>
#include <QStackedWidget>

#include <functional>

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

    /// Opens a model, recipe or analysis; asks first where a modified recipe would be lost.
    void open(const QString& path);

protected:
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    friend const std::vector<CommandInfo>& commandTable();

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
    void log(const QString& sentence);
    void showPrecisionMenu(const QString& block, const QPoint& globalPosition);

    // What the commands do.
    void chooseModel();
    void chooseCheckpoint();
    void chooseWithOptions();
    void chooseFile();
    void saveRecipe() { saveRecipeThen({}); }
    void saveRecipeAs() { chooseRecipeFileThen({}); }
    void saveAnalysis();
    void exportModel();
    void undo() { m_studio.document().undoStack().undo(); }
    void redo() { m_studio.document().undoStack().redo(); }
    void nextWeights();
    void nextActivations();
    void protectBlocks();
    void lockBlocks();
    std::vector<std::string> selectedBlocks() const;
    void unlockBlocks();
    void resetBlocks();
    void clearRules() { m_studio.report(m_studio.document().clearRules()); }
    void makePictures() { m_studio.requestPreview(); }
    void resume() { m_studio.resume(); }
    void measureAgain() { m_studio.measureAgain(); }
    void stopWork() { m_studio.stop(); }
    void quit() { close(); }
    void openSearch();
    void resetLayout();
    void about();

    /// Runs `then` at once, or after the user has saved or given up the modified recipe.
    void saveFirst(const std::function<void()>& then);
    void saveRecipeThen(const std::function<void()>& then);
    void chooseRecipeFileThen(const std::function<void()>& then);
    void chooseSaveFile(const QString& title, const QString& suffix, const std::function<void(const QString&)>& then);
    void changeSelected(std::optional<quant::WeightFormat> weights, std::optional<quant::ActivationFormat> activations);
    void rememberFolder(const QString& path);

    session::Settings& m_settings;
    session::Studio m_studio;
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
