#pragma once

#include <ldm/error.h>
#include <ldm/weights.h>

#include <string>
#include <vector>

namespace support {

/// Values for each wanted tensor, about as large as training leaves them. They follow from the name, so networks that
/// differ in one thing agree in the rest.
ldm::TensorTable randomTensors(const std::vector<ldm::StoredTensor>& wanted);

/// What a network of this configuration asks for.
template <typename Network, typename Config>
std::vector<ldm::StoredTensor> wantedBy(const std::string& part, const Config& config) {
    ldm::WeightSource nothing(part, ldm::TensorTable("nothing"));
    try {
        Network(config, nothing);
    } catch (const ldm::Error&) {
        if (nothing.missing().empty()) throw; // about something else than missing tensors
    }
    return nothing.missing();
}

/// A network of random weights.
template <typename Network, typename Config> Network randomNetwork(const std::string& part, const Config& config) {
    ldm::WeightSource weights(part, randomTensors(wantedBy<Network>(part, config)));
    return Network(config, weights);
}

} // namespace support
