#pragma once

#include <analysis/flosamples.h>

namespace analysis {

struct InformationSettings {
    int dimensions = 4;          ///< that channels are projected to
    double noise = 0.1;          ///< of the reference, relative to the standard deviation of its dimensions; above 0
    std::int64_t samples = 4096; ///< most positions that are looked at
    int repeats = 3;             ///< with other seeds, at least 1
    flo::Training training = flo::trainingForSamples();
};

/// How much of what a feature map says is still said by an altered one.
struct KeptInformation {
    double nats = 0;     ///< between the altered map and the full one with noise, mean of the repeats
    double fullNats = 0; ///< between the full map without and with the same noise: what is there to be kept
    double share = 0;    ///< mean of nats / fullNats; above 1 by chance alone
    double spread = 0;   ///< standard deviation of that over the repeats; 0 for one
};

/// For each altered map, which must have the shape of `full`: [n, channels, ...]. Every position of every map is a
/// sample. Channels are projected by one random orthonormal matrix that depends on their number alone, so that blocks
/// can be compared; a scale or shift of the altered map costs nothing. In nats; methods as in flo::estimate(). Nothing
/// when stopped. Throws BadInput as that does, for maps of different shapes, and where the full map says nothing.
std::optional<std::vector<KeptInformation>> keptInformation(const at::Tensor& full,
                                                            const std::vector<at::Tensor>& altered,
                                                            const InformationSettings& settings = {},
                                                            const std::stop_token& stop = {});

} // namespace analysis
