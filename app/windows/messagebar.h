#pragma once

#include <app/jobs/result.h>

#include <QFrame>
#include <QLabel>
#include <QPushButton>

#include <functional>

namespace app::windows {

/// One sentence at the top of the window, until it is closed or replaced. Never in the way of work.
class MessageBar : public QFrame {
    Q_OBJECT
public:
    explicit MessageBar(QWidget* parent = nullptr);

    void showFailure(const jobs::Failure& failure);
    void showNote(const QString& sentence);
    /// A button beside the sentence that is shown, until that is closed or replaced.
    void offer(const QString& label, const QString& tip, std::function<void()> act);
    QString text() const { return m_text->text(); }
    bool showsFailure() const { return m_isFailure; }

protected:
    void changeEvent(QEvent* event) override;

private:
    void showColours();
    void showSentence(const QString& sentence, bool isFailure);

    QLabel* m_icon;
    QLabel* m_text;
    QPushButton* m_offer;
    std::function<void()> m_act;
    bool m_isFailure = false;
};

} // namespace app::windows
