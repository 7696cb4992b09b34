#pragma once

#include <ldm/image.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace analysis {

/// What one stage of the evaluator hands on for one picture: `channels` planes of height x width values, all >= 0.
struct FeatureMap {
    int channels = 0;
    int height = 0;
    int width = 0;
    std::vector<float> values; ///< [channels, height, width]
};

/// What the evaluator sees in one picture.
struct Perception {
    std::vector<FeatureMap> stages;    ///< finest first
    std::vector<double> features;      ///< the last stage averaged over its positions: one value per channel
    std::vector<double> probabilities; ///< by class; their sum is 1
};

/// The embedded classifier that names the emoji on a picture: 3x3 convolutions with batch norm and ReLU in stages of
/// halved sides, the average over all positions and a linear layer. docs/quality.md says how well it does. Pictures of
/// any size are brought to side() x side() pixels: averaged over areas where they shrink, interpolated linearly where
/// they grow. Copies share the network; any thread may ask.
class Evaluator {
public:
    /// Reads evaluator.json and evaluator.safetensors of a folder. Throws BadInput naming the file and the place.
    static Evaluator load(const std::filesystem::path& folder);
    /// The one that comes with the program.
    static Evaluator embedded();

    int side() const;
    const std::vector<std::string>& classes() const;
    /// Float32; equal to 1e-5 relative for any number of threads. Throws BadInput for an empty picture.
    Perception look(const ldm::Image& image) const;

    /// Its weights, for what looks inside; complete for the analysis alone.
    struct Network;
    explicit Evaluator(std::shared_ptr<const Network> network) : m_network(std::move(network)) {}
    const Network& network() const { return *m_network; }

private:
    std::shared_ptr<const Network> m_network;
};

} // namespace analysis
