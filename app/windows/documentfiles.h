#pragma once

#include <app/session/studio.h>

#include <QObject>
#include <QWidget>

#include <functional>

namespace app::windows {

/// Everything that opens, saves or exports a file: asks which, asks what becomes of changes that are not saved, and
/// hands it to the studio. GUI thread.
class DocumentFiles : public QObject {
    Q_OBJECT
public:
    /// Dialogs belong to `window`, and so does the object.
    DocumentFiles(session::Studio& studio, QWidget* window);

    /// Opens a model, recipe or analysis; asks first where a modified recipe would be lost.
    void open(const QString& path);
    void chooseModel();
    void chooseCheckpoint();
    void chooseWithOptions();
    void chooseFile();
    void saveRecipe() { saveRecipeThen({}); }
    void saveRecipeAs() { chooseRecipeFileThen({}); }
    void saveAnalysis();
    void exportModel();

    /// Runs `then` at once, or after the user has saved or given up the modified recipe.
    void saveFirst(const std::function<void()>& then);
    /// Asks for a file to write; its name gets the suffix, such as ".recipe.json", unless it ends so.
    void chooseSaveFile(const QString& title, const QString& suffix, const std::function<void(const QString&)>& then);

Q_SIGNALS:
    /// Something worth a line in the log.
    void told(const QString& sentence);

private:
    void saveRecipeThen(const std::function<void()>& then);
    void chooseRecipeFileThen(const std::function<void()>& then);
    void rememberFolder(const QString& path);

    session::Studio& m_studio;
    session::Settings& m_settings;
    QWidget* m_window;
};

} // namespace app::windows
