#pragma once

#include <app/jobs/filestamps.h>
#include <app/session/studio.h>
#include <app/windows/sessionfiles.h>

#include <QFileSystemWatcher>
#include <QPointer>
#include <QTimer>

namespace app::windows {

/// Watches the files of the open model. When they have changed and rest again, asks whether to open the model anew; the
/// work goes on with it, or it is asked what becomes of old maps where it is another model now. GUI thread.
class ModelWatcher : public QObject {
    Q_OBJECT
public:
    ModelWatcher(session::Studio& studio, SessionFiles& sessions, QWidget* window);

private:
    void watch();
    void look();
    void ask(const QString& file);

    session::Studio& m_studio;
    SessionFiles& m_sessions;
    QWidget* m_window;
    jobs::FileStamps m_files;
    QFileSystemWatcher m_watcher;
    QTimer m_rest; ///< until nothing has been written for a while
    QPointer<QWidget> m_question;
};

} // namespace app::windows
