#pragma once

#include <app/models/viewdata.h>

#include <array>
#include <unordered_map>

namespace app::models {

/// How the number of a block comes from those of its layers, where layers were measured.
enum class Pooling { SumOfNoise, Worst };
/// Errors that are compared in the same place add up; of others the worst is told.
Pooling poolingOf(analysis::Metric metric);

/// The rows of a heatmap and where their numbers come from: blocks or, where layers were measured, every block with its
/// layers folded under it. Reads an analysis; the model and the plan say what blocks consist of and which formats they
/// have. Refers to all three. GUI thread.
class MapRows {
public:
    MapRows(const analysis::Analysis& analysis, const ldm::ModelInfo& model, const quant::Plan& plan);

    int size() const { return int(m_rows.size()); }
    QString idAt(int row) const;
    /// The block that a row is or belongs to.
    QString blockAt(int row) const;
    bool isBlock(int row) const { return m_rows[std::size_t(row)].layer < 0; }
    /// Whether the analysis names it or layers of it.
    bool isNamed(int row) const;
    /// Of a block of the model.
    int rowOfBlock(int block) const { return m_rowOfBlock[std::size_t(block)]; }
    /// The rows whose numbers come from this row of the analysis.
    QList<int> rowsOf(int analysisRow) const;

    /// As many as the analysis has timesteps.
    QList<double> values(const MapChoice& choice, int row) const;
    /// Of shares, as many: their standard deviation; not a number where the row is made from others.
    QList<double> spread(const MapChoice& choice, int row) const;
    /// Row-major, all rows; empty while it is not known.
    QList<double> floor(const MapChoice& choice) const;
    /// Everything but title and legend.
    widgets::HeatmapData data(const MapChoice& choice) const;

private:
    struct Row {
        int block = -1;
        int layer = -1;       ///< of the model; -1 for a block
        int measured = -1;    ///< the row of the analysis; -1: made from those of the layers
        QList<int> layerRows; ///< of a block: the rows of its layers
    };
    using MeasuredRows = std::unordered_map<std::string, int>; ///< of the analysis, by name
    void addBlocks(const MeasuredRows& measured);
    void addLayers(const MeasuredRows& measured);
    /// Returns the new row.
    int add(int block, int layer, int measured);
    /// A block that has the name of its only layer cannot be unfolded.
    bool isOneLayer(int block) const;
    std::optional<quant::Format> formatOf(const Row& row) const;
    const analysis::SqnrMap* mapOf(const MapChoice& choice, const Row& row) const;
    QList<double> measuredValues(const MapChoice& choice, const Row& row) const;
    QList<double> pooled(const MapChoice& choice, const Row& row) const;

    const analysis::Analysis& m_analysis;
    const ldm::ModelInfo& m_model;
    const quant::Plan& m_plan;
    std::vector<Row> m_rows;
    std::vector<int> m_rowOfBlock;
    std::vector<int> m_rowOfMeasured;
};

/// The map that the user chose, with what it is called and what it means.
widgets::HeatmapData heatmapData(const session::StudioDocument& document, const MapChoice& choice);

/// By how many dB each number of the first is above that of the second, matched by the names of rows and by timesteps.
/// Where both are at the noise floor, so is the difference. `sameAtAllTimesteps`: the numbers of a row are one number.
widgets::HeatmapData difference(const widgets::HeatmapData& here, const widgets::HeatmapData& there,
                                bool sameAtAllTimesteps);
/// The present map minus that of another analysis, with what does not match in words.
widgets::HeatmapData comparedData(const session::StudioDocument& document, const MapChoice& choice,
                                  const analysis::Analysis& other, const QString& otherName);

/// The training timesteps that columns first..last stand for: half way to their neighbours, as searches divide them;
/// nothing where these are all columns.
std::optional<std::array<int, 2>> stepRange(const std::vector<int>& timesteps, int first, int last);

} // namespace app::models
