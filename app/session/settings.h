#pragma once

#include <QByteArray>
#include <QDateTime>
#include <QHash>
#include <QList>
#include <QObject>
#include <QSettings>
#include <QString>
#include <QStringList>
#include <QVariantMap>

#include <memory>

namespace app::session {

/// What the user may choose in the settings dialog: its key and what holds until then. Every one has a control there.
template <class T> struct Setting {
    const char* key;
    T fallback;
};

/// What the program remembers between runs by itself.
template <class T> struct Remembered : Setting<T> {};

inline const Setting<QString> kTheme{"look/theme", QStringLiteral("system")}; ///< "system", "light" or "dark"
inline const Setting<QString> kLanguage{"look/language", {}};                 ///< "en", "de"; empty: the system's
inline const Setting<bool> kAskToSave{"files/askToSave", true};
inline const Setting<bool> kAutomaticPreview{"preview/automatic", true};
inline const Setting<QString> kAnalysisFormats{"analysis/formats", QStringLiteral("w8a8,w4a8")};
inline const Setting<int> kAnalysisSteps{"analysis/steps", 20};
/// Jobs that took so long are told of when they end in the background; 0: none are.
inline const Setting<int> kNotifyAfterSeconds{"jobs/notifyAfterSeconds", 15};
inline const Setting<int> kCacheMib{"analysis/cacheMiB", 256}; ///< what measurements may take on the disk
inline const Setting<QString> kSearchFormats{"search/formats", QStringLiteral("w4a8,w8a8,w4a16,w8a16")};
inline const Setting<int> kThreads{"performance/threads", 0}; ///< 0: the cores that are free at start

inline const Remembered<QStringList> kRecentFiles{"recent/files", {}};
inline const Remembered<QVariantMap> kRecentDetails{"recent/details", {}}; ///< by file: when, and of which model
inline const Remembered<QStringList> kRecentCommands{"recent/commands", {}};
inline const Remembered<QByteArray> kWindowGeometry{"window/geometry", {}};
inline const Remembered<QByteArray> kWindowLayout{"window/layout", {}};
inline const Remembered<QString> kLastFolder{"window/lastFolder", {}};
inline const Remembered<bool> kTourSeen{"window/tourSeen", false};

/// A file that was opened or saved.
struct RecentFile {
    QString path;
    QString model; ///< that it is about; may be empty
    QDateTime when;
    bool isThere = true;

    /// Model, time and whether it is missing, in a line.
    QString details() const;
};

/// What is remembered between runs, in one file that tells its version. A file of an older version is brought up to
/// date; one that cannot be read is kept aside and begun anew. Single values that cannot be read fall back silently.
/// GUI thread.
class Settings : public QObject {
    Q_OBJECT
public:
    /// The user's own file, or the given one.
    Settings();
    explicit Settings(const QString& file);

    template <class T> T value(const Setting<T>& setting) const {
        const QVariant stored = m_store->value(QLatin1String(setting.key));
        return stored.canConvert<T>() && stored.isValid() ? stored.value<T>() : setting.fallback;
    }
    template <class T> void set(const Setting<T>& setting, const T& value) {
        m_store->setValue(QLatin1String(setting.key), value);
        Q_EMIT changed(QLatin1String(setting.key));
    }
    template <class T> void reset(const Setting<T>& setting) {
        m_store->remove(QLatin1String(setting.key));
        Q_EMIT changed(QLatin1String(setting.key));
    }

    /// The latest first, without those that are gone.
    QStringList recentFiles() const;
    /// The same with those that are gone: they may come back with their disk.
    QList<RecentFile> allRecentFiles() const;
    /// Used just now; `model` names the model that it is about, where the path does not.
    void addRecentFile(const QString& path, const QString& model = {});
    void removeRecentFile(const QString& path);

    /// Shortcuts that differ from the table of commands, in portable text, by the command's id; empty for none.
    QHash<QString, QString> shortcuts() const;
    void setShortcut(const QString& command, const QString& keys);
    /// The command has its keys of the table again.
    void resetShortcut(const QString& command);

    /// What the user has to know about the file, in a sentence; empty if all is well.
    const QString& notice() const { return m_notice; }
    QString file() const { return m_store->fileName(); }

Q_SIGNALS:
    void changed(const QString& key);

private:
    void open();
    void setAside(const QString& why);
    void migrate();

    std::unique_ptr<QSettings> m_store;
    QString m_notice;
};

} // namespace app::session
