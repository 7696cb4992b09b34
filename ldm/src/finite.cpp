#include <ldm/denoise.h>
#include <ldm/error.h>
#include <ldm/wholefiles.h>

#include <ATen/ATen.h>

namespace ldm {

namespace {

bool isFinite(const at::Tensor& values) {
    return at::isfinite(values).all().item<bool>();
}

bool isDamaged(const StoredTensor& tensor) {
    const bool damaged = at::isFloatingType(toScalarType(tensor.type)) && !isFinite(tensor.values().to(at::kFloat));
    tensor.release();
    return damaged;
}

} // namespace

void refuseNotFinite(const Networks& networks, const std::string& what) {
    const bool altered = !networks.checkpoint.loras.empty();
    for (const PartSource& part : networks.checkpoint.parts)
        for (const StoredTensor& tensor : part.tensors.tensors())
            if (isDamaged(tensor))
                throw badInput(what + " is not finite, because tensor " +
                               inQuotes(part.tensors.nameInFile(tensor.name)) + " of " + part.tensors.source() +
                               " is not" +
                               (altered ? " with the LoRAs added; give them smaller weights, or fetch the files again."
                                        : "; fetch or save the model again."));
    requireWhole(networks.checkpoint); // zeros in place of weights are finite
    throw Error(ErrorKind::Failed,
                what + " is not finite, though all weights of the model are: the numbers grow too large; " +
                    (altered ? "give the LoRAs smaller weights." : "choose other settings or another model."));
}

void requireFinite(const Networks& networks, const at::Tensor& result, const std::string& what) {
    if (!isFinite(result)) refuseNotFinite(networks, what);
}

} // namespace ldm
