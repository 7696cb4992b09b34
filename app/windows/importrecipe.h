#pragma once

#include <QString>

namespace app::windows {

class MainWindow;

/// Asks for the recipe of another program, and makes it the present one.
void chooseImport(MainWindow& window);

/// The same for a file that is known. Asks which recipe is meant where the file holds several, and for the file of the
/// inputs' bits where it may have one.
void importRecipe(MainWindow& window, const QString& file);

} // namespace app::windows
