#pragma once

#include <ldm/error.h>
#include <ldm/weights.h>

#include <string>

namespace support {

/// Values for each wanted tensor, about as large as training leaves them. They follow from the name, so networks that
/// differ in one thing agree in the rest.
ldm::TensorTable randomTensors(const std::vector<ldm::StoredTensor>& wanted);

/// A network of random weights: whatever it asks for of an empty file, it is given.
template <typename Network, typename Config> Network randomNetwork(const std::string& part, const Config& config) {
    ldm::WeightSource nothing(part, ldm::TensorTable("nothing"));
    try {
        return Network(config, nothing);
    } catch (const ldm::Error&) {
        ldm::WeightSource weights(part, randomTensors(nothing.missing()));
        return Network(config, weights);
    }
}

} // namespace support
