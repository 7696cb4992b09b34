#include "support/randomweights.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <cmath>
#include <functional>

namespace support {

namespace {

at::Tensor valuesFor(const ldm::StoredTensor& tensor) {
    at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(std::hash<std::string>()(tensor.name));
    const at::Tensor noise = at::randn(tensor.shape, generator, at::kFloat);
    if (tensor.shape.size() > 1) {
        const auto inputs = static_cast<double>(tensor.elements() / tensor.shape.front());
        return noise / std::sqrt(inputs);
    }
    return tensor.name.ends_with(".weight") ? 1 + noise * 0.1 : noise * 0.1; // of norms; biases
}

} // namespace

ldm::TensorTable randomTensors(const std::vector<ldm::StoredTensor>& wanted) {
    ldm::TensorTable table("random weights");
    for (const ldm::StoredTensor& tensor : wanted) table.add(ldm::held(tensor.name, valuesFor(tensor)));
    return table;
}

} // namespace support
