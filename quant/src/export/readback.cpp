#include "readback.h"

#include "pieces.h"

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
        m_job.report().verified.container = m_written.container;
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
        VerifiedTensor verified{part.name + "." + source.name, {}, -1, {}, {}};
        const ldm::StoredTensor* written = ldm::findUnderEitherName(part.tensors, source.name);
        if (!written) throw readsBackWrong(m_job, verified.name, "it is not there");
        if (written->elements() != source.elements()) throw readsBackWrong(m_job, verified.name, "its size is another");
        verified.storedAs = written->storedAs;
        verified.layer = layerOfTensor(verified.name, m_job.model());
        const at::Tensor found = written->values();
        verified.against = difference(source.values(), found, at::kFloat).sums;
        if (verified.layer >= 0)
            verified.recipe = compareLayer(verified.layer, found);
        else if (!difference(source.values(), found, found.scalar_type()).isEqual)
            throw readsBackWrong(m_job, verified.name, "its values are not those of the model");
        written->release();
        source.release();
        m_job.report().verified.tensors.push_back(std::move(verified));
    }

    ErrorSums compareLayer(int layer, const at::Tensor& found) {
        const at::Tensor expected = m_job.simulatedWeight(layer);
        const Difference differs = difference(expected, found, at::kFloat);
        const Carriage carriage = m_job.carriageOf(layer).carriage;
        if (carriage == Carriage::Requantized) {
            requireRounding(layer, found);
            return differs.sums;
        }
        const bool isSound =
            differs.isEqual || (carriage == Carriage::Exact ? isOfRoundedScales(differs)
                                                            : difference(expected, found, found.scalar_type()).isEqual);
        if (!isSound)
            throw readsBackWrong(m_job, nameOf(layer),
                                 "its SQNR against the recipe's weight is " + std::to_string(differs.sums.db()) +
                                     " dB");
        return differs.sums;
    }

    bool isOfRoundedScales(const Difference& differs) const {
        const double least = m_job.options().floats == FloatFormat::Bf16 ? kBrainScaleDb : kHalfScaleDb;
        return differs.isOfHalfScales || differs.sums.db() >= least;
    }

    /// Requantized weights are made from the model's own, not from those that the recipe rounded.
    void requireRounding(int layer, const at::Tensor& found) const {
        const auto bytes = static_cast<double>(m_job.carriageOf(layer).bytes);
        const at::Tensor source = m_job.sourceWeight(layer);
        const double db = difference(source, found, at::kFloat).sums.db();
        const double bits = 8 * bytes / static_cast<double>(source.numel());
        if (!(db >= leastDb(bits)))
            throw readsBackWrong(m_job, nameOf(layer),
                                 "its SQNR against the model's weight is " + std::to_string(db) + " dB");
    }

    const std::string& nameOf(int layer) const { return m_job.model().layers[static_cast<std::size_t>(layer)].name; }

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

Difference difference(const at::Tensor& expected, const at::Tensor& found, at::ScalarType type) {
    const at::Tensor wanted = expected.flatten(), there = found.flatten();
    Difference result;
    forPieces(there.numel(), [&](std::int64_t begin, std::int64_t length) {
        const at::Tensor a = wanted.narrow(0, begin, length).to(type);
        const at::Tensor b = there.narrow(0, begin, length);
        const at::Tensor y = a.to(at::kFloat), yq = b.to(at::kFloat);
        result.sums += errorSums(y, yq);
        if (at::equal(a, b.to(type))) return;
        result.isEqual = false;
        result.isOfHalfScales = result.isOfHalfScales && differByHalfScales(y, yq);
    });
    return result;
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
