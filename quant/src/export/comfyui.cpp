#include "exporter.h"
#include "integerlayers.h"
#include "ldmlayout.h"
#include "unetalone.h"

#include <ATen/ATen.h>

#include <cstring>

namespace quant {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMarker = R"({"format": "int8_tensorwise"})";
constexpr std::string_view kUnetPrefix = "model.diffusion_model.";

at::Tensor marker() {
    at::Tensor bytes = at::empty({static_cast<std::int64_t>(kMarker.size())}, at::kByte);
    std::memcpy(bytes.data_ptr(), kMarker.data(), kMarker.size());
    return bytes;
}

/// One file in the names of the original code whose linear layers are 8-bit integers with a scale per row, as ComfyUI
/// computes them with rows of activations that it quantizes itself.
class ComfyUi final : public Exporter {
public:
    LayerCarriage carriage(const ldm::LayerInfo& layer, Format format, const PlannedTreatment* treated,
                           const ExportOptions& options) const override {
        LayerCarriage carried = carriedByRows(layer, format.weights, treated, options.floats);
        if (carried.carriage != Carriage::Float) carried.bytes += kMarker.size();
        return carried;
    }

    std::uint64_t otherBytes(const ExportInput& input) const override {
        return otherTensorBytes(input, input.options.floats, input.options.unetOnly);
    }

    void write(ExportJob& job, const fs::path& aside) const override {
        const ldm::Checkpoint checkpoint = job.options().unetOnly ? unetAlone(job.checkpoint()) : job.checkpoint();
        std::vector<std::vector<BakedTensor>> parts;
        for (const ldm::PartSource& part : checkpoint.parts)
            parts.push_back(
                withQuantizedLayers(job, part, [&job](const BakedTensor& weight) { return pieces(job, weight); }));
        job.checkStop();
        std::vector<BakedTensor> tensors = inLdmLayout(checkpoint, std::move(parts));
        if (job.options().unetOnly && !job.options().prefixed)
            for (BakedTensor& tensor : tensors) tensor.name.erase(0, kUnetPrefix.size());
        std::map<std::string, std::string> metadata = job.provenance();
        metadata.emplace(ldm::kCarriedConfigsKey, ldm::carriedConfigs(checkpoint));
        job.writeTensors(aside, "checkpoint", tensors, metadata);
        job.noteRounding();
    }

private:
    static std::vector<BakedTensor> pieces(ExportJob& job, const BakedTensor& weight) {
        const int layer = weight.layer;
        return {
            {weight.name, weight.shape, ldm::DType::I8, [&job, layer] { return integerRows(job, layer).codes; }},
            {besides(weight.name, "weight_scale"),
             {weight.shape.front(), 1},
             ldm::DType::F32,
             [&job, layer] { return integerRows(job, layer).scale; }},
            {besides(weight.name, "comfy_quant"), {static_cast<std::int64_t>(kMarker.size())}, ldm::DType::U8, marker}};
    }
};

} // namespace

std::unique_ptr<Exporter> comfyUiExporter() {
    return std::make_unique<ComfyUi>();
}

} // namespace quant
