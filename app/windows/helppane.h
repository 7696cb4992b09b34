#pragma once

#include <app/windows/commandactions.h>

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QTextBrowser>
#include <QWidget>

namespace app::windows {

/// Shows the pages of the guide; the page of all commands is made from their table whenever it is shown.
class GuideBrowser : public QTextBrowser {
    Q_OBJECT
public:
    GuideBrowser(const CommandActions& commands, QWidget* parent);
    QVariant loadResource(int type, const QUrl& name) override;

private:
    const CommandActions& m_commands;
};

/// The guide beside the work: pages, going back and forth, finding a word. GUI thread.
class HelpPane : public QWidget {
    Q_OBJECT
public:
    explicit HelpPane(const CommandActions& commands, QWidget* parent = nullptr);

    /// Names of all pages, in their order.
    static QStringList pages();
    /// The page about what has the keyboard; that of the first steps if nothing is known about it.
    static QString pageAbout(const QWidget* focused);
    void showPage(const QString& name);
    QString page() const { return m_pages->currentData().toString(); }
    GuideBrowser* browser() const { return m_browser; }

private:
    void build();
    void spaceTables();
    void followLink(const QUrl& address);
    void findNext();

    GuideBrowser* m_browser;
    QComboBox* m_pages;
    QLineEdit* m_word;
    QLabel* m_found;
};

/// All commands with their present keys as Markdown, menu by menu.
QString commandsPage(const CommandActions& commands);

} // namespace app::windows
