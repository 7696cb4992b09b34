#include <app/windows/savefile.h>
#include <app/windows/sessionfiles.h>

#include <QFileInfo>
#include <QPushButton>

// Where sessions and copies of them are written. Dialogs are opened, never run in a loop of their own.

namespace app::windows {

void SessionFiles::keepCopies(session::Autosave& autosave) {
    m_autosave = &autosave;
    connect(&autosave, &session::Autosave::failed, this, [this](const jobs::Failure& failure) {
        const QString sentence = tr("Work cannot be kept for recovery now: %1").arg(failure.sentence);
        m_studio.report(jobs::Failure{failure.kind, sentence});
        Q_EMIT copiesFail(sentence);
    });
    connect(&autosave, &session::Autosave::worksAgain, this, [this] {
        Q_EMIT m_studio.noted(tr("Work is kept for recovery again."));
        Q_EMIT copiesFail({});
    });
}

void SessionFiles::saveThen(const std::function<void()>& then) {
    if (m_document.file().isEmpty())
        chooseFileThen(then);
    else
        askToReplaceThen([this, then] { saveToThen(m_document.file(), then); });
}

/// Asks where another program has written the file since it was read here.
void SessionFiles::askToReplaceThen(const std::function<void()>& then) {
    const auto look = [file = m_document.file()] { return session::contentHash(file); };
    m_document.fileThread().run(look, [this, then](const jobs::Result<QByteArray>& now) {
        const bool isThere = now && !now.value().isEmpty();
        const QByteArray& known = m_document.fileHash();
        if (!isThere || known.isEmpty() || now.value() == known || m_document.file().isEmpty()) return then();
        QMessageBox* box = question(tr("The file has changed"),
                                    tr("%1 was written by another program since it was read or saved here. Saving "
                                       "replaces what that program wrote.")
                                        .arg(m_document.file()));
        QPushButton* elsewhere = box->addButton(tr("&Save Elsewhere…"), QMessageBox::AcceptRole);
        elsewhere->setObjectName(QStringLiteral("saveElsewhere"));
        QPushButton* replace = box->addButton(tr("&Replace"), QMessageBox::DestructiveRole);
        replace->setObjectName(QStringLiteral("replace"));
        box->setDefaultButton(elsewhere);
        connect(elsewhere, &QPushButton::clicked, this, &SessionFiles::saveAs);
        connect(replace, &QPushButton::clicked, this, then);
        box->open();
    });
}

void SessionFiles::chooseFileThen(const std::function<void()>& then) {
    chooseFileToSave(m_window, m_settings,
                     {tr("Save the session"), tr("Sessions (*.noisefloor)"), {session::kSessionSuffix}},
                     [this, then](const QString& file) { saveToThen(file, then); });
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
