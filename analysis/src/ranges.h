#pragma once

#include <analysis/sqnr.h>

#include <ldm/arithmetic.h>

#include <optional>

namespace analysis {

/// Collects the ranges of every layer's input, run by run.
class RangeRecorder {
public:
    RangeRecorder(const ldm::ModelInfo& model, int columns)
        : m_model(model), m_columns(columns), m_ranges(model.layers.size() * std::size_t(columns)) {}

    void observe(const ldm::Layer& layer, const at::Tensor& x, int column);
    /// The first layer whose input was not finite, by index; -1 if there was none.
    int lostLayer() const { return m_lostLayer; }

    /// What was seen, for another process: [layers, columns, 2] float32, lo above hi where there was nothing.
    at::Tensor exported() const;
    /// Adds what another process has seen.
    void add(const at::Tensor& exported);

    /// A layer that a run shares with the one before, as keys and values of the prompt, has that one's range. Throws
    /// Failed naming a layer that never ran.
    ActivationRanges activations() const;

private:
    const ldm::ModelInfo& m_model;
    int m_columns;
    std::vector<std::optional<quant::Range>> m_ranges; ///< row-major
    int m_lostLayer = -1;
};

/// The min-max calibration over the "first" or "all" runs.
quant::Calibration calibrationOf(const ActivationRanges& activations, const std::string& steps);

} // namespace analysis
