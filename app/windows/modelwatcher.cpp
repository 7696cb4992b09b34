#include <app/windows/modelwatcher.h>

#include <QMessageBox>
#include <QPushButton>

namespace app::windows {

namespace {

constexpr int kRestMs = 1000;

} // namespace

ModelWatcher::ModelWatcher(session::Studio& studio, SessionFiles& sessions, QWidget* window)
    : QObject(window), m_studio(studio), m_sessions(sessions), m_window(window) {
    m_rest.setSingleShot(true);
    m_rest.setInterval(kRestMs);
    connect(&m_studio.document(), &session::StudioDocument::modelChanged, this, &ModelWatcher::watch);
    connect(&m_watcher, &QFileSystemWatcher::fileChanged, &m_rest, qOverload<>(&QTimer::start));
    connect(&m_rest, &QTimer::timeout, this, &ModelWatcher::look);
}

void ModelWatcher::watch() {
    if (m_question) m_question->close();
    m_rest.stop();
    if (!m_watcher.files().isEmpty()) m_watcher.removePaths(m_watcher.files());
    m_files = m_studio.document().hasModel() ? jobs::FileStamps(m_studio.request()) : jobs::FileStamps();
    QStringList files;
    for (const std::filesystem::path& file : m_files.files()) files << QString::fromStdString(file.string());
    if (!files.isEmpty()) m_watcher.addPaths(files);
}

void ModelWatcher::look() {
    const std::filesystem::path file = m_files.changed();
    if (!file.empty() && !m_question) ask(QString::fromStdString(file.string()));
}

void ModelWatcher::ask(const QString& file) {
    m_studio.stop();
    auto* box = new QMessageBox(QMessageBox::Question, tr("The model has changed"),
                                tr("%1 was changed while the model was open. Nothing more can be measured with the "
                                   "model as it was; what was measured is kept.")
                                    .arg(file),
                                QMessageBox::Cancel, m_window);
    box->setAttribute(Qt::WA_DeleteOnClose);
    QPushButton* again = box->addButton(tr("&Open It Again"), QMessageBox::AcceptRole);
    again->setObjectName(QStringLiteral("openAgain"));
    box->setDefaultButton(again);
    connect(again, &QPushButton::clicked, &m_sessions, &SessionFiles::reopenModel);
    box->open();
    m_question = box;
}

} // namespace app::windows
