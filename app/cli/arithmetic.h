#pragma once

#include <quant/integersupport.h>
#include <quant/products.h>
#include <quant/recipe.h>

#include <ldm/model.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace app::cli {

/// --arithmetic: how quantized layers multiply; nothing where it was not given, which means int8.
void addArithmetic(CLI::App& verb, std::optional<quant::Products>& products);
/// Warns if integers were asked for and this processor cannot multiply some layers of the recipe so.
void warnOfFloats(std::optional<quant::Products> products, const quant::Recipe& recipe, const ldm::ModelInfo& model);

/// How many layers are computed by integers, and why the others are not, by sentence.
struct LayerArithmetic {
    int integers = 0;
    std::map<std::string, int> floats; ///< "the inputs are floats": 12
};
/// `isTreated` by layer, as are the formats.
LayerArithmetic arithmeticOf(const std::vector<quant::Format>& formats, const std::vector<bool>& isTreated);

} // namespace app::cli
