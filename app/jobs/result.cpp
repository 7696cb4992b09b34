#include <app/jobs/result.h>

#include <QLatin1String>

#include <exception>
#include <new>

namespace app::jobs {

namespace {

Failure outOfMemory() {
    return {
        ldm::ErrorKind::OutOfMemory,
        QStringLiteral("The memory of this machine does not suffice for this work; choose a smaller picture or close "
                       "other programs.")};
}

/// Exceptions of the tensor library carry a stack trace behind their first line.
Failure unexpected(const std::exception& error) {
    const QString text = QString::fromUtf8(error.what());
    if (text.contains(QLatin1String("can't allocate memory"))) return outOfMemory();
    return {ldm::ErrorKind::Failed, text.section(QLatin1Char('\n'), 0, 0)};
}

} // namespace

int exitCode(ldm::ErrorKind kind) {
    return kind == ldm::ErrorKind::BadInput ? 3 : 1;
}

Failure currentFailure() {
    try {
        throw;
    } catch (const ldm::Error& error) {
        return {error.kind(), QString::fromUtf8(error.what())};
    } catch (const std::bad_alloc&) {
        return outOfMemory();
    } catch (const std::exception& error) {
        return unexpected(error);
    } catch (...) {
        return {ldm::ErrorKind::Failed, QStringLiteral("The work failed for an unknown reason; please report this.")};
    }
}

} // namespace app::jobs
