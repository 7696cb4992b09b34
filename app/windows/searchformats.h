#pragma once

#include <app/session/recipefinder.h>

#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QWidget>

namespace app::windows {

/// The formats that a search may choose from, those with a map marked; any other can be added by its name.
class SearchFormats : public QWidget {
    Q_OBJECT
public:
    explicit SearchFormats(session::RecipeFinder& finder, QWidget* parent = nullptr);

    void showFormats();

Q_SIGNALS:
    /// What was typed is no format.
    void refused(const QString& sentence);

private:
    void build();
    void takeChecked();
    void add();

    session::RecipeFinder& m_finder;
    QListWidget* m_list;
    QLineEdit* m_name;
    QPushButton* m_measure;
};

} // namespace app::windows
