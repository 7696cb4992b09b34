#pragma once

#include <app/session/settings.h>

#include <QDialog>
#include <QFormLayout>
#include <QLabel>
#include <QTabWidget>

namespace app::windows {

/// Everything the user may choose, each with a control that is named like the setting's key. What is changed holds at
/// once, or from the time that the tooltip says; the window goes on meanwhile. GUI thread.
class SettingsDialog : public QDialog {
    Q_OBJECT
public:
    explicit SettingsDialog(session::Settings& settings, QWidget* parent = nullptr);

private:
    struct Words {
        QString label; ///< with a mnemonic
        QString tip;
    };
    struct Choice {
        QString value;
        QString text;
    };

    void buildGeneral();
    void buildMeasuring();
    void buildMachine();
    QFormLayout* addPage(const QString& title);
    void addRow(QFormLayout* form, const Words& words, QWidget* control, const char* key);
    void addCheck(QFormLayout* form, const session::Setting<bool>& setting, const Words& words);
    void addNumber(QFormLayout* form, const session::Setting<int>& setting, const Words& words, int least, int most,
                   const QString& suffix = {}, const QString& wordForLeast = {});
    void addChoice(QFormLayout* form, const session::Setting<QString>& setting, const Words& words,
                   const QList<Choice>& choices);
    void addFormats(QFormLayout* form, const session::Setting<QString>& setting, const Words& words);
    void addCache(QFormLayout* form);
    void showCacheSize();
    void resetAll();
    void tell(const QString& sentence);

    session::Settings& m_settings;
    QTabWidget* m_pages;
    QLabel* m_told;
    QLabel* m_cacheSize = nullptr;
    QList<std::function<void()>> m_resets;  ///< one for each setting
    QList<std::function<void()>> m_refills; ///< show what is set
};

} // namespace app::windows
