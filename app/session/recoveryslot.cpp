#include <app/session/recoveryslot.h>

#include <app/session/sessionfile.h>

#include <ldm/error.h>

#include <QDir>
#include <QFile>
#include <QUuid>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <utility>

namespace app::session {

namespace {

const QString kLockSuffix = QStringLiteral(".lock");
constexpr int kNobody = -1;

QString lockFileFor(QString copy) {
    copy.chop(kSessionSuffix.size());
    return copy + kLockSuffix;
}

/// The lock, or kNobody if another program has it or the file cannot be made.
int lockOf(const QString& file) {
    const int lock = ::open(QFile::encodeName(file).constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0 || ::flock(lock, LOCK_EX | LOCK_NB) == 0) return lock;
    ::close(lock);
    return kNobody;
}

} // namespace

RecoverySlot RecoverySlot::fresh(const QString& folder) {
    const QString file = QDir(folder).filePath(QUuid::createUuid().toString(QUuid::WithoutBraces) + kSessionSuffix);
    QDir().mkpath(folder);
    const int lock = lockOf(lockFileFor(file));
    if (lock == kNobody)
        throw ldm::Error(ldm::ErrorKind::WriteFailed,
                         "Work cannot be kept for recovery in " + folder.toStdString() +
                             "; make that folder writable, or save the session yourself from time to time.");
    return {file, lock};
}

std::vector<RecoverySlot> RecoverySlot::abandoned(const QString& folder) {
    std::vector<RecoverySlot> left;
    const QDir copies(folder);
    for (const QString& name : copies.entryList({QLatin1Char('*') + kSessionSuffix}, QDir::Files, QDir::Time)) {
        const QString file = copies.filePath(name);
        const int lock = lockOf(lockFileFor(file));
        if (lock == kNobody) continue;
        RecoverySlot slot(file, lock);
        if (QFile::exists(file)) left.push_back(std::move(slot)); // else its program ended well just now
    }
    return left;
}

RecoverySlot::RecoverySlot(RecoverySlot&& other) noexcept
    : m_file(std::move(other.m_file)), m_lock(std::exchange(other.m_lock, kNobody)) {
}

RecoverySlot& RecoverySlot::operator=(RecoverySlot&& other) noexcept {
    if (this == &other) return *this;
    release();
    m_file = std::move(other.m_file);
    m_lock = std::exchange(other.m_lock, kNobody);
    return *this;
}

RecoverySlot::~RecoverySlot() {
    release();
}

void RecoverySlot::removeCopy() const {
    QFile::remove(m_file);
}

/// The lock's file goes while the lock is still held, and only where there is no copy to be found by it.
void RecoverySlot::release() {
    if (m_lock == kNobody) return;
    if (!QFile::exists(m_file)) QFile::remove(lockFileFor(m_file));
    ::close(std::exchange(m_lock, kNobody));
}

} // namespace app::session
