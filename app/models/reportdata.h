#pragma once

#include <app/report/report.h>
#include <app/session/studiodocument.h>

namespace app::models {

/// The report about what the document holds now; `pictures` are those on show.
report::Report reportOf(const session::StudioDocument& document, QList<report::PictureRow> pictures);

} // namespace app::models
