#pragma once

#include <app/session/settings.h>

#include <QCommandLinkButton>
#include <QStringList>
#include <QStyle>
#include <QVBoxLayout>
#include <QWidget>

namespace app::windows {

/// What is seen before a model is open: the embedded models, recent files, and how to open others.
class StartPage : public QWidget {
    Q_OBJECT
public:
    explicit StartPage(QWidget* parent = nullptr);

    void setEmbeddedModels(const QStringList& names);
    /// Those that are gone cannot be opened, only be taken off the list.
    void setRecentFiles(const QList<session::RecentFile>& files);

Q_SIGNALS:
    void openRequested(const QString& path);
    void removeRequested(const QString& path);
    void browseRequested();
    void sessionRequested();
    void fileRequested();

private:
    struct Entry {
        QString path;
        QString title;
        QString description;
        bool isThere = true;
        QStyle::StandardPixmap symbol = QStyle::SP_FileIcon;
    };
    void addOpeners(QVBoxLayout* section);
    QVBoxLayout* addSection(QVBoxLayout* column, const QString& title);
    QWidget* removable(QCommandLinkButton* button, const QString& path);
    void fill(QVBoxLayout* section, const QList<Entry>& entries);

    QVBoxLayout* m_embedded = nullptr;
    QVBoxLayout* m_recent = nullptr;
};

} // namespace app::windows
