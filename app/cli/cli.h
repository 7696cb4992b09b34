#pragma once

/// The command line: every job of the studio as a verb, without a window and without Qt.
namespace app::cli {

/// True if the arguments ask for a verb, for help or for the version; false if they ask for the window. A lone word
/// that is neither a file nor an embedded model counts as a misspelt verb.
bool isCommand(int argc, char** argv);

/// Does what the arguments say and returns the exit code: 0 done, 1 the work failed, 2 wrong usage, 3 bad input,
/// 130 interrupted. The result goes to stdout, progress and errors to stderr. Call it before any thread is started, so
/// that Ctrl+C reaches it.
int runCommand(int argc, char** argv);

} // namespace app::cli
