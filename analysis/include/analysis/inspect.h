#pragma once

#include <analysis/sqnr.h>

#include <quant/histogram.h>

#include <ldm/model.h>
#include <ldm/progress.h>

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace analysis {

/// How values are spread.
struct Spread {
    quant::Range range; ///< smallest and largest value
    quant::Bins bins;   ///< at most kMostBins
    bool operator==(const Spread&) const = default;
};
inline constexpr int kMostBins = 256;

/// An input channel of a layer whose values are larger than those of the others.
struct ChannelPeak {
    std::string layer;
    int channel = 0;
    double largest = 0; ///< max |value|
    double ratio = 1;   ///< to the median of max |value| over the layer's input channels; infinity where that is zero
    bool operator==(const ChannelPeak&) const = default;
};
/// At most so many are told, the largest ratio first.
inline constexpr std::size_t kMostPeaks = 16;

/// What a format leaves of weights.
struct WeightSqnr {
    quant::WeightFormat format;
    double db = kNotMeasured; ///< pooled sums; kNotMeasured where the format cannot hold the weights
};

/// The weights of a layer, or of several together.
struct WeightFacts {
    std::string name; ///< of the layer; empty for several
    Spread spread;
    std::vector<ChannelPeak> peaks; ///< by input channel, as SmoothQuant (Xiao et al. 2023) looks at weights
    std::vector<WeightSqnr> sqnr;   ///< of every format but fp32, from most to fewest bits
};

/// The range of a layer's input in one UNet run.
struct StepRange {
    int timestep = 0;
    quant::Range all;    ///< smallest and largest value
    quant::Range middle; ///< without the kOutsidePercent / 2 smallest and as many largest
    bool operator==(const StepRange&) const = default;
};
inline constexpr double kOutsidePercent = 0.2;

/// The input of a layer, or those of several, in full precision: over all prompts, both guidance halves and all steps.
/// What depends on the prompt alone counts at every step.
struct InputFacts {
    std::string name; ///< of the layer; empty for several
    Spread spread;
    std::vector<StepRange> steps; ///< by UNet run
    std::vector<ChannelPeak> peaks;
};

/// Several layers: all together, and each by itself in the order they were asked for.
template <class Facts> struct Inspection {
    Facts together;
    std::vector<Facts> layers;
};
using WeightInspection = Inspection<WeightFacts>;
using InputInspection = Inspection<InputFacts>;

/// What a format makes of a range of values.
struct FormatGrid {
    double lo = 0; ///< smallest and largest value that can be represented
    double hi = 0;
    double step = 0; ///< between neighbours; 0 where it differs from place to place
    int levels = 0;  ///< lo, lo + step, ..., hi; 0 where the step differs
    bool operator==(const FormatGrid&) const = default;
};
/// For weights with these values: of the output channel or group that holds the largest one. Nothing for 16 and 32-bit
/// floats, which have no range worth telling.
std::optional<FormatGrid> gridOf(quant::WeightFormat format, quant::Range weights);
/// For a static range from the smallest to the largest input. Nothing for floats and for formats whose tokens have
/// ranges of their own.
std::optional<FormatGrid> gridOf(quant::ActivationFormat format, quant::Range inputs);

/// The layers of a block, or the one layer of that name, as indices into ModelInfo::layers. Throws BadInput if the
/// model has neither.
std::vector<int> layersOf(const ldm::ModelInfo& model, std::string_view blockOrLayer);

/// Reads the weights of these layers, one after the other, and runs nothing. Sums of squares are in double. Weights
/// that are not finite throw BadInput naming the layer. Nothing when stopped.
std::optional<WeightInspection> inspectWeights(const ldm::Model& model, const std::vector<int>& layers,
                                               std::stop_token stop = {}, const ldm::ProgressSink& progress = {});

/// Watches the inputs of some layers along the full-precision trajectories of an analysis: its prompts, seeds and
/// sampler; metrics and formats do not count. What is counted does not depend on the number of threads beyond the
/// rounding of the activations. One thread at a time.
class InputInspector {
public:
    /// Throws BadInput for unusable settings and models that cannot run, OutOfMemory where that is foreseen.
    InputInspector(ldm::Model model, const AnalysisSettings& settings, std::vector<int> layers);
    ~InputInspector();

    /// Nothing when stopped; called again it goes on with the step it was at. Activations that are not finite throw as
    /// ldm::refuseNotFinite() does, naming layer and timestep.
    std::optional<InputInspection> run(std::stop_token stop = {}, const ldm::ProgressSink& progress = {});

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace analysis
