#pragma once

#include <analysis/knapsack.h>
#include <analysis/search.h>

#include <array>

namespace analysis {

/// A stretch of the sampling steps for which precision is decided.
struct Part {
    Columns columns;
    std::array<int, 2> timesteps{0, kTrainingTimesteps - 1}; ///< first and last, both included; parts leave no gaps
};

/// One way to treat a group of rows.
struct Option {
    std::vector<quant::Format> formats; ///< by part
    double bytes = 0;                   ///< of the weights
    double bops = 0;
    double seconds = 0; ///< of the layers in one UNet run; kNotMeasured where the latency does not tell
    double noise = 0;   ///< as the noise model adds it up
    bool operator==(const Option& other) const { return formats == other.formats; }
};

/// Rows that share a format: one block, one layer, or query, key and value of one attention.
struct RowGroup {
    std::vector<int> rows; ///< of the analysis
    double weights = 0;    ///< elements
    bool locked = false;
    std::vector<Option> options;
};

/// Everything a search chooses from, worked out once.
class SearchProblem {
public:
    SearchProblem(Analysis analysis, ldm::ModelInfo model, SearchSpace space);

    const Analysis& analysis() const { return m_analysis; }
    const ldm::ModelInfo& model() const { return m_model; }
    const std::vector<quant::Format>& formats() const { return m_formats; }
    const std::vector<Part>& parts() const { return m_parts; }
    const std::vector<RowGroup>& groups() const { return m_groups; }
    const NoiseModel& noise() const { return *m_noise; }
    const std::optional<Latency>& latency() const { return m_latency; }
    /// The block that a group's first layer belongs to; of the row itself where it has no layers.
    const std::string& blockOf(const RowGroup& group) const;
    double elements() const { return m_elements; }   ///< weights of all layers
    double secondsOf(const quant::Plan& plan) const; ///< of one UNet run; kNotMeasured where that is not known
    /// The groups as a knapsack sees them. Throws BadInput where the cost of an option was not measured.
    std::vector<CandidateGroup> candidates(double Option::*cost) const;
    /// An option that gives a group these formats, by part.
    Option option(const RowGroup& group, const std::vector<quant::Format>& formats) const;

private:
    void group();
    void lock(const std::vector<Lock>& locks);
    std::vector<int> rowsOf(const Lock& lock) const;
    void requireMeasured(const std::vector<Lock>& locks) const;
    double secondsOf(int layer, quant::Format format) const;
    std::vector<std::vector<quant::Format>> choices() const;

    Analysis m_analysis;
    ldm::ModelInfo m_model;
    std::vector<quant::Format> m_formats;
    std::optional<Latency> m_latency;
    std::vector<Part> m_parts;
    std::unique_ptr<NoiseModel> m_noise;
    std::vector<std::vector<int>> m_layers; ///< by row: indices into the model
    std::vector<double> m_operations;       ///< by layer: multiply-accumulates of one sample
    std::vector<RowGroup> m_groups;
    double m_elements = 0;
};

/// The recipe of a choice, with the reason of every rule. `chosen` by group.
quant::Recipe recipeOf(const SearchProblem& problem, const std::vector<int>& chosen);

} // namespace analysis
