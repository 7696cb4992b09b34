#pragma once

#include <quant/verify.h>

#include <optional>
#include <string>
#include <vector>

namespace app::models {

/// All tensors that an export stores in one type.
struct StoredType {
    std::string type; ///< "Q8_0"
    int tensors = 0;
    quant::ErrorSums against; ///< pooled, against full precision
    double leastDb = 0;       ///< of a single tensor; infinite where all are exact, NaN for broken numbers
    std::optional<quant::ErrorSums> recipe; ///< pooled over the layers, against the recipe's weights
};

/// In order of their names.
std::vector<StoredType> storedTypes(const quant::VerifyReport& report);

} // namespace app::models
