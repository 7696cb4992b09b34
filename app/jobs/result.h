#pragma once

#include <ldm/error.h>

#include <QString>

#include <type_traits>
#include <utility>
#include <variant>

namespace app::jobs {

/// Why a piece of work gave no result.
struct Failure {
    ldm::ErrorKind kind = ldm::ErrorKind::Failed;
    QString sentence; ///< what failed, on which file, what to do

    bool operator==(const Failure&) const = default;
};

/// The exit code of the program for a kind of failure.
int exitCode(ldm::ErrorKind kind);

/// Stands for the result of work that gives none.
struct Done {
    bool operator==(const Done&) const = default;
};

/// A value, or the reason why there is none.
template <class T> class Result {
public:
    Result(T value) : m_state(std::move(value)) {}
    Result(Failure failure) : m_state(std::move(failure)) {}

    explicit operator bool() const { return std::holds_alternative<T>(m_state); }
    const T& value() const { return std::get<T>(m_state); }
    T& value() { return std::get<T>(m_state); }
    const Failure& failure() const { return std::get<Failure>(m_state); }

private:
    std::variant<T, Failure> m_state;
};

/// The exception that is being handled, as a failure. Call inside a catch block only.
Failure currentFailure();

/// Runs work that may throw; the one place where exceptions of the libraries end.
template <class Work> auto guarded(Work&& work) {
    using Value = std::invoke_result_t<Work>;
    if constexpr (std::is_void_v<Value>) {
        try {
            std::forward<Work>(work)();
            return Result<Done>(Done{});
        } catch (...) {
            return Result<Done>(currentFailure());
        }
    } else {
        try {
            return Result<Value>(std::forward<Work>(work)());
        } catch (...) {
            return Result<Value>(currentFailure());
        }
    }
}

} // namespace app::jobs
