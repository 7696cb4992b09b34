#include "rownoise.h"

#include <algorithm>
#include <cmath>

namespace analysis {

double powerOf(double db) {
    return std::pow(10.0, -db / 10.0);
}

double dbOf(double power) {
    if (std::isnan(power)) return kNotMeasured;
    return power > 0 ? -10.0 * std::log10(power) : kExact;
}

const RowNoise::Powers& RowNoise::powers(quant::Format format) {
    const auto known = m_powers.find(format);
    if (known != m_powers.end()) return known->second;
    Powers powers = made(format);
    powers.complete = powers.source != Source::None && std::none_of(powers.values.begin(), powers.values.end(),
                                                                    [](double power) { return std::isnan(power); });
    return m_powers.emplace(format, std::move(powers)).first->second;
}

RowNoise::Powers RowNoise::made(quant::Format format) const {
    const SqnrMap* map = m_analysis.find(m_metric, format);
    if (!map) return derived(format);
    Powers powers;
    powers.source = Source::Map;
    for (const double db : map->grid.db) powers.values.push_back(powerOf(db));
    return powers;
}

/// noise(w, a) = noise(w, a') + noise(w', a) - noise(w', a') with the finest (w', a') there is: full precision adds
/// nothing of its own, so the last term is 0 then. Never less than the smaller of what is added.
RowNoise::Powers RowNoise::derived(quant::Format format) const {
    const auto gridOf = [&](quant::WeightFormat weights, quant::ActivationFormat activations) -> const Grid* {
        const SqnrMap* map = m_analysis.find(m_metric, {weights, activations});
        return map ? &map->grid : nullptr;
    };
    for (const quant::WeightFormat weights : quant::allWeightFormats())
        for (const quant::ActivationFormat activations : quant::allActivationFormats()) {
            const Grid* left = gridOf(format.weights, activations);
            const Grid* right = gridOf(weights, format.activations);
            const bool isFull = quant::Format{weights, activations} == quant::Format{};
            const Grid* both = gridOf(weights, activations);
            if (!left || !right || (!both && !isFull)) continue;
            Powers powers{Source::Derived, false, {}};
            for (std::size_t i = 0; i < left->db.size(); ++i) {
                const double ofWeights = powerOf(left->db[i]);
                const double ofActivations = powerOf(right->db[i]);
                const double shared = isFull ? 0 : powerOf(both->db[i]);
                powers.values.push_back(
                    std::max(ofWeights + ofActivations - shared, std::min(ofWeights, ofActivations)));
            }
            return powers;
        }
    return {};
}

} // namespace analysis
