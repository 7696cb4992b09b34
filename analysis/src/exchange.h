#pragma once

#include "ranges.h"
#include "recording.h"

namespace analysis {

/// Full-precision trajectories from process to process: what the UNet predicted at every run, from which everything
/// else follows, and the ranges of activations. One file for each group of prompts.
class TrajectoryExchange {
public:
    /// For a group of so many runs; `unit` names it.
    TrajectoryExchange(Work& work, std::string unit) : m_work(work), m_unit(std::move(unit)) {}

    const std::string& unit() const { return m_unit; }
    /// Hands in what was recorded.
    void write(const Recording& recording, const RangeRecorder& ranges) const;
    /// Takes over what another process has handed in, without states between blocks. False if it cannot be read.
    bool read(Recording& recording, RangeRecorder& ranges) const;

private:
    Work& m_work;
    std::string m_unit;
};

} // namespace analysis
