#pragma once

#include "exporter.h"

namespace quant {

/// The exporter behind a row of exportFormats().
std::unique_ptr<Exporter> exporterFor(ExportFormat format);

} // namespace quant
