#pragma once

#include <QStringList>
#include <QVBoxLayout>
#include <QWidget>

namespace app::windows {

/// What is seen before a model is open: the embedded models, recent files, and how to open others.
class StartPage : public QWidget {
    Q_OBJECT
public:
    explicit StartPage(QWidget* parent = nullptr);

    void setEmbeddedModels(const QStringList& names);
    void setRecentFiles(const QStringList& files);

Q_SIGNALS:
    void openRequested(const QString& path);
    void browseRequested();
    void fileRequested();

private:
    struct Entry {
        QString path;
        QString title;
        QString description;
    };
    QVBoxLayout* addSection(QVBoxLayout* column, const QString& title);
    void fill(QVBoxLayout* section, const QList<Entry>& entries);

    QVBoxLayout* m_embedded = nullptr;
    QVBoxLayout* m_recent = nullptr;
};

} // namespace app::windows
