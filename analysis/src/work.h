#pragma once

#include "ledger.h"
#include "rows.h"
#include "variants.h"

#include <ldm/networks.h>

#include <stop_token>

namespace analysis {

/// What every measurement works with.
class Work {
public:
    Work(ldm::Networks& networks, Ledger& ledger, Meter& meter, std::stop_token stop);

    ldm::Networks& networks;
    Ledger& ledger;
    const std::vector<Row> rows;
    const std::stop_token stop;

    Level level() const { return ledger.analysis().settings.level; }
    ldm::Arithmetic& full() { return networks.unetArithmetic; }
    const std::vector<ldm::Stage>& stages() const { return networks.unet.stages(); }

    /// Work that the missing cells of a metric take for all prompts. The unit is one layer at one step for one prompt.
    std::int64_t missingUnits(Metric metric) const;
    /// Work of the full-precision trajectory.
    std::int64_t trajectoryUnits() const;
    /// So many prompts of these cells are done; with the last of them the cells are settled.
    void finished(Metric metric, quant::Format format, int row, const ColumnList& columns, std::int64_t prompts,
                  bool isLast);
    /// One run of a whole trajectory is done: the full-precision one, or what it is called.
    void finishedRun(std::int64_t prompts) { finishedRun("full-precision trajectory", prompts); }
    void finishedRun(const char* what, std::int64_t prompts);

private:
    std::int64_t units(Metric metric, int row, int cells, std::int64_t prompts) const;

    Meter& m_meter;
    std::vector<std::int64_t> m_layersFrom; ///< by stage: layers of it and of all that follow
};

} // namespace analysis
