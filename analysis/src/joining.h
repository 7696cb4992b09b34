#pragma once

#include "recording.h"

namespace analysis {

/// Joins the states of several runs to one batch, runs first. A tensor that stays from stage to stage, as skips do, is
/// joined once.
class Joiner {
public:
    /// The states before a stage; all walks are of the same prompts.
    ldm::UNetState join(const std::vector<const Walk*>& walks, int stage);

private:
    std::map<const void*, at::Tensor> m_joined; ///< of the latest stage, by the first run's tensor
};

/// Some columns of one group of prompts that are measured together.
struct Pass {
    const Recording* recording = nullptr;
    ColumnList columns;
    bool isLast = false; ///< no prompt of these columns is left for a later pass
};

/// The columns for one group of prompts after the other.
std::vector<Pass> passesOf(const Recordings& recordings, const ColumnList& columns);

/// Portions of `most` elements, the last of what is left.
std::vector<ColumnList> fullPortionsOf(const ColumnList& columns, int most);

/// As few portions of at most `most` elements as possible, of about equal size.
std::vector<ColumnList> portionsOf(const ColumnList& columns, int most);

} // namespace analysis
