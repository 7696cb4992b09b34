#pragma once

#include "ledger.h"
#include "rows.h"
#include "variants.h"

#include <analysis/sharedfolder.h>
#include <ldm/networks.h>

#include <algorithm>
#include <map>
#include <stop_token>
#include <string>

namespace analysis {

/// What every measurement works with.
class Work {
public:
    /// `shared` where other processes measure the same analysis; else null.
    Work(ldm::Networks& networks, Ledger& ledger, Meter& meter, std::stop_token stop, SharedFolder* shared = nullptr);

    ldm::Networks& networks;
    Ledger& ledger;
    const std::vector<Row> rows;
    const std::stop_token stop;
    SharedFolder* const shared;

    Level level() const { return ledger.analysis().settings.level; }
    ldm::Arithmetic& full() { return networks.unetArithmetic; }
    const std::vector<ldm::Stage>& stages() const { return networks.unet.stages(); }

    /// Processes that share the work: 1 where it is not shared.
    int processes() const { return shared ? shared->place().processes : 1; }
    /// The list, begun at a place of this process's own, so that processes meet late.
    template <typename Value> std::vector<Value> inOwnOrder(std::vector<Value> list) const;
    /// True if this process is to measure the unit, always so where the work is not shared. The answer stays the same.
    /// What others measure counts as done for the progress: `unitsOfWork`.
    bool isOurs(const std::string& unit, std::int64_t unitsOfWork);
    /// All cells of a unit of ours are settled.
    void handIn(const std::string& unit);

    /// Work of what is missing in these cells, for all prompts. The unit is one layer at one step for one prompt.
    std::int64_t unitsOf(Metric metric, const std::vector<quant::Format>& formats, int row,
                         const ColumnList& columns) const;
    /// The same of all rows, formats and columns.
    std::int64_t missingUnits(Metric metric) const;
    /// Work of the full-precision trajectory.
    std::int64_t trajectoryUnits() const;
    /// So many prompts of these cells are done; with the last of them the cells are settled.
    void finished(Metric metric, quant::Format format, int row, const ColumnList& columns, std::int64_t prompts,
                  bool isLast);
    /// One run of a whole trajectory is done: the full-precision one, or what it is called.
    void finishedRun(std::int64_t prompts) { finishedRun("full-precision trajectory", prompts); }
    void finishedRun(const char* what, std::int64_t prompts);

    /// One share is estimated, or cannot be told.
    void finished(quant::Format format, int row, int column, double share, double spread);

private:
    std::int64_t units(Metric metric, int row, int cells, std::int64_t prompts) const;

    Meter& m_meter;
    std::map<std::string, bool> m_isOurs;   ///< by unit that was asked for
    std::vector<std::int64_t> m_layersFrom; ///< by stage: layers of it and of all that follow
};

/// A unit's name, from parts that depend on the settings alone.
std::string unitName(const std::string& what, const ColumnList& numbers);

template <typename Value> std::vector<Value> Work::inOwnOrder(std::vector<Value> list) const {
    if (!shared) return list;
    const auto [place, all] = shared->place();
    std::rotate(list.begin(), list.begin() + std::ptrdiff_t(list.size()) * place / all, list.end());
    return list;
}

} // namespace analysis
