#pragma once

#include <app/report/report.h>

namespace app::windows {

class MainWindow;

/// The report about what the window shows: the pair of pictures on show with what it was made with, and whether that is
/// still what is set.
report::Report presentReport(MainWindow& window);

/// Asks where a report about what the window shows is to go, and has it written.
void chooseReport(MainWindow& window);

} // namespace app::windows
