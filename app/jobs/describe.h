#pragma once

#include <app/jobs/workbench.h>

namespace app::jobs {

// What people are told of a job, and its command line, for a model that was opened like this.
JobDescription describe(const ldm::OpenRequest& model);
JobDescription describe(const ldm::OpenRequest& model, const AnalyzeRequest& request);
JobDescription describe(const ldm::OpenRequest& model, const PreviewRequest& request);
JobDescription describe(const ldm::OpenRequest& model, const analysis::CompareRequest& request);
JobDescription describe(const ldm::OpenRequest& model, const ExportOrder& order);
JobDescription describe(const ldm::OpenRequest& model, const VerifyOrder& order);
JobDescription describe(const ldm::OpenRequest& model, const SearchOrder& order);
JobDescription describe(const ldm::OpenRequest& model, const MeasureOrder& order);
JobDescription describe(const ldm::OpenRequest& model, const SpeedOrder& order);
JobDescription describe(const ldm::OpenRequest& model, const InspectOrder& order);

} // namespace app::jobs
