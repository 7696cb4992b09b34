#include <app/windows/sessionfiles.h>

#include <QAbstractButton>
#include <QDir>
#include <QFileDialog>
#include <QPushButton>

// Dialogs are opened, never run in a loop of their own.

namespace app::windows {

namespace {

/// A file beside the session that is not there yet.
QString freshAnalysisFile(const QString& folder, const QString& name) {
    const QString pattern = QDir(folder).filePath(name + QStringLiteral("-before%1.analysis.json"));
    QString file = pattern.arg(QString());
    for (int number = 2; QFileInfo::exists(file); ++number) file = pattern.arg(number);
    return file;
}

} // namespace

SessionFiles::SessionFiles(session::Studio& studio, std::function<QJsonObject()> look, QWidget* window)
    : QObject(window), m_studio(studio), m_settings(studio.settings()), m_window(window),
      m_document(studio, std::move(look)) {
    connect(&m_studio, &session::Studio::restored, this, &SessionFiles::finish);
    connect(&m_studio, &session::Studio::modelDiffers, this, &SessionFiles::askAboutModel);
}

void SessionFiles::keepCopies(session::Autosave& autosave) {
    m_autosave = &autosave;
    connect(&autosave, &session::Autosave::failed, this, [this](const jobs::Failure& failure) {
        m_studio.report(
            jobs::Failure{failure.kind, tr("Work cannot be kept for recovery now: %1").arg(failure.sentence)});
    });
    connect(&autosave, &session::Autosave::worksAgain, &m_studio,
            [this] { Q_EMIT m_studio.noted(tr("Work is kept for recovery again.")); });
}

void SessionFiles::open(const QString& file) {
    m_opening = {QFileInfo(file).absoluteFilePath(), {}, nullptr};
    const auto read = [file = m_opening.file, recent = m_settings.recentFiles()] {
        return session::located(session::loadSession(file), file, recent);
    };
    m_isReading = true;
    m_document.fileThread().run(read, [this](const auto& found) { noteFound(found); });
}

void SessionFiles::recover(session::RecoverySlot slot, session::Session session) {
    m_opening = {session.savedAs, {}, std::make_shared<session::RecoverySlot>(std::move(slot))};
    locate(session);
}

void SessionFiles::locate(const session::Session& session) {
    const auto look = [session, file = m_opening.file, recent = m_settings.recentFiles()] {
        return session::located(session, file, recent);
    };
    m_isReading = true;
    m_document.fileThread().run(look, [this](const auto& found) { noteFound(found); });
}

void SessionFiles::noteFound(const jobs::Result<session::Located>& found) {
    m_isReading = false;
    if (found)
        begin(found.value());
    else
        m_studio.report(found.failure());
}

void SessionFiles::begin(const session::Located& found) {
    if (!found.missing.isEmpty()) {
        askFor(found);
        return;
    }
    m_opening.notes += found.notes;
    m_studio.restore(found.session);
}

QMessageBox* SessionFiles::question(const QString& title, const QString& text) {
    auto* box = new QMessageBox(QMessageBox::Question, title, text, QMessageBox::Cancel, m_window);
    box->setAttribute(Qt::WA_DeleteOnClose);
    return box;
}

void SessionFiles::askFor(const session::Located& found) {
    QMessageBox* box = question(
        tr("Where is this file?"),
        tr("The session needs %1, which is not there any more, and not beside the session either.").arg(found.missing));
    QPushButton* locate = box->addButton(tr("&Locate…"), QMessageBox::AcceptRole);
    locate->setObjectName(QStringLiteral("locate"));
    box->setDefaultButton(locate);
    connect(locate, &QPushButton::clicked, this, [this, found] { chooseFor(found); });
    box->open();
}

/// A diffusers model is a folder, everything else a file.
void SessionFiles::chooseFor(const session::Located& found) {
    const bool isFolder = QFileInfo(found.missing).suffix() != QLatin1String("safetensors") &&
                          QFileInfo(found.missing).suffix() != QLatin1String("gguf");
    auto* dialog = new QFileDialog(m_window, tr("Where is %1?").arg(QFileInfo(found.missing).fileName()),
                                   m_settings.value(session::kLastFolder));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(isFolder ? QFileDialog::Directory : QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, [this, found](const QString& chosen) {
        locate(session::withFileAt(found.session, found.missing, chosen));
    });
    dialog->open();
}

void SessionFiles::askAboutModel(const session::Session& session, const ldm::ModelInfo& model) {
    QMessageBox* box =
        question(tr("The model has changed"),
                 tr("The model %1 is not the one that the session was saved with: its fingerprint is another one. What "
                    "the session holds was measured with the former model.")
                     .arg(QString::fromStdString(m_studio.request().model)));
    QPushButton* anew = box->addButton(tr("&Measure Anew"), QMessageBox::AcceptRole);
    anew->setObjectName(QStringLiteral("measureAnew"));
    connect(anew, &QPushButton::clicked, this,
            [this, session, model] { m_studio.goOnWith(session::adaptedTo(model, session)); });
    if (!session.measurements.maps.empty()) {
        QPushButton* keep = box->addButton(tr("&Keep Old Maps for Comparison"), QMessageBox::AcceptRole);
        keep->setObjectName(QStringLiteral("keepOld"));
        connect(keep, &QPushButton::clicked, this, [this, session, model] { keepForComparison(session, model); });
    }
    connect(box, &QMessageBox::rejected, &m_studio, &session::Studio::closeModel);
    box->open();
}

/// Beside the session, or with the copies for recovery where that folder cannot be written.
void SessionFiles::keepForComparison(const session::Session& session, const ldm::ModelInfo& model) {
    const auto write = [former = session.measurements, file = m_opening.file] {
        const QString name =
            file.isEmpty() ? QString::fromStdString(former.model.name) : QFileInfo(file).completeBaseName();
        QString kept = freshAnalysisFile(QFileInfo(file).absolutePath(), name);
        if (file.isEmpty() || !QFileInfo(QFileInfo(file).absolutePath()).isWritable()) {
            const QString own = QDir(session::Autosave::standardFolder()).filePath(QStringLiteral("../analyses"));
            QDir().mkpath(own);
            kept = freshAnalysisFile(QDir::cleanPath(own), name);
        }
        analysis::saveAnalysis(former, kept.toStdString());
        return kept;
    };
    m_document.fileThread().run(write, [this, session, model](const jobs::Result<QString>& kept) {
        if (!kept) {
            m_studio.report(kept.failure());
            askAboutModel(session, model);
            return;
        }
        session::Session adapted = session::adaptedTo(model, session);
        adapted.analyses << kept.value();
        m_opening.notes << tr("The maps of the former model are kept as %1.").arg(kept.value());
        m_studio.goOnWith(adapted);
    });
}

void SessionFiles::finish(const session::Session& session) {
    const bool isRecovered = m_opening.copy != nullptr;
    if (isRecovered && m_autosave) m_autosave->adopt(std::move(*m_opening.copy));
    m_document.adopt(m_opening.file, isRecovered);
    if (!m_opening.file.isEmpty()) m_settings.addRecentFile(m_opening.file, QString::fromStdString(session.model.name));
    Q_EMIT lookRestored(session.look);
    const QString done =
        isRecovered ? tr("Recovered the work of %1")
                          .arg(m_opening.file.isEmpty() ? QString::fromStdString(session.model.name) : m_opening.file)
                    : tr("Opened %1").arg(m_opening.file);
    const QStringList notes = std::exchange(m_opening, {}).notes;
    if (notes.isEmpty())
        Q_EMIT told(done);
    else
        Q_EMIT m_studio.noted(done + QStringLiteral(". ") + notes.join(QLatin1Char(' ')));
}

void SessionFiles::saveThen(const std::function<void()>& then) {
    if (m_document.file().isEmpty())
        chooseFileThen(then);
    else
        saveToThen(m_document.file(), then);
}

void SessionFiles::chooseFileThen(const std::function<void()>& then) {
    auto* dialog = new QFileDialog(m_window, tr("Save the session"), m_settings.value(session::kLastFolder),
                                   tr("Sessions (*.noisefloor)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(session::kSessionSuffix.mid(1));
    connect(dialog, &QFileDialog::fileSelected, this, [this, then](const QString& chosen) {
        m_settings.set(session::kLastFolder, QFileInfo(chosen).absolutePath());
        saveToThen(QFileInfo(chosen).absoluteFilePath(), then);
    });
    dialog->open();
}

void SessionFiles::saveToThen(const QString& file, const std::function<void()>& then) {
    m_document.save(file, [this, file, then](const jobs::Result<jobs::Done>& result) {
        if (!result) {
            askForOtherPlace(result.failure(), then);
            return;
        }
        m_settings.addRecentFile(file, QString::fromStdString(m_studio.document().model().name));
        Q_EMIT told(tr("Saved %1").arg(file));
        if (then) then();
    });
}

void SessionFiles::askForOtherPlace(const jobs::Failure& failure, const std::function<void()>& then) {
    m_studio.report(failure);
    QMessageBox* box = question(tr("The session is not saved"), failure.sentence);
    QPushButton* elsewhere = box->addButton(tr("&Save Elsewhere…"), QMessageBox::AcceptRole);
    elsewhere->setObjectName(QStringLiteral("saveElsewhere"));
    box->setDefaultButton(elsewhere);
    connect(elsewhere, &QPushButton::clicked, this, [this, then] { chooseFileThen(then); });
    box->open();
}

} // namespace app::windows
