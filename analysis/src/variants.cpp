#include "variants.h"

#include "reordered.h"

#include <algorithm>

namespace analysis {

namespace {

std::int64_t weightsOf(const ldm::ModelInfo& model) {
    std::int64_t weights = 0;
    for (const auto& layer : model.layers) weights += layer.weights();
    return weights;
}

} // namespace

Variants::Variants(ldm::Networks& networks, quant::Calibration calibration, std::int64_t keptBytes)
    : m_networks(networks), m_calibration(std::move(calibration)),
      m_weightBytes(weightsOf(networks.info) * std::int64_t(sizeof(float))), m_keptBytes(keptBytes),
      m_kept(std::make_shared<quant::KeptWeights>(keptBytes)) {
}

bool Variants::keeps(std::size_t formats) const {
    return m_weightBytes * std::int64_t(formats) <= m_keptBytes;
}

ldm::Arithmetic& Variants::of(quant::Format format) {
    m_kept->beginRound(); // what others have left makes room
    auto& variant = m_made[format];
    if (!variant) variant = made(format);
    return *variant;
}

std::unique_ptr<ldm::Arithmetic> Variants::made(quant::Format format) const {
    auto& full = m_networks.unetArithmetic;
    if (format == quant::Format{}) return std::make_unique<ReorderedArithmetic>(full, keeps(1) ? m_keptBytes : 0);
    return std::make_unique<quant::SimulatedArithmetic>(full, quant::uniformPlan(m_networks.info, format),
                                                        m_calibration, quant::Treatment{}, m_kept);
}

} // namespace analysis
