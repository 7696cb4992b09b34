#pragma once

#include <app/jobs/result.h>

#include <QFrame>
#include <QLabel>

namespace app::windows {

/// One sentence at the top of the window, until it is closed or replaced. Never in the way of work.
class MessageBar : public QFrame {
    Q_OBJECT
public:
    explicit MessageBar(QWidget* parent = nullptr);

    void showFailure(const jobs::Failure& failure);
    void showNote(const QString& sentence);
    QString text() const { return m_text->text(); }
    bool showsFailure() const { return m_isFailure; }

protected:
    void changeEvent(QEvent* event) override;

private:
    void showColours();
    void showSentence(const QString& sentence, bool isFailure);

    QLabel* m_icon;
    QLabel* m_text;
    bool m_isFailure = false;
};

} // namespace app::windows
