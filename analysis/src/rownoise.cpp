#include "rownoise.h"

#include <algorithm>
#include <cmath>

namespace analysis {

double powerOf(double db) {
    static const double kPerDecibel = std::log(10.0) / 10.0;
    return std::exp(-db * kPerDecibel);
}

double dbOf(double power) {
    if (std::isnan(power)) return kNotMeasured;
    return power > 0 ? -10.0 * std::log10(power) : kExact;
}

RowNoise::Source RowNoise::source(quant::Format format) {
    return m_analysis.find(m_metric, format) ? Source::Map : powers(format).source;
}

bool RowNoise::complete(quant::Format format) {
    if (const SqnrMap* map = m_analysis.find(m_metric, format)) return map->grid.complete();
    const Powers& known = powers(format);
    return known.source != Source::None &&
           std::none_of(known.values.begin(), known.values.end(), [](double power) { return std::isnan(power); });
}

const RowNoise::Powers& RowNoise::powers(quant::Format format) {
    const auto known = m_powers.find(format);
    return known != m_powers.end() ? known->second : m_powers.emplace(format, made(format)).first->second;
}

RowNoise::Powers RowNoise::made(quant::Format format) const {
    const SqnrMap* map = m_analysis.find(m_metric, format);
    if (!map) return derived(format);
    Powers powers;
    powers.source = Source::Map;
    powers.values.reserve(map->grid.db.size());
    double lastDb = kExact; // maps of one value a row are long runs of it
    double lastPower = 0;
    for (const double db : map->grid.db) {
        if (db != lastDb) lastPower = powerOf(lastDb = db);
        powers.values.push_back(lastPower);
    }
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
            Powers powers{Source::Derived, {}};
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
