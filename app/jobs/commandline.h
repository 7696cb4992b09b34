#pragma once

#include <app/jobs/workbench.h>

#include <QString>
#include <QStringList>

namespace app::jobs {

/// One word for a POSIX shell, in quotes where it needs them.
QString shellQuoted(const QString& word);

/// Jobs of the window as commands for a shell, for a model that was opened like this. They write into the folder they
/// are run in, under names that begin with that of the model and "job"; recipes are written there first. A search
/// brings the analysis along that it rests on, which the cache makes short, and measures speed where it needs that.
QString commandLine(const ldm::OpenRequest& model);
QString commandLine(const ldm::OpenRequest& model, const AnalyzeRequest& request);
QString commandLine(const ldm::OpenRequest& model, const PreviewRequest& request);
QString commandLine(const ldm::OpenRequest& model, const analysis::CompareRequest& request);
QString commandLine(const ldm::OpenRequest& model, const ExportOrder& order);
QString commandLine(const ldm::OpenRequest& model, const VerifyOrder& order);
QString commandLine(const ldm::OpenRequest& model, const SearchOrder& order);
QString commandLine(const ldm::OpenRequest& model, const MeasureOrder& order);
QString commandLine(const ldm::OpenRequest& model, const SpeedOrder& order);
QString commandLine(const ldm::OpenRequest& model, const InspectOrder& order);

} // namespace app::jobs
