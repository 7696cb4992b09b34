// Starts the program with an environment that the OpenMP library finds when it is loaded, before the program's own code
// could set anything. Threads that spin at barriers while other work needs the cores make small parallel regions many
// times slower, so they sleep unless the user has chosen otherwise. A short spin before sleeping is left: without it,
// the many small regions of a small model pay for waking a thread each (two to four times slower with two threads,
// measured). The launcher has no libraries that take time to load.

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;

constexpr int kCannotStart = 1;

void setUnlessChosen(const char* name, const char* value) {
    constexpr int kKeep = 0;
    ::setenv(name, value, kKeep);
}

/// Beside the launcher where it was built, or where it was installed.
fs::path programFor(const fs::path& launcher) {
    const fs::path beside = launcher.parent_path() / NOISEFLOOR_PROGRAM_NAME;
    std::error_code ignored;
    return fs::exists(beside, ignored) ? beside : launcher.parent_path() / NOISEFLOOR_INSTALLED_PROGRAM;
}

} // namespace

int main(int, char** arguments) {
    if (!std::getenv("OMP_WAIT_POLICY")) setUnlessChosen("GOMP_SPINCOUNT", "20000"); // some tens of microseconds
    setUnlessChosen("OMP_WAIT_POLICY", "passive");
    std::error_code error;
    const fs::path program = programFor(fs::read_symlink("/proc/self/exe", error));
    ::execv(program.c_str(), arguments);
    std::fprintf(stderr, "noisefloor: The program %s cannot be started; install noisefloor again.\n", program.c_str());
    return kCannotStart;
}
