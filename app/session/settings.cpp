#include <app/session/settings.h>

#include <QFile>
#include <QFileInfo>
#include <QLocale>

namespace app::session {

namespace {

constexpr int kRecentFilesKept = 10;
const QString kShortcutGroup = QStringLiteral("shortcuts/");

/// 1: without a number, the question at closing among the window's keys. 2: present.
constexpr int kVersion = 2;
const QString kVersionKey = QStringLiteral("version");

/// QSettings reads lines it does not understand as if they were not there; a file that is not text at all is none of
/// ours.
bool isReadable(const QString& path) {
    QFile file(path);
    if (!file.exists() || file.size() == 0) return true;
    return file.open(QIODevice::ReadOnly) && !file.readAll().contains('\0');
}

} // namespace

Settings::Settings() : m_store(std::make_unique<QSettings>()) {
    open();
}

Settings::Settings(const QString& file) : m_store(std::make_unique<QSettings>(file, QSettings::IniFormat)) {
    open();
}

void Settings::open() {
    bool isNumber = true;
    const int version = m_store->value(kVersionKey, 1).toInt(&isNumber);
    if (m_store->status() != QSettings::NoError || !isReadable(m_store->fileName()) || !isNumber)
        setAside(tr("The settings could not be read and are the standard ones again"));
    else if (version > kVersion)
        setAside(tr("The settings are of a newer version of the program and are the standard ones here"));
    else if (version < kVersion)
        migrate();
}

/// Nothing the user has chosen is ever overwritten unseen: the file stays under another name.
void Settings::setAside(const QString& why) {
    const QString path = m_store->fileName();
    const QString backup = path + QStringLiteral(".backup");
    const QSettings::Format format = m_store->format();
    m_store.reset(); // writes nothing, nothing was changed
    QFile::remove(backup);
    m_notice = QFile::rename(path, backup) ? tr("%1; the file was kept as %2.").arg(why, backup)
                                           : tr("%1; the file %2 could not be set aside.").arg(why, path);
    m_store = std::make_unique<QSettings>(path, format);
    m_store->clear();
    m_store->setValue(kVersionKey, kVersion);
}

void Settings::migrate() {
    const QString formerAskToSave = QStringLiteral("window/askToSave");
    if (m_store->contains(formerAskToSave)) {
        m_store->setValue(QLatin1String(kAskToSave.key), m_store->value(formerAskToSave));
        m_store->remove(formerAskToSave);
    }
    m_store->setValue(kVersionKey, kVersion);
}

QStringList Settings::recentFiles() const {
    QStringList files = value(kRecentFiles);
    files.removeIf([](const QString& file) { return !QFileInfo::exists(file); });
    return files;
}

QList<RecentFile> Settings::allRecentFiles() const {
    const QVariantMap details = value(kRecentDetails);
    QList<RecentFile> files;
    const QStringList paths = value(kRecentFiles);
    for (const QString& path : paths) {
        const QStringList known = details.value(path).toStringList();
        files << RecentFile{path, known.value(1), QDateTime::fromString(known.value(0), Qt::ISODate),
                            QFileInfo::exists(path)};
    }
    return files;
}

void Settings::addRecentFile(const QString& path, const QString& model) {
    const QString absolute = QFileInfo(path).absoluteFilePath();
    QStringList files = value(kRecentFiles);
    files.removeAll(absolute);
    files.prepend(absolute);
    set(kRecentFiles, QStringList(files.mid(0, kRecentFilesKept)));
    QVariantMap details = value(kRecentDetails);
    details[absolute] = QStringList{QDateTime::currentDateTime().toString(Qt::ISODate), model};
    for (const QString& known : details.keys())
        if (!files.contains(known)) details.remove(known);
    set(kRecentDetails, details);
}

void Settings::removeRecentFile(const QString& path) {
    QStringList files = value(kRecentFiles);
    files.removeAll(path);
    set(kRecentFiles, files);
}

QString RecentFile::details() const {
    QStringList parts;
    if (!isThere) parts << Settings::tr("not there any more");
    if (!model.isEmpty()) parts << model;
    if (when.isValid()) parts << QLocale().toString(when, QLocale::ShortFormat);
    return parts.join(QStringLiteral(" · "));
}

QHash<QString, QString> Settings::shortcuts() const {
    QHash<QString, QString> chosen;
    for (const QString& key : m_store->allKeys())
        if (key.startsWith(kShortcutGroup))
            chosen.insert(key.mid(kShortcutGroup.size()), m_store->value(key).toString());
    return chosen;
}

void Settings::setShortcut(const QString& command, const QString& keys) {
    m_store->setValue(kShortcutGroup + command, keys);
    Q_EMIT changed(kShortcutGroup + command);
}

void Settings::resetShortcut(const QString& command) {
    m_store->remove(kShortcutGroup + command);
    Q_EMIT changed(kShortcutGroup + command);
}

} // namespace app::session
