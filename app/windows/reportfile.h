#pragma once

namespace app::windows {

class MainWindow;

/// Asks where a report about what the window shows is to go, and has it written.
void chooseReport(MainWindow& window);

} // namespace app::windows
