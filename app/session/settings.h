#pragma once

#include <QByteArray>
#include <QSettings>
#include <QString>
#include <QStringList>

namespace app::session {

/// One thing that is remembered between runs: its key and what holds before it was ever set.
template <class T> struct Setting {
    const char* key;
    T fallback;
};

inline const Setting<QStringList> kRecentFiles{"recent/files", {}};
inline const Setting<QByteArray> kWindowGeometry{"window/geometry", {}};
inline const Setting<QByteArray> kWindowLayout{"window/layout", {}};
inline const Setting<QString> kLastFolder{"window/lastFolder", {}};
inline const Setting<bool> kAskToSave{"window/askToSave", true};
inline const Setting<bool> kAutomaticPreview{"preview/automatic", true};
inline const Setting<QString> kAnalysisFormats{"analysis/formats", QStringLiteral("w8a8,w4a8")};
inline const Setting<QString> kSearchFormats{"search/formats", QStringLiteral("w4a8,w8a8,w4a16,w8a16")};
inline const Setting<int> kAnalysisSteps{"analysis/steps", 20};

/// What is remembered between runs, in one file. Unreadable values fall back silently. GUI thread.
class Settings {
public:
    /// The user's own file, or the given one.
    Settings() = default;
    explicit Settings(const QString& file) : m_store(file, QSettings::IniFormat) {}

    template <class T> T value(const Setting<T>& setting) const {
        const QVariant stored = m_store.value(QLatin1String(setting.key));
        return stored.canConvert<T>() && stored.isValid() ? stored.value<T>() : setting.fallback;
    }
    template <class T> void set(const Setting<T>& setting, const T& value) {
        m_store.setValue(QLatin1String(setting.key), value);
    }

    /// The latest first, without those that are gone.
    QStringList recentFiles() const;
    void addRecentFile(const QString& path);

private:
    QSettings m_store;
};

} // namespace app::session
