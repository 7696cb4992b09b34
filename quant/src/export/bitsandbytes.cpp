#include "exporter.h"
#include "folder.h"
#include "integerlayers.h"

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>

#include <array>
#include <cmath>

namespace quant {

namespace {

namespace fs = std::filesystem;

constexpr float kLargestCode = 127;

/// What a row's scale is stored as: the magnitude that the largest code stands for. The one next to 127 times the scale
/// that gives exactly the scale when it is divided again, where there is one.
float magnitude(float scale) {
    const float product = scale * kLargestCode;
    for (const float candidate : {product, std::nextafter(product, 0.0F), std::nextafter(product, INFINITY)})
        if (candidate / kLargestCode == scale) return candidate;
    return product;
}

at::Tensor magnitudes(const at::Tensor& scales) {
    at::Tensor result = scales.clone();
    float* value = result.data_ptr<float>();
    std::transform(value, value + result.numel(), value, magnitude);
    return result;
}

/// A diffusers folder whose UNet has the 8-bit linear layers of bitsandbytes, LLM.int8().
class Bitsandbytes final : public Exporter {
public:
    LayerCarriage carriage(const ldm::LayerInfo& layer, Format format, const PlannedTreatment* treated,
                           const ExportOptions& options) const override {
        return carriedByRows(layer, format.weights, treated, options.floats);
    }

    void write(ExportJob& job, const fs::path& aside) const override {
        writeDiffusersFolder(job, aside, [&job](const ldm::PartSource& part) {
            if (part.name != "unet") return FolderPart{job.baked(part)};
            FolderPart unet{
                withQuantizedLayers(job, part, [&job](const BakedTensor& weight) { return pieces(job, weight); })};
            unet.configure = [&job](nlohmann::ordered_json& config) {
                config["quantization_config"] = configuration(job);
            };
            return unet;
        });
    }

private:
    static std::vector<BakedTensor> pieces(ExportJob& job, const BakedTensor& weight) {
        const int layer = weight.layer;
        return {{weight.name, weight.shape, ldm::DType::I8, [&job, layer] { return integerRows(job, layer).codes; }},
                {besides(weight.name, "SCB"), {weight.shape.front()}, ldm::DType::F32, [&job, layer] {
                     return magnitudes(integerRows(job, layer).scale);
                 }}};
    }

    static nlohmann::ordered_json configuration(const ExportJob& job) {
        std::vector<std::string> skipped;
        for (std::size_t i = 0; i < job.model().layers.size(); ++i) {
            const ldm::LayerInfo& layer = job.model().layers[i];
            if (layer.kind == ldm::LayerKind::Linear && job.carriageOf(static_cast<int>(i)).carriage == Carriage::Float)
                skipped.push_back(layer.name.substr(layer.name.find('.') + 1));
        }
        return {{"quant_method", "bitsandbytes"},
                {"load_in_8bit", true},
                {"load_in_4bit", false},
                {"llm_int8_threshold", 6.0},
                {"llm_int8_skip_modules", skipped},
                {"llm_int8_enable_fp32_cpu_offload", false},
                {"llm_int8_has_fp16_weight", false}};
    }
};

} // namespace

std::unique_ptr<Exporter> bitsandbytesExporter() {
    return std::make_unique<Bitsandbytes>();
}

} // namespace quant
