#pragma once

#include <QString>

#include <vector>

namespace app::session {

/// One program's place in the folder of recovery copies: a file, and a lock that the system itself lets go when the
/// program ends in whatever way. So no instance takes another's copy, and none is held by a program that is gone.
class RecoverySlot {
public:
    /// A place of its own, without a copy yet. Throws ldm::Error (WriteFailed) where nothing can be written.
    static RecoverySlot fresh(const QString& folder);
    /// The copies that programs left behind, the latest first; nobody else finds them while these are held.
    static std::vector<RecoverySlot> abandoned(const QString& folder);

    RecoverySlot(RecoverySlot&& other) noexcept;
    RecoverySlot& operator=(RecoverySlot&& other) noexcept;
    ~RecoverySlot();

    const QString& file() const { return m_file; }
    /// The copy is no longer wanted.
    void removeCopy() const;

private:
    RecoverySlot(QString file, int lock) : m_file(std::move(file)), m_lock(lock) {}
    void release();

    QString m_file;
    int m_lock = -1; ///< of the system; -1 where moved from
};

} // namespace app::session
