#include "weightmaps.h"

#include <ldm/error.h>

#include <ATen/ATen.h>

#include <map>
#include <optional>
#include <set>

namespace analysis {

namespace {

/// Pooled over the weights of a row, by format. Nothing when stopped.
std::optional<std::map<quant::WeightFormat, quant::ErrorSums>> sumsOf(const Work& work, const Row& row,
                                                                      const std::set<quant::WeightFormat>& formats) {
    std::map<quant::WeightFormat, quant::ErrorSums> sums;
    for (const int index : row.layers) {
        if (work.stop.stop_requested()) return std::nullopt;
        const ldm::Layer& layer = *work.networks.unet.layers()[std::size_t(index)];
        {
            const at::Tensor weight = layer.weight.values().to(at::kFloat).contiguous();
            for (const auto format : formats) sums[format] += weightErrors(layer, weight, format);
        }
        layer.weight.release();
    }
    return sums;
}

} // namespace

quant::ErrorSums weightErrors(const ldm::Layer& layer, const at::Tensor& weight, quant::WeightFormat format) {
    try {
        return quant::weightErrors(weight, format);
    } catch (const ldm::Error& error) {
        throw ldm::Error(error.kind(), "layer '" + layer.name + "': " + error.what());
    }
}

bool measureWeights(Work& work) {
    const auto columns = work.ledger.allColumns();
    for (int row = 0; row < int(work.rows.size()); ++row) {
        std::vector<quant::Format> missing;
        std::set<quant::WeightFormat> formats;
        for (const auto format : work.ledger.variants()) {
            if (work.ledger.missing(Metric::Weights, format, row, columns) == 0) continue;
            missing.push_back(format);
            formats.insert(format.weights);
        }
        const std::string unit = unitName("weights", {row});
        if (missing.empty() || !work.isOurs(unit, work.unitsOf(Metric::Weights, missing, row, columns))) continue;
        const auto sums = sumsOf(work, work.rows[std::size_t(row)], formats);
        if (!sums) return false;
        for (const auto format : missing) {
            work.ledger.add(Metric::Weights, format, row, columns, sums->at(format.weights));
            work.finished(Metric::Weights, format, row, columns, 1, true);
        }
        work.handIn(unit);
    }
    return true;
}

} // namespace analysis
