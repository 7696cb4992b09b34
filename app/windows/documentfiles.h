#pragma once

#include <app/windows/sessionfiles.h>

#include <QObject>
#include <QWidget>

#include <functional>

namespace app::windows {

/// Everything that opens, saves or exports a file: asks which, asks what becomes of changes that are not saved, and
/// hands it to the studio. GUI thread.
class DocumentFiles : public QObject {
    Q_OBJECT
public:
    /// Dialogs belong to `window`, and so does the object. `look` tells places and state of the panes.
    DocumentFiles(session::Studio& studio, const std::function<QJsonObject()>& look, QWidget* window);

    SessionFiles& sessions() { return m_sessions; }

    /// Opens a model, session, recipe or analysis; asks first where work that is not saved would be lost.
    void open(const QString& path);
    void chooseModel();
    void chooseCheckpoint();
    void chooseWithOptions();
    void chooseFile();
    void chooseSession();
    /// Begins anew, with no model.
    void newSession();
    /// What is being typed somewhere counts as entered; the field keeps the keyboard.
    void endTyping();
    /// Saves what the title of the window names: the session or, where there is none, the recipe.
    void save();
    void saveRecipe();
    void saveRecipeAs();
    void saveAnalysis();
    void exportModel();
    /// Asks for an export and compares it with the present model.
    void verifyExport();

    /// Offers work that programs left behind; keeps copies of the present work from now on.
    void offerRecovery(session::Autosave& autosave);

    /// True if work would be lost that the user wants to be asked about.
    bool mustAsk();
    /// Runs `then` at once, or after the user has saved or given up what is not saved.
    void saveFirst(const std::function<void()>& then);
    /// Asks for a file to write; its name gets the suffix, such as ".recipe.json", unless it ends so.
    void chooseSaveFile(const QString& title, const QString& suffix, const std::function<void(const QString&)>& then);
    /// Asks for the name of a folder to write.
    void chooseSaveFolder(const QString& title, const std::function<void(const QString&)>& then);

Q_SIGNALS:
    /// Something worth a line in the log.
    void told(const QString& sentence);

private:
    void chooseExisting(const QString& title, const QString& filter);
    void askToSave(const std::function<void()>& then);
    void saveRecipeThen(const std::function<void()>& then);
    void chooseRecipeFileThen(const std::function<void()>& then);
    void rememberFolder(const QString& path);

    session::Studio& m_studio;
    session::Settings& m_settings;
    QWidget* m_window;
    SessionFiles m_sessions;
};

} // namespace app::windows
