#pragma once

#include <widgets/facttable.h>

#include <quant/export.h>

#include <QString>
#include <QStringList>

namespace app::models {

/// "Sound: nothing is missing …" or what is wrong; begins with a symbol.
QString verdictOf(const quant::VerifyReport& report);
/// Size, predicted size and what became of the layers in an export.
QString writtenText(const quant::ExportReport& report);
/// The layers that lost most, at most so many.
widgets::Facts worstFacts(const quant::VerifyReport& report, std::size_t count);
/// Pooled over the tensors of each stored type.
widgets::Facts typeFacts(const quant::VerifyReport& report);
/// A graph block by block; no rows for other exports.
widgets::Facts blockFacts(const quant::VerifyReport& report);
/// What is missing, surplus or worth knowing, one a line.
QStringList remarksOf(const quant::VerifyReport& report);

} // namespace app::models
