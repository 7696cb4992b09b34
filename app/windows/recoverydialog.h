#pragma once

#include <app/windows/sessionfiles.h>

#include <QDialog>
#include <QListWidget>
#include <QPushButton>

#include <vector>

namespace app::windows {

/// Offers the work that programs left behind when they did not end by themselves: to recover it, to delete it, or to
/// decide another time.
class RecoveryDialog : public QDialog {
    Q_OBJECT
public:
    RecoveryDialog(std::vector<session::RecoverySlot> copies, SessionFiles& files, QWidget* parent = nullptr);

Q_SIGNALS:
    /// The user wants this work; whoever has to be asked about the present work is asked before `then` is run.
    void recoverRequested(const std::function<void()>& then);

private:
    struct Copy {
        session::RecoverySlot slot;
        std::optional<session::Session> session; ///< nothing while it is read, or if it cannot be
    };
    void build();
    void read(std::size_t index);
    void show(std::size_t index, const jobs::Result<session::Session>& result);
    void update();
    void recover();
    void discard();

    std::vector<std::shared_ptr<Copy>> m_copies;
    SessionFiles& m_files;
    QListWidget* m_list;
    QPushButton* m_recover;
    QPushButton* m_discard;
};

} // namespace app::windows
