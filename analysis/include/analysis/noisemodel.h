#pragma once

#include <analysis/sqnr.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace analysis {

/// Predicted SQNR of a recipe.
struct Prediction {
    std::optional<double> db;     ///< of `basis`; kExact where nothing is quantized; nothing if no map fits
    Metric basis = Metric::Local; ///< the map it rests on: final where measured, else output, else local
    /// True if `db` is the SQNR at the latent after the last step: the basis says so, or uniform recipes measured end
    /// to end have tied it to that.
    bool endToEnd = false;
    std::vector<double> perTimestepDb;  ///< by column, of the output map, else of the local one; kNotMeasured without
    std::vector<quant::Format> derived; ///< formats in use without a map, put together from weights and activations
    std::vector<quant::Format> missing; ///< formats in use that the maps do not tell (their rows are left out)
};

/// A format over some of the steps.
struct Stretch {
    Columns columns;
    quant::Format format;
};

/// Predicts from the maps alone. Errors of rows are taken as independent, so relative noise powers 10^(-db/10) add; a
/// row of mixed formats counts with the parameter-weighted mix of its layers' noise powers; a format without a map is
/// put together: noise(w, a) = noise(w, a') + noise(w', a) - noise(w', a'). What a row adds to the end is shared among
/// the steps as its output noise is. Uniform recipes that were measured end to end (Analysis::uniform) tell the rest:
/// where noise saturates, how much that of early and late steps counts, and how much of it is the same error at every
/// step, which adds as an amplitude. The analysis must outlive the model. One thread at a time.
class NoiseModel {
public:
    /// Takes the first of final, output and local maps that tell most of these formats.
    NoiseModel(const Analysis& analysis, const ldm::ModelInfo& model, const std::vector<quant::Format>& formats);
    ~NoiseModel();
    NoiseModel(NoiseModel&&) noexcept;

    /// The same as a new model for other formats, at the price of what they bring in.
    void use(const std::vector<quant::Format>& formats);

    Metric basis() const;
    bool endToEnd() const; ///< as in Prediction
    /// What a row of the analysis adds with these formats, in full precision elsewhere; kNotMeasured where the maps do
    /// not tell.
    double noise(int row, const std::vector<Stretch>& stretches) const;
    double noise(int row, quant::Format format) const; ///< in all columns
    /// The SQNR at which added noise ends, and back; both fall strictly.
    double dbOf(double noise) const;
    double noiseAt(double db) const;
    Prediction predict(const quant::Plan& plan) const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

/// One recipe: NoiseModel(...).predict(). Far below 16 ms for 800 layers x 50 steps.
Prediction predict(const Analysis& analysis, const quant::Plan& plan, const ldm::ModelInfo& model);

/// Summary of one row for tables.
struct RowSummary {
    double meanDb = kNotMeasured; ///< of mean noise power over measured timesteps; a share for maps of shares
    double worstDb = kNotMeasured;
    int worstTimestep = -1;
};
RowSummary summarize(const Grid& grid, int row, const std::vector<int>& timesteps);
/// The same of any map. Of shares: their mean, and the smallest; kUnknowable where none could be told.
RowSummary summarize(const SqnrMap& map, int row, const std::vector<int>& timesteps);

} // namespace analysis
