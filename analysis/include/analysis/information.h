#pragma once

#include <analysis/flosamples.h>

namespace analysis {

/// A short training, so that a map of many cells takes minutes: a quarter of flo::trainingForSamples().
flo::Training trainingForMaps();

struct InformationSettings {
    int dimensions = 2;          ///< that channels are projected to; more hold more nats than a short training finds
    double noise = 0.2;          ///< of the reference, relative to the standard deviation of its dimensions; above 0
    std::int64_t samples = 4096; ///< most positions that are looked at
    int repeats = 4;             ///< with other seeds, at least 1
    flo::Training training = trainingForMaps(); ///< fewer iterations where they would learn few samples by heart
};

/// How much of what a feature map says is still said by an altered one.
struct KeptInformation {
    double nats = 0;     ///< between the altered map and the full one with noise, mean of the repeats
    double fullNats = 0; ///< between the full map without and with the same noise: what is there to be kept
    double share = 0;    ///< nats / fullNats; above 1 by chance alone
    double spread = 0;   ///< standard deviation of nats - share * fullNats over the repeats, by fullNats; 0 for one
};

/// Positions of a feature map as samples, float64 [positions, dimensions]: at most `most`, drawn by the seed, the same
/// ones of every map of the same shape. Maps are [n, channels, height, width] or have channels last. Channels are
/// projected by one random orthonormal matrix that depends on their number alone, so that blocks can be compared.
at::Tensor informationSamples(const at::Tensor& map, std::int64_t most, int dimensions, std::uint64_t seed);

/// What the samples of a full-precision map say, which altered ones are compared with.
class InformationReference {
public:
    /// Nothing when stopped. Throws BadInput as flo::estimate() does, and where the map says nothing.
    static std::optional<InformationReference> of(const at::Tensor& samples, const InformationSettings& settings,
                                                  const std::stop_token& stop = {});
    /// Of the altered map's samples at the same positions. Otherwise the same.
    std::optional<KeptInformation> keptBy(const at::Tensor& samples, const std::stop_token& stop = {}) const;

private:
    InformationReference() = default;

    InformationSettings m_settings;
    std::vector<at::Tensor> m_noisy; ///< with noise, by repeat
    std::vector<double> m_nats;      ///< between the samples without and with that noise, by repeat
};

/// For each altered map, which must have the shape of `full`; see informationSamples(). A scale or shift of the altered
/// map costs nothing. In nats; methods as in flo::estimate(). Nothing when stopped. Throws BadInput as that does, for
/// maps of different shapes, and where the full map says nothing.
std::optional<std::vector<KeptInformation>> keptInformation(const at::Tensor& full,
                                                            const std::vector<at::Tensor>& altered,
                                                            const InformationSettings& settings = {},
                                                            const std::stop_token& stop = {});

} // namespace analysis
