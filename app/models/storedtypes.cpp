#include <app/models/storedtypes.h>

#include <cmath>
#include <limits>
#include <map>

namespace app::models {

std::vector<StoredType> storedTypes(const quant::VerifyReport& report) {
    std::map<std::string, StoredType> types;
    for (const quant::VerifiedTensor& tensor : report.tensors) {
        const auto [place, isNew] = types.try_emplace(tensor.storedAs);
        StoredType& type = place->second;
        if (isNew) type = {tensor.storedAs, 0, {}, std::numeric_limits<double>::infinity(), {}};
        ++type.tensors;
        type.against += tensor.against;
        const double db = tensor.against.db();
        if (std::isnan(db) || db < type.leastDb) type.leastDb = db; // what is no number stays
        if (!tensor.recipe) continue;
        if (!type.recipe) type.recipe.emplace();
        *type.recipe += *tensor.recipe;
    }
    std::vector<StoredType> sorted;
    for (auto& [name, type] : types) sorted.push_back(std::move(type));
    return sorted;
}

} // namespace app::models
