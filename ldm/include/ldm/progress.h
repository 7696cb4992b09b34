#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace ldm {

/// How far a piece of work has come.
struct Progress {
    std::string what;       ///< the present stage, for people: "calibrating", "local w8a8"
    std::int64_t done = 0;  ///< units finished, 0..total
    std::int64_t total = 0; ///< units in all; 0 while unknown
};

/// Receives progress on the thread that does the work. An empty function means nobody listens.
using ProgressSink = std::function<void(const Progress&)>;

inline void report(const ProgressSink& sink, std::string what, std::int64_t done, std::int64_t total) {
    if (sink) sink({std::move(what), done, total});
}

} // namespace ldm
