#pragma once

#include <quant/simulated.h>

#include <ldm/networks.h>

#include <map>
#include <memory>

namespace analysis {

/// The model's full precision, altered in all its layers: quantized to a format, or, for fp32, added up in another
/// order. Quantized weights of all formats share one limit of memory. One thread at a time.
class Variants {
public:
    /// Keeps up to `keptBytes` of altered weights.
    Variants(ldm::Networks& networks, quant::Calibration calibration, std::int64_t keptBytes);

    /// Valid as long as this object.
    ldm::Arithmetic& of(quant::Format format);
    /// Frees the quantized weights that are kept.
    void forget() { m_kept->clear(); }
    /// True if the altered weights of so many formats are kept side by side.
    bool keeps(std::size_t formats) const;

private:
    std::unique_ptr<ldm::Arithmetic> made(quant::Format format) const;

    ldm::Networks& m_networks;
    quant::Calibration m_calibration;
    std::int64_t m_weightBytes; ///< of one variant
    std::int64_t m_keptBytes;
    std::shared_ptr<quant::KeptWeights> m_kept;
    std::map<quant::Format, std::unique_ptr<ldm::Arithmetic>> m_made;
};

} // namespace analysis
