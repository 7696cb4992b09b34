#include <app/windows/sessionfiles.h>

#include <QAbstractButton>
#include <QDateTime>
#include <QDir>
#include <QFileDialog>
#include <QLocale>
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

void SessionFiles::beginOpening(const Opening& opening) {
    ++m_openings;
    m_opening = opening;
    m_studio.forgetRestoring(); // of a session that was opened just before
}

/// What comes for an opening that another has taken the place of is dropped.
template <class Work, class Then> void SessionFiles::runForOpening(Work work, Then then) {
    m_isReading = true;
    m_document.fileThread().run(work, [this, then, opening = m_openings](const auto& result) {
        if (opening != m_openings) return;
        m_isReading = false;
        then(result);
    });
}

void SessionFiles::open(const QString& file) {
    beginOpening({QFileInfo(file).absoluteFilePath(), {}, nullptr, false, {}});
    using Read = std::pair<session::Located, QByteArray>;
    const auto read = [file = m_opening.file, recent = m_settings.recentFiles()] {
        const QByteArray hash = session::contentHash(file);
        return Read{session::located(session::loadSession(file), file, recent), hash};
    };
    runForOpening(read, [this](const jobs::Result<Read>& found) {
        if (!found) return noteUnreadable(found.failure());
        m_opening.fileHash = found.value().second;
        begin(found.value().first);
    });
}

void SessionFiles::recover(session::RecoverySlot slot, session::Session session) {
    beginOpening({session.savedAs, {}, std::make_shared<session::RecoverySlot>(std::move(slot)), false, {}});
    locate(session);
}

void SessionFiles::reopenModel() {
    beginOpening({m_document.file(), {}, nullptr, m_document.holdsUnsavedWork(), m_document.fileHash()});
    m_opening.notes << tr("The model was opened again.");
    m_studio.restore(m_document.present());
}

void SessionFiles::locate(const session::Session& session) {
    const auto look = [session, file = m_opening.file, recent = m_settings.recentFiles()] {
        return session::located(session, file, recent);
    };
    runForOpening(look, [this](const auto& found) { noteFound(found); });
}

void SessionFiles::noteFound(const jobs::Result<session::Located>& found) {
    if (found)
        begin(found.value());
    else
        m_studio.report(found.failure());
}

/// A program that ended without being closed may have left a copy of the same session.
void SessionFiles::noteUnreadable(const jobs::Failure& failure) {
    m_studio.report(failure);
    const QString folder = m_autosave ? m_autosave->folder() : session::Autosave::standardFolder();
    const auto look = [file = m_opening.file, folder] { return copyOf(file, folder); };
    runForOpening(look, [this, failure](const jobs::Result<std::optional<Copy>>& found) {
        if (found && found.value()) offerCopy(*found.value(), failure);
    });
}

std::optional<SessionFiles::Copy> SessionFiles::copyOf(const QString& file, const QString& folder) {
    for (session::RecoverySlot& slot : session::RecoverySlot::abandoned(folder)) {
        const auto kept = jobs::guarded([&slot] { return session::loadSession(slot.file()); });
        if (kept && kept.value().savedAs == file)
            return Copy{std::make_shared<session::RecoverySlot>(std::move(slot)), kept.value()};
    }
    return std::nullopt;
}

void SessionFiles::offerCopy(const Copy& copy, const jobs::Failure& failure) {
    const QDateTime when = QFileInfo(copy.slot->file()).lastModified();
    QMessageBox* box = question(tr("A copy of this session is there"),
                                tr("%1 A copy of the session was kept for recovery on %2.")
                                    .arg(failure.sentence, QLocale().toString(when, QLocale::ShortFormat)));
    QPushButton* take = box->addButton(tr("&Open the Copy"), QMessageBox::AcceptRole);
    take->setObjectName(QStringLiteral("openCopy"));
    box->setDefaultButton(take);
    connect(take, &QPushButton::clicked, this, [this, copy] { recover(std::move(*copy.slot), copy.session); });
    box->open();
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
    if (!session.measurements.maps.empty() || !session.otherMeasurements.empty()) {
        QPushButton* keep = box->addButton(tr("&Keep Old Maps for Comparison"), QMessageBox::AcceptRole);
        keep->setObjectName(QStringLiteral("keepOld"));
        connect(keep, &QPushButton::clicked, this, [this, session, model] { keepForComparison(session, model); });
    }
    connect(box, &QMessageBox::rejected, &m_studio, &session::Studio::closeModel);
    box->open();
}

/// Beside the session, or with the copies for recovery where that folder cannot be written.
void SessionFiles::keepForComparison(const session::Session& session, const ldm::ModelInfo& model) {
    std::vector<analysis::Analysis> former = session.otherMeasurements;
    if (!session.measurements.maps.empty()) former.insert(former.begin(), session.measurements);
    const auto write = [former, file = m_opening.file] {
        const QString name =
            file.isEmpty() ? QString::fromStdString(former.front().model.name) : QFileInfo(file).completeBaseName();
        QString folder = QFileInfo(file).absolutePath();
        if (file.isEmpty() || !QFileInfo(folder).isWritable()) {
            folder = QDir::cleanPath(QDir(session::Autosave::standardFolder()).filePath(QStringLiteral("../analyses")));
            QDir().mkpath(folder);
        }
        QStringList kept;
        for (const analysis::Analysis& analysis : former) {
            kept << freshAnalysisFile(folder, name);
            analysis::saveAnalysis(analysis, kept.last().toStdString());
        }
        return kept;
    };
    m_document.fileThread().run(write, [this, session, model](const jobs::Result<QStringList>& kept) {
        if (!kept) {
            m_studio.report(kept.failure());
            askAboutModel(session, model);
            return;
        }
        session::Session adapted = session::adaptedTo(model, session);
        adapted.analyses << kept.value();
        m_opening.notes
            << tr("The maps of the former model are kept as %1.").arg(kept.value().join(QStringLiteral(", ")));
        m_studio.goOnWith(adapted);
    });
}

void SessionFiles::finish(const session::Session& session) {
    const bool isRecovered = m_opening.copy != nullptr;
    if (isRecovered && m_autosave) m_autosave->adopt(std::move(*m_opening.copy));
    Q_EMIT lookRestored(session.look); // before changes count
    const bool hasSuffix = m_opening.file.endsWith(session::kSessionSuffix, Qt::CaseInsensitive);
    const bool isChanged = isRecovered || m_opening.isModified || m_studio.document().draft() != session.recipeDraft;
    m_document.adopt(hasSuffix ? m_opening.file : QString(), isChanged, m_opening.fileHash); // else saving asks
    if (!m_opening.file.isEmpty()) m_settings.addRecentFile(m_opening.file, QString::fromStdString(session.model.name));
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

} // namespace app::windows
