#pragma once

#include <string>
#include <vector>

namespace ldm {

/// `3 tensors ("a", "b", "c")`, with the first ten names.
std::string listedTensors(const std::vector<std::string>& names);

} // namespace ldm
