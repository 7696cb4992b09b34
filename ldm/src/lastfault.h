#pragma once

#include <cerrno>
#include <string>
#include <system_error>

namespace ldm {

/// Why the latest call of the system failed, in words.
inline std::string lastFault() {
    return std::generic_category().message(errno);
}

} // namespace ldm
