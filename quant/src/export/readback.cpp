#include "readback.h"

#include <quant/quantize.h>

#include <ldm/error.h>
#include <ldm/ldmnames.h>
#include <ldm/networks.h>
#include <ldm/weights.h>

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace quant {

namespace {

namespace fs = std::filesystem;

/// Rounding a scale to half precision changes weights by at most 2^-11 of themselves.
constexpr double kHalfScaleDb = 60;
/// Rounding one to bf16, by at most 2^-8.
constexpr double kBrainScaleDb = 45;

/// Scales below 6e-5 have fewer digits as halves, which are multiples of 2^-24 there: whether codes of at most 127 with
/// such scales differ by no more than that.
bool differByHalfScales(const at::Tensor& expected, const at::Tensor& found) {
    const at::Tensor bound = expected.abs() * std::ldexp(1.0, -11) + 127 * std::ldexp(1.0, -25);
    return (found - expected).abs().le(bound).all().item<bool>();
}

class Comparison {
public:
    Comparison(ExportJob& job, const fs::path& written)
        : m_job(job), m_model(ldm::Model::open(written.string())), m_written(m_model.networks().checkpoint) {}

    void run() {
        for (const ldm::PartSource& part : m_written.parts) {
            const ldm::PartSource* source = m_job.checkpoint().find(part.name);
            if (!source) throw readsBackWrong(m_job, part.name, "the model has no such part");
            for (const ldm::StoredTensor& tensor : source->tensors.tensors())
                if (!ldm::isIgnorable(tensor.name)) compare(part, tensor);
        }
        if (!m_written.find("unet")) throw readsBackWrong(m_job, "unet", "it is not there");
    }

private:
    void compare(const ldm::PartSource& part, const ldm::StoredTensor& source) {
        m_job.checkStop();
        m_job.advance("reading back " + part.name);
        const std::string name = part.name + "." + source.name;
        const ldm::StoredTensor* written = ldm::findUnderEitherName(part.tensors, source.name);
        if (!written) throw readsBackWrong(m_job, name, "it is not there");
        const int layer = layerOfTensor(name, m_job.model());
        const at::Tensor found = written->values();
        if (layer >= 0)
            compareLayer(layer, found.to(at::kFloat), *written);
        else if (!at::equal(found.flatten(), source.values().to(found.scalar_type()).flatten()))
            throw readsBackWrong(m_job, name, "its values are not those of the model");
        written->release();
        source.release();
    }

    void compareLayer(int layer, const at::Tensor& found, const ldm::StoredTensor& written) {
        const ldm::LayerInfo& info = m_job.model().layers[static_cast<std::size_t>(layer)];
        const LayerCarriage& carriage = m_job.carriageOf(layer);
        at::Tensor expected = m_job.simulatedWeight(layer);
        if (carriage.carriage == Carriage::Float) expected = asStored(expected, written.storedAs);
        if (found.numel() != expected.numel()) throw readsBackWrong(m_job, info.name, "its size is another");
        const double db = errorSums(expected.flatten(), found.flatten()).db();
        note(info.name, db, carriage);
        if (carriage.carriage == Carriage::Requantized) return requireRounding(layer, found);
        const bool equal = std::isinf(db) && db > 0;
        const double scaled = m_job.options().floats == FloatFormat::Bf16 ? kBrainScaleDb : kHalfScaleDb;
        const double least = carriage.carriage == Carriage::Float ? INFINITY : scaled;
        const bool isZero = expected.abs().max().item<float>() == 0;
        const bool isExact = carriage.carriage == Carriage::Exact;
        const bool sound =
            equal || db >= least || isZero || (isExact && differByHalfScales(expected.flatten(), found.flatten()));
        if (!sound)
            throw readsBackWrong(m_job, info.name,
                                 "its SQNR against the recipe's weight is " + std::to_string(db) + " dB");
    }

    /// Requantized weights are made from the model's own, not from those that the recipe rounded.
    void requireRounding(int layer, const at::Tensor& found) const {
        const ldm::LayerInfo& info = m_job.model().layers[static_cast<std::size_t>(layer)];
        const auto bytes = static_cast<double>(m_job.carriageOf(layer).bytes);
        const at::Tensor source = m_job.sourceWeight(layer);
        const double db = errorSums(source.flatten(), found.flatten()).db();
        const bool isZero = source.abs().max().item<float>() == 0;
        if (!isZero && !(db >= leastDb(8 * bytes / static_cast<double>(info.weights()))))
            throw readsBackWrong(m_job, info.name,
                                 "its SQNR against the model's weight is " + std::to_string(db) + " dB");
    }

    void note(const std::string& layer, double db, const LayerCarriage& carriage) {
        ExportReport& report = m_job.report();
        if (carriage.carriage == Carriage::Exact) ++report.exactLayers;
        if (std::isfinite(db) && (!report.worstDb || db < *report.worstDb)) {
            report.worstDb = db;
            report.worstLayer = layer;
        }
    }

    ExportJob& m_job;
    ldm::Model m_model; ///< configurations and weights agree
    const ldm::Checkpoint& m_written;
};

} // namespace

ldm::Error readsBackWrong(const ExportJob& job, const std::string& tensor, const std::string& why) {
    return {ldm::ErrorKind::WriteFailed, job.request().path.string() + " could not be verified: '" + tensor +
                                             "' reads back wrong, " + why +
                                             "; check the disk, and report this if it is sound."};
}

double leastDb(double bitsPerWeight) {
    return 6 * std::min(bitsPerWeight, 8.0) - 24; // what small layers take beyond 8 bits is scales
}

at::Tensor asStored(const at::Tensor& values, const std::string& storedAs) {
    if (storedAs == "F16") return values.to(at::kHalf).to(at::kFloat);
    if (storedAs == "BF16") return values.to(at::kBFloat16).to(at::kFloat);
    return values.to(at::kFloat);
}

void compareWithRecipe(ExportJob& job, const fs::path& written) {
    Comparison(job, written).run();
}

} // namespace quant
