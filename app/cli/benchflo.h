#pragma once

namespace CLI {
class App;
}

namespace app::cli {

struct Command;

/// `bench flo`, below the verb `bench`.
void addBenchFlo(CLI::App& bench, Command& command);

} // namespace app::cli
